/// What stands after `from` and after `by`.
extension Parser {
  mutating func parseColumn() throws(Unreadable) -> ColumnSyntax {
    try deeper { (parser: inout Parser) throws(Unreadable) -> ColumnSyntax in
      try parser.readColumn()
    }
  }

  private mutating func readColumn() throws(Unreadable) -> ColumnSyntax {
    let token = current
    if case .keyword(let keyword) = token.kind, !token.startsLine {
      // The rest of the line is not a statement of its own.
      advance()
      throw failure(.reservedColumn(keyword.rawValue), at: token.span)
    }
    if isAtStatementEnd { throw failure(.expected("a column", found: found)) }
    switch token.kind {
    case .text(let text):
      advance()
      return .pattern(Name(text, token.span))
    case .mark(.leftParenthesis):
      return .list(try parseColumnList(), Span(token.span.lower, previousEnd))
    case .word("not") where isNegation:
      advance()
      if isAt(.leftParenthesis) {
        let columns = try parseColumnList()
        return .not(columns, Span(token.span.lower, previousEnd))
      }
      let column = try parseColumn()
      return .not([column], Span(token.span.lower, column.span.upper))
    case .word(let word):
      let name = Name(word, token.span)
      guard isFollowed(by: .leftParenthesis) else {
        advance()
        return .name(name)
      }
      advance()
      return try parsePreparation(name)
    case .number:
      throw failure(.numberAsColumn(source.text(token.span)))
    case .mark, .keyword, .invalid, .end:
      throw failure(.expected("a column", found: found))
    }
  }

  /// `not` is a free name: it negates only where a column follows.
  private var isNegation: Bool {
    let next = ahead(1)
    if next.startsLine, openBrackets == 0 { return false }
    return switch next.kind {
    case .mark(.leftParenthesis), .text: true
    case .word(let word): !["initially", "then", "in"].contains(word)
    case .mark, .keyword, .number, .invalid, .end: false
    }
  }

  private mutating func parseColumnList() throws(Unreadable) -> [ColumnSyntax] {
    try parseList(.leftParenthesis, .rightParenthesis) {
      (parser: inout Parser) throws(Unreadable) -> ColumnSyntax in
      try parser.parseColumn()
    }
  }

  /// `scale("p*", 1/255)`: a column, then numbers.
  private mutating func parsePreparation(_ name: Name) throws(Unreadable) -> ColumnSyntax {
    var source: ColumnSyntax?
    let arguments = try parseList(.leftParenthesis, .rightParenthesis) {
      (parser: inout Parser) throws(Unreadable) -> ExpressionSyntax? in
      if source == nil {
        source = try parser.parseColumn()
        return nil
      }
      return try parser.parseExpression()
    }
    return .prepared(
      function: name, source: source ?? .name(name), arguments: arguments.compactMap { $0 },
      Span(name.span.lower, previousEnd))
  }

  /// The columns after `by`: one, or several in parentheses.
  mutating func parseGroupColumns() throws(Unreadable) -> [ColumnSyntax] {
    isAt(.leftParenthesis) ? try parseColumnList() : [try parseColumn()]
  }
}
