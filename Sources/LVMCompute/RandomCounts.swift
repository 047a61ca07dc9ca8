#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Draws of counts and categories. Counts are whole numbers held as doubles.
extension RandomStream {
  /// Poisson: products of uniforms for small rates, else Hörmann's transformed rejection PTRS (1993).
  public mutating func poisson(rate: Double) -> Double {
    if rate <= 0 { return 0 }
    if rate < 10 {
      let limit = exp(-rate)
      var product = uniform()
      var count = 0.0
      while product > limit {
        product *= uniform()
        count += 1
      }
      return count
    }
    let b = 0.931 + 2.53 * rate.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let vr = 0.9277 - 3.6224 / (b - 2)
    let logRate = log(rate)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + rate + 0.43).rounded(.down)
      if us >= 0.07 && v <= vr { return k }
      if k < 0 || (us < 0.013 && v > us) { continue }
      if log(v * inverseAlpha / (a / (us * us) + b)) <= k * logRate - rate - logFactorial(k) {
        return k
      }
    }
  }

  /// Binomial: inversion for small means, else Hörmann's transformed rejection BTRS (1993).
  public mutating func binomial(trials: Double, probability: Double) -> Double {
    if trials <= 0 || probability <= 0 { return 0 }
    if probability >= 1 { return trials }
    if probability > 0.5 { return trials - binomial(trials: trials, probability: 1 - probability) }
    return trials * probability < 10
      ? binomialByWaiting(trials, probability) : binomialByRejection(trials, probability)
  }

  /// Failures before the first success.
  public mutating func geometric(probability: Double) -> Double {
    probability >= 1 ? 0 : (log(uniform()) / log1p(-probability)).rounded(.down)
  }

  /// An index drawn in proportion to weights that are not negative.
  public mutating func category(_ weights: [Double]) -> Int {
    var rest = uniform() * weights.reduce(0, +)
    var last = 0
    for (index, weight) in weights.enumerated() where weight > 0 {
      if rest < weight { return index }
      rest -= weight
      last = index
    }
    return last
  }

  /// Multinomial, by one binomial per category given those before it.
  public mutating func multinomial(trials: Double, weights: [Double]) -> [Double] {
    var mass = weights.reduce(0, +)
    var left = trials
    var counts: [Double] = []
    for (index, weight) in weights.enumerated() {
      let isLast = index == weights.count - 1
      let share = mass > 0 ? min(weight / mass, 1) : 0
      let count = isLast ? left : binomial(trials: left, probability: share)
      counts.append(count)
      left -= count
      mass -= weight
    }
    return counts
  }

  /// Sums geometric waiting times between successes.
  private mutating func binomialByWaiting(_ trials: Double, _ probability: Double) -> Double {
    var count = -1.0
    var used = 0.0
    while used <= trials {
      used += geometric(probability: probability) + 1
      count += 1
    }
    return count
  }

  private mutating func binomialByRejection(_ n: Double, _ p: Double) -> Double {
    let spread = (n * p * (1 - p)).squareRoot()
    let b = 1.15 + 2.53 * spread
    let a = -0.0873 + 0.0248 * b + 0.01 * p
    let c = n * p + 0.5
    let vr = 0.92 - 4.2 / b
    let alpha = (2.83 + 5.1 / b) * spread
    let logOdds = log(p / (1 - p))
    let mode = ((n + 1) * p).rounded(.down)
    let h = logFactorial(mode) + logFactorial(n - mode)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + c).rounded(.down)
      if k < 0 || k > n { continue }
      if us >= 0.07 && v <= vr { return k }
      let bound = h - logFactorial(k) - logFactorial(n - k) + (k - mode) * logOdds
      if log(v * alpha / (a / (us * us) + b)) <= bound { return k }
    }
  }
}

/// log k!, exact sums below ten, else Stirling's series.
private func logFactorial(_ k: Double) -> Double {
  if k < 10 {
    var product = 1.0
    var factor = 2.0
    while factor <= k {
      product *= factor
      factor += 1
    }
    return log(product)
  }
  let x = k + 1
  let inverse = 1 / (x * x)
  let series = (1 / 12.0 - (1 / 360.0 - inverse / 1260.0) * inverse) / x
  return (x - 0.5) * log(x) - x + 0.918_938_533_204_672_74 + series
}
