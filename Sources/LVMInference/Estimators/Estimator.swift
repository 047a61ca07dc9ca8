import LVMCompute
import LVMModel

/// Runs a plan's strategy: several starts, short runs, the best one to the end.
public struct Estimator {
  public let plan: Plan
  public let data: ModelData
  public let options: FitOptions
  /// Told now and then; returning `.stop` ends the fit with what it has.
  public let progress: @Sendable (FitProgress) -> FitDecision

  public init(
    plan: Plan, data: ModelData, options: FitOptions,
    progress: @escaping @Sendable (FitProgress) -> FitDecision = { _ in .continue }
  ) {
    self.plan = plan
    var data = data
    data.runtime = options.runtime
    self.data = data.compressed(for: plan, runtime: options.runtime)
    self.options = options
    self.progress = progress
  }

  /// Estimates the parameters.
  ///
  /// - Throws: `FitError` where no start is finite, the objective decreases or the caller stops it.
  public func estimate() throws -> Estimate {
    if plan.isTrained {
      return try Trainer(plan, data: data, options: options, progress: progress).estimate()
    }
    var estimate = try run()
    let diagnosis = Diagnosis(
      plan: plan, structure: structure, data: data, runtime: options.runtime)
    // A Heywood case has a name of its own, which says more than that a scale is zero.
    let heywood = Heywood.warnings(structure, data, estimate.parameters)
    let found =
      try diagnosis.warnings(estimate).filter { warning in
        guard case .boundary(let name, _) = warning else { return true }
        return !heywood.contains { $0.scale == name }
      } + estimate.open.sorted().map { .notIdentified($0) }
    estimate.warnings += found.map(\.text) + heywood.map(\.text)
    let rotation = FactorRotation(structure: structure)
    let signs = LatentSigns(structure, plan.identifiability)
    guard !structure.finite.isEmpty || rotation.applies || signs.applies else { return estimate }
    let likelihood = try MarginalLikelihood(
      plan, data: data, runtime: options.runtime, differentiates: false)
    estimate.parameters = try Relabelling(structure: structure).canonical(estimate.parameters) {
      try likelihood.value($0)
    }
    estimate.parameters = try rotation.canonical(estimate.parameters) { try likelihood.value($0) }
    estimate.parameters = try signs.canonical(estimate.parameters) { try likelihood.value($0) }
    return estimate
  }

  private func run() throws -> Estimate {
    if let form = plan.factorForm {
      return try SpectralFit(plan: plan, form: form, data: data, options: options).estimate()
    }
    if let factors = plan.commonFactors, data.masked.isEmpty {
      return try UniquenessAscent(plan: plan, factors: factors, data: data, options: options) { p in
        if progress(p) == .stop { throw FitError.stopped }
        try Task.checkCancellation()
      }.estimate()
    }
    if data.isWeighted {
      return try CompressedAscent(plan: plan, data: data, options: options) { p in
        if progress(p) == .stop { throw FitError.stopped }
        try Task.checkCancellation()
      }.estimate()
    }
    switch plan.strategy {
    case .em, .closedForm: return try expectationMaximisation()
    case .gradient: return try ascent(plan)
    case .quadrature: return try quadrature()
    case .vi, .wakeSleep, .map, .flow, .adversarial, .contrastive, .mixed:
      throw FitError.noStart("the strategy \(plan.strategy.rawValue) has no engine")
    }
  }

  var structure: ModelStructure {
    ModelStructure(model: plan.model, nesting: plan.nesting)
  }

  /// Starts worth trying: more where they are cheap.
  func restarts(_ wanted: Int) -> Int {
    if let chosen = options.restarts { return Swift.max(1, chosen) }
    if options.initial != nil { return 1 }
    return data.rows > 50_000 ? Swift.min(wanted, 4) : wanted
  }

  func isFinite(_ parameters: [String: Tensor]) -> Bool {
    parameters.values.allSatisfy { $0.values.allSatisfy(\.isFinite) }
  }

  func seconds(_ d: Duration) -> Double {
    Double(d.components.seconds) + Double(d.components.attoseconds) * 1e-18
  }
}
