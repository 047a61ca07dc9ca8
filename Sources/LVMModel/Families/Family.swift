import LVMCompute

/// What an argument of a family must be.
public struct FamilyParameter: Hashable, Sendable {
  public enum Constraint: String, Hashable, Sendable {
    case real, positive, unit, count
    case simplex, positiveVector, realVector
    case covariance
  }

  /// The name it can be given by: `Normal(mean: m, scale: s)`.
  public var name: String
  public var constraint: Constraint

  public init(_ name: String, _ constraint: Constraint) {
    self.name = name
    self.constraint = constraint
  }

  /// Trailing dimensions of one argument value.
  public var eventRank: Int {
    switch constraint {
    case .real, .positive, .unit, .count: 0
    case .simplex, .positiveVector, .realVector: 1
    case .covariance: 2
    }
  }
}

/// The values a family gives positive density.
public enum Support: Hashable, Sendable {
  case real, positive
  /// Zero and above.
  case nonNegative
  case unit
  /// Between two arguments, by their positions.
  case interval(low: Int, high: Int)
  case binary
  /// 0, 1, 2, …
  case counts
  /// 0 … the argument at this position.
  case countsUpTo(Int)
  /// A category of as many values as the argument at position 0 is long.
  case categories
  /// Count vectors that add up to the argument at position 0.
  case countVector
  case realVector, simplex
  case covariance, correlation
}

extension Support {
  /// Whether all values are whole numbers.
  public var isWhole: Bool {
    switch self {
    case .binary, .counts, .countsUpTo, .categories, .countVector: true
    case .real, .positive, .nonNegative, .unit, .interval, .realVector, .simplex, .covariance,
      .correlation:
      false
    }
  }
}

/// One family of distributions. One file each, its sections in this order: density, sampling, moments,
/// sufficient statistics and maximiser.
///
/// Values passed to graph functions broadcast: a value x of event rank r has shape [batch…, event…],
/// each argument [batch…, its own event…], batches aligned from the right. Results have shape [batch…].
public protocol Family: Sendable {
  var name: FamilyName { get }

  /// The parameterisations, the first the one for positional arguments: `Bernoulli(probability)` and
  /// `Bernoulli(logit:)` are forms 0 and 1 of one family.
  var forms: [[FamilyParameter]] { get }

  /// Trailing dimensions of one value: 0 scalar, 1 vector, 2 matrix.
  var eventRank: Int { get }

  var support: Support { get }

  /// How its arguments go with the unit and the zero of its values.
  var frame: FamilyFrame { get }

  /// Where its location and its scale stand, if it is a family of both and symmetric; nil by default.
  var locationScale: LocationScale? { get }

  /// Whether location and scale are those of the value's logarithm; no by default.
  var isLogarithmic: Bool { get }

  /// Whether independent values of one scale are as likely in every direction; no by default.
  var isSpherical: Bool { get }

  /// How fast the density falls; `light` by default.
  var tailWeight: TailWeight { get }

  /// The argument that may be the number 0, whose limit is a model of its own; nil by default.
  var vanishingArgument: String? { get }

  /// Whether adding one number to all entries of the first argument changes nothing; no by default. Families
  /// are injective in their arguments otherwise.
  func ignoresCommonShift(form: Int) -> Bool

  /// What is known of an entry of a value; by default a scalar, or nothing of vectors and matrices.
  var entries: EntryDistribution { get }

  /// The family for a single value where this one is of vectors, as it is written; nil by default.
  var scalarCounterpart: String? { get }

  /// Its log density as a conjugate prior; nil by default.
  var conjugatePrior: ConjugatePrior? { get }

  /// P(X ≤ x) and P(X > x) at numbers; nil, the default, for families of labels, vectors and matrices.
  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails?

  /// Log density (or mass) as graph operations, every constant included. Categories are zero-based
  /// indices. Outside the support the result is −∞ where that is cheap, else unspecified (the data are
  /// checked against the variable's kind when bound).
  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value

  /// For families of finite support (Bernoulli, Categorical): log masses [batch…, K].
  func logTable(_ arguments: [Value], form: Int) -> Value?

  /// One draw, a flat event value; arguments are flat event values. `eventDims` are the dimensions of
  /// the value: only families whose arguments do not tell them (LKJ; a Dirichlet with one number for
  /// all concentrations) look at them.
  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double]

  /// The noise that `transport` takes; nil where the family has no reparameterised draw.
  var noise: StandardNoise? { get }
  /// A draw as a differentiable function of the arguments and of noise [batch…, event…].
  func transport(_ noise: Value, _ arguments: [Value], form: Int) -> Value?

  /// log P(low ≤ X ≤ high), both ends included, with nil for no limit; nil where there is no closed
  /// form. Accurate in both tails.
  func logCDFInterval(low: Value?, high: Value?, _ arguments: [Value], form: Int) -> Value?

  /// Mean of the distribution at its arguments as graph ops, [batch…, event…]; nil where it does not exist
  /// in closed form.
  func mean(_ arguments: [Value], form: Int) -> Value?
  /// Elementwise variance likewise.
  func variance(_ arguments: [Value], form: Int) -> Value?

  /// Arguments by the method of moments, or near it: where a search for better ones starts. Nil where a sample's
  /// mean and variance do not tell.
  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]?

  /// The log density as a function of x, as one more piece of a closed-form update of x: what a prior of
  /// this family adds to the likelihood's own; nil where it has none of the kernels. `x` gives the shape.
  func priorUpdate(of x: Value, _ arguments: [Value], form: Int) -> RatioUpdate?

  /// The function of x that is Normal or MultivariateNormal of the same arguments; nil where there
  /// is none. A mean that is linear in parameters is then fitted by weighted least squares.
  func gaussianResponse(_ x: Value) -> Value?

  /// The exponential-family view used by EM, where there is one.
  var statistics: (any SufficientStatistics)? { get }
}

/// What a reparameterised draw is made from, independent in each element of a value.
public enum StandardNoise: Hashable, Sendable {
  case normal
  /// On the open interval (0, 1).
  case uniform
}

extension Family {
  public var locationScale: LocationScale? { nil }
  public var isLogarithmic: Bool { false }
  public var isSpherical: Bool { false }
  public var tailWeight: TailWeight { .light }
  public var vanishingArgument: String? { nil }
  public func ignoresCommonShift(form: Int) -> Bool { false }
  public var entries: EntryDistribution { eventRank == 0 ? .scalar : .unknown }
  public var scalarCounterpart: String? { nil }
  public var conjugatePrior: ConjugatePrior? { nil }
  public func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? { nil }
  public func logTable(_ arguments: [Value], form: Int) -> Value? { nil }
  public func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? { nil }
  public var noise: StandardNoise? { nil }
  public func transport(_ noise: Value, _ arguments: [Value], form: Int) -> Value? { nil }
  public func logCDFInterval(low: Value?, high: Value?, _ arguments: [Value], form: Int) -> Value? {
    nil
  }
  public func priorUpdate(of x: Value, _ arguments: [Value], form: Int) -> RatioUpdate? { nil }
  public func gaussianResponse(_ x: Value) -> Value? { nil }
  public var statistics: (any SufficientStatistics)? { nil }

  /// One draw of a family whose arguments tell the dimensions of its values.
  public func sample(
    _ arguments: [[Double]], form: Int, using random: inout RandomStream
  ) -> [Double] {
    sample(arguments, form: form, eventDims: [], using: &random)
  }
}
