import Foundation

/// Units of free coordinates in which a likelihood is about as curved one way as another.
///
/// A step of EM is nearly the gradient over the curvature that complete rows would have (Lange 1995, "A
/// gradient algorithm locally equivalent to the EM algorithm"), so that step over gradient tells the scale of
/// each entry. Single ratios mislead where entries trade with one another: what counts is a factor of the
/// first index, such as the rows that a state has, times one of the others, such as the unit of a column.
enum DiagonalPreconditioner {
  /// Farthest that a unit may be from the middle one.
  private static let most = 1e6

  /// One positive unit per entry of a tensor of some sizes; 1 where nothing is known.
  static func units(step: ArraySlice<Double>, gradient: ArraySlice<Double>, dims: [Int]) -> [Double]
  {
    let ratios = zip(step, gradient).map { s, g -> Double? in
      let ratio = log(Swift.abs(s)) - log(Swift.abs(g))
      return ratio.isFinite ? ratio : nil
    }
    guard let middle = median(ratios) else { return [Double](repeating: 1, count: ratios.count) }
    let width = Swift.max(1, dims.dropFirst().reduce(1, *))
    let height = ratios.count / width
    let rows = (0..<height).map { i in
      median((0..<width).map { ratios[i * width + $0] }) ?? middle
    }
    let columns = (0..<width).map { j in
      width == 1 ? middle : median((0..<height).map { ratios[$0 * width + j] }) ?? middle
    }
    return ratios.indices.map { i in
      let apart = (rows[i / width] - middle) + (columns[i % width] - middle)
      let bound = 2 * log(most)
      return exp(0.5 * (middle + Swift.min(Swift.max(apart, -bound), bound)))
    }
  }

  private static func median(_ values: [Double?]) -> Double? {
    let known = values.compactMap { $0 }.sorted()
    guard !known.isEmpty else { return nil }
    return (known[known.count / 2] + known[(known.count - 1) / 2]) / 2
  }
}
