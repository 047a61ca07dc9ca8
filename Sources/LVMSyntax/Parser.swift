/// What parsing a text gives.
public struct ParseResult: Sendable {
  /// The tree; after errors it holds what could be read, and is nil if there is no model at all.
  public var model: ModelSyntax?
  /// What is wrong with the text, in the order of the text; empty if nothing is.
  public var findings: [Diagnostic]
  public var comments: [Comment]

  public init(model: ModelSyntax?, findings: [Diagnostic], comments: [Comment]) {
    self.model = model
    self.findings = findings
    self.comments = comments
  }
}

/// Reads a model's text; never throws: everything that is wrong is in the findings.
///
/// Recursive descent. A statement that cannot be read gives one finding and is skipped, so that
/// independent mistakes are reported together.
public func parse(_ source: SourceText) -> ParseResult {
  var lexer = Lexer(source)
  lexer.run()
  var parser = Parser(source: source, tokens: lexer.tokens)
  // Bytes that are no text are one finding, not also a missing header.
  let isText = lexer.tokens.count > 1 || lexer.findings.isEmpty
  let model = isText ? parser.parseModel() : nil
  var findings = (lexer.findings + parser.findings)
  findings.sort {
    ($0.primary.span.lower, $0.primary.span.upper)
      < ($1.primary.span.lower, $1.primary.span.upper)
  }
  if findings.count > Parser.findingLimit {
    let last = findings[Parser.findingLimit].primary.span
    findings.removeSubrange(Parser.findingLimit...)
    findings.append(SyntaxError.tooManyFindings(Parser.findingLimit).at(last))
  }
  return ParseResult(model: model, findings: findings, comments: lexer.comments)
}

/// Thrown where a statement cannot be read further; the finding has been recorded.
struct Unreadable: Error {}

/// The state of a parse: a place in the tokens, and what decides whether a line break counts.
struct Parser {
  /// Levels of parentheses, calls and operators in one expression, and of nested blocks.
  static let depthLimit = 100
  static let findingLimit = 100

  let source: SourceText
  let tokens: [Token]
  var index = 0
  var findings: [Diagnostic] = []
  /// How many `(` and `[` are open: line breaks count only when none is.
  var openBrackets = 0
  var depth = 0
  /// Closing braces to pass over, because what they close was given up.
  var strayBraces = 0
  /// How many more braces are open before each token than where fewest are from there on.
  private lazy var braceSurplus: [Int] = {
    var surplus = [Int](repeating: 0, count: tokens.count + 1)
    for i in tokens.indices.reversed() {
      let step =
        tokens[i].kind == .mark(.leftBrace) ? 1 : tokens[i].kind == .mark(.rightBrace) ? -1 : 0
      surplus[i] = max(0, surplus[i + 1] - step)
    }
    return surplus
  }()

  init(source: SourceText, tokens: [Token]) {
    self.source = source
    self.tokens = tokens
  }

  var current: Token { tokens[index] }

  func ahead(_ count: Int) -> Token { tokens[min(index + count, tokens.count - 1)] }

  /// The end of the token before the current one.
  var previousEnd: Int { index > 0 ? tokens[index - 1].span.upper : 0 }

  mutating func advance() {
    if index < tokens.count - 1 { index += 1 }
  }

  // MARK: Lines

  /// Whether a line break that counts stands before the token at an index.
  func breaksLine(at index: Int) -> Bool {
    let token = tokens[index]
    guard token.startsLine, openBrackets == 0, index > 0 else { return false }
    if case .mark(let mark) = tokens[index - 1].kind, mark.joinsLines { return false }
    switch token.kind {
    case .mark(let mark): return !mark.joinsLines
    case .word(let word): return !["then", "initially", "from"].contains(word)
    case .keyword, .number, .text, .invalid, .end: return true
    }
  }

  /// Whether the statement ends before the current token.
  var isAtStatementEnd: Bool {
    switch current.kind {
    case .end, .keyword, .mark(.rightBrace): true
    case .word, .number, .text, .mark, .invalid: breaksLine(at: index)
    }
  }

  func isAt(_ mark: Mark) -> Bool {
    current.kind == .mark(mark) && !breaksLine(at: index)
  }

  func isAt(word: String) -> Bool {
    current.kind == .word(word) && !breaksLine(at: index)
  }

  /// The word at the current place, if the statement goes on with one.
  var currentWord: String? {
    guard case .word(let word) = current.kind, !breaksLine(at: index) else { return nil }
    return word
  }

  /// Whether the token after the current one is this mark, on the same line.
  func isFollowed(by mark: Mark) -> Bool {
    let next = ahead(1)
    return next.kind == .mark(mark) && (openBrackets > 0 || !next.startsLine)
  }

  // MARK: Findings

  mutating func report(_ error: SyntaxError, _ span: Span) {
    // Far more than are ever shown.
    if findings.count < Self.findingLimit * 10 { findings.append(error.at(span)) }
  }

  mutating func failure(_ error: SyntaxError, at span: Span) -> Unreadable {
    report(error, span)
    return Unreadable()
  }

  /// A failure at the current token, or at the line's end if the statement ends before it.
  ///
  /// Says nothing about a token that the lexer has reported.
  mutating func failure(_ error: SyntaxError) -> Unreadable {
    if current.kind != .invalid { report(error, here) }
    return Unreadable()
  }

  /// Where a missing thing was expected.
  var here: Span {
    if breaksLine(at: index) || current.kind == .end { return Span(previousEnd, previousEnd) }
    return current.span
  }

  /// The current token in words.
  var found: String {
    switch current.kind {
    case .end: return "the end of the file"
    case .keyword, .word, .number, .text, .mark, .invalid:
      if breaksLine(at: index) { return "the end of the line" }
      return "`\(source.text(current.span))`"
    }
  }

  /// The current token in words, where a statement or an entry was to start with it.
  var foundFirst: String {
    current.kind == .end ? "the end of the file" : "`\(source.text(current.span))`"
  }

  // MARK: Recovery

  /// Skips to where the next statement may begin.
  ///
  /// Inside an open bracket a line break does not count, unless the line begins with two words,
  /// which stand beside each other only at the start of a statement.
  mutating func recover() {
    while true {
      switch current.kind {
      case .end, .keyword: return finishRecovery()
      case .mark(.rightBrace):
        if strayBraces == 0 { return finishRecovery() }
        strayBraces -= 1
      case .mark(.leftBrace): strayBraces += 1
      case .mark(.leftParenthesis), .mark(.leftBracket): openBrackets += 1
      case .mark(.rightParenthesis), .mark(.rightBracket):
        openBrackets = max(0, openBrackets - 1)
      case .word, .number, .text, .mark, .invalid:
        if breaksLine(at: index) || startsWithTwoWords { return finishRecovery() }
      }
      advance()
      if breaksLine(at: index) { return finishRecovery() }
    }
  }

  private mutating func finishRecovery() {
    openBrackets = 0
  }

  var startsWithTwoWords: Bool {
    guard current.startsLine, case .word = current.kind, case .word = ahead(1).kind else {
      return false
    }
    return !ahead(1).startsLine
  }

  /// Whether the braces from here on close one block more than they open.
  mutating func closesMoreThanItOpens() -> Bool { braceSurplus[index] > 0 }

  /// Skips to a `{` on this line, so that a block can be read after a header that could not be.
  mutating func skipToBrace() -> Bool {
    openBrackets = 0
    while !isAtStatementEnd {
      if isAt(.leftBrace) { return true }
      advance()
    }
    return false
  }

  /// Like `deeper` for a part with a block in braces, which is skipped whole if it is too deep.
  mutating func deeperBlock<T>(
    _ read: (inout Parser) throws(Unreadable) -> T
  ) throws(Unreadable) -> T {
    if depth >= Self.depthLimit {
      report(.tooDeep(limit: Self.depthLimit), current.span)
      var level = 0
      while current.kind != .end {
        if current.kind == .mark(.leftBrace) { level += 1 }
        if current.kind == .mark(.rightBrace) { level -= 1 }
        advance()
        if level <= 0, tokens[index - 1].kind == .mark(.rightBrace) { break }
      }
      throw Unreadable()
    }
    return try deeper(read)
  }

  /// Runs a part one level deeper, or reports that this is too deep.
  mutating func deeper<T>(
    _ read: (inout Parser) throws(Unreadable) -> T
  ) throws(Unreadable) -> T {
    guard depth < Self.depthLimit else {
      throw failure(.tooDeep(limit: Self.depthLimit), at: current.span)
    }
    depth += 1
    defer { depth -= 1 }
    return try read(&self)
  }
}
