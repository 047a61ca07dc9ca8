/// `param`, `latent`, `observe`, `given` and `let`.
extension Parser {
  mutating func parseVariable(_ role: Role) throws(Unreadable) -> VariableSyntax {
    let start = current.span.lower
    advance()
    let word = role.rawValue
    let name = try parseName("a name after `\(word)`", purpose: "the name of a variable")
    if isAt(.comma) { throw failure(.severalNames(role: word)) }

    var type: TypeSyntax?
    if isAt(.colon) {
      advance()
      type = try parseType()
    } else if isAt(.leftBracket) {
      throw failure(.shapeWithoutType(name: name.text, role: word))
    } else if role != .binding {
      let missing = failure(.missingType(name: name.text, role: word))
      if let kind = currentWord, Vocabulary.typeKinds.contains(kind) {
        type = try parseType()
      } else if let other = currentWord, !["from", "initially", "then"].contains(other) {
        throw missing
      }
    }

    var from: ColumnSyntax?
    if isAt(word: "from") {
      advance()
      from = try parseColumn()
    }
    let definition = try parseDefinition(of: name, role: role)
    if definition != nil, isAt(word: "from") {
      report(.fromAfterDefinition, current.span)
      advance()
      from = try parseColumn()
    }
    if role == .binding, definition == nil, isAtStatementEnd {
      throw failure(.missingDefinition(name: name.text, role: word))
    }
    try endStatement()
    return VariableSyntax(
      role: role, name: name, type: type, from: from, definition: definition,
      span: Span(start, previousEnd))
  }

  private mutating func parseDefinition(
    of name: Name, role: Role
  ) throws(Unreadable) -> DefinitionSyntax? {
    switch current.kind {
    case .mark(.tilde):
      if role == .binding { report(.tildeForName(name: name.text), current.span) }
      advance()
      if isAt(word: "initially") || isAt(word: "then") {
        report(
          .strayTildeInChain(word: source.text(current.span)), tokens[index - 1].span)
        return try parseChain(of: name)
      }
      return .drawn(try parseFamily())
    case .mark(.equal):
      let sign = current.span
      advance()
      return .equal(try parseEqual(sign))
    case .mark(.leftArrow), .mark(.colonEqual), .mark(.equalEqual):
      report(.foreignAssignment(found: source.text(current.span)), current.span)
      advance()
      let value = try parseExpression()
      return isFamily(value) ? .drawn(value) : .equal(value)
    case .word("initially") where isAt(word: "initially"),
      .word("then") where isAt(word: "then"):
      return try parseChain(of: name)
    case .word(let word) where !breaksLine(at: index) && isFollowed(by: .leftParenthesis):
      if role == .binding { return nil }
      report(.missingTilde(family: word), Span(previousEnd, current.span.lower))
      return .drawn(try parseFamily())
    case .word, .number, .text, .mark, .keyword, .invalid, .end:
      return nil
    }
  }

  /// `initially … then …`, or `then …` alone.
  private mutating func parseChain(of name: Name) throws(Unreadable) -> DefinitionSyntax {
    var first: StepSyntax?
    if isAt(word: "initially") {
      advance()
      first = try parseStep(after: "initially")
    }
    guard isAt(word: "then") else {
      if isAtStatementEnd { throw failure(.missingThen(name: name.text)) }
      throw failure(.expected("`then`", found: found))
    }
    advance()
    return .chain(initially: first, then: try parseStep(after: "then"))
  }

  private mutating func parseStep(after word: String) throws(Unreadable) -> StepSyntax {
    if isAt(.equal) {
      let sign = current.span
      advance()
      return .equal(try parseEqual(sign))
    }
    if isAt(.tilde) {
      report(.strayTildeInChain(word: word), current.span)
      advance()
    }
    return .drawn(try parseFamily())
  }

  /// What follows `=`; a family there is a slip for `~`, pointed out at the sign.
  mutating func parseEqual(_ sign: Span) throws(Unreadable) -> ExpressionSyntax {
    let value = try parseExpression()
    if isFamily(value), case .call(let family, _, _) = value {
      report(.equalForFamily(family: family.text), sign)
    }
    return value
  }

  private func isFamily(_ expression: ExpressionSyntax) -> Bool {
    guard case .call(let name, _, _) = expression else { return false }
    return Vocabulary.families.contains(name.text)
  }

  /// What follows `~`: a call by its form; whether it is a family is for the checker.
  mutating func parseFamily() throws(Unreadable) -> ExpressionSyntax {
    let start = here
    if isAtStatementEnd { throw failure(.notAFamily(found: found)) }
    let value = try parseExpression()
    switch value {
    case .call, .invalid: return value
    case .name(let name) where Vocabulary.families.contains(name.text):
      throw failure(.familyWithoutArguments(name.text), at: name.span)
    case .name, .number, .text, .index, .member, .negate, .binary, .array, .group:
      throw failure(.notAFamily(found: "an expression"), at: start.union(value.span))
    }
  }

  mutating func parseType() throws(Unreadable) -> TypeSyntax {
    let kind = try parseName("a type", purpose: "a type")
    guard isAt(.leftBracket) else {
      return TypeSyntax(kind: kind, arguments: [], span: kind.span)
    }
    let arguments = try parseList(.leftBracket, .rightBracket) {
      (parser: inout Parser) throws(Unreadable) -> ExpressionSyntax in
      try parser.parseExpression()
    }
    return TypeSyntax(
      kind: kind, arguments: arguments, span: Span(kind.span.lower, previousEnd))
  }
}
