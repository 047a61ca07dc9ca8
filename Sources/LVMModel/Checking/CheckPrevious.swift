import LVMSyntax

/// `previous(v)`, `previous(v, 2)`, `previous(v, 1..3)`.
extension Checker {
  func previous(_ arguments: [ArgumentSyntax], _ span: Span, _ place: Place) -> Expression? {
    let word = Span(span.lower, span.lower + "previous".utf8.count)
    guard isOrdered(place.plate) else {
      return fail(RoleError.previousOutsideOrder(inRows: isRows(place.plate)), word)
    }
    switch place.past {
    case .allowed: break
    case .notThen(let reader): return fail(RoleError.previousOutsideThen(reader), word)
    case .initially: return fail(RoleError.previousInInitially, word)
    case .guide: return fail(RoleError.previousInGuide, word)
    }
    guard (1...2).contains(arguments.count), arguments.allSatisfy({ $0.label == nil }),
      arguments[0].rangeEnd == nil, case .name(let name) = arguments[0].value.ungrouped
    else {
      if arguments.contains(where: { $0.value.hasInvalid }) { return nil }
      return fail(RoleError.previousArgument, span)
    }
    guard let variable = past(of: name, place) else { return nil }
    guard let type = declarations[variable.index].type else { return nil }
    guard arguments.count == 2 else {
      place.reads.add(.constant(1), span)
      return Expression(.previous(variable, lag: .constant(1)), type, span)
    }
    guard let from = lag(arguments[1].value) else { return nil }
    guard let end = arguments[1].rangeEnd else {
      place.reads.add(from, span)
      return Expression(.previous(variable, lag: from), type, span)
    }
    guard lag(end) != nil, let range = range(arguments[1].value, end) else { return nil }
    place.reads.add(range.to, span)
    return Expression(
      .previousRange(variable, from: range.from, to: range.to),
      ValueType(type.kind, [range.count] + type.shape), span)
  }

  private func lag(_ syntax: ExpressionSyntax) -> Size? {
    if case .number(let value, let span) = syntax.ungrouped, value != value.rounded() {
      return fail(RoleError.lag(source.text(span)), span)
    }
    guard let size = size(syntax) else { return nil }
    if let value = number(size), value < 1 {
      return fail(RoleError.lag("\(value)"), syntax.span)
    }
    return size
  }

  /// The variable whose past is named.
  private func past(of name: Name, _ place: Place) -> VariableID? {
    guard let index = declarationIndex[name.text] else {
      if let at = headerIndex[name.text] {
        return fail(
          RoleError.previousOf(name.text, what: "a size", declared: headers[at].name.span),
          name.span)
      }
      if let bundle = bundles[name.text] {
        return fail(
          RoleError.previousOf(name.text, what: "a `let`", declared: bundle.span), name.span)
      }
      if lostNames.contains(name.text) { return nil }
      return fail(
        NameError.unknown(name.text, near: suggestions(from: place.plate)), name.span)
    }
    let declaration = declarations[index]
    let what: String? =
      switch declaration.role {
      case .param: "a parameter"
      case .binding: "a `let`"
      case .latent, .observe, .given:
        declaration.plate == place.plate
          ? nil : "one for `\(owner(declaration.plate))`"
      }
    if let what {
      return fail(
        RoleError.previousOf(name.text, what: what, declared: declaration.nameSpan), name.span)
    }
    return VariableID(index)
  }

  /// The largest of some lags; where symbols leave it open, one that is not a plain number.
  func largest(_ lags: [Size]) -> Size? {
    lags.reduce(nil) { best, lag in
      guard let best else { return lag }
      if let difference = number(lag - best) { return difference > 0 ? lag : best }
      return best.constant != nil ? lag : best
    }
  }
}
