import LVMCompute
import LVMModel

/// What an estimator is asked to do: a plan, the data as the plan reads them, options, and whom to tell.
public struct FitTask {
  public let plan: InferencePlan
  public let estimation: Estimation
  /// Rows, or their mean and scatter where the plan compresses them.
  public let data: ModelData
  public let options: FitOptions
  public let reporter: ProgressReporter
  let structure: ModelStructure

  init(
    _ plan: InferencePlan, _ estimation: Estimation, data: ModelData, options: FitOptions,
    progress: @escaping @Sendable (FitProgress) -> FitDecision
  ) {
    self.plan = plan
    self.estimation = estimation
    var data = data
    data.runtime = options.runtime
    self.data = data.compressed(for: plan, runtime: options.runtime)
    self.options = options
    reporter = ProgressReporter(progress)
    structure = ModelStructure(model: plan.model, nesting: plan.nesting)
  }

  /// Starts worth trying: more where they are cheap.
  func restarts(_ wanted: Int) -> Int {
    if let chosen = options.restarts { return Swift.max(1, chosen) }
    if options.initial != nil { return 1 }
    return data.rows > 50_000 ? Swift.min(wanted, 4) : wanted
  }
}

/// Tells a fit's caller how it goes and ends the fit where the caller wants no more.
public final class ProgressReporter {
  /// Told now and then; `.stop` ends the fit.
  let progress: @Sendable (FitProgress) -> FitDecision
  private let clock = ContinuousClock()
  private let began: ContinuousClock.Instant
  /// Iterations of runs that have ended.
  var done = 0

  init(_ progress: @escaping @Sendable (FitProgress) -> FitDecision) {
    self.progress = progress
    began = clock.now
  }

  /// Tells of an iteration of a stage, of `total` at most.
  ///
  /// - Throws: `FitError.stopped` where the caller says so; `CancellationError`.
  public func report(_ stage: String, _ iteration: Int, of total: Int, objective: Double) throws {
    let elapsed = clock.now - began
    let seconds =
      Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    let decision = progress(
      FitProgress(
        stage: stage, iteration: iteration, maximumIterations: total, objective: objective,
        rate: Double(done + iteration) / Swift.max(1e-9, seconds)))
    if decision == .stop { throw FitError.stopped }
    try Task.checkCancellation()
  }
}

extension [String: Tensor] {
  /// Whether every number of every parameter is finite.
  var isFinite: Bool { values.allSatisfy { $0.values.allSatisfy(\.isFinite) } }
}
