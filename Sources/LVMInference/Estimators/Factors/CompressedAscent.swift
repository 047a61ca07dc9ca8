import LVMCompute
import LVMModel

/// Maximises a likelihood whose rows are compressed: one start from the spectrum of the scatter to
/// the end, then others from random points as far as they might still overtake it.
///
/// Without labels the marginal of linear-Gaussian latents seldom has more than one maximum besides
/// rotations of it; it can have several where uniquenesses go to zero, so some random starts are tried.
struct CompressedAscent: Estimator {
  static let name = MethodName.gradient

  /// The ascent over all rows, for tables too small to gain.
  let ascent: MarginalAscent
  var reason: String { ascent.reason }
  var steps: [EstimationStep] { ascent.steps }
  var objective: ObjectiveName { ascent.objective }
  var entries: [PlanEntry] { ascent.entries }
  var compressesRows: Bool { true }

  static func offer(_ inquiry: Inquiry) throws(Refusal) -> CompressedAscent {
    let ascent = try MarginalAscent.offer(inquiry)
    if let why = inquiry.whyRowsStay { throw Refusal(why) }
    return CompressedAscent(ascent: ascent)
  }

  private static let starts = 4
  private static let trial = 20

  func run(_ task: FitTask) throws -> Estimate {
    guard task.data.isWeighted else { return try ascent.run(task) }
    let count = Swift.max(1, task.options.restarts ?? Self.starts)
    let best = try LeaderFirst(
      engine: CompressedSearch(task), count: count, trial: Self.trial, finishesEach: true
    ).run()
    return Estimate(
      parameters: best.parameters, objective: best.value,
      iterations: Swift.max(1, best.trace.count), converged: best.converged, restarts: count,
      trace: best.trace.isEmpty ? [best.value] : best.trace, warnings: [])
  }
}

/// Quasi-Newton ascents over compressed rows.
private struct CompressedSearch: LeadableEstimator {
  let task: FitTask
  private let ascent: MarginalMaximisation
  private let starts: StartingValues
  /// Units of unconstrained coordinates.
  private let scales: [String: [Double]]

  init(_ task: FitTask) throws {
    self.task = task
    ascent = try MarginalMaximisation(
      task.plan, data: task.data, runtime: task.options.runtime)
    starts = StartingValues(structure: task.structure, data: task.data)
    scales = starts.scales()
  }

  func begin(_ start: Int) throws -> AscentRun? {
    var values = starts.values(seed: task.options.seed, restart: start)
    if start == 0 { SpectralStart(structure: task.structure, data: task.data).improve(&values) }
    return AscentRun(parameters: values)
  }

  func advance(_ run: inout AscentRun, most: Int, beside leader: AscentRun?, stage: String) throws
    -> Bool
  {
    var search = LBFGS()
    search.maximumIterations = most
    var trace: [Double] = []
    let found = try ascent.climb(from: run.parameters, search: search, scales: scales) { i, f in
      trace.append(f)
      try task.reporter.report(stage, i, of: most, objective: f)
      return true
    }
    task.reporter.done += trace.count
    run.parameters = found.parameters
    run.outcome = found.outcome
    guard found.outcome.iterations > 0 else { return false }
    run.trace += trace
    return true
  }

  func value(_ run: AscentRun) -> Double { run.value }
  func iterations(_ run: AscentRun) -> Int { run.trace.count }
  func gainedLately(_ run: AscentRun) -> Double {
    run.trace.isEmpty ? 0 : run.value - run.trace[run.trace.count / 2]
  }
  func hasConverged(_ run: AscentRun) -> Bool { run.converged }
  func isNear(_ run: AscentRun, _ other: AscentRun) -> Bool { false }
}
