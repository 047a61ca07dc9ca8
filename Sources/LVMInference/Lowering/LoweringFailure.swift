import LVMModel
import LVMSyntax

/// Why an expression or a factor could not be put into the form an elimination needs, and where.
///
/// The planner turns it into a refusal that names the variable and shows the place.
package struct LoweringFailure: Error, Hashable {
  package var problem: LoweringProblem
  package var span: Span

  package init(_ problem: LoweringProblem, at span: Span) {
    self.problem = problem
    self.span = span
  }

  /// The problem in words, without a full stop.
  package var reason: String { problem.words }
}

/// What stands in the way of a lowering; names are those of the model's variables.
package enum LoweringProblem: Hashable, Sendable {
  // Sizes, values and the past.
  case sizeUnknown(of: String)
  case unknownSize(String)
  case layerSizesUnknown
  case valuesUnknown(String)
  case noValue(String)
  case continuousLatent(String)
  case longPast(String, lag: Int)
  case noPast(String)

  // Expressions.
  case indexOutside(Int, size: Int)
  case missingArgument(function: String)
  case sizeExpected
  case inverseOfOtherMatrix
  case oneHotOfNumber
  case invertibleLayer
  case batchnormWithoutRows

  // Linear and affine forms.
  case notLinearInParameters
  case notAffine(String)
  case tooManyNames(limit: Int)
  case differsByRow
  case readFromEarlierRow(String)

  // Densities.
  case combinatorLatent(String)
  case combinatorWithMissing(String)
  case mixtureOfCombinator
  case mixtureInCombinator
  case combinatorOfCombinator
  case noDistributionFunction(FamilyName, isOnCounts: Bool)
  case noMass(FamilyName, ElementKind)
  case noFiniteValues(FamilyName)
  case familyWithMissing(String, FamilyName)
  case notObserved(String)

  // Statistics of regressions.
  case factorNotGaussian
  case scaleVaries
  case correlationsVary
  case meanWithoutParameter

  // Finite latents.
  case chainWithoutFamilies(String)
  case chainOfVectors(String)
  case tiedToChain(String)
  case stepsReadLatent(String)

  // Gaussian latents.
  case notReal(String, ElementKind)
  case notGaussian(String)
  case otherFamily(String, FamilyName)
  case noFamily(String)
  case readerNotGaussian(String)
  case readerOutside(String)
  case batchOfNormals(String)
  case batchOfVectors(String)
  case unobserved
  case longChain(String, rows: String)
  case noFirstValue(String)
  case notRandom(String)
  case stepNotGaussian(String)
  case readsFarBack(String, String)
  case firstReadsEarlierRow(String)
  case readsEarlierState(String)
  case labelBesideChain(String, label: String)

  // Conjugate latents.
  case noBareFamily(String)
  case noConjugates(FamilyName)
  case notConjugate(FamilyName, to: String)
  case notPower(String)
  case severalArguments(String)
  case countsInPart(String)
  case readerIsChain(String)
  case shapesDiffer(String, String)

  // Latents at nodes.
  case notOnLine(String, ElementKind)
  case noNodes(String, ElementKind)
  case endlessCount(String)
  case tooManyDimensions([String], Int)
  case nestedDimensions(String, Int)
  case labelBesideNestedNodes(String)
  case kinkInNestedNodes(String)
  case plateNotShared(String, String)
  case isChain(String)
  case chainReads(String)
  case readsAtEarlierRow(String)
  case chainInGroup(String, plate: String)

  // Guides.
  case noGuide(String)
  case noDataForGuide(String)
  case guideIsCombinator
  case guideReadsLabel(String)
  case cannotGuide(String, FamilyName)
  case noReparameterisedDraw(FamilyName)

  /// An error of another kind, in its own words.
  case other(String)
}
