import LVMSyntax

/// Where an expression stands: what it can see, and what it may read of earlier rows.
struct Place {
  enum Past {
    /// After `then`, and in a `let` of ordered rows.
    case allowed
    case notThen(variable: String?)
    case initially
    case guide
  }
  var plate: PlateIndex
  var past: Past
  /// Gathers the lags that are read, here and through `let`.
  var reads = PastReads()
}

/// What was read of earlier rows: every lag, and the first place.
final class PastReads {
  var lags: [Size] = []
  var span: Span?

  func add(_ lag: Size, _ span: Span) {
    lags.append(lag)
    self.span = self.span ?? span
  }
}

/// Expressions: names resolved, kinds and shapes worked out.
extension Checker {
  /// The typed expression; nil after an error in it, which is reported.
  func expression(_ syntax: ExpressionSyntax, _ place: Place) -> Expression? {
    switch syntax {
    case .number(let value, let span):
      return Expression(.number(value), literalType(value), span)
    case .text(_, let span): return fail(TypeError.textAsValue, span)
    case .name(let name): return variable(name, place)
    case .call(let name, let arguments, let span): return call(name, arguments, span, place)
    case .index(let base, let indices, let span): return index(base, indices, span, place)
    case .member(let base, let name, let span): return member(base, name, span, place)
    case .negate(let inner, let span):
      guard let value = expression(inner, place) else { return nil }
      guard number(value, "be negated") else { return nil }
      let kind: ElementKind = value.facts.isWhole ? .integer : .real
      return Expression(.negate(value), ValueType(kind, value.type.shape), span)
    case .binary(let operation, let left, let right, let sign, let span):
      let (a, b) = (expression(left, place), expression(right, place))
      guard let a, let b else { return nil }
      return arithmetic(operation, a, b, sign, span)
    case .array(let elements, let span): return array(elements, span, place)
    case .group(let inner, _): return expression(inner, place)
    case .invalid: return nil
    }
  }

  /// Whether a value can be computed with; reports a category.
  func number(_ value: Expression, _ use: String) -> Bool {
    guard case .category = value.type.kind else { return true }
    report(TypeError.categoryAsNumber(value.type.description, use: use), value.span)
    return false
  }

  // MARK: Names

  private func variable(_ name: Name, _ place: Place) -> Expression? {
    if let index = declarationIndex[name.text] {
      return read(index, name, place)
    }
    if let bundle = bundles[name.text] {
      guard isVisible(bundle.plate, from: place.plate) else {
        return fail(
          NameError.notVisible(name.text, owner: owner(bundle.plate), declared: bundle.span),
          name.span)
      }
      let outputs = networkSyntax[bundle.network].outputs.map(\.name.text)
      return fail(
        NetworkError.severalOutputs(network: name.text, outputs: outputs), name.span)
    }
    if let index = headerIndex[name.text] { return header(index, name.span) }
    if name.text.isEmpty || lostNames.contains(name.text) { return nil }
    if let network = networkIndex[name.text] {
      return fail(
        NameError.networkAsValue(name.text, inputs: networkSyntax[network].inputs.map(\.name.text)),
        name.span)
    }
    let near = suggestions(from: place.plate)
    if Vocabulary.functions.contains(name.text), nearestSpelling(name.text, among: near) == nil {
      return fail(NameError.functionAsValue(name.text), name.span)
    }
    return fail(NameError.unknown(name.text, near: near), name.span)
  }

  private func header(_ index: Int, _ span: Span) -> Expression? {
    let header = headers[index]
    if header.isPoisoned { return nil }
    if header.isSize {
      return Expression(.size(.symbol(header.name.text)), ValueType(.count), span)
    }
    headers[index].usedAsNumber = header.usedAsNumber ?? span
    guard let value = header.value else { return nil }
    return Expression(.number(value), literalType(value), span)
  }

  /// 0 and 1 are counts, not binary values: they may be indices.
  private func literalType(_ value: Double) -> ValueType {
    let kind = ElementFacts(value).kind
    return ValueType(kind == .binary ? .count : kind)
  }

  /// A read of a declared variable at the present row.
  func read(_ index: Int, _ name: Name, _ place: Place) -> Expression? {
    let declaration = declarations[index]
    guard isVisible(declaration.plate, from: place.plate) else {
      return fail(
        NameError.notVisible(
          name.text, owner: owner(declaration.plate), declared: declaration.nameSpan), name.span)
    }
    guard let type = declaration.type else { return nil }
    if let past = declaration.past {
      guard mayReadPast(through: name, at: past.span, place) else { return nil }
      place.reads.add(past.order, name.span)
    }
    return Expression(.variable(VariableID(index)), type, name.span)
  }

  private func mayReadPast(through name: Name, at reads: Span, _ place: Place) -> Bool {
    switch place.past {
    case .allowed: return true
    case .notThen(let reader):
      report(RoleError.indirectPrevious(name.text, reads: reads, reader: reader), name.span)
    case .initially: report(RoleError.previousInInitially, name.span)
    case .guide: report(RoleError.previousInGuide, name.span)
    }
    return false
  }

  // MARK: Lists

  private func array(_ elements: [ExpressionSyntax], _ span: Span, _ place: Place) -> Expression? {
    let values = elements.map { expression($0, place) }
    let known = values.compactMap { $0 }
    guard known.count == values.count, let first = known.first else { return nil }
    for value in known {
      guard number(value, "stand in a list") else { return nil }
      guard agree(value.type.shape, first.type.shape) else {
        return fail(
          TypeError.mixedElements(
            first: first.type.description, other: value.type.description), value.span)
      }
    }
    let facts = known.dropFirst().reduce(first.facts) { $0.common($1.facts) }
    var kind = facts.kind
    if known.allSatisfy({ $0.type.kind == first.type.kind }), first.type.kind.eventRank > 0 {
      kind = first.type.kind
    }
    return Expression(
      .array(known), ValueType(kind, [.constant(known.count)] + first.type.shape), span)
  }
}
