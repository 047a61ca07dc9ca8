import LVMCompute
import LVMData
import LVMModel

extension Mixture {
  /// Quantiles of each cell, [instances, size], in prepared units; nil for distributions that can
  /// only be drawn from.
  ///
  /// Distributions are mixed over labels and nodes by their distribution functions, and those are
  /// inverted: of whole numbers the least one whose distribution function reaches the level.
  ///
  /// - Parameter asked: cells, [instances, size], whose quantiles are wanted: others are not numbers. Nil for all.
  public func quantiles(_ levels: [Double], asked: [Bool]? = nil) throws -> [[Double]]? {
    switch content {
    case .normal(let mean, let variance):
      return normalQuantiles(levels, mean, variance.map { Swift.max($0, 0).squareRoot() }, asked)
    case .scalar(let form?, let mean, let variance, let arguments):
      return quantiles(levels, form, mean, variance, arguments, asked)
    case .scalar(nil, _, _, _), .probabilities, .drawn: return nil
    }
  }

  private func normalQuantiles(
    _ levels: [Double], _ mean: [Double], _ sd: [Double], _ asked: [Bool]?
  ) -> [[Double]] {
    var result = levels.map { _ in [Double](repeating: .nan, count: instances.count * size) }
    for i in instances.indices {
      for j in 0..<size where asked?[i * size + j] ?? true {
        let parts = (0..<states).compactMap { s -> (Double, Double, Double)? in
          let at = (i * states + s) * size + j
          let w = weights[i * states + s]
          return w > 0 ? (w, mean[at], sd[at]) : nil
        }
        for (l, level) in levels.enumerated() {
          result[l][i * size + j] = Self.mixtureQuantile(level, parts)
        }
      }
    }
    return result
  }

  /// The quantile of a mixture of normals: weights, means, standard deviations (0 for a point).
  static func mixtureQuantile(_ level: Double, _ parts: [(Double, Double, Double)]) -> Double {
    // Each component's own quantile brackets the mixture's.
    var low = Double.infinity
    var high = -Double.infinity
    let z = standardNormalQuantile(level)
    for (_, m, s) in parts {
      low = min(low, m + z * s)
      high = max(high, m + z * s)
    }
    guard low < high else { return low }
    let total = parts.reduce(0) { $0 + $1.0 }
    for _ in 0..<200 {
      let middle = low + 0.5 * (high - low)
      if middle <= low || middle >= high { break }
      let below = parts.reduce(0.0) { sum, p in
        sum + p.0 * (p.2 > 0 ? normalCDF((middle - p.1) / p.2) : (middle >= p.1 ? 1 : 0))
      }
      if below < level * total { low = middle } else { high = middle }
    }
    return low + 0.5 * (high - low)
  }

  private func quantiles(
    _ levels: [Double], _ form: PredictiveForm, _ mean: [Double], _ variance: [Double],
    _ arguments: [[Double]], _ asked: [Bool]?
  ) -> [[Double]]? {
    var result = levels.map { _ in [Double](repeating: .nan, count: instances.count * size) }
    for j in 0..<size {
      var last: (law: PredictiveMixture, instance: Int)?
      for i in instances.indices where asked?[i * size + j] ?? true {
        let law = mixture(form, arguments, i, j)
        // Rows that no latent and no covariate tells apart have the same distribution.
        if let last, law == last.law {
          for l in levels.indices { result[l][i * size + j] = result[l][last.instance * size + j] }
          continue
        }
        last = (law, i)
        let (m, sd) = guess(mean, variance, i, j)
        for (l, level) in levels.enumerated() {
          guard let x = law.quantile(level, mean: m, sd: sd) else { return nil }
          result[l][i * size + j] = x
        }
      }
    }
    return result
  }

  /// The distribution of one cell.
  func mixture(_ form: PredictiveForm, _ arguments: [[Double]], _ i: Int, _ j: Int)
    -> PredictiveMixture
  {
    PredictiveMixture(
      form: form, weights: Array(weights[(i * states)..<((i + 1) * states)]),
      numbers: (0..<states).flatMap { s in
        arguments.map { $0[(i * states + s) * size + j] }
      })
  }

  /// About where a cell lies: mean and deviation over all states.
  private func guess(_ mean: [Double], _ variance: [Double], _ i: Int, _ j: Int) -> (Double, Double)
  {
    var (first, second) = (0.0, 0.0)
    for s in 0..<states {
      let at = (i * states + s) * size + j
      let w = weights[i * states + s]
      if w < 1e-14 { continue }
      first += w * mean[at]
      second += w * (variance[at] + mean[at] * mean[at])
    }
    return (first, max(0, second - first * first).squareRoot())
  }
}

/// Φ⁻¹(p) by bisection on Φ: quantiles are asked for in single digits of levels.
func standardNormalQuantile(_ p: Double) -> Double {
  var (low, high) = (-40.0, 40.0)
  for _ in 0..<200 {
    let middle = 0.5 * (low + high)
    if middle <= low || middle >= high { break }
    if normalCDF(middle) < p { low = middle } else { high = middle }
  }
  return 0.5 * (low + high)
}
