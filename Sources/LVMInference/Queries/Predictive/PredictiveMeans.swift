import LVMCompute
import LVMModel

extension Variable {
  /// The mean of a number, the probability of 1 of a 0/1 variable, the most probable of other labels.
  func expected(_ means: ArraySlice<Double>) -> Double {
    guard means.count > 1 else { return means.first ?? 0 }
    if case .binary = type.kind { return means.last ?? 0 }
    let best = means.indices.max { means[$0] < means[$1] } ?? means.startIndex
    return Double(best - means.startIndex)
  }
}

extension LoweredPredictive {
  /// Means of numbers, [rows, size], or probabilities, [rows, size, values]; nil where neither is known.
  func means(_ i: Int, _ out: [String: Tensor], _ rows: Int) -> [Double]? {
    switch content {
    case .probabilities(_, let k):
      return out["\(i).p"].map { Self.wide($0.values, rows, size * k) }
    case .normal, .scalar:
      let states = axes.reduce(1) { $0 * $1.values }
      let all: [Double]
      if let known = out["\(i).m"] {
        all = Self.wide(known.values, rows, states * size)
      } else if case .scalar(let form?, nil, _, let arguments) = content {
        let numbers = arguments.indices.map {
          Self.wide(out["\(i).a\($0)"]?.values ?? [], rows, states * size)
        }
        all = form.moments(numbers).mean
      } else {
        return nil
      }
      let weights = out["\(i).w"]?.values ?? [Double](repeating: 1, count: rows * states)
      var result = [Double](repeating: 0, count: rows * size)
      for r in 0..<rows {
        for s in 0..<states {
          for j in 0..<size {
            result[r * size + j] += weights[r * states + s] * all[(r * states + s) * size + j]
          }
        }
      }
      return result
    case .drawn: return nil
    }
  }

  /// Numbers a row, where those that are the same in all rows come once.
  private static func wide(_ values: [Double], _ rows: Int, _ width: Int) -> [Double] {
    guard values.count == width, rows > 1 else { return values }
    return (0..<rows).flatMap { _ in values }
  }
}
