import LVMCompute
import LVMModel

/// Quasi-Newton ascent on the marginal likelihood (plus log prior) in free coordinates.
final class MarginalMaximisation {
  private let executor: PlacedExecutor
  private let coordinates: ClimbCoordinates
  /// Nodes of quadrature are placed anew at every point: what stops a search there is their error, which
  /// the fit states by itself.
  private let mayHaveKinks: Bool

  init(
    _ plan: Plan, data: ModelData, runtime: Runtime, floor: VarianceFloor? = nil,
    seeds: Bool = false, only chosen: Set<VariableID>? = nil, basis: PredictorBasis? = nil
  ) throws {
    let coordinates = ClimbCoordinates(plan, floor: floor, only: chosen, basis: basis)
    let lowered = try plan.lowered(
      masked: data.masked, weighted: data.isWeighted, seeds: seeds
    ).fork(coordinates.place)
    let root = lowered.root + (try lowered.context.logPrior())
    lowered.builder.setOutput("$root", root)
    coordinates.setGradientOutputs(of: root)
    self.coordinates = coordinates
    mayHaveKinks = plan.quadrature.isEmpty
    executor = try PlacedExecutor(
      Program(lowered.builder.finish()), plan, data: data, runtime: runtime,
      prepare: coordinates.place)
  }

  /// Climbs from a point in the units that a step of EM, from there to `next`, tells.
  func climb(from start: [String: Tensor], toward next: [String: Tensor], search: LBFGS)
    throws
    -> (parameters: [String: Tensor], outcome: LBFGS.Outcome)
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
      scales[p.name] = DiagonalPreconditioner.units(
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
    from start: [String: Tensor], search: LBFGS, scales: [String: [Double]] = [:],
    step: (Int, Double) throws -> Bool = { _, _ in true }
  ) throws -> (parameters: [String: Tensor], outcome: LBFGS.Outcome) {
    let units = zip(coordinates.parameters, coordinates.sizes).flatMap { p, n in
      scales[p.name].flatMap { $0.count == n ? $0 : nil } ?? [Double](repeating: 1, count: n)
    }
    func free(_ scaled: [Double]) -> [Double] { zip(scaled, units).map { $0 * $1 } }
    func evaluate(_ x: [Double]) throws -> (value: Double, gradient: [Double]) {
      let out = try executor.run(coordinates.inputs(free(x), beside: start))
      return (out["$root"]?.values.first ?? .nan, free(coordinates.gradient(out)))
    }
    let origin = zip(coordinates.free(start), units).map { $0 / $1 }
    // Among sums of huge numbers what looks like a gain may be rounding: no step may end there.
    let first = coordinates.free(start)
    let isSound = try !isExtreme(first) || !isRounding(origin, evaluate)
    func guarded(_ x: [Double]) throws -> (value: Double, gradient: [Double]) {
      let there = free(x)
      if let nearer = nearer(there, from: first) {
        // Where the data ask for a number so large it is one like any other; nodes do not tell.
        guard mayHaveKinks else { return (-.infinity, there.map { _ in 0 }) }
        let (here, before) = (try evaluate(x), try evaluate(zip(nearer, units).map { $0 / $1 }))
        if !(Swift.abs(here.value - before.value) > 1e-6 * (Swift.abs(before.value) + 1)) {
          return (-.infinity, here.gradient)
        }
      }
      let here = try evaluate(x)
      guard isSound, isExtreme(there), try isRounding(x, evaluate) else { return here }
      return (-.infinity, here.gradient)
    }
    var outcome = try search.maximise(from: origin, guarded, step: step)
    if outcome.isStuck, mayHaveKinks {
      // Smooth steps end at kinks.
      var kinked = NonSmoothBFGS()
      kinked.maximumIterations = Swift.min(500, search.maximumIterations)
      let done = outcome.iterations
      outcome = try kinked.maximise(from: outcome, guarded) { try step(done + $0, $1) }
    }
    if outcome.isStuck, !mayHaveKinks { outcome.converged = true }
    return (try coordinates.constrained(free(outcome.point), over: start), outcome)
  }

  /// Logarithms of spreads, shapes and odds beyond which densities may be made of numbers that cancel.
  private static let extreme = 15.0

  private func isExtreme(_ free: [Double]) -> Bool {
    var at = 0
    for (p, n) in zip(coordinates.parameters, coordinates.sizes) {
      defer { at += n }
      if p.kind != .real, free[at..<(at + n)].contains(where: { Swift.abs($0) > Self.extreme }) {
        return true
      }
    }
    return false
  }

  /// Logarithm of a positive number beyond which it is asked whether the likelihood has more to gain.
  private static let endless = 30.0

  /// A point with all numbers that are so large at a half of their size; nil where there are none.
  private func nearer(_ free: [Double], from start: [Double]) -> [Double]? {
    var at = 0
    var result: [Double]?
    for (p, n) in zip(coordinates.parameters, coordinates.sizes) {
      defer { at += n }
      guard p.kind == .positive else { continue }
      for i in at..<(at + n) where free[i] > Swift.max(Self.endless, start[i] + 5) {
        result = result ?? free
        result?[i] -= 0.7
      }
    }
    return result
  }

  /// Share of a value by which its last bits may move it: where nodes are found anew, their error moves too.
  private var soundness: Double { mayHaveKinks ? 1e-9 : 1e-4 }

  /// Whether a value changes with the last bits of a point by more than its slope explains.
  private func isRounding(
    _ x: [Double], _ evaluate: ([Double]) throws -> (value: Double, gradient: [Double])
  ) throws -> Bool {
    let here = try evaluate(x)
    guard here.value.isFinite else { return true }
    for sign in [1.0, -1] {
      let moved = x.enumerated().map { i, v in v * (1 + (i % 2 == 0 ? sign : -sign) * 0x1p-50) }
      let there = try evaluate(moved).value
      let slope = zip(zip(moved, x), here.gradient).reduce(0) { sum, e in
        sum + Swift.abs((e.0.0 - e.0.1) * e.1)
      }
      let change = Swift.abs(there - here.value)
      if !(change <= soundness * (Swift.abs(here.value) + 1) + 10 * slope) { return true }
    }
    return false
  }
}
