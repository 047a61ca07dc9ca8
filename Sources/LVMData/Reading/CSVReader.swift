/// Reads a table of text in one pass over its bytes (RFC 4180, generously).
///
/// A column is one of numbers until a cell is not one; then it is text from its first row on, which
/// takes a second pass where numbers came before, so that labels stay as they were written.
struct CSVReader {
  let name: String
  let origin: TableOrigin
  private let start: UnsafePointer<UInt8>
  private let limit: UnsafePointer<UInt8>
  let header: CSVHeader
  let columnCount: Int
  var kinds: [Kind]
  /// Of columns whose text is kept.
  var texts: [TextColumn?]
  /// What the numbers of a column show together.
  var traits: [DecimalTraits]
  /// Columns whose text is wanted of rows that were read without it.
  private var needsSecondPass = false
  var lines = LineMap()
  private let bytes: FileBytes
  let memoryLimit: Int?
  var warnings: [DataWarning]
  var blankLines = 0
  var firstBlankLine = 0

  enum Kind: UInt8 {
    case number
    /// Numbers whose text says more than their value.
    case writtenNumber
    case text
  }

  /// Reads `bytes`, which stay alive as long as the caller holds them.
  static func table(
    _ bytes: FileBytes, separator: UInt8, name: String, origin: TableOrigin, limit: Int? = nil,
    warnings: [DataWarning] = []
  ) throws(DataErrors) -> Table {
    var start = bytes.base
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { start += 3 }
    var header = try CSVHeader(start, bytes.base + bytes.count, expected: separator, name: name)
    let comma = header.separator
    if header.isOneNumberWithComma(bytes.base + bytes.count) {
      // A single column of 1,5 has no separator.
      header.separator = 0x3b
      let table = try read(
        bytes, header, name: name, origin: origin, limit: limit, warnings: warnings)
      if table.columns[0].isNumeric { return table }
      header.separator = comma
    }
    return try read(bytes, header, name: name, origin: origin, limit: limit, warnings: warnings)
  }

  private static func read(
    _ bytes: FileBytes, _ header: CSVHeader, name: String, origin: TableOrigin, limit: Int?,
    warnings: [DataWarning]
  ) throws(DataErrors) -> Table {
    let indices = try header.indices(name: name)
    // A cell takes two bytes of text or more, and eight bytes of memory or fewer.
    let scratch = try limit.flatMap { $0 / 4 < bytes.count ? $0 : nil }.map {
      _ throws(DataErrors) in
      try Self.scratchFile(name)
    }
    var reader = CSVReader(
      bytes, header, name: name, origin: origin, memoryLimit: scratch == nil ? nil : limit,
      warnings: warnings + header.warnings)
    var chunks = NumberChunks(
      columnCount: header.names.count,
      rowLimit: (bytes.count - (header.end - bytes.base)) / header.names.count + 1,
      scratch: scratch, name: name)
    defer { chunks.deallocate() }
    var rowCount = try reader.readRows(into: &chunks)
    if reader.needsSecondPass {
      try chunks.reset()
      reader.startAgain()
      rowCount = try reader.readRows(into: &chunks)
    }
    if reader.takesPointsForGroups() {
      try chunks.reset()
      reader.startAgain()
      rowCount = try reader.readRows(into: &chunks)
    }
    withExtendedLifetime(bytes) {}
    return reader.finish(&chunks, rowCount: rowCount, indices: indices)
  }

  private static func scratchFile(_ name: String) throws(DataErrors) -> ScratchFile {
    do {
      return try ScratchFile()
    } catch {
      throw DataErrors(error.problem, at: .init(file: name))
    }
  }

  private init(
    _ bytes: FileBytes, _ header: CSVHeader, name: String, origin: TableOrigin, memoryLimit: Int?,
    warnings: [DataWarning]
  ) {
    self.name = name
    self.bytes = bytes
    self.memoryLimit = memoryLimit
    self.origin = origin
    self.header = header
    self.warnings = warnings
    start = header.end
    limit = bytes.base + bytes.count
    columnCount = header.names.count
    kinds = Array(repeating: .number, count: columnCount)
    traits = Array(repeating: [], count: columnCount)
    texts = Array(repeating: nil, count: columnCount)
  }

  private mutating func startAgain() {
    lines = LineMap()
    blankLines = 0
    for case let column? in texts { column.removeAll() }
  }

  /// Reads all rows; returns how many there are.
  private mutating func readRows(into chunks: inout NumberChunks) throws(DataErrors) -> Int {
    let separator = header.separator
    let tens = PowersOfTen.doubles
    let integerTens = PowersOfTen.integers
    var p = start
    var line = header.nextLine
    var row = 0
    var tileRow = 0
    var window = ReadingWindow(bytes)
    while true {
      if tileRow == chunks.tileRows {
        try chunks.flush(rows: tileRow) { kinds[$0] != .text }
        tileRow = 0
        window.advance(to: p - bytes.base)
      }
      let blank = line
      guard skipBlankLines(&p, &line) else { break }
      if columnCount == 1 {
        // Where a row is one cell, a blank line before another row is a row whose cell is missing.
        for missed in blank..<line {
          if tileRow == chunks.tileRows {
            try chunks.flush(rows: tileRow) { kinds[$0] != .text }
            tileRow = 0
          }
          lines.record(row: row, line: missed)
          takeMissing(chunks.tile + tileRow)
          row += 1
          tileRow += 1
        }
        blankLines = 0
        if tileRow == chunks.tileRows {
          try chunks.flush(rows: tileRow) { kinds[$0] != .text }
          tileRow = 0
        }
      }
      lines.record(row: row, line: line)
      var rowLine = line
      let found = try readRow(
        &p, &rowLine, row: row, tileRow: tileRow, chunks: chunks, separator: separator,
        tens: tens, integerTens: integerTens)
      if found != columnCount {
        throw ragged(found, line: line)
      }
      line = rowLine
      row += 1
      tileRow += 1
    }
    try chunks.flush(rows: tileRow) { kinds[$0] != .text }
    return row
  }

  /// Passes over lines that hold nothing but spaces, and counts them; false at the end of the file.
  @inline(__always)
  private mutating func skipBlankLines(_ p: inout UnsafePointer<UInt8>, _ line: inout Int) -> Bool {
    while p < limit {
      let byte = p.pointee
      if byte > 0x20 || byte == header.separator { return true }
      var end = p
      while end < limit, end.pointee == 0x20 { end += 1 }
      if end == limit { return false }
      if end.pointee != 0x0a && end.pointee != 0x0d { return true }
      if blankLines == 0 { firstBlankLine = line }
      blankLines += 1
      p = end
      passLineBreak(&p, &line)
    }
    return false
  }

  /// The missing cell of a blank line.
  private func takeMissing(_ number: UnsafeMutablePointer<Double>) {
    number.pointee = .nan
    texts[0]?.appendMissing()
  }

  @inline(__always)
  private func passLineBreak(_ p: inout UnsafePointer<UInt8>, _ line: inout Int) {
    if p.pointee == 0x0d, p + 1 < limit, p[1] == 0x0a { p += 1 }
    p += 1
    line += 1
  }

  /// Reads one row and the line break after it; returns how many cells it has.
  private mutating func readRow(
    _ position: inout UnsafePointer<UInt8>, _ line: inout Int, row: Int, tileRow: Int,
    chunks: NumberChunks, separator: UInt8, tens: [Double], integerTens: [UInt64]
  ) throws(DataErrors) -> Int {
    var p = position
    var column = 0
    var extra = 0
    let tile = chunks.tile + tileRow
    let stride = chunks.stride
    return try tens.withUnsafeBufferPointer { tens throws(DataErrors) in
      try integerTens.withUnsafeBufferPointer { integerTens throws(DataErrors) in
        guard let tens = tens.baseAddress, let integerTens = integerTens.baseAddress else {
          return 0
        }
        while true {
          if column < columnCount {
            var isRead = false
            if kinds[column] == .number {
              // The common case: a bare number with the separator or the line's end behind it.
              let parsed = parseDecimal(p, limit, tens, integerTens)
              let end = parsed.end
              if end != p,
                end == limit || end.pointee == separator || end.pointee == 0x0a
                  || end.pointee == 0x0d,
                takes(parsed.traits, column)
              {
                tile[column * stride] = parsed.value
                p = end
                isRead = true
              }
            }
            if !isRead {
              let cell = try self.cell(p, line: line, column: column)
              try take(
                cell, row: row, column: column, line: line, number: tile + column * stride,
                tens: tens, integerTens: integerTens)
              p = cell.end
              line += cell.lineBreaks
            }
          } else {
            let cell = try self.cell(p, line: line, column: column)
            if cell.count > 0 { extra = max(extra, column + 1) }
            p = cell.end
            line += cell.lineBreaks
          }
          column += 1
          guard p < limit else { break }
          if p.pointee == separator {
            p += 1
          } else {
            passLineBreak(&p, &line)
            break
          }
        }
        position = p
        // Separators at the end of a line, with nothing between them, make no cells.
        return column > columnCount && extra == 0 ? columnCount : column
      }
    }
  }

  private func cell(
    _ p: UnsafePointer<UInt8>, line: Int, column: Int
  ) throws(DataErrors) -> CSVCell {
    do {
      return try scanCell(p, limit, separator: header.separator)
    } catch {
      var place = place(line: line, column: column)
      switch error {
      case .unterminatedQuote: throw DataErrors(.unterminatedQuote, at: place)
      case .textAfterQuote(let lineBreaks):
        place.line = line + lineBreaks
        throw DataErrors(.textAfterQuote, at: place)
      }
    }
  }

  private func place(line: Int, column: Int) -> DataPlace {
    DataPlace(
      file: name, line: line, columnNumber: column + 1,
      columnName: column < columnCount ? header.names[column] : nil)
  }

  /// Notes what a number shows; false where its text has to be kept.
  @inline(__always)
  private mutating func takes(_ found: DecimalTraits, _ column: Int) -> Bool {
    if found.isEmpty { return true }
    if found.contains(.hasOwnText) { return false }
    if !traits[column].isSuperset(of: found) { traits[column].formUnion(found) }
    return true
  }

  private func ragged(_ found: Int, line: Int) -> DataErrors {
    if found > columnCount, found <= columnCount + header.unnamed {
      return DataErrors(
        .emptyHeaderNames(columns: Array((columnCount + 1)...found)),
        at: .init(file: name, line: header.line, columnNumber: columnCount + 1))
    }
    return DataErrors(
      .raggedRow(found: found, expected: columnCount), at: .init(file: name, line: line))
  }

  /// Takes a cell that is not a bare number: missing, a number in quotes or spaces, or text.
  private mutating func take(
    _ cell: CSVCell, row: Int, column: Int, line: Int, number: UnsafeMutablePointer<Double>,
    tens: UnsafePointer<Double>, integerTens: UnsafePointer<UInt64>
  ) throws(DataErrors) {
    number.pointee = .nan
    if cell.isMissing {
      texts[column]?.appendMissing()
      return
    }
    if kinds[column] != .text {
      var isWritten = cell.isQuotedWord
      if let found = isWritten ? nil : cell.number(tens, integerTens) {
        number.pointee = found.value
        isWritten = found.traits.contains(.hasOwnText)
        traits[column].formUnion(found.traits)
        if !isWritten, kinds[column] == .number { return }
      } else if !isWritten {
        guard let text = cell.text else {
          throw DataErrors(.notUTF8, at: place(line: line, column: column))
        }
        keepText(column, as: .text, row: row)
        texts[column]?.first = .init(row: row, text: text)
      }
      if kinds[column] == .number { keepText(column, as: .writtenNumber, row: row) }
    }
    guard let texts = texts[column] else { return }
    let known = texts.interner.count
    texts.append(cell)
    if texts.interner.count > known, cell.text == nil {
      throw DataErrors(.notUTF8, at: place(line: line, column: column))
    }
  }

  /// From now on the text of a column's cells is kept; that of rows before this one has to be read again.
  private mutating func keepText(_ column: Int, as kind: Kind, row: Int) {
    kinds[column] = kind
    guard texts[column] == nil else { return }
    texts[column] = TextColumn()
    if row > 0 { needsSecondPass = true }
  }
}
