/// Expressions, by precedence climbing.
extension Parser {
  /// How tightly an operator binds; a sign before a value stands between product and power.
  private enum Precedence {
    static let sum = 1
    static let product = 2
    static let power = 3
  }

  /// An expression with the height of its tree, which is limited like the nesting.
  private typealias Built = (tree: ExpressionSyntax, height: Int)

  mutating func parseExpression() throws(Unreadable) -> ExpressionSyntax {
    try parseOperators(Precedence.sum).tree
  }

  private func precedence(_ operation: BinaryOperator) -> Int {
    switch operation {
    case .add, .subtract: Precedence.sum
    case .multiply, .divide, .elementwiseMultiply, .elementwiseDivide: Precedence.product
    case .power: Precedence.power
    }
  }

  /// The operator at the current place.
  private var currentOperator: BinaryOperator? {
    guard case .mark(let mark) = current.kind, !breaksLine(at: index) else { return nil }
    if mark == .starStar { return .power }
    return BinaryOperator(rawValue: mark.rawValue)
  }

  private mutating func parseOperators(_ lowest: Int) throws(Unreadable) -> Built {
    try deeper { (parser: inout Parser) throws(Unreadable) -> Built in
      var left = try parser.parsePrefix()
      while let operation = parser.currentOperator, parser.precedence(operation) >= lowest {
        let sign = parser.current.span
        if parser.current.kind == .mark(.starStar) { parser.report(.starStar, sign) }
        parser.advance()
        // A power takes what stands to its right first: 2^3^2 is 2^(3^2).
        let level = parser.precedence(operation)
        let right = try parser.parseOperators(level == Precedence.power ? level : level + 1)
        let span = left.tree.span.union(right.tree.span)
        left = try parser.built(
          .binary(operation, left.tree, right.tree, operatorSpan: sign, span),
          over: max(left.height, right.height))
      }
      return left
    }
  }

  /// One level more; a chain of a thousand sums is as deep as a thousand parentheses.
  private mutating func built(
    _ tree: ExpressionSyntax, over height: Int
  ) throws(Unreadable) -> Built {
    guard height < Self.depthLimit else {
      throw failure(.tooDeep(limit: Self.depthLimit), at: tree.span)
    }
    return (tree, height + 1)
  }

  private mutating func parsePrefix() throws(Unreadable) -> Built {
    guard isAt(.minus) else { return try parsePostfix() }
    let start = current.span.lower
    advance()
    let operand = try parseOperators(Precedence.power)
    return try built(
      .negate(operand.tree, Span(start, operand.tree.span.upper)), over: operand.height)
  }

  private mutating func parsePostfix() throws(Unreadable) -> Built {
    var base = try parsePrimary()
    while true {
      let start = base.tree.span.lower
      if isAt(.leftBracket) {
        var height = base.height
        let indices = try parseList(.leftBracket, .rightBracket) {
          (parser: inout Parser) throws(Unreadable) -> IndexSyntax in
          let first = try parser.parseOperators(Precedence.sum)
          height = max(height, first.height)
          guard parser.isAt(.dotDot) else { return .at(first.tree) }
          parser.advance()
          let last = try parser.parseOperators(Precedence.sum)
          height = max(height, last.height)
          return .range(first.tree, last.tree)
        }
        base = try built(
          .index(base.tree, indices, Span(start, previousEnd)), over: height)
      } else if isAt(.dot) {
        advance()
        let name = try parseName("a name after `.`", purpose: "the name of an output")
        base = try built(
          .member(base.tree, name, Span(start, name.span.upper)), over: base.height)
      } else {
        return base
      }
    }
  }

  private mutating func parsePrimary() throws(Unreadable) -> Built {
    let token = current
    if isAtStatementEnd { throw expectedValue() }
    switch token.kind {
    case .number(let value):
      advance()
      return (.number(value, token.span), 1)
    case .text(let text):
      advance()
      return (.text(text, token.span), 1)
    case .word(let word):
      let name = Name(word, token.span)
      advance()
      guard isAt(.leftParenthesis) else { return (.name(name), 1) }
      var height = 0
      let arguments = try parseArguments(height: &height)
      return try built(
        .call(name, arguments, Span(token.span.lower, previousEnd)), over: height)
    case .mark(.leftParenthesis):
      openBrackets += 1
      advance()
      let inner = try parseOperators(Precedence.sum)
      try close(.leftParenthesis, .rightParenthesis, opened: token.span, isList: false)
      return try built(
        .group(inner.tree, Span(token.span.lower, previousEnd)), over: inner.height)
    case .mark(.leftBracket):
      var height = 0
      let elements = try parseList(.leftBracket, .rightBracket) {
        (parser: inout Parser) throws(Unreadable) -> ExpressionSyntax in
        let element = try parser.parseOperators(Precedence.sum)
        height = max(height, element.height)
        return element.tree
      }
      return try built(.array(elements, Span(token.span.lower, previousEnd)), over: height)
    case .mark, .invalid, .keyword, .end:
      throw expectedValue()
    }
  }

  private mutating func expectedValue() -> Unreadable {
    switch current.kind {
    case .keyword(let keyword) where !current.startsLine && openBrackets > 0:
      let span = current.span
      advance()
      return failure(.reservedName(word: keyword.rawValue, purpose: "a value"), at: span)
    case .keyword, .word, .number, .text, .mark, .invalid, .end:
      return failure(.expected("a value", found: found))
    }
  }

  /// The arguments of a call, a layer or a family; the current token is `(`.
  mutating func parseArguments() throws(Unreadable) -> [ArgumentSyntax] {
    var height = 0
    return try parseArguments(height: &height)
  }

  private mutating func parseArguments(
    height: inout Int
  ) throws(Unreadable) -> [ArgumentSyntax] {
    var tallest = 0
    defer { height = tallest }
    if ahead(1).kind == .mark(.rightParenthesis) {
      advance()
      advance()
      return []
    }
    return try parseList(.leftParenthesis, .rightParenthesis) {
      (parser: inout Parser) throws(Unreadable) -> ArgumentSyntax in
      var label: Name?
      if case .word(let word) = parser.current.kind {
        let next = parser.ahead(1)
        if next.kind == .mark(.colon) || next.kind == .mark(.equal) {
          if next.kind == .mark(.equal) { parser.report(.equalForColon(label: word), next.span) }
          label = Name(word, parser.current.span)
          parser.advance()
          parser.advance()
        }
      }
      let value = try parser.parseOperators(Precedence.sum)
      tallest = max(tallest, value.height)
      guard parser.isAt(.dotDot) else { return ArgumentSyntax(label: label, value: value.tree) }
      parser.advance()
      let end = try parser.parseOperators(Precedence.sum)
      tallest = max(tallest, end.height)
      return ArgumentSyntax(label: label, value: value.tree, rangeEnd: end.tree)
    }
  }

  // MARK: Brackets

  /// One or more elements between brackets, separated by commas; the current token is `open`.
  mutating func parseList<T>(
    _ open: Mark, _ close: Mark, _ element: (inout Parser) throws(Unreadable) -> T
  ) throws(Unreadable) -> [T] {
    let opened = current.span
    openBrackets += 1
    advance()
    var elements = [try element(&self)]
    while isAt(.comma) {
      advance()
      elements.append(try element(&self))
    }
    try self.close(open, close, opened: opened, isList: true)
    return elements
  }

  private mutating func close(
    _ open: Mark, _ close: Mark, opened: Span, isList: Bool
  ) throws(Unreadable) {
    if current.kind == .mark(close) {
      openBrackets -= 1
      advance()
      return
    }
    switch current.kind {
    case .end, .keyword, .mark(.rightBrace), .mark(.leftBrace), .mark(.tilde), .mark(.arrow):
      throw unclosed(open, opened)
    case .mark(.rightParenthesis), .mark(.rightBracket):
      throw failure(
        .wrongBracket(
          close: close.rawValue, found: source.text(current.span), opened: opened))
    case .mark(.dotDot):
      throw failure(.rangeOutsideIndex)
    case .word, .number, .text, .mark, .invalid:
      if startsWithTwoWords { throw unclosed(open, opened) }
      if isList {
        throw failure(
          .missingComma(
            open: open.rawValue, close: close.rawValue, found: found, opened: opened))
      }
      throw failure(
        .wrongBracket(close: close.rawValue, found: source.text(current.span), opened: opened))
    }
  }

  private mutating func unclosed(_ open: Mark, _ opened: Span) -> Unreadable {
    failure(
      .unclosedBracket(open: open.rawValue, opened: opened), at: Span(previousEnd, previousEnd))
  }
}
