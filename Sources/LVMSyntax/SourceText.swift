/// A half-open range of UTF-8 byte offsets in one source text.
public struct Span: Hashable, Sendable {
  public var lower: Int
  public var upper: Int

  public init(_ lower: Int, _ upper: Int) {
    self.lower = lower
    self.upper = upper
  }

  /// The smallest span that covers both.
  public func union(_ other: Span) -> Span {
    Span(min(lower, other.lower), max(upper, other.upper))
  }

  /// The empty span at the start of a text; for things with no place of their own.
  public static let none = Span(0, 0)
}

/// The text of a model file, with its name and the places where its lines begin.
public struct SourceText: Sendable {
  /// Bytes that a model can have at most; a longer text is refused unread.
  public static let sizeLimit = 1_000_000

  /// The name shown in messages, usually the path as the user typed it.
  public let name: String
  public let bytes: [UInt8]
  /// Byte offset of the start of each line; never empty.
  public let lineStarts: [Int]

  /// Invalid UTF-8 is kept in `bytes` as it came; the lexer reports it.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    var starts = [0]
    for (i, b) in bytes.enumerated() where b == UInt8(ascii: "\n") { starts.append(i + 1) }
    self.lineStarts = starts
  }

  public init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }

  /// One-based line and column of a byte offset; the column counts characters, not bytes.
  ///
  /// Far into a very long line it counts bytes, so as not to look through the line for every finding.
  public func position(_ offset: Int) -> (line: Int, column: Int) {
    let at = max(0, min(offset, bytes.count))
    let line = lineNumber(at)
    let start = lineStarts[line - 1]
    if at - start > Self.longLine { return (line, at - start + 1) }
    return (line, characters(Span(start, at)) + 1)
  }

  /// Bytes beyond which a line is so long that it is not looked at as a whole.
  static let longLine = 4096

  /// How many bytes of its line stand before an offset.
  func indentation(_ offset: Int) -> Int {
    let at = max(0, min(offset, bytes.count))
    return at - lineStarts[lineNumber(at) - 1]
  }

  /// How many characters a span holds.
  func characters(_ span: Span) -> Int { text(span).count }

  /// A one-based line without its line break; of a very long one the part about an offset.
  func lineSpan(_ number: Int, about offset: Int) -> (span: Span, isCut: (start: Bool, end: Bool)) {
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    guard end - start > Self.longLine else { return (Span(start, end), (false, false)) }
    func isInside(_ at: Int) -> Bool { at < end && bytes[at] & 0xC0 == 0x80 }
    let centre = max(start, min(offset, end))
    var lower = max(start, centre - Self.longLine / 4)
    var upper = min(end, centre + Self.longLine / 4)
    for _ in 0..<3 where lower > start && isInside(lower) { lower -= 1 }
    for _ in 0..<3 where isInside(upper) { upper += 1 }
    return (Span(lower, upper), (lower > start, upper < end))
  }

  private func lineNumber(_ at: Int) -> Int {
    var low = 0
    var high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= at { low = middle } else { high = middle - 1 }
    }
    return low + 1
  }

  /// The text of a one-based line, without its line break.
  public func line(_ number: Int) -> String {
    guard number >= 1, number <= lineStarts.count else { return "" }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return String(decoding: bytes[start..<max(start, end)], as: UTF8.self)
  }

  public func text(_ span: Span) -> String {
    let lower = max(0, min(span.lower, bytes.count))
    let upper = max(lower, min(span.upper, bytes.count))
    return String(decoding: bytes[lower..<upper], as: UTF8.self)
  }
}
