import LVMSyntax

/// Makes a bound variable from the columns found for it: codes categories, computes the constants of
/// preparations, and checks every value against the variable's kind.
struct VariableBuilder {
  let table: Table
  let item: ResolvedRequest
  let options: BindingOptions
  var errors: [DataError] = []
  var warnings: [DataWarning] = []

  var request: ColumnRequest { item.request }

  init(table: Table, item: ResolvedRequest, options: BindingOptions) {
    self.table = table
    self.item = item
    self.options = options
  }

  /// The variable, or `nil` where an error was found. `size` is the number of labels of a category.
  mutating func build(categorySize size: Int?) -> BoundVariable? {
    if case .category(_, let fixed) = request.domain {
      return category(fixed: fixed, size: size)
    }
    return numbers()
  }

  mutating func fail(_ problem: BindingProblem, row: Int? = nil, column: Int? = nil) {
    errors.append(
      .binding(problem, at: table.place(row: row, column: column), span: request.span))
  }

  // MARK: Categories

  private mutating func category(fixed: [String]?, size: Int?) -> BoundVariable? {
    guard item.columns.allSatisfy({ $0.steps.isEmpty }),
      !item.columns.contains(where: { if case .sum = $0.cells { true } else { false } })
    else {
      fail(.preparedCategory(variable: request.name))
      return nil
    }
    let sources = item.columns.flatMap(\.sources)
    let columns = sources.map { table.columns[$0] }
    let remembered = options.memory?.labels[request.name]
    var coding: CategoryCoding
    if let labels = remembered ?? fixed {
      coding = CategoryCoding(fixed: labels, columns: columns)
      if options.unseenLabelsAllowed.contains(request.name) { coding.admitUnseen(columns) }
    } else {
      let size = size ?? 0
      coding = CategoryCoding(size: size, columns: columns)
      if coding.labels.count > size,
        let cell = CategoryCoding.firstTooMany(columns, allowed: size)
      {
        fail(
          .tooManyLabels(
            variable: request.name, allowed: size, found: coding.labels.count,
            labels: Array(coding.labels.prefix(20)),
            cell: columns[cell.column].label(cell.row) ?? ""),
          row: cell.row, column: sources[cell.column])
        return nil
      }
    }
    var cells: [ColumnStorage] = []
    var missingCount = 0
    for column in item.columns {
      guard case .column(let source) = column.cells else {
        cells.append(ColumnStorage.narrow([Double](repeating: .nan, count: table.rowCount)).0)
        missingCount += table.rowCount
        continue
      }
      let (storage, summary, unknownRow) = coding.code(table.columns[source])
      if let row = unknownRow {
        fail(
          .unseenLabel(
            variable: request.name, column: table.columns[source].name,
            found: table.columns[source].label(row) ?? "",
            known: Array(coding.labels.prefix(100)), fromFit: remembered != nil),
          row: row, column: source)
        return nil
      }
      cells.append(storage)
      missingCount += summary.missingCount
    }
    guard checkMissing(cells, count: missingCount) else { return nil }
    return bound(
      cells, missingCount: missingCount, labels: coding.labels, unseen: coding.unseen,
      preparation: nil, logJacobian: [Double](repeating: 0, count: cells.count))
  }

  // MARK: Numbers

  private mutating func numbers() -> BoundVariable? {
    var cells: [ColumnStorage] = []
    var summaries: [ColumnSummary] = []
    let coding = binaryCoding()
    for column in item.columns {
      let found =
        if let coding, case .column(let source) = column.cells {
          truth(source, coding)
        } else {
          number(column)
        }
      guard let (storage, summary) = found else { return nil }
      cells.append(storage)
      summaries.append(summary)
    }
    let missingCount = summaries.reduce(0) { $0 + $1.missingCount }
    guard checkMissing(cells, count: missingCount) else { return nil }

    var fitting = PreparationFitting(
      table: table, item: item, stored: options.memory?.preparations[request.name])
    let fitted = fitting.fit(cells, summaries)
    warnings += fitting.warnings
    if let (problem, row, column) = fitting.problem {
      fail(problem, row: row, column: column)
      return nil
    }
    let variable = bound(
      cells, missingCount: missingCount, labels: coding?.labels, unseen: [],
      preparation: fitted.preparation, logJacobian: fitted.logJacobian)
    return check(variable, summaries, cells) ? variable : nil
  }

  /// A column's raw numbers; `nil` with an error where it holds text or infinity.
  private mutating func number(_ column: ResolvedColumn) -> (ColumnStorage, ColumnSummary)? {
    for source in column.sources {
      let cells = table.columns[source]
      if case .text = cells.storage {
        var found = cells.firstText?.text ?? ""
        var row = cells.firstText?.row
        if case .binary = request.domain, column.steps.isEmpty {
          if let stranger = BinaryCoding.firstStranger(cells) {
            (row, found) = (stranger, cells.label(stranger) ?? "")
          }
          fail(
            .expectedBinary(variable: request.name, column: cells.name, found: found),
            row: row, column: source)
          return nil
        }
        fail(
          .expectedNumber(variable: request.name, column: cells.name, found: found),
          row: row, column: source)
        return nil
      }
      if cells.summary.maximum == .infinity || cells.summary.minimum == -.infinity,
        cells.missingCount < cells.rowCount
      {
        let row = cells.storage.doubles().firstIndex { $0.isInfinite }
        fail(.infinite(variable: request.name, column: cells.name), row: row, column: source)
        return nil
      }
    }
    switch column.cells {
    case .column(let source):
      let cells = table.columns[source]
      if cells.missingCount == cells.rowCount, table.rowCount > 0, request.role == .observed {
        warnings.append(.emptyColumn(variable: request.name, column: cells.name))
      }
      return (cells.storage, cells.summary)
    case .sum(let sources, _):
      return total(sources.map { table.columns[$0].storage })
    case .absent: return ColumnStorage.narrow([Double](repeating: .nan, count: table.rowCount))
    }
  }

  /// The sum of columns, row by row.
  private func total(_ columns: [ColumnStorage]) -> (ColumnStorage, ColumnSummary) {
    var pieces: [ColumnStorage] = []
    var summary = ColumnSummary()
    let width = columns.count
    let block = max(1, 262_144 / max(1, width))
    var cells = [Double](repeating: 0, count: block * width)
    for start in stride(from: 0, to: table.rowCount, by: block) {
      let rows = start..<min(start + block, table.rowCount)
      cells.withUnsafeMutableBufferPointer { copyCells(columns, rows: rows, into: $0) }
      let (piece, facts) = ColumnStorage.narrow(
        (0..<rows.count).map { row in
          cells[(row * width)..<((row + 1) * width)].reduce(0, +)
        })
      pieces.append(piece)
      summary.merge(facts)
    }
    return (pieces.isEmpty ? .uint8([]) : .joined(pieces), summary)
  }

  /// A given variable has no missing cells.
  private mutating func checkMissing(_ cells: [ColumnStorage], count: Int) -> Bool {
    guard count > 0, request.role == .given else { return true }
    for (i, storage) in cells.enumerated() {
      guard let row = storage.doubles().firstIndex(where: \.isNaN) else { continue }
      let source: Int? =
        switch item.columns[i].cells {
        case .column(let source): source
        case .sum(let sources, _): sources.first { table.columns[$0].storage.value(row).isNaN }
        case .absent: nil
        }
      fail(
        .missingGiven(
          variable: request.name, column: source.map { table.columns[$0].name } ?? request.name,
          more: count - 1),
        row: row, column: source)
      return false
    }
    return true
  }

  private func bound(
    _ cells: [ColumnStorage], missingCount: Int, labels: [String]?, unseen: [String],
    preparation: Preparation?, logJacobian: [Double]
  ) -> BoundVariable {
    let names = item.columns.flatMap { column in
      switch column.cells {
      case .column(let i): [table.columns[i].name]
      case .sum(let columns, _): columns.map { table.columns[$0].name }
      case .absent(let name): [name]
      }
    }
    return BoundVariable(
      request: request, columns: names, rowCount: table.rowCount, cells: cells,
      missingCount: missingCount, labels: labels, unseenLabels: unseen, preparation: preparation,
      logJacobian: logJacobian)
  }
}
