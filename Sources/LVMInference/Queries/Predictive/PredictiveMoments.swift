import LVMCompute

extension PredictiveForm {
  /// Means and variances where neither has a closed form, a row of numbers each.
  func moments(_ numbers: [[Double]]) -> (mean: [Double], variance: [Double]) {
    var known: [[Double]: (mean: Double, variance: Double)] = [:]
    let all = (0..<(numbers.first?.count ?? 0)).map { i in
      let own = numbers.map { $0[i] }
      if let found = known[own] { return found }
      let law = PredictiveMixture(form: self, weights: [1], numbers: own)
      let found = law.momentsFromTails() ?? (mean: .nan, variance: .nan)
      known[own] = found
      return found
    }
    return (all.map(\.mean), all.map(\.variance))
  }
}

extension PredictiveMixture {
  /// Mean and variance by integrals of the two tails from the median m outwards:
  /// E[X] = m + ∫P(X > m + t)dt − ∫P(X ≤ m − t)dt, E[(X − m)²] = 2∫t P(|X − m| > t)dt, of whole numbers by
  /// sums. For distributions whose moments have no closed form, such as those cut at limits.
  ///
  /// nil where there is no distribution function; not finite where a tail does not fall fast enough.
  func momentsFromTails() -> (mean: Double, variance: Double)? {
    if form.isWhole { return wholeMoments() }
    guard let m = quantile(0.5, mean: .nan, sd: .nan) else { return nil }
    var first = 0.0
    var second = 0.0
    for isUpper in [true, false] {
      let sign = isUpper ? 1.0 : -1.0
      var start = 0.0
      for k in 1...70 {
        let level = (-Double(k) * 0.6931471805599453).exponential / 2
        guard
          let x = isUpper
            ? upperQuantile(level, mean: .nan, sd: .nan) : quantile(level, mean: .nan, sd: .nan)
        else { return nil }
        let end = Swift.abs(x - m)
        guard end.isFinite, end < 1e300 else { return (.infinity, .infinity) }
        if end > start {
          let (half, centre) = ((end - start) / 2, (end + start) / 2)
          for (node, weight) in zip(Self.nodes, Self.nodeWeights) {
            for side in [-1.0, 1.0] {
              let t = centre + side * node * half
              guard let tails = tails(at: m + sign * t) else { return nil }
              let beyond = isUpper ? tails.upper : tails.lower
              first += sign * weight * half * beyond
              second += 2 * weight * half * t * beyond
            }
          }
        }
        start = max(start, end)
      }
    }
    return (m + first, max(0, second - first * first))
  }

  private func wholeMoments() -> (mean: Double, variance: Double)? {
    var first = 0.0
    var second = 0.0
    var x = 0.0
    // E[X] = Σ P(X > x), E[X²] = Σ (2x + 1) P(X > x)
    // Longer sums are left to draws.
    while true {
      guard x < 5e4 else { return nil }
      guard let upper = tails(at: x)?.upper, upper.isFinite else { return nil }
      first += upper
      second += (2 * x + 1) * upper
      if upper * (2 * x + 1) < 1e-17 * second || upper == 0 { break }
      x += 1
    }
    return (first, max(0, second - first * first))
  }

  /// Gauss–Legendre, 10 points.
  private static let nodes = [
    0.1488743389816312, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845,
    0.9739065285171717,
  ]
  private static let nodeWeights = [
    0.2955242247147529, 0.2692667193099963, 0.2190863625159820, 0.1494513491505806,
    0.0666713443086881,
  ]
}
