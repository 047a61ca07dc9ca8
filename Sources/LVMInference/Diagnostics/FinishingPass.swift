import LVMCompute
import LVMModel

extension Plan {
  /// Estimates the parameters as the plan says, then looks at where that ended and puts the estimate into its
  /// canonical form.
  ///
  /// - Parameter progress: told now and then; returning `.stop` ends the fit.
  /// - Throws: `FitError` where no start is finite, the objective decreases or the caller stops it.
  public func estimate(
    _ data: ModelData, options: FitOptions = FitOptions(),
    progress: @escaping @Sendable (FitProgress) -> FitDecision = { _ in .continue }
  ) throws -> Estimate {
    let task = FitTask(inference, estimation, data: data, options: options, progress: progress)
    var estimate = try estimation.estimator.run(task)
    // Elsewhere the log likelihood says nothing of where an estimate ended.
    guard estimation.isExactOptimum else { return estimate }
    let end = EndOfFit(task)
    for pass in FinishingPass.all { try pass.run(&estimate, end) }
    return estimate
  }
}

/// What passes over an estimate share.
final class EndOfFit {
  let task: FitTask
  private var root: MarginalLikelihood?

  init(_ task: FitTask) { self.task = task }

  /// The log likelihood; nodes of quadrature are as many as the first parameters need that it is
  /// asked about.
  func likelihood(_ parameters: [String: Tensor]) throws -> Double {
    let root =
      try self.root
      ?? MarginalLikelihood(
        task.plan, data: task.data, runtime: task.options.runtime, differentiates: false)
    self.root = root
    return try root.value(parameters)
  }
}

/// Something done to an estimate once an estimator has ended at an optimum of the log likelihood.
struct FinishingPass: Sendable {
  let run: @Sendable (inout Estimate, EndOfFit) throws -> Void

  /// All of them, in turn.
  static let all = [diagnosis, order, rotation, signs]

  /// Looks at where the fit ended. A Heywood case has a name of its own, which says more than that a scale
  /// is zero.
  private static let diagnosis = FinishingPass { estimate, end in
    let task = end.task
    let diagnosis = Diagnosis(
      plan: task.plan, structure: task.structure, data: task.data, runtime: task.options.runtime)
    let heywood = Heywood.warnings(task.structure, task.data, estimate.parameters)
    let found =
      try diagnosis.warnings(estimate).filter { warning in
        guard case .boundary(let name, _) = warning else { return true }
        return !heywood.contains { $0.scale == name }
      } + estimate.open.sorted().map { .notIdentified($0) }
    estimate.warnings += found + heywood.map(\.warning)
  }

  /// One order of labels that are equally likely in any.
  private static let order = FinishingPass { estimate, end in
    estimate.parameters = try Relabelling(structure: end.task.structure).canonical(
      estimate.parameters, objective: end.likelihood)
  }

  /// One rotation of latents that are equally likely in any.
  private static let rotation = FinishingPass { estimate, end in
    estimate.parameters = try FactorRotation(structure: end.task.structure).canonical(
      estimate.parameters, objective: end.likelihood)
  }

  /// One sign of latents that are equally likely with the other.
  private static let signs = FinishingPass { estimate, end in
    estimate.parameters = try LatentSigns(
      end.task.structure, end.task.plan.identifiability
    ).canonical(estimate.parameters, objective: end.likelihood)
  }
}
