/// The first line of a table of text: how cells are separated and what the columns are called.
struct CSVHeader {
  var names: [String]
  var separator: UInt8
  /// The first column had no name; it holds row names and is called `row`.
  var hasRowNames: Bool
  /// The start of the line after the header.
  var end: UnsafePointer<UInt8>
  /// The one-based line on which the header stands.
  var line: Int
  /// The one-based line that `end` starts.
  var nextLine: Int
  var warnings: [DataWarning] = []
  /// Separators at the line's end, with no name between or after them.
  private(set) var unnamed = 0

  /// Reads the header that starts at `start` (after a byte order mark, if any); blank lines before
  /// it are skipped.
  init(
    _ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, expected: UInt8, name: String
  ) throws(DataErrors) {
    var p = start
    var line = 1
    while p < limit, p.pointee == 0x0a || p.pointee == 0x0d || p.pointee == 0x20 {
      if p.pointee == 0x0a || (p.pointee == 0x0d && !(p + 1 < limit && p[1] == 0x0a)) { line += 1 }
      p += 1
    }
    guard p < limit else { throw DataErrors(.emptyFile, at: .init(file: name)) }
    self.line = line

    if let said = Self.saidSeparator(&p, limit) {
      separator = said
      line += 1
      self.line = line
      guard p < limit else { throw DataErrors(.emptyFile, at: .init(file: name)) }
    } else {
      separator = Self.separator(p, limit, expected: expected)
      if separator != expected {
        warnings = [
          .separator(
            file: name, found: Self.word(separator), expected: Self.word(expected))
        ]
      }
    }

    names = []
    hasRowNames = false
    while true {
      let place = DataPlace(file: name, line: line, columnNumber: names.count + 1)
      let cell: CSVCell
      do {
        cell = try scanCell(p, limit, separator: separator)
      } catch {
        switch error {
        case .unterminatedQuote: throw DataErrors(.unterminatedQuote, at: place)
        case .textAfterQuote: throw DataErrors(.textAfterQuote, at: place)
        }
      }
      guard let text = cell.text else { throw DataErrors(.notUTF8, at: place) }
      names.append(text)
      line += cell.lineBreaks
      p = cell.end
      guard p < limit, p.pointee == separator else { break }
      p += 1
    }
    if p < limit {
      if p.pointee == 0x0d, p + 1 < limit, p[1] == 0x0a { p += 1 }
      p += 1
      line += 1
    }
    end = p
    nextLine = line
    while names.count > 1, names.last?.isEmpty == true {
      names.removeLast()
      unnamed += 1
    }
    if names.allSatisfy({ Double($0) != nil }) {
      throw DataErrors(
        .noHeader(firstCells: Array(names.prefix(3)) + (names.count > 3 ? ["…"] : [])),
        at: .init(file: name, line: self.line))
    }
    nameRows()
  }

  /// The names' positions; throws for names that are empty or occur twice.
  func indices(name: String) throws(DataErrors) -> [String: Int] {
    var indices: [String: Int] = [:]
    indices.reserveCapacity(names.count)
    var empty: [Int] = []
    var repeated: [(name: String, columns: [Int])] = []
    for (i, column) in names.enumerated() {
      if column.isEmpty {
        empty.append(i + 1)
      } else if let first = indices[column] {
        if let known = repeated.firstIndex(where: { $0.name == column }) {
          repeated[known].columns.append(i + 1)
        } else if repeated.count < 10 {
          repeated.append((column, [first + 1, i + 1]))
        }
      } else {
        indices[column] = i
      }
    }
    var errors: [DataError] = []
    if let first = empty.first {
      errors.append(
        .reading(
          .emptyHeaderNames(columns: empty),
          at: .init(file: name, line: line, columnNumber: first)))
    }
    for (column, numbers) in repeated {
      errors.append(
        .reading(
          .duplicateHeader(name: column, columns: numbers),
          at: .init(file: name, line: line, columnNumber: numbers[1], columnName: column)))
    }
    guard errors.isEmpty else { throw DataErrors(errors) }
    return indices
  }

  /// There is one name, no separator beside it, and below it a number such as 1,5.
  func isOneNumberWithComma(_ limit: UnsafePointer<UInt8>) -> Bool {
    guard names.count == 1, unnamed == 0, separator == 0x2c else { return false }
    var p = end
    while p < limit, p.pointee == 0x2d || p.pointee == 0x20 { p += 1 }
    let first = p
    while p < limit, p.pointee &- 0x30 <= 9 { p += 1 }
    guard p > first, p + 1 < limit, p.pointee == 0x2c else { return false }
    return p[1] &- 0x30 <= 9
  }

  private mutating func nameRows() {
    guard names.count > 1, names[0].isEmpty else { return }
    let taken = Set(names)
    var name = "row"
    while taken.contains(name) { name += "_name" }
    names[0] = name
    hasRowNames = true
  }

  /// The separator of a line `sep=;` before the header, as spreadsheets write it; `p` is then behind it.
  private static func saidSeparator(
    _ p: inout UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>
  ) -> UInt8? {
    guard limit - p > 4, UnsafeBufferPointer(start: p, count: 4).elementsEqual("sep=".utf8)
    else { return nil }
    var end = p + 5
    if end < limit, end.pointee == 0x0d { end += 1 }
    if end < limit, end.pointee == 0x0a { end += 1 }
    guard end > p + 5 || end == limit, p[4] != 0x0a, p[4] != 0x0d, p[4] != 0x22 else { return nil }
    defer { p = end }
    return p[4]
  }

  /// The separator found in the header line outside quotes: the expected one if it is there.
  private static func separator(
    _ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, expected: UInt8
  ) -> UInt8 {
    let known: [UInt8] = [0x2c, 0x09, 0x3b, 0x7c]
    var seen: Set<UInt8> = []
    var quoted = false
    var p = start
    while p < limit {
      let byte = p.pointee
      if byte == 0x22 { quoted.toggle() }
      if !quoted {
        if byte == expected { return expected }
        if byte == 0x0a || byte == 0x0d { break }
        if known.contains(byte) { seen.insert(byte) }
      }
      p += 1
    }
    return known.first { seen.contains($0) } ?? expected
  }

  private static func word(_ separator: UInt8) -> String {
    switch separator {
    case 0x09: "tabs"
    case 0x3b: "semicolons"
    case 0x2c: "commas"
    default: "`\(Character(Unicode.Scalar(separator)))`"
    }
  }
}
