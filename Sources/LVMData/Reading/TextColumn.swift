/// What is gathered of a column whose cells are kept as they are written.
final class TextColumn {
  var interner = TextInterner()
  var codes: [Int32] = []
  var missing = 0
  /// The first cell that is no number, if any.
  var first: Column.StrayText?

  func append(_ cell: CSVCell) {
    codes.append(
      cell.hasDoubledQuotes ? interner.code(cell.unescaped) : interner.code(cell.bytes))
  }

  func appendMissing() {
    codes.append(-1)
    missing += 1
  }

  func removeAll() {
    interner = TextInterner()
    codes = []
    missing = 0
  }

  /// The column, once all rows are read: truth values, numbers by a convention, or text.
  func column(
    name: String, number: Int, isRowName: Bool, numbers: [Double]?
  ) -> Column {
    let cells = interner.sortedCells(codes)
    let words = cells.labels.filter { !isMissingWord(Array($0.utf8)) }
    let isLogical = !words.isEmpty && words.allSatisfy { truthValue($0) != nil }
    if isLogical {
      return Column(
        name: name, number: number, values: cells.labels.map { truthValue($0) ?? .nan }, of: cells,
        isLogical: true, isRowName: isRowName,
        written: words.count == cells.labels.count ? nil : cells)
    }
    if let numbers {
      return Column(
        name: name, number: number, values: numbers, of: TextCells(codes: codes, labels: []),
        isLogical: false, isRowName: isRowName, written: cells, isConventional: true)
    }
    var summary = ColumnSummary()
    summary.missingCount = missing
    return Column(
      name: name, number: number, storage: .text(cells), summary: summary, isRowName: isRowName,
      firstText: first)
  }

  /// The first text begins as numbers do; most columns of text are words.
  var mayBeNumbers: Bool { first.map { NumberConvention.mayBeNumber($0.text) } ?? true }

  /// A text that a double alone would read differently, or not at all.
  func sample(_ numbers: [Double]) -> (text: String, value: Double)? {
    for (text, value) in zip(texts, numbers) where !value.isNaN && Double(text) != value {
      return (text, value)
    }
    return nil
  }

  /// The texts in the order of their codes.
  var texts: [String] { (0..<interner.count).map { interner.text($0) } }

  private func truthValue(_ label: String) -> Double? {
    switch label.utf8.count {
    case 4 where label.lowercased() == "true": 1
    case 5 where label.lowercased() == "false": 0
    default: nil
    }
  }
}

extension Column {
  /// A column of numbers, one for each label of `cells`.
  fileprivate init(
    name: String, number: Int, values: [Double], of cells: TextCells, isLogical: Bool,
    isRowName: Bool, written: TextCells?, isConventional: Bool = false
  ) {
    let (storage, summary) = ColumnStorage.narrow(
      cells.codes.map { $0 < 0 ? .nan : values[Int($0)] })
    self.init(
      name: name, number: number, storage: storage, summary: summary, isLogical: isLogical,
      isRowName: isRowName, written: written, isConventional: isConventional)
  }
}
