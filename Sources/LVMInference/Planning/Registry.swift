/// The engines that a plan is made of, in the order in which they are asked.
///
/// Exact ones stand before those that estimate, cheap ones before dear ones: the first that offers is taken.
public struct Registry: Sendable {
  public var estimators: [any Estimator.Type]

  public init(estimators: [any Estimator.Type] = Registry.standard.estimators) {
    self.estimators = estimators
  }

  /// All engines of this package.
  public static let standard = Registry(estimators: [
    MinibatchTraining.self, SpectralFit.self, ExpectationMaximisationFit.self,
    UniquenessAscent.self, CompressedAscent.self, QuadratureAscent.self, MarginalAscent.self,
  ])
}
