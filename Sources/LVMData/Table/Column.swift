import Foundation

/// One named column of a table: numbers, or text as codes and labels.
public struct Column: Sendable, Hashable {
  /// A cell that is not a number, remembered so that a message can show it.
  public struct StrayText: Sendable, Hashable {
    public var row: Int
    public var text: String
  }

  public let name: String
  /// One-based position in the file.
  public let number: Int
  public let storage: ColumnStorage
  /// Of the numbers; a text column has its missing count only.
  public let summary: ColumnSummary
  /// Every cell was TRUE, FALSE or missing; they are held as 1 and 0.
  public let isLogical: Bool
  /// The column had no name in the header and holds row names, as R and pandas write them.
  public let isRowName: Bool
  /// In a text column, the first cell that is not a number.
  public let firstText: StrayText?
  /// The cells as ids and labels, where numbers do not say all that was written: leading zeros, more
  /// digits than a double holds, `NA` in quotes, another convention.
  private let written: TextCells?
  /// Its numbers are written by another convention: a decimal comma, thousands apart.
  let isConventional: Bool

  init(
    name: String, number: Int, storage: ColumnStorage, summary: ColumnSummary,
    isLogical: Bool = false, isRowName: Bool = false, firstText: StrayText? = nil,
    written: TextCells? = nil, isConventional: Bool = false
  ) {
    self.name = name
    self.number = number
    self.storage = storage
    self.written = written
    self.isConventional = isConventional
    self.summary = summary
    self.isLogical = isLogical
    self.isRowName = isRowName
    self.firstText = firstText
  }

  /// A column of numbers for a table in memory; NaN is a missing cell.
  public init(_ name: String, _ values: [Double]) {
    let (storage, summary) = ColumnStorage.narrow(values)
    self.init(name: name, number: 0, storage: storage, summary: summary)
  }

  /// A column of text for a table in memory; `nil` is a missing cell.
  ///
  /// The cells are text whatever they look like: "1" is a label here, not a number.
  public init(_ name: String, _ labels: [String?]) {
    var interner = TextInterner()
    let codes = labels.map { text in text.map { interner.code(Array($0.utf8)) } ?? -1 }
    let cells = interner.sortedCells(codes)
    let first =
      labels.firstIndex { $0 != nil && Double($0 ?? "") == nil }
      ?? labels.firstIndex { $0 != nil }
    var summary = ColumnSummary()
    summary.missingCount = codes.reduce(0) { $0 + ($1 < 0 ? 1 : 0) }
    self.init(
      name: name, number: 0, storage: .text(cells), summary: summary,
      firstText: first.map { StrayText(row: $0, text: labels[$0] ?? "") })
  }

  /// A column of truth values for a table in memory, held as 1 and 0; `nil` is a missing cell.
  public init(_ name: String, _ values: [Bool?]) {
    let (storage, summary) = ColumnStorage.narrow(values.map { $0.map { $0 ? 1 : 0 } ?? .nan })
    self.init(name: name, number: 0, storage: storage, summary: summary, isLogical: true)
  }

  func numbered(_ number: Int) -> Column {
    Column(
      name: name, number: number, storage: storage, summary: summary, isLogical: isLogical,
      isRowName: isRowName, firstText: firstText, written: written,
      isConventional: isConventional)
  }

  /// The cells as ids and labels: of a text column, and of numbers that do not say all that was written.
  var labelCells: TextCells? {
    if case .text(let cells) = storage { return cells }
    return written
  }

  /// Digits of each cell, where all are whole numbers of one width with zeros before the shorter ones.
  var paddedWidth: Int? {
    guard let labels = written?.labels, let width = labels.first?.utf8.count,
      labels.allSatisfy({ label in
        label.utf8.count == width && label.utf8.allSatisfy { $0 &- 0x30 <= 9 }
      })
    else { return nil }
    return width
  }

  public var rowCount: Int { storage.count }

  /// False for a text column.
  public var isNumeric: Bool {
    if case .text = storage { return false }
    return true
  }

  public var missingCount: Int { summary.missingCount }
  /// Numeric, with at least one value, and every value whole.
  public var isInteger: Bool { isNumeric && summary.isWhole && missingCount < rowCount }
  /// The least number, `nil` in a text column or where every cell is missing.
  public var minimum: Double? { isNumeric && missingCount < rowCount ? summary.minimum : nil }
  /// The greatest number, likewise.
  public var maximum: Double? { isNumeric && missingCount < rowCount ? summary.maximum : nil }

  /// The distinct values as labels: numbers in numeric order (`TRUE` and `FALSE` where the column
  /// is logical), text in the order of its UTF-8 bytes.
  public var labels: [String] {
    if let cells = labelCells { return cells.labels }
    return distinctNumbers.map { numberLabel($0) }
  }

  /// The distinct numbers in order; empty for a text column.
  public var distinctNumbers: [Double] {
    guard isNumeric else { return [] }
    var seen = Set<Double>()
    storage.eachBlock { _, cells in
      for value in cells where !value.isNaN { seen.insert(value) }
    }
    return seen.sorted()
  }

  /// A cell as text, `nil` where missing.
  public func label(_ row: Int) -> String? {
    if let cells = labelCells {
      let code = Int(cells.codes[row])
      return code < 0 ? nil : cells.labels[code]
    }
    let value = storage.value(row)
    return value.isNaN ? nil : numberLabel(value)
  }

  func numberLabel(_ value: Double) -> String {
    isLogical ? (value == 0 ? "FALSE" : "TRUE") : LVMData.numberLabel(value)
  }
}

/// A number as an id or a label: whole ones with all their digits.
func numberLabel(_ value: Double) -> String {
  let isLong = value.magnitude >= 0x1p53 && value.magnitude < 1e22
  return isLong ? String(format: "%.0f", value) : shortest(value)
}
