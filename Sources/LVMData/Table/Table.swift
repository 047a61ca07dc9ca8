import Foundation
import LVMSyntax

/// A table of named columns of equal length, read from a file or made in memory.
public struct Table: Sendable {
  /// The file as the user named it, or the name given to a table in memory.
  public let name: String
  public let columns: [Column]
  public let rowCount: Int
  /// What the reader noticed and the user should know.
  public let warnings: [DataWarning]
  private let indices: [String: Int]
  private let lines: LineMap?
  private let origin: TableOrigin
  private let keptDigest: KeptDigest
  /// Bytes that the table may take of memory, where it does not lie there as a whole.
  public let memoryLimit: Int?

  init(
    name: String, columns: [Column], rowCount: Int, warnings: [DataWarning] = [],
    indices: [String: Int], lines: LineMap?, origin: TableOrigin, memoryLimit: Int? = nil
  ) {
    self.name = name
    self.columns = columns
    self.rowCount = rowCount
    self.warnings = warnings
    self.indices = indices
    self.lines = lines
    self.origin = origin
    keptDigest = KeptDigest()
    self.memoryLimit = memoryLimit
  }

  /// A table in memory.
  ///
  /// Throws `duplicate-column` and `unequal-columns`.
  public init(columns: [Column], name: String = "table") throws(DataErrors) {
    var indices: [String: Int] = [:]
    var errors: [DataError] = []
    for (i, column) in columns.enumerated() {
      let place = DataPlace(file: name, columnNumber: i + 1, columnName: column.name)
      if let earlier = indices.updateValue(i, forKey: column.name) {
        errors.append(
          .reading(
            .duplicateHeader(name: column.name, columns: [earlier + 1, i + 1]), at: place))
      }
      if column.rowCount != columns[0].rowCount {
        errors.append(
          .reading(
            .unequalColumns(expected: columns[0].rowCount, found: column.rowCount), at: place))
      }
    }
    guard errors.isEmpty else { throw DataErrors(errors) }
    self.init(
      name: name, columns: columns.enumerated().map { $1.numbered($0 + 1) },
      rowCount: columns.first?.rowCount ?? 0, indices: indices, lines: nil, origin: .memory)
  }

  /// The column of exactly this name.
  public func column(named name: String) -> Column? {
    indices[name].map { columns[$0] }
  }

  /// The zero-based position of the column of exactly this name.
  public func index(of name: String) -> Int? {
    indices[name]
  }

  /// The one-based line of the file on which a zero-based row starts; `nil` where the table does
  /// not come from text.
  public func line(ofRow row: Int) -> Int? {
    lines?.line(ofRow: row)
  }

  /// A cell's place, for messages.
  public func place(row: Int?, column: Int?) -> DataPlace {
    DataPlace(
      file: name, line: row.flatMap { line(ofRow: $0) }, columnNumber: column.map { $0 + 1 },
      columnName: column.map { columns[$0].name })
  }

  /// The SHA-256 of the file's bytes as they lie on disk (compressed where it is), as hex digits.
  ///
  /// A file is read again, once and when first asked, so ask early. Of a table made from columns it is the digest of
  /// names and cells. Throws `file-changed` where the file is no longer the one that was read.
  public func sha256() throws(DataErrors) -> String {
    if let known = keptDigest.value { return known }
    let found: String
    switch origin {
    case .digest(let digest): found = digest
    case .file(let path, let identity):
      found = try digestOfFile(path: path, name: name, identity: identity)
    case .memory: found = digestOfCells()
    }
    keptDigest.value = found
    return found
  }

  private func digestOfCells() -> String {
    var digest = SHA256()
    for column in columns {
      digest.update(Array(column.name.utf8) + [0])
      if case .text(let cells) = column.storage {
        for label in cells.labels { digest.update(Array(label.utf8) + [0]) }
      }
      for value in column.storage.doubles() {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { digest.update($0) }
      }
    }
    return digest.finish()
  }
}

/// Where a table came from, so that its digest can be found when asked for.
enum TableOrigin: Sendable {
  case file(path: String, identity: FileIdentity)
  case digest(String)
  case memory
}

/// A digest that was taken once and is shared by every copy of a table.
final class KeptDigest: @unchecked Sendable {
  // Sendable: what changes is behind the lock.
  private let lock = NSLock()
  private var kept: String?

  var value: String? {
    get { lock.withLock { kept } }
    set { lock.withLock { kept = newValue } }
  }
}
