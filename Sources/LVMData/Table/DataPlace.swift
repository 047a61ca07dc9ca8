/// A place in a data file: the file, and where known the line and the column.
public struct DataPlace: Sendable, Hashable {
  /// The file as the user named it, `standard input`, or the name given to a table in memory.
  public var file: String
  /// One-based, as an editor counts: the header is line 1.
  public var line: Int?
  /// One-based number of the table's column (not of the character).
  public var columnNumber: Int?
  /// The column's name in the header.
  public var columnName: String?

  public init(
    file: String, line: Int? = nil, columnNumber: Int? = nil, columnName: String? = nil
  ) {
    self.file = file
    self.line = line
    self.columnNumber = columnNumber
    self.columnName = columnName
  }

  /// `file:line:column`, as much of it as is known.
  public var prefix: String {
    guard let line else { return file }
    guard let columnNumber else { return "\(file):\(line)" }
    return "\(file):\(line):\(columnNumber)"
  }
}
