import LVMModel

/// What the planner knows of the data: which observed variables have missing cells.
public struct DataFacts: Sendable {
  public var masked: Set<String>
  /// Those of vectors that some rows have in part: some entries present and others missing.
  public var torn: Set<String>
  /// Variables of whose empty cells an encoder is told; those of the table that was fitted.
  public var indicated: Set<String>
  /// Whether every size is the data's own; false where numbers stand in for sizes that nothing tells yet.
  public var sizesAreKnown: Bool
  /// Whether continuous latents are to be integrated by quadrature even where a closed form serves.
  public var prefersQuadrature: Bool
  /// What guides latents that are drawn and that the model gives no guide; `point` puts every continuous
  /// latent of a row at its most probable value.
  public var guide: GuideKind

  public init(
    masked: Set<String> = [], torn: Set<String> = [], indicated: Set<String>? = nil,
    sizesAreKnown: Bool = true, prefersQuadrature: Bool = false, guide: GuideKind = .encoder
  ) {
    self.masked = masked
    self.torn = torn
    self.indicated = indicated ?? masked
    self.sizesAreKnown = sizesAreKnown
    self.prefersQuadrature = prefersQuadrature
    self.guide = guide
  }
}

/// What guides sampled latents that the model gives no guide.
public enum GuideKind: String, Sendable, Codable, CaseIterable {
  /// A mirrored encoder with a diagonal Gaussian.
  case encoder
  /// A mean and a scale of each row's own (variational EM).
  case local
  /// The most probable value of each row, without a scale.
  case point
}
