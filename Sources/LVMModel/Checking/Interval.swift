import Foundation

/// The numbers from `lower` to `upper`, either of which may be infinite.
///
/// Whether an end belongs to it is not told: nothing here asks more than `at least` and `at most`.
struct Interval: Equatable {
  var lower: Double
  var upper: Double

  static let all = Interval(-.infinity, .infinity)
  static let positive = Interval(0, .infinity)
  static let unit = Interval(0, 1)

  /// Ends that are not numbers are no bounds.
  init(_ lower: Double, _ upper: Double) {
    self.lower = lower.isNaN ? -.infinity : lower
    self.upper = upper.isNaN ? .infinity : upper
  }

  init(_ value: Double) { self.init(value, value) }

  /// From the least to the largest of some values.
  init(spanning values: [Double]) {
    let hasAll = !values.isEmpty && !values.contains(where: \.isNaN)
    self.init(
      hasAll ? values.min() ?? -.infinity : -.infinity,
      hasAll ? values.max() ?? .infinity : .infinity)
  }

  init(_ kind: ElementKind) {
    switch kind {
    case .positive, .count: self = .positive
    case .unit, .binary, .simplex: self = .unit
    case .correlation, .orthonormal: self.init(-1, 1)
    case .real, .integer, .category, .covariance, .cholesky: self = .all
    }
  }

  /// The smallest interval that holds both.
  func hull(_ other: Interval) -> Interval {
    Interval(min(lower, other.lower), max(upper, other.upper))
  }

  /// What both allow; of two that have nothing in common, this one.
  func clipped(to other: Interval) -> Interval {
    let (low, high) = (max(lower, other.lower), min(upper, other.upper))
    return low <= high ? Interval(low, high) : self
  }

  static prefix func - (a: Interval) -> Interval { Interval(-a.upper, -a.lower) }

  static func + (a: Interval, b: Interval) -> Interval {
    Interval(a.lower + b.lower, a.upper + b.upper)
  }

  static func - (a: Interval, b: Interval) -> Interval { a + -b }

  static func * (a: Interval, b: Interval) -> Interval {
    func times(_ x: Double, _ y: Double) -> Double { x == 0 || y == 0 ? 0 : x * y }
    return Interval(
      spanning: [a.lower, a.upper].flatMap { x in [b.lower, b.upper].map { times(x, $0) } })
  }

  static func / (a: Interval, b: Interval) -> Interval {
    // An end at zero is approached from within.
    if b.lower >= 0 { return a * Interval(1 / b.upper, b.lower == 0 ? .infinity : 1 / b.lower) }
    if b.upper <= 0 { return -(a / -b) }
    return .all
  }

  func power(_ exponent: Interval) -> Interval {
    if lower >= 0 {
      // Monotone in each of the two.
      return Interval(
        spanning: [lower, upper].flatMap { x in
          [exponent.lower, exponent.upper].map { pow(x, $0) }
        })
    }
    guard exponent.lower == exponent.upper, exponent.lower == exponent.lower.rounded() else {
      return .all
    }
    let n = exponent.lower
    if n.remainder(dividingBy: 2) == 0 { return magnitude.power(exponent) }
    return n > 0 ? Interval(pow(lower, n), pow(upper, n)) : .all
  }

  /// Of absolute values.
  var magnitude: Interval {
    if lower >= 0 { return self }
    if upper <= 0 { return -self }
    return Interval(0, max(-lower, upper))
  }

  /// All these functions rise, but the absolute value.
  func map(_ function: ElementwiseFunction) -> Interval {
    switch function {
    case .exp: Interval(Foundation.exp(lower), Foundation.exp(upper))
    case .log: Interval(Foundation.log(max(0, lower)), Foundation.log(max(0, upper)))
    case .log1p: Interval(Foundation.log1p(max(-1, lower)), Foundation.log1p(max(-1, upper)))
    case .expm1: Interval(Foundation.expm1(lower), Foundation.expm1(upper))
    case .sqrt: Interval(max(0, lower).squareRoot(), max(0, upper).squareRoot())
    case .abs: magnitude
    case .tanh: Interval(Foundation.tanh(lower), Foundation.tanh(upper))
    case .sigmoid:
      Interval(1 / (1 + Foundation.exp(-lower)), 1 / (1 + Foundation.exp(-upper)))
    case .logit:
      Interval(Self.logit(lower), Self.logit(upper))
    case .softplus: Interval(Self.softplus(lower), Self.softplus(upper))
    }
  }

  private static func logit(_ p: Double) -> Double {
    let p = min(1, max(0, p))
    return Foundation.log(p) - Foundation.log1p(-p)
  }

  private static func softplus(_ x: Double) -> Double {
    max(x, 0) + Foundation.log1p(Foundation.exp(-x.magnitude))
  }

  /// The sum of `count` values of this interval; of at least one where that is not known.
  func sum(of count: Int?) -> Interval {
    if let count { return self * Interval(Double(count)) }
    return Interval(lower >= 0 ? lower : -.infinity, upper <= 0 ? upper : .infinity)
  }

  /// Some values of this interval, its ends or what comes near them among these.
  var examples: [Double] {
    if lower == upper { return [lower] }
    if lower.isFinite, upper.isFinite {
      return [0, 0.25, 0.5, 0.75, 1].map { lower + $0 * (upper - lower) }
    }
    let steps = [1e-6, 0.5, 1, 3, 1e6]
    if lower.isFinite { return steps.map { lower + $0 } }
    if upper.isFinite { return steps.map { upper - $0 } }
    return [-1e6, -1, 0, 1, 1e6]
  }
}
