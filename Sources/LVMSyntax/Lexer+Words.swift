/// The longer tokens: names, numbers, texts and comments.
extension Lexer {
  func isDigit(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  func isWordStart(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
      || byte == UInt8(ascii: "_")
  }

  /// The scalar at an offset and its length; nil and 1 where the bytes are not UTF-8.
  func decode(_ at: Int) -> (Unicode.Scalar?, Int) {
    var decoder = UTF8()
    var rest = bytes[at..<min(bytes.count, at + 4)].makeIterator()
    switch decoder.decode(&rest) {
    case .scalarValue(let scalar): return (scalar, scalar.utf8.count)
    case .emptyInput, .error: return (nil, 1)
    }
  }

  mutating func word() {
    let start = index
    skipWord()
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if let keyword = Keyword(rawValue: text) {
      add(.keyword(keyword), from: start)
    } else {
      add(.word(text), from: start)
    }
  }

  /// Letters, digits, `_`, and what Unicode counts as part of a name.
  private mutating func skipWord() {
    while index < bytes.count {
      if isWordStart(bytes[index]) || isDigit(bytes[index]) {
        index += 1
      } else if bytes[index] >= 0x80 {
        let (scalar, length) = decode(index)
        guard let scalar, scalar.properties.isXIDContinue, Vocabulary.lookalikes[scalar] == nil
        else { return }
        index += length
      } else {
        return
      }
    }
  }

  private mutating func skipDigits() {
    while isDigit(peek(0)) { index += 1 }
  }

  /// `12`, `.5`, `1.5e-3`; in `1..3`, `1.*x` and `1./x` the point is not the number's.
  mutating func number() {
    let start = index
    var fault: LexicalError.NumberFault?
    let point = UInt8(ascii: ".")
    skipDigits()
    if peek(0) == point, isDigit(peek(1)) {
      index += 1
      skipDigits()
    } else if peek(0) == point, ![point, UInt8(ascii: "*"), UInt8(ascii: "/")].contains(peek(1)),
      !isWordStart(peek(1))
    {
      index += 1
      fault = .noDigitAfterPoint
    }
    if let e = peek(0), e | 0x20 == UInt8(ascii: "e") {
      let signed = peek(1) == UInt8(ascii: "-") || peek(1) == UInt8(ascii: "+")
      if isDigit(peek(signed ? 2 : 1)) {
        index += signed ? 2 : 1
        skipDigits()
      } else if !isWordStart(peek(1)) {
        index += signed ? 2 : 1
        fault = .emptyExponent
      }
    }
    while fault == nil || fault == .twoPoints, peek(0) == point, isDigit(peek(1)) {
      fault = .twoPoints
      index += 1
      skipDigits()
    }
    if isWordStart(peek(0)) {
      fault = fault ?? .lettersAfter
      skipWord()
    }
    let written = String(decoding: bytes[start..<index], as: UTF8.self)
    let value = Double(written.first == "." ? "0" + written : written)
    if fault == nil, let value, !value.isFinite { fault = .tooLarge }
    add(.number(value ?? 0), from: start)
    if let fault { report(.malformedNumber(written, fault), Span(start, index)) }
  }

  /// `"…"` on one line; `\"` and `\\` stand for a quote and a backslash.
  mutating func text(closing: UInt8) {
    let start = index
    var content: [UInt8] = []
    index += 1
    while let byte = peek(0), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
      if byte == closing {
        index += 1
        add(.text(String(decoding: content, as: UTF8.self)), from: start)
        return
      }
      if byte == UInt8(ascii: "\\") {
        if let escaped = peek(1), escaped == UInt8(ascii: "\"") || escaped == byte {
          content.append(escaped)
          index += 2
          continue
        }
        var next = peek(1) ?? UInt8(ascii: " ")
        if next < 0x20 || next >= 0x80 { next = UInt8(ascii: " ") }
        report(
          .unknownEscape(next == 0x20 ? "\\" : "\\" + String(Unicode.Scalar(next))),
          Span(index, index + (next == 0x20 ? 1 : 2)))
      }
      content.append(byte)
      index += 1
    }
    add(.text(String(decoding: content, as: UTF8.self)), from: start)
    report(.unclosedText, Span(start, index))
  }

  /// Text in the quotes of a word processor: reported, and read to the next such quote.
  mutating func curlyText() {
    let start = index
    var content = ""
    var isFirst = true
    while let byte = peek(0), byte != UInt8(ascii: "\n") {
      let (scalar, length) = decode(index)
      index += length
      let character = scalar.map(String.init) ?? ""
      if !isFirst, "\u{201C}\u{201D}\u{201E}\u{00AB}\u{00BB}\"".contains(character) { break }
      if !isFirst { content += character }
      isFirst = false
    }
    add(.text(content), from: start)
    report(.quoteMarks(found: "curly quotes"), Span(start, index))
  }

  mutating func skipLine() {
    while let byte = peek(0), byte != UInt8(ascii: "\n") { index += 1 }
  }

  mutating func comment() {
    let start = index
    skipLine()
    var end = index
    while end > start, [0x20, 0x09, 0x0D].contains(bytes[end - 1]) { end -= 1 }
    let span = Span(start, end)
    comments.append(Comment(text: source.text(span), span: span, isOwnLine: startsLine))
  }

  mutating func blockComment() {
    let start = index
    index += 2
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "\n") { startsLine = true }
      if bytes[index] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        index += 2
        break
      }
      index += 1
    }
    report(.blockComment, Span(start, start + 2))
  }
}
