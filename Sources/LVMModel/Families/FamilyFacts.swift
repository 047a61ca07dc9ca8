import LVMCompute

/// Where a family keeps its location and its scale.
public struct LocationScale: Sendable {
  public var location: Int
  public var scale: Int
  /// Whether the scale is a covariance matrix.
  public var isMatrix = false
}

/// How fast a density falls in the coordinates that nodes are laid in: for a positive number, its logarithm.
public enum TailWeight: Sendable {
  /// As a normal density, or to an end.
  case light
  case exponential
  /// As a power.
  case heavy
  /// Exponentially, from a kink at the location.
  case kinked
}

/// What is known of an entry of a value whose other entries may be present.
public enum EntryDistribution: Sendable {
  /// A scalar of the family, with the mean and variance that it has.
  case scalar
  /// A scalar of the family, whose moments do not exist.
  case scalarWithoutMoments
  /// Normal, by its mean and its own variance.
  case normal
  /// Binomial in what the present entries leave of the trials.
  case binomialOfRest
  /// A beta share of what the present entries leave of the whole.
  case betaOfRest
  /// In no closed form.
  case unknown
}

/// The statistics of a latent that log densities of a conjugate prior and its likelihoods are linear in.
public enum ConjugateBasis: Hashable, Sendable {
  /// (log λ, λ)
  case gamma
  /// (log p, log(1 − p))
  case beta
  /// log pₖ for each k
  case dirichlet
}

/// A conjugate prior: its basis, and each coefficient as a function of one argument.
public struct ConjugatePrior: Sendable {
  public struct Coefficient: Sendable {
    public var argument: Int
    public var value: @Sendable (Value) -> Value
  }

  public var basis: ConjugateBasis
  public var coefficients: [Coefficient]

  init(_ basis: ConjugateBasis, _ coefficients: [(Int, @Sendable (Value) -> Value)]) {
    self.basis = basis
    self.coefficients = coefficients.map { Coefficient(argument: $0.0, value: $0.1) }
  }
}
