import LVMSyntax

/// The variable a distribution is for.
struct Target {
  var name: String
  var type: ValueType
  var place: Place
  /// Inside `Mixture`: how many components lead the arguments.
  var components: Size?
}

/// Distributions: the family, its arguments, and whether it can give the variable's values.
extension Checker {
  func distribution(_ syntax: ExpressionSyntax, for target: Target) -> Distribution? {
    guard case .call(let name, let arguments, let span) = syntax.ungrouped else {
      if syntax.hasInvalid { return nil }
      return fail(FamilyError.notAFamily(found: "an expression"), syntax.span)
    }
    switch name.text {
    case "ZeroInflated": return zeroInflated(arguments, span, target)
    case "Truncated": return truncated(arguments, span, target)
    case "Censored": return censored(arguments, span, target)
    case "Mixture": return mixture(arguments, span, target)
    default: break
    }
    guard let family = FamilyName(rawValue: name.text) else {
      if name.text.isEmpty || lostNames.contains(name.text) { return nil }
      return fail(
        FamilyError.unknown(
          name.text, isFunction: Vocabulary.functions.contains(name.text),
          isNetwork: networkIndex[name.text] != nil), name.span)
    }
    let fitsTarget = supports(family, target, name.span)
    guard let matched = match(arguments, to: family, span, target) else { return nil }
    let parameters = family.signature.forms[matched.form]
    var isGood = fitsTarget
    for (value, parameter) in zip(matched.values, parameters) {
      let isRight = isRightKind(value, parameter, family)
      let isShaped = !fitsTarget || hasShape(value, parameter, family, target)
      if !isRight || !isShaped { isGood = false }
    }
    guard isGood else { return nil }
    let result = Distribution.family(
      family, form: matched.form, arguments: matched.values, span)
    return hasRoom(family, matched.values, target, span) ? result : nil
  }

  /// What can be checked of a distribution for a variable whose type is wrong: its arguments.
  func checkParts(of syntax: ExpressionSyntax, _ place: Place) {
    guard case .call(let name, let arguments, _) = syntax.ungrouped,
      Vocabulary.families.contains(name.text)
    else { return }
    for argument in arguments where argument.rangeEnd == nil {
      if case .call(let inner, _, _) = argument.value.ungrouped,
        Vocabulary.families.contains(inner.text)
      {
        checkParts(of: argument.value, place)
      } else {
        _ = expression(argument.value, place)
      }
    }
  }

  // MARK: Matching arguments

  private func usage(_ form: [FamilyParameter], isFirst: Bool) -> String {
    form.map { isFirst ? $0.name : "\($0.name): …" }.joined(separator: ", ")
  }

  private func usages(_ family: FamilyName) -> [String] {
    family.signature.forms.enumerated().map { usage($1, isFirst: $0 == 0) }
  }

  private func match(
    _ arguments: [ArgumentSyntax], to family: FamilyName, _ span: Span, _ target: Target
  ) -> (form: Int, values: [Expression])? {
    let name = family.rawValue
    let forms = family.signature.forms
    let labels = arguments.compactMap(\.label)
    let allNames = forms.joined().map(\.name)
    if let stranger = labels.first(where: { !allNames.contains($0.text) }) {
      return fail(
        FamilyError.unknownArgument(family: name, label: stranger.text, names: allNames),
        stranger.span)
    }
    let fitting = forms.firstIndex { form in
      labels.allSatisfy { label in form.contains { $0.name == label.text } }
    }
    guard let form = fitting else {
      return fail(
        FamilyError.mixedForms(family: name, labels: labels.map(\.text), forms: usages(family)),
        span)
    }
    let parameters = forms[form]
    guard arguments.count <= parameters.count else {
      return fail(
        FamilyError.tooManyArguments(
          family: name, names: parameters.map(\.name), found: arguments.count),
        arguments[parameters.count].value.span)
    }
    var values = [ExpressionSyntax?](repeating: nil, count: parameters.count)
    var hasLabel = false
    for (position, argument) in arguments.enumerated() {
      if let end = argument.rangeEnd {
        return fail(TypeError.rangeArgument(function: name), argument.value.span.union(end.span))
      }
      var at = position
      if let label = argument.label {
        hasLabel = true
        at = parameters.firstIndex { $0.name == label.text } ?? position
      } else if hasLabel {
        return fail(FamilyError.positionalAfterNamed(family: name), argument.value.span)
      }
      guard values[at] == nil else {
        return fail(
          FamilyError.repeatedArgument(family: name, label: parameters[at].name),
          argument.label?.span ?? argument.value.span)
      }
      values[at] = argument.value
    }
    let missing = zip(values, parameters).filter { $0.0 == nil }.map(\.1.name)
    guard missing.isEmpty else {
      return fail(
        FamilyError.missingArgument(family: name, missing: missing, forms: usages(family)), span)
    }
    let checked = values.compactMap { $0 }.map { expression($0, target.place) }
    let known = checked.compactMap { $0 }
    return known.count == checked.count ? (form, known) : nil
  }

  // MARK: Support

  /// Whether constants leave the variable any value at all: `positive ~ Uniform(-2, -1)` does not.
  private func hasRoom(
    _ family: FamilyName, _ values: [Expression], _ target: Target, _ span: Span
  ) -> Bool {
    guard case .interval(let low, let high) = family.signature.support else { return true }
    let (a, b) = (values[low].constantValue, values[high].constantValue)
    if let a, let b, a >= b {
      report(FamilyError.limits(low: plain(a), high: plain(b)), span)
      return false
    }
    let facts = ElementFacts(target.type.kind)
    let isBelow = facts.isAtLeastZero && b.map { $0 <= 0 } ?? false
    let isAbove = facts.isAtMostOne && a.map { $0 >= 1 } ?? false
    guard isBelow || isAbove else { return true }
    report(
      FamilyError.emptySupport(
        family: family.rawValue, variable: target.name, kind: target.type.description), span)
    return false
  }
}
