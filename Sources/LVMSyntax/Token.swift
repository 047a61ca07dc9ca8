/// The words that start statements; the only reserved words of the language.
public enum Keyword: String, Sendable, CaseIterable {
  case model, param, latent, observe, given, each, network, invertible, guide, fit
  case binding = "let"
}

/// Signs of one or more characters.
///
/// The last group belongs to other languages: the lexer knows those signs so that the parser can
/// say what to write instead.
public enum Mark: String, Sendable, CaseIterable {
  case leftParenthesis = "("
  case rightParenthesis = ")"
  case leftBracket = "["
  case rightBracket = "]"
  case leftBrace = "{"
  case rightBrace = "}"
  case comma = ","
  case colon = ":"
  case tilde = "~"
  case equal = "="
  case arrow = "->"
  case plus = "+"
  case minus = "-"
  case star = "*"
  case slash = "/"
  case caret = "^"
  case dotStar = ".*"
  case dotSlash = "./"
  case dot = "."
  case dotDot = ".."
  case starStar = "**"
  case leftArrow = "<-"
  case colonEqual = ":="
  case equalEqual = "=="

  /// Whether a line that ends or begins with this sign goes on: operators and `~ = -> ,`.
  var joinsLines: Bool {
    switch self {
    case .comma, .tilde, .equal, .arrow, .plus, .minus, .star, .slash, .caret, .dotStar,
      .dotSlash, .starStar, .leftArrow, .colonEqual, .equalEqual:
      true
    case .leftParenthesis, .rightParenthesis, .leftBracket, .rightBracket, .leftBrace,
      .rightBrace, .colon, .dot, .dotDot:
      false
    }
  }
}

/// One token of a model's text, with its place.
public struct Token: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case keyword(Keyword)
    /// Any other name, also `row`, `from`, `then` and the like.
    case word(String)
    case number(Double)
    /// A quoted text, without its quotes.
    case text(String)
    case mark(Mark)
    /// Characters that make no token; the lexer has reported them.
    case invalid
    case end
  }

  public var kind: Kind
  public var span: Span
  /// Whether a line break stands between this token and the one before it.
  public var startsLine: Bool

  public init(kind: Kind, span: Span, startsLine: Bool) {
    self.kind = kind
    self.span = span
    self.startsLine = startsLine
  }
}

/// A `//` comment: kept beside the tokens, for the formatter.
public struct Comment: Sendable, Hashable {
  /// The text from `//` on, without trailing blanks.
  public var text: String
  public var span: Span
  /// Whether nothing but blanks stands before it on its line.
  public var isOwnLine: Bool

  public init(text: String, span: Span, isOwnLine: Bool) {
    self.text = text
    self.span = span
    self.isOwnLine = isOwnLine
  }
}

/// The tokens of a text, one a line: place, kind and the characters; for `--emit tokens`.
public func dump(_ tokens: [Token], in source: SourceText) -> String {
  var lines: [String] = []
  for token in tokens {
    let (line, column) = source.position(token.span.lower)
    let kind =
      switch token.kind {
      case .keyword: "keyword"
      case .word: "word"
      case .number: "number"
      case .text: "text"
      case .mark: "mark"
      case .invalid: "invalid"
      case .end: "end"
      }
    let written = source.text(token.span)
    lines.append("\(line):\(column) \(kind)" + (written.isEmpty ? "" : " " + written))
  }
  return lines.joined(separator: "\n") + "\n"
}
