import LVMCompute
import LVMModel

/// Quasi-Newton ascent on the marginal likelihood (plus log prior) in free coordinates.
final class GradientAscent {
  private let executor: PlacedExecutor
  private let coordinates: ClimbCoordinates
  /// Nodes of quadrature are placed anew at every point: what stops a search there is their error, which
  /// the fit states by itself.
  private let mayHaveKinks: Bool

  init(
    _ plan: Plan, data: ModelData, threads: Int, floor: VarianceFloor? = nil,
    seeds: Bool = false, only chosen: Set<VariableID>? = nil, basis: PredictorBasis? = nil
  ) throws {
    let coordinates = ClimbCoordinates(plan, floor: floor, only: chosen, basis: basis)
    let lowered = try LoweredModel(
      plan, masked: data.masked, weighted: data.isWeighted, seeds: seeds,
      prepare: coordinates.place)
    let root = lowered.root + (try lowered.context.logPrior())
    lowered.builder.setOutput("$root", root)
    coordinates.setGradientOutputs(of: root)
    self.coordinates = coordinates
    mayHaveKinks = plan.quadrature.isEmpty
    executor = try PlacedExecutor(
      Program(lowered.builder.finish()), plan, data: data, threads: threads,
      prepare: coordinates.place)
  }

  /// Climbs from a point in the units that a step of EM, from there to `next`, tells.
  func climb(from start: [String: Tensor], toward next: [String: Tensor], search: QuasiNewton)
    throws
    -> (parameters: [String: Tensor], outcome: QuasiNewton.Outcome)
  {
    let here = coordinates.free(start)
    let gradient = coordinates.gradient(
      try executor.run(coordinates.inputs(here, beside: start)))
    let step = zip(coordinates.free(next), here).map { $0 - $1 }
    var scales: [String: [Double]] = [:]
    guard gradient.count == step.count else {
      return try climb(from: start, search: search)
    }
    var at = 0
    for (p, n) in zip(coordinates.parameters, coordinates.sizes) {
      scales[p.name] = StepUnits.units(
        step: step[at..<(at + n)], gradient: gradient[at..<(at + n)], dims: p.dims)
      at += n
    }
    var search = search
    search.firstStep = 1
    return try climb(from: start, search: search, scales: scales)
  }

  /// Climbs from a point; parameters that are not climbed stay as they are.
  ///
  /// `scales`: units of free coordinates, entry by entry, where 1 is far from what they vary by.
  func climb(
    from start: [String: Tensor], search: QuasiNewton, scales: [String: [Double]] = [:],
    step: (Int, Double) throws -> Bool = { _, _ in true }
  ) throws -> (parameters: [String: Tensor], outcome: QuasiNewton.Outcome) {
    let units = zip(coordinates.parameters, coordinates.sizes).flatMap { p, n in
      scales[p.name].flatMap { $0.count == n ? $0 : nil } ?? [Double](repeating: 1, count: n)
    }
    func free(_ scaled: [Double]) -> [Double] { zip(scaled, units).map { $0 * $1 } }
    func evaluate(_ x: [Double]) throws -> (value: Double, gradient: [Double]) {
      let out = try executor.run(coordinates.inputs(free(x), beside: start))
      return (out["$root"]?.values.first ?? .nan, free(coordinates.gradient(out)))
    }
    var outcome = try search.maximise(
      from: zip(coordinates.free(start), units).map { $0 / $1 }, evaluate, step: step)
    if outcome.isStuck, mayHaveKinks {
      // Smooth steps end at kinks.
      var kinked = KinkedClimb()
      kinked.maximumIterations = Swift.min(500, search.maximumIterations)
      let done = outcome.iterations
      outcome = try kinked.maximise(from: outcome, evaluate) { try step(done + $0, $1) }
    }
    if outcome.isStuck, !mayHaveKinks { outcome.converged = true }
    return (try coordinates.constrained(free(outcome.point), over: start), outcome)
  }
}
