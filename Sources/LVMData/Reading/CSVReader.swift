/// Reads a table of text in one pass over its bytes (RFC 4180, generously).
///
/// A column is one of numbers until a cell is not one; then it is text from its first row on, which
/// takes a second pass where numbers came before, so that labels stay as they were written.
struct CSVReader {
  private let name: String
  private let origin: TableOrigin
  private let start: UnsafePointer<UInt8>
  private let limit: UnsafePointer<UInt8>
  private let header: CSVHeader
  private let columnCount: Int
  private var isText: [Bool]
  private var texts: [TextColumn?]
  /// Columns that turned to text after numbers had been read.
  private var needsSecondPass = false
  private var lines = LineMap()
  private let bytes: FileBytes
  private let memoryLimit: Int?
  private var blankLines = 0
  private var firstBlankLine = 0

  /// What is gathered about a text column.
  private final class TextColumn {
    var interner = TextInterner()
    var codes: [Int32] = []
    var missing = 0
    var isLogical = true
    let first: Column.StrayText

    init(first: Column.StrayText) {
      self.first = first
    }
  }

  /// Reads `bytes`, which stay alive as long as the caller holds them.
  static func table(
    _ bytes: FileBytes, separator: UInt8, name: String, origin: TableOrigin, limit: Int? = nil
  ) throws(DataErrors) -> Table {
    if let (format, advice) = foreignFormat(bytes) {
      throw DataErrors(.foreignFormat(format, advice: advice), at: .init(file: name))
    }
    var start = bytes.base
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { start += 3 }
    let header = try CSVHeader(start, bytes.base + bytes.count, expected: separator, name: name)
    let indices = try header.indices(name: name)
    // A cell takes two bytes of text or more, and eight bytes of memory or fewer.
    let scratch = try limit.flatMap { $0 / 4 < bytes.count ? $0 : nil }.map {
      _ throws(DataErrors) in
      try Self.scratchFile(name)
    }
    var reader = CSVReader(
      bytes, header, name: name, origin: origin, memoryLimit: scratch == nil ? nil : limit)
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
    _ bytes: FileBytes, _ header: CSVHeader, name: String, origin: TableOrigin, memoryLimit: Int?
  ) {
    self.name = name
    self.bytes = bytes
    self.memoryLimit = memoryLimit
    self.origin = origin
    self.header = header
    start = header.end
    limit = bytes.base + bytes.count
    columnCount = header.names.count
    isText = Array(repeating: false, count: columnCount)
    texts = Array(repeating: nil, count: columnCount)
  }

  private mutating func startAgain() {
    lines = LineMap()
    blankLines = 0
    for case let column? in texts {
      column.interner = TextInterner()
      column.codes = []
      column.missing = 0
      column.isLogical = true
    }
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
        try chunks.flush(rows: tileRow) { !isText[$0] }
        tileRow = 0
        window.advance(to: p - bytes.base)
      }
      let blank = line
      guard skipBlankLines(&p, &line) else { break }
      if columnCount == 1 {
        // Where a row is one cell, a blank line before another row is a row whose cell is missing.
        for missed in blank..<line {
          if tileRow == chunks.tileRows {
            try chunks.flush(rows: tileRow) { !isText[$0] }
            tileRow = 0
          }
          lines.record(row: row, line: missed)
          takeMissing(chunks.tile + tileRow)
          row += 1
          tileRow += 1
        }
        blankLines = 0
        if tileRow == chunks.tileRows {
          try chunks.flush(rows: tileRow) { !isText[$0] }
          tileRow = 0
        }
      }
      lines.record(row: row, line: line)
      var rowLine = line
      let found = try readRow(
        &p, &rowLine, row: row, tileRow: tileRow, chunks: chunks, separator: separator,
        tens: tens, integerTens: integerTens)
      if found != columnCount {
        throw DataErrors(
          .raggedRow(found: found, expected: columnCount), at: .init(file: name, line: line))
      }
      line = rowLine
      row += 1
      tileRow += 1
    }
    try chunks.flush(rows: tileRow) { !isText[$0] }
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
    guard isText[0], let text = texts[0] else {
      number.pointee = .nan
      return
    }
    text.codes.append(-1)
    text.missing += 1
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
            if !isText[column] {
              // The common case: a bare number with the separator or the line's end behind it.
              let parsed = parseDecimal(p, limit, tens, integerTens)
              let end = parsed.end
              if end != p,
                end == limit || end.pointee == separator || end.pointee == 0x0a
                  || end.pointee == 0x0d
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
        return column
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

  /// Takes a cell that is not a bare number: missing, a number in quotes or spaces, or text.
  private mutating func take(
    _ cell: CSVCell, row: Int, column: Int, line: Int, number: UnsafeMutablePointer<Double>,
    tens: UnsafePointer<Double>, integerTens: UnsafePointer<UInt64>
  ) throws(DataErrors) {
    if !isText[column] {
      if cell.isMissing {
        number.pointee = .nan
        return
      }
      if let value = cell.number(tens, integerTens) {
        number.pointee = value
        return
      }
      guard let text = cell.text else {
        throw DataErrors(.notUTF8, at: place(line: line, column: column))
      }
      isText[column] = true
      texts[column] = TextColumn(first: .init(row: row, text: text))
      // Rows before this one were numbers or missing, and their text has to be read again.
      if row > 0 { needsSecondPass = true }
    }
    guard let texts = texts[column] else { return }
    if cell.isMissing {
      texts.codes.append(-1)
      texts.missing += 1
      return
    }
    let known = texts.interner.count
    let code =
      cell.hasDoubledQuotes ? texts.interner.code(cell.unescaped) : texts.interner.code(cell.bytes)
    texts.codes.append(code)
    if texts.interner.count > known {
      guard cell.text != nil else {
        throw DataErrors(.notUTF8, at: place(line: line, column: column))
      }
      if cell.truthValue == nil { texts.isLogical = false }
    }
  }

  private mutating func finish(
    _ chunks: inout NumberChunks, rowCount: Int, indices: [String: Int]
  ) -> Table {
    var columns: [Column] = []
    columns.reserveCapacity(columnCount)
    for i in 0..<columnCount {
      let isRowName = i == 0 && header.hasRowNames
      guard let text = texts[i] else {
        let (storage, summary) = chunks.take(i)
        columns.append(
          Column(
            name: header.names[i], number: i + 1, storage: storage, summary: summary,
            isRowName: isRowName))
        continue
      }
      texts[i] = nil
      columns.append(column(text, index: i, isRowName: isRowName))
    }
    var warnings = header.warnings
    if columnCount == 1, blankLines > 0 {
      warnings.append(.blankLines(file: name, count: blankLines, firstLine: firstBlankLine))
    }
    return Table(
      name: name, columns: columns, rowCount: rowCount, warnings: warnings, indices: indices,
      lines: lines, origin: origin, memoryLimit: memoryLimit)
  }

  private func column(_ text: TextColumn, index: Int, isRowName: Bool) -> Column {
    let cells = text.interner.sortedCells(text.codes)
    if text.isLogical {
      let truth: [Double] = cells.labels.map { $0.lowercased() == "true" ? 1 : 0 }
      let (storage, summary) = ColumnStorage.narrow(
        cells.codes.map { $0 < 0 ? .nan : truth[Int($0)] })
      return Column(
        name: header.names[index], number: index + 1, storage: storage, summary: summary,
        isLogical: true, isRowName: isRowName)
    }
    var summary = ColumnSummary()
    summary.missingCount = text.missing
    return Column(
      name: header.names[index], number: index + 1, storage: .text(cells), summary: summary,
      isRowName: isRowName, firstText: text.first)
  }

  /// Recognises files that are not text tables by how they begin.
  private static func foreignFormat(_ bytes: FileBytes) -> (String, advice: String)? {
    if bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) {
      return ("a zip archive or an Excel workbook", "export the sheet as CSV")
    }
    if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      return ("UTF-16 text", "save it as UTF-8")
    }
    if bytes.starts(with: [0x50, 0x41, 0x52, 0x31]) {
      return ("a Parquet file", "export it as CSV")
    }
    return nil
  }
}
