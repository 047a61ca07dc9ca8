/// How a latent is dealt with.
public enum LatentStrategy: String, Sendable, Codable, CaseIterable {
  case enumeration, gaussian, conjugate, quadrature, substitution, sampled, point, missing
}

/// One variable's share of a plan.
public struct PlanEntry: Sendable, Hashable {
  public var variable: String
  /// `local latent`, `group latent`, `parameter`.
  public var role: String
  /// A `LatentStrategy` or a `MethodName`, by its name.
  public var strategy: String
  /// Why, in a sentence without a full stop.
  public var reason: String
  /// What was considered first and why it does not serve.
  public var refused: [String]
  /// The group that leaves the likelihood unchanged, such as `up to permutation`.
  public var identified: String?
  /// Which of the values that the group leads to is reported; nil where nothing is chosen.
  public var canonical: String? = nil
}
