import LVMCompute

/// A family as an exponential family in its data: what EM accumulates, and how it maximises.
///
/// Shapes: `x` is [batch…, event…] on rows, where the batch leads with the state axes (of size 1 where
/// x does not depend on the state). Sums over rows have the same dims without the plate. A weight is
/// [batch…], with 1 along the dims it does not vary over: [states…, 1] for `x : real[D] ~ Normal`.
/// Statistics may be taken about a reference point, one value per state and event (the current mean),
/// so that sums do not cancel.
public protocol SufficientStatistics: Sendable {
  /// Statistics of x about a reference, each [batch…, own event…]; e.g. for Normal (x − c), (x − c)².
  func statistics(_ x: Value, reference: Value?) -> [Value]
  /// Trailing dims of each statistic, given the dims of x's event ([] for scalars).
  func statisticEventDims(_ eventDims: [Int]) -> [[Int]]
  /// Σ w·T over the plate for each statistic, without the plate; the same numbers as multiplying and
  /// summing, in fewer passes where the family knows how.
  func weightedStatistics(
    _ x: Value, weight: Value, reference: Value?, eventDims: [Int]
  ) -> [Value]
  /// What statistics are taken about, from the current arguments; nil if nothing. Usually the mean;
  /// the number of trials for Binomial (on rows if that argument is), and for Categorical the
  /// probabilities, of which only the length is used.
  func reference(_ arguments: [Value], form: Int) -> Value?
  /// Σ w log p(x | arguments) − Σ w log h(x), from Σ w and Σ w·T: everything that depends on the
  /// arguments. Adding Σ w·`baseTerm`, a constant of the data and weights, gives the expected log
  /// density itself.
  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value
  /// log h(x), [batch…]: the part of the log density that does not depend on the arguments; nil if zero.
  func baseTerm(_ x: Value, reference: Value?) -> Value?
  /// Contribution of this factor to the closed-form update of argument `index`, with the other arguments
  /// at their current values; nil if that argument has none in this form.
  ///
  /// The maximiser over a parameter shared by several places is finish(Σ numerator / Σ denominator), the
  /// sums running over all places that share it. Shapes: [batch…, the argument's event…], the same for
  /// numerator and denominator.
  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate?
}

extension SufficientStatistics {
  public func reference(_ arguments: [Value], form: Int) -> Value? { nil }
  public func baseTerm(_ x: Value, reference: Value?) -> Value? { nil }
  /// log h(x) of a family that needs no reference for it.
  public func baseTerm(_ x: Value) -> Value? { baseTerm(x, reference: nil) }

  public func weightedStatistics(
    _ x: Value, weight: Value, reference: Value?, eventDims: [Int]
  ) -> [Value] {
    zip(statistics(x, reference: reference), statisticEventDims(eventDims)).map { statistic, dims in
      weight.appendingOnes(dims.count).plateSum(times: statistic)
    }
  }
}

/// One additive piece of a closed-form update.
public struct RatioUpdate {
  public enum Finish: Hashable, Sendable {
    /// numerator / denominator
    case ratio
    /// √(numerator / denominator): scales from squared residuals.
    case squareRoot
    /// numerator / Σ over the last dim of numerator: probabilities from counts.
    case normalize
  }

  /// What the piece adds to the log density, as a function of the parameter θ; n is the numerator, d the
  /// denominator. Pieces of one kernel add up, a prior's among them.
  public enum Kernel: Hashable, Sendable {
    /// n θ − ½ d θ²
    case quadratic
    /// n log θ − d θ
    case logLinear
    /// n log θ + (d − n) log(1 − θ)
    case logOdds
    /// −½ n/θ² − d log θ
    case scale
    /// Σ n log θ over the entries of a simplex
    case shares
    /// −½ tr(n θ⁻¹) − ½ d log|θ|
    case covariance
  }

  public var numerator: Value
  public var denominator: Value
  public var finish: Finish
  /// Nil where the numbers are right up to a factor only, so that nothing else can join them.
  public var kernel: Kernel?
  /// Whether sharing the parameter over places whose other arguments differ keeps the update exact.
  public var poolsExactly: Bool

  public init(
    numerator: Value, denominator: Value, finish: Finish, kernel: Kernel? = nil,
    poolsExactly: Bool = true
  ) {
    self.numerator = numerator
    self.denominator = denominator
    self.finish = finish
    self.kernel = kernel
    self.poolsExactly = poolsExactly
  }

  /// Numerator and denominator stretched to one shape, so that both can be summed over the same places.
  static func over(
    _ numerator: Value, _ denominator: Value, _ finish: Finish = .ratio, kernel: Kernel? = nil,
    poolsExactly: Bool = true
  ) -> RatioUpdate {
    let (n, d) = numerator.stretched(with: denominator)
    return RatioUpdate(
      numerator: n, denominator: d, finish: finish, kernel: kernel, poolsExactly: poolsExactly)
  }
}
