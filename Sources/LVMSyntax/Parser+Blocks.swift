/// A block whose `{` has been read.
struct OpenBlock {
  /// How messages name it, such as `each row`.
  var owner: String
  var opened: Span
  /// Bytes before its first word on the line, to tell by indentation where an unclosed block ends.
  var indentation: Int
}

/// `each`, `guide` and `fit`.
extension Parser {
  mutating func parseEach(header: Name) throws(Unreadable) -> EachSyntax {
    try deeperBlock { (parser: inout Parser) throws(Unreadable) -> EachSyntax in
      try parser.readEach(header: header)
    }
  }

  private mutating func readEach(header: Name) throws(Unreadable) -> EachSyntax {
    let start = current.span.lower
    let indentation = source.indentation(start)
    advance()
    var unit = Name("", here)
    var by: [ColumnSyntax] = []
    var inOrder = false
    do throws(Unreadable) {
      unit = try parseName("`row` or the name of a group after `each`", purpose: "a unit")
      while isAt(word: "by") || isAt(word: "in") {
        let isBy = isAt(word: "by")
        advance()
        if isBy {
          by = try parseGroupColumns()
        } else {
          guard isAt(word: "order") else {
            throw failure(.expected("`order` after `in`", found: found))
          }
          advance()
          inOrder = true
        }
      }
      if current.kind != .mark(.leftBrace), !isAtStatementEnd {
        throw failure(
          .expected(by.isEmpty && !inOrder ? "`by`, `in order` or `{`" : "`{`", found: found))
      }
    } catch {
      guard skipToBrace() else { throw error }
    }
    let owner = "each \(unit.text)"
    let block = try openBrace(
      owner: owner, indentation: indentation, hint: "write `\(owner) { … }`")
    var statements: [StatementSyntax] = []
    let outerStray = strayBraces
    strayBraces = 0
    while !closeBrace(of: block) {
      let before = index
      parseStatement(into: &statements, block: block, header: header)
      if index == before { advance() }
    }
    strayBraces += outerStray
    return EachSyntax(
      unit: unit, by: by, inOrder: inOrder, statements: statements,
      span: Span(start, previousEnd))
  }

  /// Reads `{`, also at the start of the next line.
  mutating func openBrace(
    owner: String, indentation: Int, hint: String
  ) throws(Unreadable) -> OpenBlock {
    guard current.kind == .mark(.leftBrace) else {
      throw failure(.missingBrace(owner: owner, hint: hint), at: Span(previousEnd, previousEnd))
    }
    openBrackets = 0
    let block = OpenBlock(owner: owner, opened: current.span, indentation: indentation)
    advance()
    return block
  }

  /// Whether a block ends here, with its `}` or because it was never closed, which is reported.
  mutating func closeBrace(of block: OpenBlock) -> Bool {
    switch current.kind {
    case .mark(.rightBrace):
      if strayBraces > 0 { return false }
      advance()
      return true
    case .keyword(let keyword):
      guard isTopLevelOnly(keyword), current.startsLine,
        source.indentation(current.span.lower) <= block.indentation
      else { return false }
    case .end: break
    case .word, .number, .text, .mark, .invalid: return false
    }
    report(
      .unclosedBrace(owner: block.owner, opened: block.opened), Span(previousEnd, previousEnd))
    return true
  }

  private func isTopLevelOnly(_ keyword: Keyword) -> Bool {
    switch keyword {
    case .network, .invertible, .guide, .fit, .model, .param: true
    case .latent, .observe, .given, .binding, .each: false
    }
  }

  /// Like `closeBrace`, for blocks that hold no statements: any statement ends them.
  mutating func closePlainBrace(of block: OpenBlock) -> Bool {
    switch current.kind {
    case .mark(.rightBrace):
      if strayBraces > 0 {
        strayBraces -= 1
        advance()
        return false
      }
      advance()
      return true
    case .keyword, .end:
      report(
        .unclosedBrace(owner: block.owner, opened: block.opened), Span(previousEnd, previousEnd))
      // Its brace may still come, after the statement that stands inside.
      if current.kind != .end, closesMoreThanItOpens() { strayBraces += 1 }
      return true
    case .word, .number, .text, .mark, .invalid: return false
    }
  }

  // MARK: Guide and fit

  mutating func parseGuide() throws(Unreadable) -> GuideSyntax {
    let start = current.span.lower
    advance()
    let block = try openBrace(
      owner: "guide", indentation: source.indentation(start),
      hint: "write for example `guide { z ~ Normal(encoder(x).mean, encoder(x).scale) }`")
    let entries = parseEntries(of: block) {
      (parser: inout Parser, name: Name) throws(Unreadable) -> GuideEntrySyntax in
      let definition: StepSyntax
      if parser.isAt(.tilde) {
        parser.advance()
        definition = .drawn(try parser.parseFamily())
      } else if parser.isAt(.equal) {
        let sign = parser.current.span
        parser.advance()
        definition = .equal(try parser.parseEqual(sign))
      } else {
        throw parser.failure(.expected("`~` or `=` after `\(name.text)`", found: parser.found))
      }
      return GuideEntrySyntax(
        variable: name, definition: definition, span: Span(name.span.lower, parser.previousEnd))
    }
    return GuideSyntax(entries: entries, span: Span(start, previousEnd))
  }

  mutating func parseFit() throws(Unreadable) -> FitSyntax {
    let start = current.span.lower
    advance()
    let block = try openBrace(
      owner: "fit", indentation: source.indentation(start),
      hint: "write for example `fit { epochs = 50 }`")
    let entries = parseEntries(of: block) {
      (parser: inout Parser, key: Name) throws(Unreadable) -> FitEntrySyntax in
      if parser.isAt(.colon) {
        parser.report(.colonInFit(key: key.text), parser.current.span)
      } else if !parser.isAt(.equal) {
        throw parser.failure(.expected("`=` after `\(key.text)`", found: parser.found))
      }
      parser.advance()
      return FitEntrySyntax(key: key, value: try parser.parseExpression())
    }
    return FitSyntax(entries: entries, span: Span(start, previousEnd))
  }

  /// Entries separated by line breaks or commas, up to `}`.
  private mutating func parseEntries<T>(
    of block: OpenBlock, _ entry: (inout Parser, Name) throws(Unreadable) -> T
  ) -> [T] {
    var entries: [T] = []
    let outerStray = strayBraces
    strayBraces = 0
    while !closePlainBrace(of: block) {
      let before = index
      do throws(Unreadable) {
        openBrackets = 0
        guard case .word(let word) = current.kind else {
          throw failure(
            .expected("an entry of `\(block.owner)` or `}`", found: foundFirst), at: current.span)
        }
        let name = Name(word, current.span)
        advance()
        entries.append(try entry(&self, name))
        if current.kind == .mark(.comma) {
          advance()
        } else if !isAtStatementEnd {
          throw failure(.expected("`,` or a line break", found: found))
        }
      } catch {
        if index == before { advance() }
        recover()
        if current.kind == .mark(.comma) { advance() }
      }
    }
    strayBraces += outerStray
    return entries
  }
}
