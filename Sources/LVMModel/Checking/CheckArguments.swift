import LVMSyntax

/// Arguments of families: their kinds and shapes.
extension Checker {
  // MARK: Kind

  /// Whether a value can be this argument; what cannot be told is left to the run.
  func isRightKind(
    _ value: Expression, _ parameter: FamilyParameter, _ family: FamilyName
  ) -> Bool {
    isRightKind(
      value, parameter.constraint, argument: parameter.name, of: family.rawValue,
      // The zero-noise limit is a model of its own.
      allowsZero: LVMModel.family(family).vanishingArgument == parameter.name,
      extra: logitHelp(value, parameter, family))
  }

  private func logitHelp(
    _ value: Expression, _ parameter: FamilyParameter, _ family: FamilyName
  ) -> [String] {
    guard family.signature.forms.count > 1, family.signature.forms[0].contains(parameter),
      let other = family.signature.forms[1].first(where: {
        !family.signature.forms[0].contains($0)
      }), parameter.constraint == .unit || parameter.constraint == .simplex
    else { return [] }
    return ["or write `\(family.rawValue)(\(other.name): …)` for a value on the logit scale"]
  }

  func isRightKind(
    _ value: Expression, _ constraint: FamilyParameter.Constraint, argument: String,
    of family: String, allowsZero: Bool = false, extra: [String] = []
  ) -> Bool {
    if case .category = value.type.kind {
      report(
        TypeError.categoryAsNumber(
          value.type.description, use: "be the \(argument) of `\(family)`"), value.span)
      return false
    }
    if case .array(let elements) = value.node, constraint != .covariance {
      return isRightList(
        elements, constraint, value, argument: argument, of: family, allowsZero: allowsZero)
    }
    if let constant = value.constantValue {
      guard !isPossible(constant, constraint, allowsZero: allowsZero) else { return true }
      report(
        FamilyError.outsideDomain(
          family: family, argument: argument, value: plain(constant),
          expected: expectation(constraint)), value.span)
      return false
    }
    let kind: ElementKind
    switch constraint {
    case .real, .realVector: return true
    case .positive, .positiveVector: kind = .positive
    case .unit: kind = .unit
    case .count: kind = .count
    case .simplex: kind = .simplex
    case .covariance: kind = .covariance
    }
    let source = declaredSource(of: value)
    guard let source else {
      guard isCertainlyNegative(value) else {
        if !mayBe(value, kind), !staysWithin(value, constraint) {
          warnOfRange(value, constraint, argument: argument, of: family, extra: extra)
        }
        return true
      }
      report(
        FamilyError.outsideDomain(
          family: family, argument: argument, value: "negative",
          expected: expectation(constraint)), value.span)
      return false
    }
    guard !mayBe(value, kind) else { return true }
    report(
      FamilyError.argumentKind(
        family: family, argument: argument, expected: kind.word, found: value.shown,
        declared: source.span, help: advice(source, kind) + extra), value.span)
    return false
  }

  /// What cannot be proved is left to the run, which starts nowhere if it does not hold.
  private func warnOfRange(
    _ value: Expression, _ constraint: FamilyParameter.Constraint, argument: String,
    of family: String, extra: [String]
  ) {
    let text = source.text(value.span)
    let shown = text.count > 40 || text.contains("\n") ? "this expression" : "`\(text)`"
    let help: [String]
    switch constraint {
    case .positive, .positiveVector:
      help = ["`exp(…)` and `softplus(…)` are positive whatever stands in them"]
    case .unit:
      help =
        extra.isEmpty
        ? ["`sigmoid(…)` lies between 0 and 1 whatever stands in it"]
        : extra.map { $0.replacing("or write", with: "write") }
    case .real, .realVector, .count, .simplex, .covariance: return
    }
    report(
      Lint.argumentRange(
        family: family, argument: argument, expected: expectation(constraint), shown: shown,
        help: help), value.span)
  }

  private func isRightList(
    _ elements: [Expression], _ constraint: FamilyParameter.Constraint, _ value: Expression,
    argument: String, of family: String, allowsZero: Bool
  ) -> Bool {
    // A list of lists holds one simplex a row.
    if constraint == .simplex, elements.allSatisfy({ $0.type.isScalar }) {
      let constants = elements.map(\.constantValue)
      let known = constants.compactMap { $0 }
      if known.count == elements.count {
        let sum = known.reduce(0, +)
        if known.allSatisfy({ $0 >= 0 }), (sum - 1).magnitude > 1e-6 {
          report(ShapeError.simplexSum(plain((sum * 1e6).rounded() / 1e6)), value.span)
          return false
        }
      }
    }
    let inner: FamilyParameter.Constraint =
      switch constraint {
      case .simplex: elements.first?.type.isScalar ?? true ? .unit : .simplex
      case .positiveVector: .positive
      case .realVector: .real
      case .real, .positive, .unit, .count, .covariance: constraint
      }
    return elements.map {
      isRightKind($0, inner, argument: argument, of: family, allowsZero: allowsZero)
    }.allSatisfy { $0 }
  }

  private func isPossible(
    _ value: Double, _ constraint: FamilyParameter.Constraint, allowsZero: Bool
  ) -> Bool {
    switch constraint {
    case .real, .realVector: true
    case .positive, .positiveVector: value > 0 || (allowsZero && value == 0)
    case .unit: value >= 0 && value <= 1
    case .count: value >= 0 && value == value.rounded()
    // A single number has the wrong shape, which is said elsewhere.
    case .simplex, .covariance: true
    }
  }

  private func expectation(_ constraint: FamilyParameter.Constraint) -> String {
    switch constraint {
    case .real, .realVector: "a number"
    case .positive, .positiveVector: "positive"
    case .unit: "between 0 and 1"
    case .count: "a whole number of at least 0"
    case .simplex: "probabilities that sum to 1"
    case .covariance: "a covariance matrix"
    }
  }

  // MARK: Shape

  /// Whether an argument broadcasts against the variable: one value for all, or one for each; in a
  /// mixture it may lead with the components.
  func hasShape(
    _ value: Expression, _ parameter: FamilyParameter, _ family: FamilyName, _ target: Target
  ) -> Bool {
    let type = target.type
    let rank = family.signature.eventRank
    let batch = Array(type.shape.dropLast(rank))
    var side = type.shape.last
    if case .category(let count, _) = type.kind { side = count }
    let event: [Size]
    switch parameter.eventRank {
    case 0: event = []
    case 1: event = side.map { [$0] } ?? []
    default: event = side.map { [$0, $0] } ?? []
    }
    let shape = value.type.shape
    if shape.isEmpty, parameter.constraint != .simplex, parameter.constraint != .covariance {
      return true
    }
    if shape.count >= event.count, agree(Array(shape.suffix(event.count)), event),
      broadcasts(Array(shape.dropLast(event.count)), batch, target.components)
    {
      return true
    }
    reportShape(value, parameter, family, target, batch: batch, event: event)
    return false
  }

  /// Whether a batch of arguments serves a batch of values: trailing dimensions agree, leading ones
  /// may be absent.
  func broadcasts(_ shape: [Size], _ batch: [Size], _ components: Size?) -> Bool {
    guard let components else {
      return shape.count <= batch.count && agree(shape, Array(batch.suffix(shape.count)))
    }
    guard let first = shape.first else { return true }
    return agree(first, components) && broadcasts(Array(shape.dropFirst()), batch, nil)
  }

  private func reportShape(
    _ value: Expression, _ parameter: FamilyParameter, _ family: FamilyName, _ target: Target,
    batch: [Size], event: [Size]
  ) {
    let shape = value.type.shape
    if let components = target.components,
      shape.count >= event.count, agree(Array(shape.suffix(event.count)), event)
    {
      report(
        FamilyError.mixtureLead(
          argument: parameter.name, size: components.description, found: value.shown),
        value.span)
      return
    }
    if case .category = target.type.kind, shape.count == event.count {
      report(
        FamilyError.categories(
          family: family.rawValue, argument: parameter.name, found: value.shown,
          variable: target.name, type: target.type.description,
          help: difference(Array(shape.suffix(event.count)), event)), value.span)
      return
    }
    let whole = batch + event
    var expected = "of shape \(written(whole)), like `\(target.name)`"
    var help = difference(shape, whole)
    switch parameter.constraint {
    case .covariance:
      expected = "a covariance matrix of shape \(written(whole))"
      if shape.isEmpty, let side = event.last {
        help = [
          LVMModel.family(family).scalarCounterpart.map {
            "for independent values write `\($0)`, or `identity(\(side))` here"
          } ?? "write `identity(\(side))` for the unit matrix"
        ]
      }
    case .simplex: expected = "probabilities of shape \(written(whole))"
    case .positiveVector, .realVector: expected = "one value or of shape \(written(whole))"
    case .real, .positive, .unit, .count:
      expected =
        whole.isEmpty
        ? "a single value, as `\(target.name)` is"
        : "one value or of shape \(written(whole)), like `\(target.name)`"
      if whole.isEmpty, family.signature.eventRank == 0 {
        help = ["pick an element with `[…]`, or declare `\(target.name)` with a shape"]
      }
    }
    report(
      ShapeError.argument(
        family: family.rawValue, argument: parameter.name, expected: expected,
        found: value.shown, help: help), value.span)
  }
}
