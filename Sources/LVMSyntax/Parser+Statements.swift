/// The file, its header, and declarations.
extension Parser {
  mutating func parseModel() -> ModelSyntax? {
    if current.kind == .end {
      report(.emptyFile, Span(0, 0))
      return nil
    }
    guard let (name, sizes) = parseHeader() else { return nil }
    var statements: [StatementSyntax] = []
    while current.kind != .end {
      let before = index
      parseStatement(into: &statements, block: nil, header: name)
      if index == before { advance() }
    }
    let end = statements.last?.span.upper ?? name.span.upper
    return ModelSyntax(
      name: name, sizes: sizes, statements: statements,
      span: Span(tokens[0].span.lower, max(end, name.span.upper)))
  }

  /// The header, with a stand-in name where it is missing but statements follow.
  private mutating func parseHeader() -> (Name, [SizeSyntax])? {
    switch current.kind {
    case .keyword(.model): return readHeader()
    case .keyword:
      if let header = tokens.first(where: { $0.kind == .keyword(.model) }) {
        report(.headerNotFirst(first: current.span), header.span)
      } else {
        report(.missingHeader(found: found), current.span)
      }
      return (Name("", Span(0, 0)), [])
    case .word(let word):
      let isHeader = suggestion(for: word) == .model
      if isHeader, case .word = ahead(1).kind {
        report(.unknownStatement(word: word, suggestion: .model), current.span)
        return readHeader()
      }
      report(.missingHeader(found: found), current.span)
      // A file of something else altogether is one finding; a model without its line is read on.
      return suggestion(for: word) == nil ? nil : (Name("", Span(0, 0)), [])
    case .number, .text, .mark, .end:
      report(.missingHeader(found: found), current.span)
      return nil
    case .invalid: return nil
    }
  }

  /// After the word `model`: the name and the sizes. Reads on after a mistake in them.
  private mutating func readHeader() -> (Name, [SizeSyntax]) {
    var name = Name("", Span(current.span.upper, current.span.upper))
    var sizes: [SizeSyntax] = []
    advance()
    do throws(Unreadable) {
      name = try parseName("the model's name", purpose: "the name of a model")
      if isAt(.leftParenthesis) {
        sizes = try parseList(.leftParenthesis, .rightParenthesis) {
          (parser: inout Parser) throws(Unreadable) -> SizeSyntax in
          let name = try parser.parseName("the name of a size", purpose: "the name of a size")
          guard parser.isAt(.equal) else { return SizeSyntax(name: name, defaultValue: nil) }
          parser.advance()
          return SizeSyntax(name: name, defaultValue: try parser.parseExpression())
        }
      }
      try endStatement()
    } catch {
      recover()
    }
    return (name, sizes)
  }

  /// One statement of a block or of the file; what it reads is added to `statements`.
  mutating func parseStatement(
    into statements: inout [StatementSyntax], block: OpenBlock?, header: Name
  ) {
    openBrackets = 0
    switch current.kind {
    case .keyword(let keyword):
      parse(keyword, into: &statements, block: block, header: header)
    case .word(let word):
      if let keyword = suggestion(for: word), startsWithTwoWords || continuesLike(keyword) {
        report(.unknownStatement(word: word, suggestion: keyword), current.span)
        parse(keyword, into: &statements, block: block, header: header)
        return
      }
      reportUnknownStatement(word, after: statements.last)
      advance()
      recover()
    case .mark(.rightBrace):
      if strayBraces > 0 { strayBraces -= 1 } else { report(.strayBrace, current.span) }
      advance()
    case .mark(let mark) where mark == .rightParenthesis || mark == .rightBracket:
      _ = failure(.strayBracket(mark.rawValue))
      advance()
      recover()
    case .number, .text, .mark, .invalid:
      if current.kind != .invalid { report(.notAStatement(found: foundFirst), current.span) }
      advance()
      recover()
    case .end: return
    }
  }

  private mutating func parse(
    _ keyword: Keyword, into statements: inout [StatementSyntax], block: OpenBlock?, header: Name
  ) {
    do throws(Unreadable) {
      switch keyword {
      case .param: statements.append(.variable(try parseVariable(.param)))
      case .latent: statements.append(.variable(try parseVariable(.latent)))
      case .observe: statements.append(.variable(try parseVariable(.observe)))
      case .given: statements.append(.variable(try parseVariable(.given)))
      case .binding: statements.append(.variable(try parseVariable(.binding)))
      case .each: statements.append(.each(try parseEach(header: header)))
      case .network, .invertible:
        reportInside(block, "network")
        statements.append(.network(try parseNetwork()))
      case .guide:
        reportInside(block, "guide")
        statements.append(.guide(try parseGuide()))
      case .fit:
        reportInside(block, "fit")
        statements.append(.fit(try parseFit()))
      case .model:
        if let block {
          report(
            .statementInside(word: "model", block: block.owner, opened: block.opened), current.span)
        } else if !header.text.isEmpty {
          let isSame = ahead(1).kind == .word(header.text)
          report(
            isSame ? .duplicateHeader(first: header) : .secondModel(first: header), current.span)
        }
        _ = readHeader()
      }
    } catch {
      recover()
    }
  }

  private mutating func reportInside(_ block: OpenBlock?, _ word: String) {
    guard let block else { return }
    report(.statementInside(word: word, block: block.owner, opened: block.opened), current.span)
  }

  /// The statement word that is meant by another word, by its spelling or by habit.
  private func suggestion(for word: String) -> Keyword? {
    if let keyword = Vocabulary.foreignStatements[word.lowercased()] { return keyword }
    return nearestSpelling(word, among: Keyword.allCases.map(\.rawValue))
      .flatMap(Keyword.init(rawValue:))
  }

  /// Whether what follows a misspelt word is what follows the right one.
  private func continuesLike(_ keyword: Keyword) -> Bool {
    let next = ahead(1)
    switch keyword {
    case .guide, .fit: return next.kind == .mark(.leftBrace)
    case .invertible: return next.kind == .keyword(.network)
    case .model, .param, .latent, .observe, .given, .binding, .each, .network:
      if case .word = next.kind { return !next.startsLine }
      return false
    }
  }

  private mutating func reportUnknownStatement(_ word: String, after last: StatementSyntax?) {
    let next = ahead(1)
    if case .variable(let variable) = last, variable.definition == nil,
      next.kind == .mark(.leftParenthesis), Vocabulary.families.contains(word)
    {
      report(.missingTilde(family: word), current.span)
      return
    }
    switch next.kind {
    case .mark(.tilde), .mark(.equal), .mark(.colon), .mark(.leftArrow), .mark(.colonEqual):
      report(.missingRole(name: word), current.span)
    case .mark, .keyword, .word, .number, .text, .invalid, .end:
      report(.unknownStatement(word: word, suggestion: suggestion(for: word)), current.span)
    }
  }

  /// Checks that nothing more stands on the line.
  mutating func endStatement() throws(Unreadable) {
    if isAtStatementEnd { return }
    switch current.kind {
    case .mark(.rightParenthesis), .mark(.rightBracket):
      throw failure(.strayBracket(source.text(current.span)))
    case .word, .number, .text:
      throw failure(.textAfterStatement(found: found, isValue: true))
    case .mark, .keyword, .invalid, .end:
      throw failure(.textAfterStatement(found: found, isValue: false))
    }
  }

  /// A name that is being declared, or used where only a name can stand.
  mutating func parseName(_ what: String, purpose: String) throws(Unreadable) -> Name {
    if let word = currentWord {
      let name = Name(word, current.span)
      advance()
      return name
    }
    if case .keyword(let keyword) = current.kind, !current.startsLine {
      let error = SyntaxError.reservedName(word: keyword.rawValue, purpose: purpose)
      let span = current.span
      // The rest of the line is not a statement of its own.
      advance()
      throw failure(error, at: span)
    }
    throw failure(.expected(what, found: found))
  }
}
