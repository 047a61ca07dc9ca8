import LVMSyntax

/// Which rows belong together: those with equal cells in one column, or in several (nested pairs). Cells are
/// equal as they are written, see `labelKey`.
public struct GroupIndex: Sendable, Hashable {
  public let name: String
  /// The names of the columns, outer first.
  public let columns: [String]
  /// Groups are numbered from zero in the order of their first rows.
  public let groupOfRow: [Int]
  /// Per group, its cells as text, one a column.
  public let labels: [[String]]
  /// Per group, its first row.
  public let firstRows: [Int]

  public var count: Int { labels.count }

  /// Groups the rows by the columns at these positions of the table.
  ///
  /// Throws `missing-given` where a cell is missing: such a row belongs to no group.
  init(
    name: String, columns positions: [Int], in table: Table, span: Span
  ) throws(DataErrors) {
    self.name = name
    columns = positions.map { table.columns[$0].name }
    var groups = [Int](repeating: 0, count: table.rowCount)
    var firstRows: [Int] = table.rowCount > 0 ? [0] : []
    for position in positions {
      let column = table.columns[position]
      let cells: [Double] =
        column.labelCells.map { $0.codes.map { $0 < 0 ? .nan : Double($0) } }
        ?? column.storage.doubles()
      let missing = cells.count { $0.isNaN }
      if missing > 0 {
        let row = cells.firstIndex(where: \.isNaN)
        throw DataErrors([
          .binding(
            .missingGiven(variable: name, column: column.name, more: missing - 1),
            at: table.place(row: row, column: position), span: span)
        ])
      }
      struct Key: Hashable {
        var outer: Int
        var cell: Double
      }
      var numbers: [Key: Int] = [:]
      firstRows = []
      for (row, cell) in cells.enumerated() {
        let key = Key(outer: groups[row], cell: cell)
        if let known = numbers[key] {
          groups[row] = known
        } else {
          groups[row] = firstRows.count
          numbers[key] = firstRows.count
          firstRows.append(row)
        }
      }
    }
    groupOfRow = groups
    self.firstRows = firstRows
    labels = firstRows.map { row in positions.map { table.columns[$0].label(row) ?? "" } }
  }

  /// The rows in an order that makes groups contiguous, each group's rows in their own order; and
  /// where each group begins in it, with the number of rows at the end.
  public func contiguousOrder() -> (rows: [Int], offsets: [Int]) {
    var offsets = [Int](repeating: 0, count: count + 1)
    for group in groupOfRow { offsets[group + 1] += 1 }
    for group in 0..<count { offsets[group + 1] += offsets[group] }
    var next = offsets
    var rows = [Int](repeating: 0, count: groupOfRow.count)
    for (row, group) in groupOfRow.enumerated() {
      rows[next[group]] = row
      next[group] += 1
    }
    return (rows, offsets)
  }

  /// Throws `not-constant-in-group` unless the variable has one value in all rows of each group;
  /// missing everywhere counts as one value.
  public func checkConstant(
    _ variable: BoundVariable, in table: Table, span: Span = .none
  ) throws(DataErrors) {
    let values = variable.values
    let width = variable.width
    for (row, group) in groupOfRow.enumerated() {
      let first = firstRows[group]
      for column in 0..<width {
        let a = values[first * width + column]
        let b = values[row * width + column]
        if a == b || (a.isNaN && b.isNaN) { continue }
        let position =
          column < variable.columns.count ? table.index(of: variable.columns[column]) : nil
        let cells = position.map { table.columns[$0] }
        throw DataErrors([
          .binding(
            .notConstantInGroup(
              variable: variable.name, group: name, label: labels[group].joined(separator: ", "),
              first: cells.map { $0.label(first) ?? "missing" } ?? shortest(a),
              found: cells.map { $0.label(row) ?? "missing" } ?? shortest(b)),
            at: table.place(row: row, column: position), span: span)
        ])
      }
    }
  }
}
