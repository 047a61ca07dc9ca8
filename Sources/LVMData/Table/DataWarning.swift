import LVMSyntax

/// Something about the data that is legal but that the user should know.
public enum DataWarning: Finding, Hashable {
  /// Cells are separated by something else than the file's name promises.
  case separator(file: String, found: String, expected: String)
  /// Numbers are written with a decimal comma, or with thousands apart.
  case numberFormat(file: String, columns: [String], written: String, value: String)
  /// The text is not UTF-8, and was read as another encoding.
  case encoding(file: String, found: String, example: String)
  /// 1 and 2 stand for 0 and 1.
  case binaryCoding(variable: String, column: String)
  /// Blank lines at the end of a table of one column, where they may have been meant as missing values.
  case blankLines(file: String, count: Int, firstLine: Int)
  /// A vector that takes every remaining column took one that looks like an identifier.
  case looksLikeIdentifier(variable: String, column: String, reason: String)
  /// A column holds no value at all.
  case emptyColumn(variable: String, column: String)
  /// A column to be standardized has one value only, so that it is centred and not scaled.
  case constantColumn(variable: String, columns: [String])
  /// `x1…xD` were bound and the file holds more of that name.
  case moreColumns(variable: String, bound: Int, found: Int)

  public var severity: Severity { .warning }

  public var code: String {
    switch self {
    case .separator: "other-separator"
    case .numberFormat: "number-format"
    case .encoding: "other-encoding"
    case .binaryCoding: "binary-coding"
    case .blankLines: "blank-lines"
    case .looksLikeIdentifier: "looks-like-identifier"
    case .emptyColumn: "empty-column"
    case .constantColumn: "constant-column"
    case .moreColumns: "more-columns"
    }
  }

  public var message: String {
    switch self {
    case .separator(let file, let found, let expected):
      "the cells of `\(file)` are separated by \(found), not by \(expected); read that way"
    case .numberFormat(let file, let columns, let written, let value):
      "\(columns.count == 1 ? "column" : "columns") \(quotedList(columns)) of `\(file)`"
        + " \(columns.count == 1 ? "holds" : "hold") numbers such as `\(written)`, which is read as \(value)"
    case .encoding(let file, let found, let example):
      "`\(file)` is not UTF-8; it is read as \(found), which makes a text `\(example)`"
    case .binaryCoding(let variable, let column):
      "`\(variable)` is 0 or 1, and column `\(column)` holds 1 and 2: 1 is read as 0, and 2 as 1"
    case .blankLines(let file, let count, let line):
      count == 1
        ? "the blank line at the end of `\(file)` is no row (line \(line))"
        : "the \(count) blank lines at the end of `\(file)` are no rows (from line \(line))"
    case .looksLikeIdentifier(let variable, let column, let reason):
      "`\(variable)` takes every remaining numeric column, and `\(column)` is one of them: \(reason)"
    case .emptyColumn(let variable, let column):
      "column `\(column)`, bound to `\(variable)`, is empty: all its values are missing"
    case .constantColumn(let variable, let columns):
      columns.count == 1
        ? "column `\(columns[0])`, bound to `\(variable)`, has only one value:"
          + " it is centred but cannot be standardized"
        : "\(columns.count) columns bound to `\(variable)` have only one value"
          + " (\(quotedList(columns))): they are centred but cannot be standardized"
    case .moreColumns(let variable, let bound, let found):
      "`\(variable)` binds \(bound) of the \(found) columns numbered after its name"
    }
  }

  public var help: [String] {
    switch self {
    case .separator, .emptyColumn, .constantColumn, .moreColumns, .numberFormat, .encoding: []
    case .binaryCoding: ["write 0 and 1 in the table, should it be the other way round"]
    case .blankLines: ["write NA for a missing value, or for a row to forecast"]
    case .looksLikeIdentifier(_, let column, _):
      ["leave it out with `from not \(columnReference(column))`, or name the columns after `from`"]
    }
  }
}

extension DataWarning: CustomStringConvertible {
  public var description: String {
    var text = "warning: \(message) [\(code)]"
    for line in help { text += "\n  help: \(line)" }
    return text
  }
}
