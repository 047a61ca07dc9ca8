import LVMCompute
import LVMModel

/// The shape of a cell's distribution, its numbers left out: those stand in one row, in the order in which
/// the shape is read.
public indirect enum PredictiveForm: Hashable, Sendable {
  /// A family of scalars, its arguments.
  case family(FamilyName, form: Int, arguments: Int)
  /// The base's numbers, then the probability of an extra zero.
  case zeroInflated(PredictiveForm)
  /// The base's numbers, then the limits there are.
  case truncated(PredictiveForm, low: Bool, high: Bool)
  case censored(PredictiveForm, low: Bool, high: Bool)
  /// A weight for each component, then the numbers of each.
  case mixture(PredictiveForm, components: Int)
  /// A factor, then the base's numbers: the distribution of the factor times a value of the base.
  case scaled(PredictiveForm)
  /// Exponential with a gamma rate: shape a and scale s, P(X > x) = (1 + x/s)^−a.
  case lomax
  /// Gamma of shape k with a gamma rate of shape a: X/s has odds of Beta(k, a); k, a, s.
  case betaPrime
  /// Binomial with a beta probability: trials, a, b.
  case betaBinomial
  /// Geometric with a beta probability: a, b.
  case betaGeometric

  /// How many numbers it takes.
  public var width: Int {
    switch self {
    case .family(_, _, let arguments): arguments
    case .zeroInflated(let base), .scaled(let base): base.width + 1
    case .truncated(let base, let low, let high), .censored(let base, let low, let high):
      base.width + (low ? 1 : 0) + (high ? 1 : 0)
    case .mixture(let base, let k): k * (1 + base.width)
    case .lomax, .betaGeometric: 2
    case .betaPrime, .betaBinomial: 3
    }
  }

  /// Whether all values are whole numbers.
  public var isWhole: Bool {
    switch self {
    case .family(let name, _, _): LVMModel.family(name).support.isWhole
    case .zeroInflated(let base), .truncated(let base, _, _), .mixture(let base, _): base.isWhole
    case .censored, .scaled, .lomax, .betaPrime: false
    case .betaBinomial, .betaGeometric: true
    }
  }

  /// P(X ≤ x) and P(X > x); nil for a family that is not one of scalars.
  func tails(_ a: ArraySlice<Double>, at x: Double) -> Tails? {
    let first = a.startIndex
    switch self {
    case .family(let name, let form, _):
      return LVMModel.family(name).tails(at: x, Array(a), form: form)
    case .zeroInflated(let base):
      guard let own = base.tails(a.dropLast(), at: x) else { return nil }
      let p = a[a.endIndex - 1]
      return Tails(
        lower: (x >= 0 ? p : 0) + (1 - p) * own.lower,
        upper: (x >= 0 ? 0 : p) + (1 - p) * own.upper)
    case .truncated(let base, let hasLow, let hasHigh):
      let numbers = a.prefix(base.width)
      let limits = Array(a.dropFirst(base.width))
      let low = hasLow ? limits[0] : -Double.infinity
      let high = hasHigh ? limits[limits.count - 1] : Double.infinity
      // The value at the lower limit itself is possible.
      let before = base.isWhole ? low.rounded(.up) - 1 : low
      guard let below = base.tails(numbers, at: before), let above = base.tails(numbers, at: high),
        let own = base.tails(numbers, at: x)
      else { return nil }
      if x < low { return Tails(lower: 0, upper: 1) }
      if x >= high { return Tails(lower: 1, upper: 0) }
      // Differences of whichever tail is the smaller keep their digits.
      if below.lower < 0.5 {
        let mass = above.lower - below.lower
        return Tails(
          lower: (own.lower - below.lower) / mass,
          upper: own.lower < 0.5
            ? (above.lower - own.lower) / mass : (own.upper - above.upper) / mass)
      }
      let mass = below.upper - above.upper
      return Tails(
        lower: (below.upper - own.upper) / mass, upper: (own.upper - above.upper) / mass)
    case .censored(let base, let hasLow, let hasHigh):
      let limits = Array(a.dropFirst(base.width))
      if hasLow, x < limits[0] { return Tails(lower: 0, upper: 1) }
      if hasHigh, x >= limits[limits.count - 1] { return Tails(lower: 1, upper: 0) }
      return base.tails(a.prefix(base.width), at: x)
    case .mixture(let base, let k):
      var sum = Tails(lower: 0, upper: 0)
      for c in 0..<k {
        let start = first + k + c * base.width
        guard let own = base.tails(a[start..<(start + base.width)], at: x) else { return nil }
        sum.lower += a[first + c] * own.lower
        sum.upper += a[first + c] * own.upper
      }
      return sum
    case .scaled(let base):
      let factor = a[first]
      if factor <= 0 { return x >= 0 ? Tails(lower: 1, upper: 0) : Tails(lower: 0, upper: 1) }
      return base.tails(a.dropFirst(), at: x / factor)
    case .lomax:
      let upper = x <= 0 ? 1 : (-a[first] * (x / a[first + 1]).logarithmOfSuccessor).exponential
      return Tails(lower: 1 - upper, upper: upper)
    case .betaPrime:
      let t = x / a[first + 2]
      guard t.isFinite else { return Tails(lower: t > 0 ? 1 : 0, upper: t > 0 ? 0 : 1) }
      let b = regularizedBeta(t / (1 + t), 1 / (1 + t), a[first], a[first + 1])
      return x <= 0 ? Tails(lower: 0, upper: 1) : Tails(lower: b.lower, upper: b.upper)
    case .betaBinomial:
      return betaBinomialTails(a[first], a[first + 1], a[first + 2], at: x.rounded(.down))
    case .betaGeometric:
      // P(X > x) = B(a, b + x + 1)/B(a, b)
      let n = x.rounded(.down)
      guard n >= 0 else { return Tails(lower: 0, upper: 1) }
      guard n.isFinite else { return Tails(lower: 1, upper: 0) }
      let (p, q) = (a[first], a[first + 1])
      let log =
        (q + n + 1).logGamma - q.logGamma - ((p + q + n + 1).logGamma - (p + q).logGamma)
      let upper = min(1, log.exponential)
      return Tails(lower: 1 - upper, upper: upper)
    }
  }
}

/// The distribution function of a beta-binomial by its masses from the nearer end.
private func betaBinomialTails(_ n: Double, _ a: Double, _ b: Double, at x: Double) -> Tails {
  guard x >= 0 else { return Tails(lower: 0, upper: 1) }
  guard x < n else { return Tails(lower: 1, upper: 0) }
  guard n < 1e5 else { return Tails(lower: .nan, upper: .nan) }
  func mass(_ k: Double) -> Double {
    ((n + 1).logGamma - (k + 1).logGamma - (n - k + 1).logGamma + (a + k).logGamma
      + (b + n - k).logGamma - (a + b + n).logGamma + (a + b).logGamma - a.logGamma - b.logGamma)
      .exponential
  }
  var sum = 0.0
  if x < n / 2 {
    for k in 0...Int(x) { sum += mass(Double(k)) }
    return Tails(lower: min(1, sum), upper: max(0, 1 - sum))
  }
  for k in (Int(x) + 1)...Int(n) { sum += mass(Double(k)) }
  return Tails(lower: max(0, 1 - sum), upper: min(1, sum))
}
