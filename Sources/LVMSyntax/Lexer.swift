/// The tokens of a text and what is wrong with its characters; the last token is `.end`.
public func tokenize(_ source: SourceText) -> ([Token], [Diagnostic]) {
  var lexer = Lexer(source)
  lexer.run()
  return (lexer.tokens, lexer.findings)
}

/// One pass over the bytes of a model's text.
struct Lexer {
  let bytes: [UInt8]
  let source: SourceText
  var index = 0
  var tokens: [Token] = []
  var comments: [Comment] = []
  var findings: [Diagnostic] = []
  /// Whether a line break was seen since the last token.
  var startsLine = true
  /// Signs of habit that are reported once a file.
  var semicolons: [Span] = []
  var hashes: [Span] = []

  init(_ source: SourceText) {
    self.source = source
    self.bytes = source.bytes
  }

  mutating func run() {
    if isText() {
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
      while index < bytes.count { scan() }
      if let first = semicolons.first {
        report(.semicolon(more: semicolons.count - 1), first)
      }
      if let first = hashes.first { report(.hashComment(more: hashes.count - 1), first) }
      findings.sort { $0.primary.span.lower < $1.primary.span.lower }
    }
    let end = bytes.count
    tokens.append(Token(kind: .end, span: Span(end, end), startsLine: true))
  }

  /// Reports bytes that are no text; a few wrong bytes, as of an accent in Latin-1, are one finding.
  private mutating func isText() -> Bool {
    if bytes.count > SourceText.sizeLimit {
      report(.tooLarge, Span(0, 0))
      return false
    }
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      report(.notText(utf16: true), Span(0, 2))
      return false
    }
    var at = 0
    var invalid = 0
    var firstInvalid = 0
    while at < bytes.count {
      if bytes[at] < 0x80 {
        if bytes[at] == 0 { invalid = .max - 1 }
        at += 1
      } else {
        let (scalar, length) = decode(at)
        if scalar == nil {
          if invalid == 0 { firstInvalid = at }
          invalid += 1
        }
        at += length
      }
      if invalid > 1000 {
        report(.notText(utf16: false), Span(0, 0))
        return false
      }
    }
    if invalid > 0 {
      report(
        .invalidUTF8(byte: bytes[firstInvalid]), Span(firstInvalid, firstInvalid + 1))
    }
    return true
  }

  private mutating func scan() {
    let start = index
    let byte = bytes[index]
    switch byte {
    case UInt8(ascii: "\n"):
      startsLine = true
      index += 1
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
      index += 1
    case UInt8(ascii: "0")...UInt8(ascii: "9"): number()
    case UInt8(ascii: "\""): text(closing: byte)
    case UInt8(ascii: "'"):
      text(closing: byte)
      report(.quoteMarks(found: "single quotes"), Span(start, index))
    case UInt8(ascii: ";"):
      index += 1
      semicolons.append(Span(start, index))
    case UInt8(ascii: "#"):
      hashes.append(Span(start, start + 1))
      skipLine()
    case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): comment()
    case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): blockComment()
    default:
      if isWordStart(byte) {
        word()
      } else if byte == UInt8(ascii: "."), isDigit(peek(1)), !followsValue {
        number()
      } else if byte < 0x80 {
        mark()
      } else {
        wide()
      }
    }
  }

  /// Whether a value ends right before this byte, so that a point is no decimal point.
  private var followsValue: Bool {
    guard let last = tokens.last, last.span.upper == index else { return false }
    return switch last.kind {
    case .word, .keyword, .number, .text, .mark(.rightParenthesis), .mark(.rightBracket): true
    case .mark, .invalid, .end: false
    }
  }

  private mutating func mark() {
    let start = index
    if bytes[index...].starts(with: Array("...".utf8)) {
      index += 3
      add(.mark(.dotDot), from: start)
      report(.threeDots, Span(start, index))
      return
    }
    for length in [2, 1] where index + length <= bytes.count {
      let text = String(decoding: bytes[index..<index + length], as: UTF8.self)
      if let mark = Mark(rawValue: text) {
        index += length
        add(.mark(mark), from: start)
        return
      }
    }
    stray(Unicode.Scalar(bytes[index]), length: 1)
  }

  /// A character outside ASCII: part of a name, a lookalike, or a stray.
  private mutating func wide() {
    let start = index
    let (decoded, length) = decode(index)
    guard let scalar = decoded else {
      // Reported by `isText`.
      index += length
      add(.invalid, from: start)
      return
    }
    if scalar.properties.isXIDStart {
      word()
    } else if let meant = Vocabulary.lookalikes[scalar] {
      index += length
      add(.mark(meant), from: start)
      report(.lookalike(found: String(scalar), meant: meant.rawValue), Span(start, index))
    } else if "\u{201C}\u{201D}\u{201E}\u{00AB}\u{00BB}".unicodeScalars.contains(scalar) {
      curlyText()
    } else {
      stray(scalar, length: length)
    }
  }

  /// A run of one stray character is one finding.
  private mutating func stray(_ scalar: Unicode.Scalar, length: Int) {
    let start = index
    let encoded = bytes[index..<index + length]
    while bytes[index...].starts(with: encoded) { index += length }
    let shown = scalar.value > 0x20 && scalar.value != 0x7F && !scalar.properties.isWhitespace
    let visible = shown && scalar.properties.generalCategory != .format
    let name = visible ? "" : "the invisible character U+\(hex(scalar))"
    add(.invalid, from: start)
    report(.strayCharacter(String(scalar), name: name), Span(start, index))
  }

  private func hex(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  mutating func add(_ kind: Token.Kind, from start: Int) {
    tokens.append(Token(kind: kind, span: Span(start, index), startsLine: startsLine))
    startsLine = false
  }

  mutating func report(_ error: LexicalError, _ span: Span) {
    // Far more than are ever shown; a file of strays would hold millions.
    if findings.count < Parser.findingLimit * 10 { findings.append(error.at(span)) }
  }

  func peek(_ offset: Int) -> UInt8? {
    index + offset < bytes.count ? bytes[index + offset] : nil
  }
}
