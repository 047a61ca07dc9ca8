import LVMSyntax

/// `ZeroInflated`, `Truncated`, `Censored`, `Mixture`.
extension Checker {
  /// The first argument, which must be a family.
  private func base(
    _ argument: ArgumentSyntax?, of combinator: String, _ span: Span, _ target: Target
  ) -> Distribution? {
    guard let argument else {
      return fail(FamilyError.combinatorNeedsFamily(combinator, found: "none"), span)
    }
    if case .call(let name, _, _) = argument.value.ungrouped,
      Vocabulary.families.contains(name.text) || !isValueCall(name.text)
    {
      return distribution(argument.value, for: target)
    }
    if argument.value.hasInvalid { return nil }
    return fail(
      FamilyError.combinatorNeedsFamily(combinator, found: "a value"), argument.value.span)
  }

  private func isValueCall(_ name: String) -> Bool {
    Vocabulary.functions.contains(name) || networkIndex[name] != nil
  }

  /// The arguments after the family by name or place; reports strange ones.
  private func rest(
    _ arguments: ArraySlice<ArgumentSyntax>, names: [String], of combinator: String
  ) -> [String: ExpressionSyntax]? {
    var result: [String: ExpressionSyntax] = [:]
    var position = 0
    for argument in arguments {
      if let end = argument.rangeEnd {
        return fail(
          TypeError.rangeArgument(function: combinator), argument.value.span.union(end.span))
      }
      let name: String
      if let label = argument.label {
        guard names.contains(label.text) else {
          return fail(
            FamilyError.unknownArgument(family: combinator, label: label.text, names: names),
            label.span)
        }
        name = label.text
      } else {
        guard position < names.count, names[position] != "right" else {
          return fail(
            FamilyError.tooManyArguments(
              family: combinator, names: ["family"] + names.filter { $0 != "right" },
              found: arguments.count + 1), argument.value.span)
        }
        name = names[position]
        position += 1
      }
      if result[name] != nil {
        return fail(
          FamilyError.repeatedArgument(family: combinator, label: name),
          argument.label?.span ?? argument.value.span)
      }
      result[name] = argument.value
    }
    return result
  }

  /// One argument of a combinator: its value, of a kind, that broadcasts against the variable.
  private func value(
    _ syntax: ExpressionSyntax, _ constraint: FamilyParameter.Constraint, _ name: String,
    of combinator: String, _ target: Target
  ) -> Expression? {
    guard let value = expression(syntax, target.place),
      isRightKind(value, constraint, argument: name, of: combinator)
    else { return nil }
    guard value.type.isScalar || broadcasts(value.type.shape, target.type.shape, target.components)
    else {
      let help = difference(value.type.shape, target.type.shape)
      return fail(
        ShapeError.argument(
          family: combinator, argument: name,
          expected: target.type.isScalar
            ? "a single value, as `\(target.name)` is"
            : "one value or of shape \(written(target.type.shape)), like `\(target.name)`",
          found: value.shown, help: help), value.span)
    }
    return value
  }

  func zeroInflated(
    _ arguments: [ArgumentSyntax], _ span: Span, _ target: Target
  ) -> Distribution? {
    let name = "ZeroInflated"
    let family = base(arguments.first, of: name, span, target)
    guard !arguments.isEmpty,
      let rest = rest(arguments.dropFirst(), names: ["probability"], of: name)
    else { return nil }
    guard let written = rest["probability"] else {
      return fail(
        FamilyError.missingArgument(
          family: name, missing: ["probability"], forms: ["family, probability"]), span)
    }
    let probability = value(written, .unit, "probability", of: name, target)
    guard let family, let probability else { return nil }
    guard family.isOfCounts else {
      return fail(FamilyError.zeroInflatedBase(family.familyWord), family.span)
    }
    return .zeroInflated(family, probability: probability, span)
  }

  func truncated(
    _ arguments: [ArgumentSyntax], _ span: Span, _ target: Target
  ) -> Distribution? {
    let name = "Truncated"
    let family = base(arguments.first, of: name, span, target)
    guard !arguments.isEmpty,
      let rest = rest(arguments.dropFirst(), names: ["low", "high"], of: name),
      let limits = limits(rest, of: name, span, target), let family
    else { return nil }
    guard family.isOrdered else {
      return fail(FamilyError.limitedBase(family.familyWord, combinator: name), family.span)
    }
    return .truncated(family, low: limits.low, high: limits.high, span)
  }

  func censored(
    _ arguments: [ArgumentSyntax], _ span: Span, _ target: Target
  ) -> Distribution? {
    let name = "Censored"
    let family = base(arguments.first, of: name, span, target)
    guard !arguments.isEmpty,
      let rest = rest(arguments.dropFirst(), names: ["low", "high", "right"], of: name)
    else { return nil }
    var right: Expression?
    var limits: (low: Expression?, high: Expression?) = (nil, nil)
    if let written = rest["right"] {
      if rest.count > 1 { return fail(FamilyError.rightWithLimits, span) }
      guard let value = value(written, .unit, "right", of: name, target) else { return nil }
      right = value
    } else {
      guard let found = self.limits(rest, of: name, span, target) else { return nil }
      limits = found
    }
    guard let family else { return nil }
    guard family.isOrdered else {
      return fail(FamilyError.limitedBase(family.familyWord, combinator: name), family.span)
    }
    return .censored(family, low: limits.low, high: limits.high, right: right, span)
  }

  private func limits(
    _ rest: [String: ExpressionSyntax], of name: String, _ span: Span, _ target: Target
  ) -> (low: Expression?, high: Expression?)? {
    guard !rest.isEmpty else { return fail(FamilyError.noLimits(name), span) }
    let low = rest["low"].map { value($0, .real, "low", of: name, target) }
    let high = rest["high"].map { value($0, .real, "high", of: name, target) }
    if case .some(.none) = low { return nil }
    if case .some(.none) = high { return nil }
    let result = (low: low ?? nil, high: high ?? nil)
    if let a = result.low?.constantValue, let b = result.high?.constantValue, a >= b {
      return fail(FamilyError.limits(low: plain(a), high: plain(b)), span)
    }
    return result
  }

  func mixture(_ arguments: [ArgumentSyntax], _ span: Span, _ target: Target) -> Distribution? {
    let name = "Mixture"
    guard arguments.count == 2 else {
      if arguments.count > 2 {
        return fail(FamilyError.mixtureOfSeveral, arguments[2].value.span)
      }
      return fail(
        FamilyError.missingArgument(
          family: name, missing: arguments.isEmpty ? ["weights", "family"] : ["family"],
          forms: ["weights, family"]), span)
    }
    for (argument, expected) in zip(arguments, ["weights", "family"]) {
      if let label = argument.label, label.text != expected {
        return fail(
          FamilyError.unknownArgument(
            family: name, label: label.text, names: ["weights", "family"]), label.span)
      }
    }
    guard let weights = expression(arguments[0].value, target.place),
      isRightKind(weights, .simplex, argument: "weights", of: name)
    else { return nil }
    // One distribution over components for the whole value, or one for each element.
    let shape = weights.type.shape
    guard let components = shape.last,
      shape.count == 1
        || agree(Array(shape.dropLast()), target.type.shape) && target.components == nil
    else {
      return fail(
        FamilyError.mixtureWeights(
          found: weights.shown, variable: target.name, type: target.type.description),
        weights.span)
    }
    var inner = target
    inner.components = components
    guard let family = base(arguments[1], of: name, span, inner) else { return nil }
    return .mixture(weights: weights, family, span)
  }
}

extension Distribution {
  /// The innermost family.
  private var innermost: FamilyName {
    switch self {
    case .family(let name, _, _, _): name
    case .zeroInflated(let base, _, _), .truncated(let base, _, _, _),
      .censored(let base, _, _, _, _), .mixture(_, let base, _):
      base.innermost
    }
  }

  /// The family for messages.
  var familyWord: String { innermost.rawValue }

  var isOfCounts: Bool {
    switch innermost.signature.support {
    case .counts, .countsUpTo: true
    case .real, .positive, .nonNegative, .unit, .interval, .binary, .categories, .countVector,
      .realVector, .simplex, .covariance, .correlation:
      false
    }
  }

  /// Whether values are single and ordered, so that limits mean something.
  var isOrdered: Bool {
    switch innermost.signature.support {
    case .real, .positive, .nonNegative, .unit, .interval, .counts, .countsUpTo: true
    case .binary, .categories, .countVector, .realVector, .simplex, .covariance, .correlation:
      false
    }
  }
}
