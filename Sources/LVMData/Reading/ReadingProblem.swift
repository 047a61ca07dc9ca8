import LVMSyntax

/// Why a file cannot be read as a table.
public enum ReadingProblem: Finding, Hashable {
  case notFound(nearest: String?)
  case notPermitted
  case isDirectory
  case cannotRead(reason: String)
  /// More bytes than this machine holds, once decompressed or from a stream.
  case tooLarge
  case emptyFile
  case noHeader(firstCells: [String])
  case emptyHeaderNames(columns: [Int])
  case duplicateHeader(name: String, columns: [Int])
  case raggedRow(found: Int, expected: Int)
  case unterminatedQuote
  case textAfterQuote
  case notUTF8
  case foreignFormat(String, advice: String)
  case corruptGzip(reason: String)
  case malformedNPY(reason: String)
  case unsupportedNPYType(String)
  case bigEndianNPY(String)
  case npySize(expected: Int, found: Int)
  case npyIntegerTooLarge
  case changedSinceReading
  case unequalColumns(expected: Int, found: Int)
  /// A header and nothing below it, where rows are needed.
  case noRows
  /// The temporary file that holds a table larger than the memory it may take.
  case temporaryFile(reason: String)
  /// What is asked for needs the table in memory, and it may not take as much.
  case needsMemory(why: String, bytes: Int, limit: Int)

  public var code: String {
    switch self {
    case .notFound: "file-not-found"
    case .notPermitted: "file-not-permitted"
    case .isDirectory: "file-is-directory"
    case .cannotRead: "file-unreadable"
    case .tooLarge: "table-does-not-fit"
    case .emptyFile: "empty-file"
    case .noRows: "no-rows"
    case .noHeader: "no-header"
    case .emptyHeaderNames: "empty-column-name"
    case .duplicateHeader: "duplicate-column"
    case .raggedRow: "ragged-row"
    case .unterminatedQuote: "unterminated-quote"
    case .textAfterQuote: "text-after-quote"
    case .notUTF8: "not-utf8"
    case .foreignFormat: "foreign-format"
    case .corruptGzip: "corrupt-gzip"
    case .malformedNPY: "malformed-npy"
    case .unsupportedNPYType: "unsupported-npy-type"
    case .bigEndianNPY: "big-endian-npy"
    case .npySize: "npy-size"
    case .npyIntegerTooLarge: "npy-integer-too-large"
    case .changedSinceReading: "file-changed"
    case .unequalColumns: "unequal-columns"
    case .temporaryFile: "temporary-file"
    case .needsMemory: "memory-too-small"
    }
  }

  public var message: String {
    switch self {
    case .notFound: "there is no such file"
    case .notPermitted: "reading this file is not permitted"
    case .isDirectory: "this is a directory, and a data file was expected"
    case .cannotRead(let reason): "the file cannot be read: \(reason)"
    case .tooLarge: "the table is larger than half of this machine's memory"
    case .emptyFile: "the file is empty; a header line was expected"
    case .noRows: "the table has a header and no rows; there is nothing to fit"
    case .noHeader(let cells):
      "the first line holds only numbers (\(cells.joined(separator: ", ")));"
        + " a header line with the columns' names was expected"
    case .emptyHeaderNames(let columns):
      columns.count == 1
        ? "column \(columns[0]) has no name in the header"
        : "\(columns.count) columns have no name in the header"
          + " (\(columns.prefix(8).map(String.init).joined(separator: ", "))"
          + (columns.count > 8 ? ", …)" : ")")
    case .duplicateHeader(let name, let columns):
      "the header names `\(name)` \(columns.count == 2 ? "twice" : "\(columns.count) times"),"
        + " in columns \(columns.prefix(8).map(String.init).joined(separator: ", "))"
    case .raggedRow(let found, let expected):
      "this line has \(counted(found, "cell")), and the header has \(counted(expected, "name"))"
    case .unterminatedQuote: "a quote opens on this line and never closes"
    case .textAfterQuote: "text follows a closing quote within a cell"
    case .notUTF8: "the text is not valid UTF-8"
    case .foreignFormat(let format, _): "this is \(format); a table of text was expected"
    case .corruptGzip(let reason): "the gzip data are damaged: \(reason)"
    case .malformedNPY(let reason): "this is not a readable .npy file: \(reason)"
    case .unsupportedNPYType(let type): "numbers of type `\(type)` are not read from .npy files"
    case .bigEndianNPY(let type): "the numbers are big-endian (`\(type)`), which is not read"
    case .npySize(let expected, let found):
      "the header promises \(expected) bytes of numbers, and \(found) follow"
    case .npyIntegerTooLarge:
      "an integer is beyond 2^53, the largest that a double can hold exactly"
    case .changedSinceReading: "the file has changed since it was read"
    case .temporaryFile(let reason):
      "the temporary file for a table larger than `--memory` cannot be used: \(reason)"
    case .needsMemory(let why, let bytes, let limit):
      "\(why), so that the whole table must be in memory; that takes about \(megabytes(bytes)),"
        + " and \(megabytes(limit)) are allowed"
    case .unequalColumns(let expected, let found):
      "this column has \(counted(found, "row")), and the first has \(expected)"
    }
  }

  public var help: [String] {
    switch self {
    case .notFound(let nearest): nearest.map { ["did you mean `\($0)`?"] } ?? []
    case .noHeader: ["add a first line such as `x1,x2,x3`"]
    case .emptyHeaderNames: ["name each column; only the first, for row names, may be left empty"]
    case .duplicateHeader: ["give each column its own name"]
    case .raggedRow(let found, let expected):
      found == expected + 1
        ? ["if the first column holds row names, give it a name in the header too"]
        : ["quote cells that contain the separator, as in \"a, b\""]
    case .unterminatedQuote: ["write a quote inside a quoted cell twice: \"\""]
    case .textAfterQuote: ["quote the whole cell, and write a quote inside it twice: \"\""]
    case .notUTF8: ["save the file as UTF-8"]
    case .foreignFormat(_, let advice): [advice]
    case .unsupportedNPYType:
      ["supported are f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1; convert with `array.astype(float)`"]
    case .bigEndianNPY: ["convert it with `array.astype('<f8')`"]
    case .corruptGzip, .npySize: ["the file may have been cut off; copy or download it again"]
    case .temporaryFile: ["free some disk space, or set TMPDIR to a folder on a larger disk"]
    case .needsMemory(_, let bytes, _):
      ["allow it, with `--memory \(megabytes(bytes, spaced: false))`, or leave `--memory` out"]
    case .npyIntegerTooLarge, .changedSinceReading, .unequalColumns, .notPermitted, .isDirectory,
      .cannotRead, .tooLarge, .emptyFile, .noRows, .malformedNPY:
      []
    }
  }
}
