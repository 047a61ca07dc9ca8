import Foundation

extension Table {
  /// Reads a file: CSV or TSV, either of them gzipped, `.npy`, or `-` for standard input.
  ///
  /// The name's extension says what separates cells (a tab in `.tsv` and `.tab`, else a comma);
  /// what the bytes are, gzip or `.npy`, is told from the bytes themselves. A header line that does
  /// not hold the expected separator but a comma, tab or semicolon is read by that, with a warning.
  ///
  /// - Cells: empty, `NA` and `NaN` (any case) are missing; in quotes the two are labels, and among numbers
  ///   missing. Spaces around a cell are dropped outside quotes. TRUE and FALSE (any case) become 1 and 0
  ///   where the whole column holds nothing else. Numbers may have a decimal comma or thousands apart,
  ///   where the table shows which (a warning). A column with any other text is a text column.
  /// - Ids and labels are compared as they are written, see `labelKey`.
  /// - Lines end with LF, CRLF or CR; blank ones are skipped. In a table of one column a blank line
  ///   before another row is a row whose cell is missing. Separators at a line's end, with nothing between
  ///   them, are passed over.
  /// - Text is UTF-8, UTF-16 or UTF-32; what is neither is read as Windows-1252 where it looks like it (a
  ///   warning).
  /// - A first column without a name holds row names; it is called `row`.
  ///
  /// - Parameter memory: bytes of memory for the table. One that may need more stays on the disk, a text
  ///   in a temporary file, and is read a block of rows at a time; labels are kept in memory.
  ///
  /// Throws `DataErrors`, each with file, line and column.
  public static func read(path: String, memory: Int? = nil) throws(DataErrors) -> Table {
    let name = path == "-" ? "standard input" : path
    let bytes: FileBytes
    let origin: TableOrigin
    if path == "-" {
      bytes = try readToEnd(0, name: name, memory: memory)
      origin = .digest(digest(bytes))
    } else {
      // An array is read by its parts, not mapped.
      if let start = try readBeginning(path, name: name), start.bytes.starts(with: NPYHeader.magic)
      {
        return try npyTable(
          start.bytes, name: name, origin: .file(path: path, identity: start.identity),
          limit: memory, fileSize: start.identity.size)
      }
      let (contents, identity) = try readFile(path, name: name, memory: memory)
      bytes = contents
      origin = identity.map { .file(path: path, identity: $0) } ?? .digest(digest(contents))
    }
    return try read(bytes, name: name, origin: origin, memory: memory)
  }

  /// Reads a table from a file; see `read(path:)`.
  public init(csv url: URL) throws(DataErrors) {
    self = try Table.read(path: url.path)
  }

  /// Reads a table of text, or gzip or `.npy` data, from memory; see `read(path:)`.
  ///
  /// `name` is shown in messages; its extension counts as a file's does.
  public init(csv bytes: [UInt8], name: String = "data") throws(DataErrors) {
    let contents = FileBytes(bytes)
    self = try Table.read(contents, name: name, origin: .digest(Table.digest(contents)))
  }

  /// Reads a table of text from memory; see `read(path:)`.
  public init(csv text: String, name: String = "data") throws(DataErrors) {
    try self.init(csv: Array(text.utf8), name: name)
  }

  private static func read(
    _ raw: FileBytes, name: String, origin: TableOrigin, memory: Int? = nil
  ) throws(DataErrors) -> Table {
    var bytes = raw
    let lower = name.lowercased()
    let isGzip = bytes.starts(with: [0x1f, 0x8b])
    if isGzip {
      bytes = try gunzip(bytes, name: name, memory: memory)
    } else if lower.hasSuffix(".gz"), bytes.count > 0 {
      throw DataErrors(
        .corruptGzip(reason: "they do not begin as gzip does"), at: .init(file: name))
    }
    if bytes.starts(with: NPYHeader.magic) {
      return try npyTable(
        bytes, name: name, origin: origin, isWholeFile: !isGzip, limit: memory)
    }
    let stem = lower.hasSuffix(".gz") ? String(lower.dropLast(3)) : lower
    if stem.hasSuffix(".npy") {
      throw DataErrors(
        .malformedNPY(reason: "it does not begin as .npy files do"), at: .init(file: name))
    }
    if let text = try TextEncoding.wideText(bytes, name: name, memory: memory) { bytes = text }
    if let problem = foreignFormat(bytes) { throw DataErrors(problem, at: .init(file: name)) }
    let isTab = stem.hasSuffix(".tsv") || stem.hasSuffix(".tab")
    let separator: UInt8 = isTab ? 0x09 : 0x2c
    do {
      return try CSVReader.table(
        bytes, separator: separator, name: name, origin: origin, limit: memory)
    } catch {
      guard case .reading(.notUTF8, _)? = error.items.first,
        let (text, example) = try TextEncoding.westernText(bytes, name: name, memory: memory)
      else { throw error }
      return try CSVReader.table(
        text, separator: separator, name: name, origin: origin, limit: memory,
        warnings: [
          .encoding(file: name, found: "Windows-1252 (Latin-1)", example: example)
        ])
    }
  }

  private static func digest(_ bytes: FileBytes) -> String {
    var digest = SHA256()
    digest.update(UnsafeRawBufferPointer(start: bytes.base, count: bytes.count))
    return digest.finish()
  }
}
