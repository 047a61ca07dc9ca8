import LVMCompute
import LVMModel

/// Derivatives of the log likelihoods of single units (rows, or groups), in unconstrained
/// parameters.
///
/// A unit's derivative costs as much as that of all; sums over units with random weights do as well: as many
/// of them as there are numbers have the rank of the whole matrix, but on a set of weights of measure zero.
/// Rows of one long series have no gradient each; their log densities given the past are told apart by
/// differences.
final class UnitGradients {
  let units: Int
  private let space: UnconstrainedSpace
  private let source: Source

  private enum Source {
    case weighted(ModelDensity)
    case series(ChainScores)
  }

  /// Share of a coordinate's unit by which a difference moves it.
  private static let step = 1e-3

  /// Whether derivatives are differences, with errors of about 1e-11.
  var areDifferences: Bool {
    switch source {
    case .weighted: false
    case .series: true
    }
  }

  /// Nil where the likelihood is not a product over units.
  init?(_ plan: InferencePlan, data: ModelData, space: UnconstrainedSpace, runtime: Runtime) throws
  {
    let outermost = plan.nesting.outermost
    units = data.columns.layout.count(outermost)
    self.space = space
    guard units > 0 else { return nil }
    if plan.hasChain, outermost == .rows {
      source = .series(
        try ChainScores(plan, data: data, runtime: runtime, prepare: space.place))
      return
    }
    let density = ModelDensity(
      SettledPlan(plan, data: data, runtime: runtime, settles: false), space: space)
    guard try density.unitCount() != nil else { return nil }
    source = .weighted(density)
  }

  /// A matrix with a column for each direction that has the null space of the units' derivatives along
  /// them, at least as many rows as columns; nil where any number is not finite.
  ///
  /// - Parameters:
  ///   - directions: of one number a coordinate each; nil for the coordinates themselves.
  ///   - spare: rows beyond as many as there are columns.
  func derivatives(
    at point: [Double], along directions: [[Double]]?, spare: Int, _ random: inout RandomStream
  ) throws -> (matrix: [Double], rows: Int)? {
    switch source {
    case .weighted(let density):
      let rows = (directions?.count ?? space.dimension) + spare
      guard let sums = try sums(rows, at: point, density, &random) else { return nil }
      guard let directions else { return (sums, rows) }
      let n = space.dimension
      var result: [Double] = []
      result.reserveCapacity(rows * directions.count)
      for r in 0..<rows {
        for d in directions {
          result.append((0..<n).reduce(0) { $0 + sums[r * n + $1] * d[$1] })
        }
      }
      return (result, rows)
    case .series(let chain):
      let all =
        directions
        ?? (0..<space.dimension).map { c in
          (0..<space.dimension).map { $0 == c ? 1.0 : 0 }
        }
      guard units >= all.count else { return nil }
      var result = [Double](repeating: 0, count: units * all.count)
      for (c, direction) in all.enumerated() {
        guard let column = try difference(chain, at: point, along: direction) else { return nil }
        for (r, x) in column.enumerated() { result[r * all.count + c] = x }
      }
      return (result, units)
    }
  }

  /// Sums of the units' derivatives with random weights.
  private func sums(
    _ count: Int, at point: [Double], _ density: ModelDensity, _ random: inout RandomStream
  ) throws -> [Double]? {
    var result: [Double] = []
    result.reserveCapacity(count * space.dimension)
    let size = 1 / Double(units).squareRoot()
    for _ in 0..<count {
      let weights = (0..<units).map { _ in random.normal() * size }
      let row = try density.weightedUnitGradients(at: point, weights: [weights])?.first ?? []
      guard row.count == space.dimension, row.allSatisfy(\.isFinite) else { return nil }
      result += row
    }
    return result
  }

  /// Richardson's combination of two central differences.
  private func difference(
    _ chain: ChainScores, at point: [Double], along direction: [Double]
  ) throws -> [Double]? {
    let units = space.reach(at: point)
    let reach = zip(direction, units).map { Swift.abs($0) / $1 }.max() ?? 0
    guard reach > 0 else { return nil }
    func values(_ h: Double) throws -> [Double] {
      try chain.values(space.inputs(at: zip(point, direction).map { $0 + h * $1 }))
    }
    func slope(_ h: Double) throws -> [Double] {
      let (up, down) = (try values(h), try values(-h))
      return zip(up, down).map { ($0 - $1) / (2 * h) }
    }
    let h = Self.step / reach
    let result = zip(try slope(h), try slope(2 * h)).map { (4 * $0 - $1) / 3 }
    return result.allSatisfy(\.isFinite) ? result : nil
  }
}
