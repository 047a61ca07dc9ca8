import LVMCompute
import LVMModel

/// Quasi-Newton ascent on the marginal likelihood (plus log prior) in unconstrained parameters.
final class MarginalMaximisation {
  private let density: ModelDensity
  private let mayHaveKinks: Bool

  private var space: UnconstrainedSpace { density.space }

  init(
    _ plan: InferencePlan, data: ModelData, runtime: Runtime, floor: VarianceFloor? = nil,
    seeds: Bool = false, basis: PredictorBasis? = nil
  ) throws {
    let space = UnconstrainedSpace(plan.model, floor: floor, basis: basis)
    density = try ModelDensity(
      SettledPlan(plan, data: data, runtime: runtime, settles: false), space: space, seeds: seeds
    ).prepared()
    mayHaveKinks = plan.quadrature.isEmpty
  }

  /// Maximises from a point in the units that a step of EM, from there to `next`, tells.
  func climb(from start: [String: Tensor], toward next: [String: Tensor], search: LBFGS)
    throws
    -> (parameters: [String: Tensor], outcome: LBFGS.Outcome)
  {
    let here = space.point(of: start)
    let gradient = try density.over(space, beside: start).evaluate(at: here).gradient
    let step = zip(space.point(of: next), here).map { $0 - $1 }
    var scales: [String: [Double]] = [:]
    guard gradient.count == step.count else {
      return try climb(from: start, search: search)
    }
    for b in space.blocks {
      scales[b.name] = DiagonalPreconditioner.units(
        step: step[b.range], gradient: gradient[b.range], dims: b.dims)
    }
    var search = search
    search.firstStep = 1
    return try climb(from: start, search: search, scales: scales)
  }

  /// Maximises from a point; parameters that are not in the space stay as they are.
  ///
  /// `scales`: units of free numbers, entry by entry, where 1 is far from what they vary by.
  func climb(
    from start: [String: Tensor], search: LBFGS, scales: [String: [Double]] = [:],
    step: (Int, Double) throws -> Bool = { _, _ in true }
  ) throws -> (parameters: [String: Tensor], outcome: LBFGS.Outcome) {
    let scaled = space.scaled(by: scales)
    let origin = scaled.point(of: start)
    let guarded = try GuardedDensity(
      density.over(scaled, beside: start), from: space.point(of: start), at: origin,
      mayHaveKinks: mayHaveKinks)
    var outcome = try search.maximise(guarded, from: origin, step: step)
    if outcome.isStuck, mayHaveKinks {
      // Smooth steps end at kinks.
      var kinked = NonSmoothBFGS()
      kinked.maximumIterations = Swift.min(500, search.maximumIterations)
      let done = outcome.iterations
      outcome = try kinked.maximise(guarded, from: outcome) { try step(done + $0, $1) }
    }
    if outcome.isStuck, !mayHaveKinks { outcome.converged = true }
    return (try scaled.values(at: outcome.point, over: start), outcome)
  }
}

extension UnconstrainedSpace {
  /// The space of all estimated parameters of a model for a line search: spreads from their floor, predictors in
  /// a basis where they move by about one.
  init(_ model: ModelGraph, floor: VarianceFloor?, basis: PredictorBasis?) {
    let parameters = model.estimatedParameters()
    self.init(
      parameters, policy: .search, floors: floor?.lowest(of: parameters) ?? [:],
      preconditioner: basis?.preconditioner)
  }
}
