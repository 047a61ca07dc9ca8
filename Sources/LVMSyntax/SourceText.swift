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
  public func position(_ offset: Int) -> (line: Int, column: Int) {
    let at = max(0, min(offset, bytes.count))
    var low = 0
    var high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= at { low = middle } else { high = middle - 1 }
    }
    let prefix = String(decoding: bytes[lineStarts[low]..<at], as: UTF8.self)
    return (low + 1, prefix.count + 1)
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
