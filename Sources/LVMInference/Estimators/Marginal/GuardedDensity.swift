import LVMCompute
import LVMModel

/// A model's log density for a line search, which refuses steps to where its value is rounding, or to numbers that
/// grow without end.
struct GuardedDensity: LogDensity {
  private let density: ModelDensity
  /// The starting point, without units.
  private let start: [Double]
  /// Whether kinks may stop a search: nodes of quadrature are placed anew at every point, and what stops a search
  /// there is their error.
  private let mayHaveKinks: Bool
  /// Whether the value at the start is more than rounding; if not no value is judged.
  private let isSound: Bool

  private var space: UnconstrainedSpace { density.space }
  var dimension: Int { density.dimension }

  /// - Parameters:
  ///   - start: the starting point, without units.
  ///   - origin: the same in the units of the space.
  init(_ density: ModelDensity, from start: [Double], at origin: [Double], mayHaveKinks: Bool)
    throws
  {
    self.density = density
    self.start = start
    self.mayHaveKinks = mayHaveKinks
    // Among sums of huge numbers what looks like a gain may be rounding: no step may end there.
    isSound =
      try !Self.isExtreme(start, density.space)
      || !Self.isRounding(density, origin, Self.soundness(mayHaveKinks))
  }

  func evaluate(at point: [Double]) throws -> (value: Double, gradient: [Double]) {
    let there = space.withoutUnits(point)
    if let nearer = nearer(there) {
      // Where the data ask for a number so large it is one like any other; nodes do not tell.
      guard mayHaveKinks else { return (-.infinity, there.map { _ in 0 }) }
      let here = try density.evaluate(at: point)
      let before = try density.evaluate(at: space.inUnits(nearer))
      if !(Swift.abs(here.value - before.value) > 1e-6 * (Swift.abs(before.value) + 1)) {
        return (-.infinity, here.gradient)
      }
    }
    let here = try density.evaluate(at: point)
    guard isSound, Self.isExtreme(there, space),
      try Self.isRounding(density, point, Self.soundness(mayHaveKinks))
    else { return here }
    return (-.infinity, here.gradient)
  }

  /// Logarithms of spreads, shapes and odds beyond which densities may be made of numbers that cancel.
  private static let extreme = 15.0

  private static func isExtreme(_ free: [Double], _ space: UnconstrainedSpace) -> Bool {
    space.blocks.contains { b in
      b.chart != .identity && free[b.range].contains { Swift.abs($0) > extreme }
    }
  }

  /// Logarithm of a positive number beyond which it is asked whether the likelihood has more to gain.
  private static let endless = 30.0

  /// A point with all numbers that are so large at a half of their size; nil where there are none.
  private func nearer(_ free: [Double]) -> [Double]? {
    var result: [Double]?
    for b in space.blocks where b.chart == .exponential {
      for i in b.range where free[i] > Swift.max(Self.endless, start[i] + 5) {
        result = result ?? free
        result?[i] -= 0.7
      }
    }
    return result
  }

  /// Share of a value by which its last bits may move it: where nodes are found anew, their error moves too.
  private static func soundness(_ mayHaveKinks: Bool) -> Double { mayHaveKinks ? 1e-9 : 1e-4 }

  /// Whether a value changes with the last bits of a point by more than its slope explains.
  private static func isRounding(
    _ density: ModelDensity, _ x: [Double], _ soundness: Double
  ) throws -> Bool {
    let here = try density.evaluate(at: x)
    guard here.value.isFinite else { return true }
    for sign in [1.0, -1] {
      let moved = x.enumerated().map { i, v in v * (1 + (i % 2 == 0 ? sign : -sign) * 0x1p-50) }
      let there = try density.evaluate(at: moved).value
      let slope = zip(zip(moved, x), here.gradient).reduce(0) { sum, e in
        sum + Swift.abs((e.0.0 - e.0.1) * e.1)
      }
      let change = Swift.abs(there - here.value)
      if !(change <= soundness * (Swift.abs(here.value) + 1) + 10 * slope) { return true }
    }
    return false
  }
}
