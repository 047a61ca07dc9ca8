/// Some rows of a table, as a table in memory.
extension Table {
  /// Text columns keep the codes of their labels, so that labels mean what they mean in the whole.
  public func rows(_ range: Range<Int>) -> Table {
    Table(
      name: name,
      columns: columns.map { column in
        Column(
          name: column.name, number: column.number, storage: column.storage.rows(range),
          summary: column.summary, isLogical: column.isLogical, isRowName: column.isRowName,
          firstText: column.firstText)
      }, rowCount: range.count,
      indices: Dictionary(
        columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first }),
      lines: nil, origin: .memory)
  }
}

extension ColumnStorage {
  /// Some cells, copied.
  func rows(_ range: Range<Int>) -> ColumnStorage {
    switch self {
    case .uint8(let a): .uint8(Array(a[range]))
    case .int8(let a): .int8(Array(a[range]))
    case .int32(let a): .int32(Array(a[range]))
    case .float(let a): .float(Array(a[range]))
    case .double(let a): .double(Array(a[range]))
    case .text(let t): .text(TextCells(codes: Array(t.codes[range]), labels: t.labels))
    case .stored:
      .double(
        [Double](unsafeUninitializedCapacity: range.count) { buffer, filled in
          doubles(rows: range, into: buffer)
          filled = range.count
        })
    }
  }
}

extension BoundVariable {
  /// Some rows of it; what it knows of the whole it keeps.
  public func rows(_ range: Range<Int>) -> BoundVariable {
    BoundVariable(self, rows: range)
  }
}

extension Binding {
  /// Some rows of a table without groups.
  public func rows(_ range: Range<Int>) -> Binding {
    Binding(
      variables: variables.map { $0.rows(range) }, groups: groups, sizes: sizes, warnings: [],
      rowCount: range.count)
  }
}
