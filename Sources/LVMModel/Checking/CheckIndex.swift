import LVMSyntax

/// `mean[kind]`, `T[a, b]`, `x[1..3]`, and `net(z).output`.
extension Checker {
  func index(
    _ base: ExpressionSyntax, _ indices: [IndexSyntax], _ span: Span, _ place: Place
  ) -> Expression? {
    let value = expression(base, place)
    var checked: [(index: ExpressionIndex, size: Size?, span: Span)?] = []
    for index in indices {
      switch index {
      case .at(let e):
        checked.append(expression(e, place).map { (.at($0), nil, e.span) })
      case .range(let from, let to):
        let range = range(from, to)
        checked.append(
          range.map { (.range($0.from, $0.to), $0.count, from.span.union(to.span)) })
      }
    }
    guard let value else { return nil }
    let known = checked.compactMap { $0 }
    guard known.count == checked.count else { return nil }
    let shape = value.type.shape
    guard known.count <= shape.count else {
      return fail(
        ShapeError.tooManyIndices(
          name: source.text(base.span), type: value.type.description, found: known.count,
          dimensions: shape.count), known[shape.count].span)
    }
    var rest: [Size] = []
    for (position, item) in known.enumerated() {
      switch item.index {
      case .at(let e):
        guard isPosition(e, in: shape[position], position + 1) else { return nil }
      case .range(let from, let to):
        guard isWithin(from, shape[position], item.span), isWithin(to, shape[position], item.span)
        else { return nil }
        rest.append(item.size ?? shape[position])
      }
    }
    let result = rest + shape.dropFirst(known.count)
    let batch = value.type.batchShape.count
    let touchesEvent = known.count > batch
    let kind = touchesEvent ? ElementFacts(value.type.kind).kind : value.type.kind
    return Expression(
      .index(value, known.map(\.index)),
      ValueType(touchesEvent && value.type.kind.eventRank == 0 ? value.type.kind : kind, result),
      span)
  }

  /// An inclusive range; its ends in order.
  func range(
    _ from: ExpressionSyntax, _ to: ExpressionSyntax
  ) -> (from: Size, to: Size, count: Size)? {
    let (a, b) = (size(from), size(to))
    guard let a, let b else { return nil }
    let count = b - a + .constant(1)
    if let known = number(count), known < 1 {
      return fail(
        ShapeError.emptyRange(from: source.text(from.span), to: source.text(to.span)),
        from.span.union(to.span))
    }
    return (a, b, count)
  }

  private func isWithin(_ position: Size, _ size: Size, _ span: Span) -> Bool {
    guard let value = number(position) else { return true }
    if value < 1 || number(size).map({ value > $0 }) ?? false {
      report(ShapeError.indexRange(value: value, size: last(size)), span)
      return false
    }
    return true
  }

  private func last(_ size: Size) -> String {
    size.constant == nil ? number(size).map { "\(size) = \($0)" } ?? "\(size)" : "\(size)"
  }

  /// Whether an expression can pick one of `size` places.
  private func isPosition(_ index: Expression, in size: Size, _ position: Int) -> Bool {
    guard index.type.isScalar else {
      report(ShapeError.indexVector(found: index.shown), index.span)
      return false
    }
    if case .category(let count, _) = index.type.kind {
      guard agree(count, size) else {
        report(
          ShapeError.categoryIndex(
            category: index.type.description, dimension: size.description, position: position),
          index.span)
        return false
      }
      return true
    }
    if case .size(let at) = index.node { return isWithin(at, size, index.span) }
    guard index.facts.isWhole, index.type.kind != .binary || index.constantValue != nil else {
      let found = index.constantValue.map(plain) ?? index.type.description
      report(ShapeError.indexKind(found: found), index.span)
      return false
    }
    if let value = index.constantValue {
      guard value.magnitude <= 1e9 else {
        report(ShapeError.indexKind(found: plain(value)), index.span)
        return false
      }
      return isWithin(.constant(Int(value)), size, index.span)
    }
    return true
  }

  // MARK: Outputs

  func member(
    _ base: ExpressionSyntax, _ name: Name, _ span: Span, _ place: Place
  ) -> Expression? {
    switch base.ungrouped {
    case .name(let variable):
      if let bundle = bundles[variable.text] {
        let outputs = networkSyntax[bundle.network].outputs.map(\.name.text)
        guard let at = outputs.firstIndex(of: name.text) else {
          return fail(
            NetworkError.unknownOutput(
              network: variable.text, name: name.text, outputs: outputs), name.span)
        }
        return read(bundle.outputs[at], Name(variable.text, span), place)
      }
      if let index = declarationIndex[variable.text],
        case .equal(let value) = declarations[index].syntax.definition,
        declarations[index].role == .binding,
        case .call(let network, _, _) = value.ungrouped, let at = networkIndex[network.text]
      {
        let outputs = networkSyntax[at].outputs.map(\.name.text)
        guard outputs.contains(name.text) else {
          return fail(
            NetworkError.unknownOutput(
              network: variable.text, name: name.text, outputs: outputs), name.span)
        }
        return read(index, Name(variable.text, span), place)
      }
      if networkIndex[variable.text] != nil, declarationIndex[variable.text] == nil {
        return expression(base, place)
      }
      guard expression(base, place) != nil else { return nil }
      return fail(ShapeError.scalarMember(name: name.text), name.span)
    case .call(let function, let arguments, let callSpan) where networkIndex[function.text] != nil:
      return networkCall(function, arguments, callSpan, output: name, place)
    case .number, .text, .call, .index, .member, .negate, .binary, .array, .group, .invalid:
      guard expression(base, place) != nil else { return nil }
      return fail(ShapeError.scalarMember(name: name.text), name.span)
    }
  }
}
