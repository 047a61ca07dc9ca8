/// The engines that a plan is made of, in the order in which they are asked.
///
/// Exact ones stand before those that estimate, cheap ones before dear ones: the first that offers is taken.
public struct Registry: Sendable {
  /// How continuous latents are dealt with.
  package var eliminations: [any EliminationStrategy.Type]
  /// How parameters are estimated.
  public var estimators: [any Estimator.Type]

  public init(estimators: [any Estimator.Type] = Registry.standard.estimators) {
    self.init(eliminations: Registry.standard.eliminations, estimators: estimators)
  }

  package init(
    eliminations: [any EliminationStrategy.Type],
    estimators: [any Estimator.Type] = Registry.standard.estimators
  ) {
    self.eliminations = eliminations
    self.estimators = estimators
  }

  /// All engines of this package.
  public static let standard = Registry(
    eliminations: [
      GaussianStrategy.self, ConjugateStrategy.self, QuadratureStrategy.self, GuideStrategy.self,
    ],
    estimators: [
      MinibatchTraining.self, SpectralFit.self, ExpectationMaximisationFit.self,
      UniquenessAscent.self, CompressedAscent.self, QuadratureAscent.self, MarginalAscent.self,
    ])
}
