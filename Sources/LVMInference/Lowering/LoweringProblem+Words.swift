import LVMModel

extension LoweringProblem {
  /// A clause that says what stands in the way, without a full stop.
  package var words: String {
    switch self {
    case .sizeUnknown(let what): "the size of \(what) is not known"
    case .unknownSize(let size): "the size \(size) is not known"
    case .layerSizesUnknown: "the sizes of this layer are not known"
    case .valuesUnknown(let v): "the number of values of `\(v)` is not known"
    case .noValue(let v): "`\(v)` has no value"
    case .continuousLatent(let v): "`\(v)` is a continuous latent"
    case .longPast(let v, let lag): "`previous(\(v), \(lag))` reaches back more than one row"
    case .noPast(let v): "`\(v)` has no past"

    case .indexOutside(let index, let size): "index \(index) is outside 1…\(size)"
    case .missingArgument(let function): "`\(function)` lacks an argument"
    case .sizeExpected: "a size is expected here"
    case .inverseOfOtherMatrix: "`inverse` is there for covariance and correlation matrices only"
    case .oneHotOfNumber: "`one_hot` takes a category"
    case .invertibleLayer: "invertible layers have no engine yet"
    case .batchnormWithoutRows: "batchnorm needs values that vary from row to row"

    case .notLinearInParameters: "this is not linear in the parameters"
    case .notAffine(let subject): "\(subject) does not enter linearly here"
    case .tooManyNames(let limit): "it is more than \(limit) names away"
    case .differsByRow: "it is not the same affine function in every row"
    case .readFromEarlierRow(let v): "`\(v)` is read from an earlier row"

    case .combinatorLatent(let v): "`\(v)` is a latent drawn from a combinator"
    case .combinatorWithMissing(let v):
      "`\(v)` has missing cells, which this distribution cannot leave out"
    case .mixtureOfCombinator: "a Mixture of a combinator has no density here"
    case .mixtureInCombinator: "a Mixture inside a combinator has no density here"
    case .combinatorOfCombinator: "a combinator over a combinator has no density here"
    case .noDistributionFunction(let family, let isOnCounts):
      "the distribution function of \(family.rawValue) has no closed form"
        + (isOnCounts ? " and its limits are not plain numbers" : "")
    case .noMass(let family, let kind):
      "the mass of \(family.rawValue) on \(kind.word) values has no closed form"
    case .noFiniteValues(let family):
      "`\(family.rawValue)` has no finite set of values to sum over"
    case .familyWithMissing(let v, let family):
      "`\(v)` has missing cells, which \(family.rawValue) cannot leave out"
    case .notObserved(let v): "`\(v)` is not observed"

    case .factorNotGaussian: "it is not Gaussian"
    case .scaleVaries: "its scale varies from row to row"
    case .correlationsVary: "its numbers are correlated differently in each row"
    case .meanWithoutParameter: "its mean has no parameter"

    case .chainWithoutFamilies(let v): "`\(v)` needs `initially` and `then` with families"
    case .chainOfVectors(let v): "`\(v)` is a chain of vectors of labels"
    case .tiedToChain(let v): "another latent's table stays tied to the chain `\(v)`"
    case .stepsReadLatent(let v): "the steps of `\(v)` depend on another latent"

    case .notReal(let v, let kind): "`\(v)` is \(kind.word), not real"
    case .notGaussian(let v): "`\(v)` is not Gaussian"
    case .otherFamily(let v, let family): "`\(v)` is \(family.rawValue), not Gaussian"
    case .noFamily(let v): "`\(v)` is not drawn from a family"
    case .readerNotGaussian(let v): "`\(v)`, which reads it, is not Gaussian"
    case .readerOutside(let v): "`\(v)` reads it from another block"
    case .batchOfNormals(let v): "`\(v)` is a batch of multivariate normals"
    case .batchOfVectors(let v): "`\(v)` is a batch of vectors"
    case .unobserved: "no observed variable depends on it"
    case .longChain(let v, let rows): "`\(v)` reaches back \(rows) rows"
    case .noFirstValue(let v): "`\(v)` has no first value"
    case .notRandom(let v): "`\(v)` is not random"
    case .stepNotGaussian(let v): "`\(v)` has a step that is not Gaussian"
    case .readsFarBack(let v, let other): "`\(v)` reads `\(other)` more than one row back"
    case .firstReadsEarlierRow(let v): "the first value of `\(v)` reads an earlier row"
    case .readsEarlierState(let v): "`\(v)` reads an earlier row of the chain"
    case .labelBesideChain(let v, let label):
      "`\(v)` depends on the label `\(label)` beside a Gaussian chain"

    case .noBareFamily(let v): "`\(v)` is not drawn from a bare family"
    case .noConjugates(let family): "\(family.rawValue) has no conjugate likelihoods"
    case .notConjugate(let family, let latent):
      "\(family.rawValue) is not conjugate to the prior of `\(latent)`"
    case .notPower(let latent): "`\(latent)` enters other than as a factor or a power"
    case .severalArguments(let latent): "`\(latent)` enters more than one argument"
    case .countsInPart(let v):
      "some rows have `\(v)` in part, and counts beside missing ones have no closed form"
    case .readerIsChain(let v): "`\(v)`, which reads it, is a chain"
    case .shapesDiffer(let a, let b): "the shapes of `\(a)` and `\(b)` differ"

    case .notOnLine(let v, let kind): "`\(v)` is \(kind.word), not real, positive or unit"
    case .noNodes(let v, let kind): "`\(v)` is \(kind.word)"
    case .endlessCount(let v): "`\(v)` is a count without end"
    case .tooManyDimensions(let names, let dimension):
      "\(names.count == 1 ? "it has" : "\(Self.list(names)) together have") \(dimension) dimensions, "
        + "and nodes serve one or two"
    case .nestedDimensions(let names, let dimension):
      "\(names) together have \(dimension) dimensions, and nodes inside nodes serve one each"
    case .labelBesideNestedNodes(let label):
      "the label `\(label)` stands beside nodes inside nodes"
    case .kinkInNestedNodes(let v):
      "the density of `\(v)` has a kink, and nodes inside nodes need smooth ones"
    case .plateNotShared(let a, let b): "`\(a)` and `\(b)` share factors but not a plate"
    case .isChain(let v): "`\(v)` is a chain"
    case .chainReads(let v): "the chain `\(v)` reads it"
    case .readsAtEarlierRow(let v): "`\(v)` reads it at an earlier row"
    case .chainInGroup(let label, let plate):
      "the chain `\(label)` stands beside it in the rows of a \(plate)"

    case .noGuide(let v): "`\(v)` has no guide"
    case .noDataForGuide(let v): "`\(v)` has no data to be inferred from"
    case .guideIsCombinator: "a guide is a family, not a combinator"
    case .guideReadsLabel(let v): "the guide of `\(v)` reads a label that is summed over"
    case .cannotGuide(let v, let family):
      "`\(family.rawValue)` has no reparameterised draw, so it cannot guide `\(v)`"
    case .noReparameterisedDraw(let family):
      "`\(family.rawValue)` has no reparameterised draw"

    case .other(let words): words
    }
  }

  private static func list(_ names: [String]) -> String {
    names.map { "`\($0)`" }.joined(separator: ", ")
  }
}
