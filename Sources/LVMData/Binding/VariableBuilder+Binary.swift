/// Words and codes for 0 and 1.
extension VariableBuilder {
  /// How a 0/1 variable is written, where not as 0 and 1.
  mutating func binaryCoding() -> BinaryCoding? {
    guard case .binary = request.domain, item.columns.allSatisfy({ $0.steps.isEmpty }),
      !item.columns.contains(where: { if case .sum = $0.cells { true } else { false } })
    else { return nil }
    let columns = item.columns.flatMap(\.sources).map { table.columns[$0] }
    let remembered = options.memory?.labels[request.name]
    let coding = BinaryCoding(columns, remembered: remembered, isNew: options.memory == nil)
    if let coding, coding.isByPlace, remembered == nil, let first = columns.first {
      warnings.append(.binaryCoding(variable: request.name, column: first.name))
    }
    return coding
  }

  /// A column of words for 0 and 1.
  mutating func truth(
    _ source: Int, _ coding: BinaryCoding
  ) -> (ColumnStorage, ColumnSummary)? {
    let column = table.columns[source]
    let (storage, summary, unknown) = coding.code(column)
    if let row = unknown {
      fail(
        .unseenLabel(
          variable: request.name, column: column.name, found: column.label(row) ?? "",
          known: coding.labels, fromFit: options.memory?.labels[request.name] != nil),
        row: row, column: source)
      return nil
    }
    return (storage, summary)
  }
}
