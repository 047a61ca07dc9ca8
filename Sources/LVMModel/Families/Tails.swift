import LVMCompute

/// P(X ≤ x) and P(X > x), so that neither is one less the other where it is small.
public struct Tails: Sendable {
  public var lower: Double
  public var upper: Double

  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  init(_ pair: (lower: Double, upper: Double)) { (lower, upper) = pair }

  /// Of −X or 1/X, where these are those of X at the same place.
  var swapped: Tails { Tails(lower: upper, upper: lower) }

  /// All mass above a place, and all at or below it.
  static let above = Tails(lower: 0, upper: 1)
  static let below = Tails(lower: 1, upper: 0)

  /// Of a density that is symmetric about 0, from its upper tail.
  static func symmetric(at z: Double, _ upper: (Double) -> Double) -> Tails {
    Tails(lower: upper(-z), upper: upper(z))
  }

  /// Of a density on the positive numbers; `tails` is asked inside alone.
  static func positive(at x: Double, _ tails: @autoclosure () -> Tails) -> Tails {
    x <= 0 ? above : x == .infinity ? below : tails()
  }

  /// Of counts: asked for whole numbers that are not negative.
  static func counts(at x: Double, _ tails: (Double) -> Tails) -> Tails {
    let count = x.rounded(.down)
    return count < 0 ? above : count == .infinity ? below : tails(count)
  }

  /// P(X > x) = exp(−H) for a cumulative hazard H.
  static func survival(_ hazard: Double) -> Tails {
    Tails(lower: -(-hazard).exponentialLessOne, upper: (-hazard).exponential)
  }
}
