import Foundation

/// Mean and covariance of a site's statistic: its value, or for finite sites the one-hot of each
/// coordinate.
struct Moments {
  var mean: [Double]
  /// [n, n]; empty where it is not kept (finite sites).
  var covariance: [Double]
}

/// log Z of a component with posterior moments of the sites asked for.
struct Eliminated {
  var logZ: Double
  var moments: [Int: Moments]
}

/// A running sum of exp(terms), and the mixture of the moments that come with them.
struct LogMixture {
  private var top = -Double.infinity
  private var sum = 0.0
  private var compensation = 0.0
  private(set) var moments: [Int: Moments] = [:]

  var logTotal: Double { sum == 0 ? -.infinity : top + log(sum) }

  mutating func add(_ logWeight: Double, _ new: [Int: Moments]) {
    if logWeight == -.infinity || logWeight.isNaN { return }
    if logWeight > top {
      let factor = top == -.infinity ? 0 : exp(top - logWeight)
      sum *= factor
      compensation *= factor
      top = logWeight
    }
    let term = exp(logWeight - top)
    let before = sum
    let y = term - compensation
    sum = before + y
    compensation = (sum - before) - y
    guard !new.isEmpty else { return }
    let share = term / sum
    if before == 0 {
      moments = new
      return
    }
    for (site, b) in new {
      guard var a = moments[site] else { continue }
      let n = a.mean.count
      let difference = (0..<n).map { b.mean[$0] - a.mean[$0] }
      for i in 0..<n { a.mean[i] += share * difference[i] }
      if !a.covariance.isEmpty {
        for i in 0..<n {
          for j in 0..<n {
            let at = i * n + j
            a.covariance[at] =
              (1 - share) * a.covariance[at] + share * b.covariance[at]
              + share * (1 - share) * difference[i] * difference[j]
          }
        }
      }
      moments[site] = a
    }
  }
}
