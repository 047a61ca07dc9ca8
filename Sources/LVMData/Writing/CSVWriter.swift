/// Builds a table of text: cells are quoted where they must be, numbers as short as they can be
/// without losing anything, missing ones empty.
///
/// Take the bytes from time to time with `take()` and write them; the writer holds no file.
public struct CSVWriter: Sendable {
  /// One cell of a row.
  public enum Cell: Sendable, Hashable {
    /// NaN is written as an empty cell.
    case number(Double)
    case integer(Int)
    case text(String)
    case missing
  }

  public private(set) var bytes: [UInt8] = []
  private let separator: UInt8
  private let columnCount: Int

  /// Starts with a header line.
  public init(header: [String], separator: Character = ",") {
    self.separator = separator.asciiValue ?? UInt8(ascii: ",")
    columnCount = header.count
    append(header.map { .text($0) })
  }

  /// Adds a row, which has a cell for each name of the header.
  public mutating func append(_ row: [Cell]) {
    precondition(row.count == columnCount, "a row has a cell for each column")
    let start = bytes.count
    for (i, cell) in row.enumerated() {
      if i > 0 { bytes.append(separator) }
      switch cell {
      case .number(let value): append(value)
      case .integer(let value): bytes.append(contentsOf: String(value).utf8)
      case .text(let text): append(text)
      case .missing: break
      }
    }
    endLine(from: start)
  }

  /// Adds rows of numbers, row-major, whole rows only.
  public mutating func append(rows values: [Double]) {
    precondition(columnCount > 0 && values.count % columnCount == 0, "values come in whole rows")
    for start in stride(from: 0, to: values.count, by: columnCount) {
      let first = bytes.count
      for i in 0..<columnCount {
        if i > 0 { bytes.append(separator) }
        append(values[start + i])
      }
      endLine(from: first)
    }
  }

  /// The bytes so far; the writer goes on empty.
  public mutating func take() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }

  private mutating func endLine(from start: Int) {
    // A blank line would be skipped on reading; a quoted empty cell is a missing value.
    if bytes.count == start { bytes.append(contentsOf: [0x22, 0x22]) }
    bytes.append(0x0a)
  }

  private mutating func append(_ value: Double) {
    if value.isNaN { return }
    bytes.append(contentsOf: value.description.utf8)
    if bytes.suffix(2).elementsEqual([0x2e, 0x30]) { bytes.removeLast(2) }
  }

  private mutating func append(_ text: String) {
    let cell = Array(text.utf8)
    let needsQuotes =
      cell.contains {
        $0 == separator || $0 == 0x22 || $0 == 0x0a || $0 == 0x0d || $0 == 0x2c
      } || cell.first == 0x20 || cell.last == 0x20 || isMissingWord(cell)
    guard needsQuotes else {
      bytes.append(contentsOf: cell)
      return
    }
    bytes.append(0x22)
    for byte in cell {
      if byte == 0x22 { bytes.append(0x22) }
      bytes.append(byte)
    }
    bytes.append(0x22)
  }
}
