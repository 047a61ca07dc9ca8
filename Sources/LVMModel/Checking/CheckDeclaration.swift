import LVMSyntax

/// One variable: what its role allows, its type, and its definition.
extension Checker {
  func checkDeclaration(_ index: Int) {
    let syntax = declarations[index].syntax
    switch syntax.role {
    case .binding: checkLet(index)
    case .param: checkParameter(index)
    case .latent: checkLatent(index)
    case .observe, .given: checkData(index)
    }
    if let from = syntax.from {
      if syntax.role == .observe || syntax.role == .given {
        declarations[index].columns = columns(from, of: index)
      } else {
        report(ColumnError.role(syntax.name.text, role: syntax.role.rawValue), from.span)
      }
    }
  }

  private func place(_ index: Int, _ past: Place.Past) -> Place {
    Place(plate: declarations[index].plate, past: past)
  }

  // MARK: let

  private func checkLet(_ index: Int) {
    let declaration = declarations[index]
    let syntax = declaration.syntax
    let value: ExpressionSyntax
    switch syntax.definition {
    case .equal(let e): value = e
    case .drawn, .chain:
      report(RoleError.letDrawn(syntax.name.text), syntax.name.span)
      return
    case nil: return
    }
    let place = place(index, .allowed)
    guard let checked = letValue(value, output: declaration.output, place) else {
      declarations[index].type = nil
      return
    }
    if syntax.type != nil {
      guard let type = declaration.type, equals(checked, type, syntax.name) else {
        declarations[index].type = nil
        return
      }
    } else {
      declarations[index].type = checked.type
    }
    declarations[index].definition = .equal(checked)
    if let order = largest(place.reads.lags), let span = place.reads.span {
      declarations[index].past = (order, span)
    }
    declarations[index].randomSource = randomSource(of: checked)
  }

  private func letValue(
    _ syntax: ExpressionSyntax, output: Int?, _ place: Place
  ) -> Expression? {
    guard let output else { return expression(syntax, place) }
    guard case .call(let name, let arguments, let span) = syntax.ungrouped,
      let network = networkIndex[name.text]
    else { return nil }
    let port = networkSyntax[network].outputs[output].name.text
    return networkCall(name, arguments, span, output: Name(port, span), place)
  }

  /// The first latent, observed or given variable that a value depends on, also through `let`.
  private func randomSource(of value: Expression) -> VariableID? {
    for id in (value.variables.union(value.previousVariables)).sorted() {
      switch declarations[id.index].role {
      case .latent, .observe, .given: return id
      case .binding: if let found = declarations[id.index].randomSource { return found }
      case .param: break
      }
    }
    return nil
  }

  // MARK: param

  private func checkParameter(_ index: Int) {
    let declaration = declarations[index]
    let name = declaration.syntax.name
    if declaration.plate != .global {
      report(
        RoleError.parameterInside(name.text, owner: owner(declaration.plate)), name.span)
      return
    }
    switch declaration.syntax.definition {
    case nil: declarations[index].definition = .free
    case .drawn(let syntax):
      guard let prior = drawn(syntax, index, place(index, .notThen(variable: nil))) else { return }
      declarations[index].definition = .drawn(prior)
      for value in prior.expressions {
        guard let source = randomSource(of: value) else { continue }
        let other = declarations[source.index]
        report(
          RoleError.parameterDepends(
            name.text, on: other.name, role: other.role.rawValue, declared: other.nameSpan),
          value.span)
        return
      }
    case .equal: report(RoleError.parameterEqual(name.text), name.span)
    case .chain: report(RoleError.chainRole(name.text, role: "param"), name.span)
    }
  }

  // MARK: latent, observe, given

  private func checkLatent(_ index: Int) {
    let name = declarations[index].syntax.name
    guard let definition = declarations[index].syntax.definition else {
      // After a mistake in the statement its definition may be what could not be read.
      if declarations[index].syntax.type != nil {
        report(RoleError.withoutDefinition(name.text, role: "latent"), name.span)
      }
      return
    }
    define(index, definition)
  }

  private func checkData(_ index: Int) {
    let declaration = declarations[index]
    let syntax = declaration.syntax
    let name = syntax.name
    if declaration.plate == .global {
      report(RoleError.dataOutside(name.text, role: syntax.role.rawValue), name.span)
    }
    if syntax.role == .given {
      switch syntax.definition {
      case nil: declarations[index].definition = .free
      case .drawn(let e), .equal(let e):
        report(RoleError.givenWithDefinition(name.text), e.span)
      case .chain(_, let then):
        report(RoleError.givenWithDefinition(name.text), then.expression.span)
      }
      return
    }
    guard let definition = syntax.definition else {
      if syntax.type != nil {
        report(RoleError.withoutDefinition(name.text, role: "observe"), name.span)
      }
      return
    }
    define(index, definition)
  }

  private func define(_ index: Int, _ definition: DefinitionSyntax) {
    let name = declarations[index].syntax.name.text
    switch definition {
    case .drawn(let syntax):
      declarations[index].definition = drawn(
        syntax, index, place(index, .notThen(variable: name))
      ).map { .drawn($0) }
    case .equal(let syntax):
      declarations[index].definition = equal(
        syntax, index, place(index, .notThen(variable: name))
      ).map { .equal($0) }
    case .chain(let initially, let then):
      declarations[index].definition = chain(index, initially, then).map { .chain($0) }
    }
  }

  private func drawn(_ syntax: ExpressionSyntax, _ index: Int, _ place: Place) -> Distribution? {
    guard let type = declarations[index].type else {
      checkParts(of: syntax, place)
      return nil
    }
    return distribution(
      syntax, for: Target(name: declarations[index].name, type: type, place: place))
  }

  private func equal(_ syntax: ExpressionSyntax, _ index: Int, _ place: Place) -> Expression? {
    guard let value = expression(syntax, place), let type = declarations[index].type,
      equals(value, type, declarations[index].syntax.name)
    else { return nil }
    return value
  }

  /// Whether a value can be that of a declared variable.
  private func equals(_ value: Expression, _ type: ValueType, _ name: Name) -> Bool {
    guard value.type.isScalar && type.kind.eventRank == 0 || agree(value.type.shape, type.shape)
    else {
      report(
        ShapeError.expected(
          what: "`\(name.text)`", expected: type.description, found: value.shown,
          help: difference(value.type.shape, type.shape)), value.span)
      return false
    }
    let isWrong: Bool
    switch (value.type.kind, type.kind) {
    case (.category(let a, _), .category(let b, _)): isWrong = !agree(a, b)
    case (.category, _), (_, .category): isWrong = true
    default: isWrong = isDeclaredWider(value, than: type.kind)
    }
    guard isWrong else { return true }
    let source = declaredSource(of: value)
    report(
      TypeError.wrongKind(
        what: "`\(name.text)`", expected: type.kind.word,
        found: value.shown, declared: source?.span,
        help: source.map { advice($0, type.kind) } ?? []), value.span)
    return false
  }

  // MARK: Chains

  private func chain(_ index: Int, _ initially: StepSyntax?, _ then: StepSyntax) -> Chain? {
    let declaration = declarations[index]
    let name = declaration.syntax.name
    guard isOrdered(declaration.plate) else {
      return fail(
        RoleError.chainOutsideOrder(name.text, inRows: isRows(declaration.plate)), name.span)
    }
    let start = place(index, .initially)
    let next = place(index, .allowed)
    let first = initially.map { step($0, index, start) }
    let second = step(then, index, next)
    if initially == nil, let reads = next.reads.span {
      return fail(RoleError.missingInitially(name.text, reads: reads), name.span)
    }
    if case .some(.none) = first { return nil }
    guard let second else { return nil }
    return Chain(
      initially: first ?? nil, then: second, order: largest(next.reads.lags) ?? .constant(0))
  }

  private func step(_ syntax: StepSyntax, _ index: Int, _ place: Place) -> Chain.Step? {
    switch syntax {
    case .drawn(let e): drawn(e, index, place).map { .drawn($0) }
    case .equal(let e): equal(e, index, place).map { .equal($0) }
    }
  }
}
