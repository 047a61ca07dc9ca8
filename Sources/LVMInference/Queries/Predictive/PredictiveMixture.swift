import LVMCompute
import LVMModel

/// A cell's predictive distribution with its numbers: distributions of one form, weighted.
struct PredictiveMixture: Equatable {
  var form: PredictiveForm
  /// Weights of the parts, and their numbers one after the other.
  var weights: [Double]
  var numbers: [Double]

  /// Parts too light to be seen are left out.
  init(form: PredictiveForm, weights: [Double], numbers: [Double]) {
    let width = form.width
    let least = (weights.max() ?? 0) * 1e-14
    self.form = form
    self.weights = []
    self.numbers = []
    for (i, w) in weights.enumerated() where w > least {
      self.weights.append(w)
      self.numbers += numbers[(i * width)..<((i + 1) * width)]
    }
    let total = self.weights.reduce(0, +)
    for i in self.weights.indices { self.weights[i] /= total }
  }

  func tails(at x: Double) -> Tails? {
    let width = form.width
    var sum = Tails(lower: 0, upper: 0)
    for (i, w) in weights.enumerated() {
      guard let own = form.tails(numbers[(i * width)..<((i + 1) * width)], at: x) else {
        return nil
      }
      sum.lower += w * own.lower
      sum.upper += w * own.upper
    }
    return sum
  }

  /// The least x with P(X ≤ x) ≥ level, sought about a guess; nil where the form has no distribution
  /// function, or the numbers are not numbers.
  func quantile(_ level: Double, mean: Double, sd: Double) -> Double? {
    quantile(about: mean, sd) { tails in
      guard tails.lower.isFinite else { return nil }
      // By the nearer end, and a little early: sums of masses may fall short of a level by rounding.
      return level > 0.5
        ? (1 - level) * (1 + 1e-12) - tails.upper : tails.lower - level * (1 - 1e-12)
    }
  }

  /// The least x with P(X > x) ≤ level, for levels near zero.
  func upperQuantile(_ level: Double, mean: Double, sd: Double) -> Double? {
    quantile(about: mean, sd) { $0.upper.isFinite ? level - $0.upper : nil }
  }

  /// The least x at which a rising function of the tails is not negative.
  private func quantile(about mean: Double, _ sd: Double, _ rising: (Tails) -> Double?) -> Double? {
    func value(_ x: Double) -> Double? { tails(at: x).flatMap(rising) }
    var (low, high) = (-Double.greatestFiniteMagnitude, Double.greatestFiniteMagnitude)
    if form.isWhole { (low, high) = (-1, 4e15) }
    if mean.isFinite, sd.isFinite {
      var reach = max(4 * sd, form.isWhole ? 2 : 1e-300)
      for _ in 0..<6 {
        let x = form.isWhole ? (mean - reach).rounded(.down) : mean - reach
        guard x > low else { break }
        guard let v = value(x) else { return nil }
        if v < 0 {
          low = x
          break
        }
        high = min(high, x)
        reach *= 4
      }
      reach = max(4 * sd, form.isWhole ? 2 : 1e-300)
      for _ in 0..<6 {
        let x = form.isWhole ? (mean + reach).rounded(.up) : mean + reach
        guard x < high else { break }
        guard let v = value(x) else { return nil }
        if v >= 0 {
          high = x
          break
        }
        low = max(low, x)
        reach *= 4
      }
    }
    return form.isWhole ? wholeRoot(low, high, value) : root(low, high, value)
  }

  private func wholeRoot(_ from: Double, _ to: Double, _ value: (Double) -> Double?) -> Double? {
    var (low, high) = (from, to)
    if low < 0, let v = value(-1), v >= 0 { return -1 }
    while high - low > 1 {
      let middle = (0.5 * (low + high)).rounded(.down)
      guard let v = value(middle) else { return nil }
      if v >= 0 { high = middle } else { low = middle }
    }
    return high
  }

  /// Secants and bisection in turn; halving the order of numbers needs no scale.
  private func root(_ from: Double, _ to: Double, _ value: (Double) -> Double?) -> Double? {
    var (low, high) = (from, to)
    guard var below = value(low), var above = value(high) else { return nil }
    for i in 0..<400 {
      guard high - low > 2e-13 * max(Swift.abs(low), Swift.abs(high)), low.nextUp < high else {
        break
      }
      var x = Double(ordinal: low.ordinal / 2 + high.ordinal / 2)
      if i % 3 != 2, high - low < 1e100 {
        let secant = low - below * (high - low) / (above - below)
        if secant > low, secant < high {
          // A step beyond the root, so that both ends close in.
          let beyond = 0.01 * min(secant - low, high - secant)
          x = i % 3 == 0 ? secant + beyond : secant - beyond
        }
      }
      if x <= low || x >= high { x = low + 0.5 * (high - low) }
      guard let v = value(x) else { return nil }
      if v >= 0 { (high, above) = (x, v) } else { (low, below) = (x, v) }
    }
    return high
  }
}

extension Double {
  /// Position among all doubles: order-preserving.
  fileprivate var ordinal: Int {
    let bits = Int(bitPattern: UInt(bitPattern))
    return bits >= 0 ? bits : Int.min - bits
  }

  fileprivate init(ordinal: Int) {
    let bits = ordinal >= 0 ? ordinal : Int.min - ordinal
    self = Double(bitPattern: UInt64(UInt(bitPattern: bits)))
  }
}
