/// Turns the cells of a categorical variable into zero-based indices.
///
/// Whole numbers within 1…K are indices; within 0…K−1 they count from zero; anything else is a
/// label, in sorted order (numbers by value, text by its UTF-8 bytes). Zeros before indices of one width
/// are part of their labels. All columns of a vector of categories share one list.
struct CategoryCoding {
  private(set) var labels: [String] = []
  /// Labels that were allowed though the fit does not know them.
  private(set) var unseen: [String] = []
  private var indexOfKey: [String: Int] = [:]

  /// The distinct labels that the columns hold: how many an unknown size counts.
  static func distinctLabels(_ columns: [Column]) -> [String] {
    if columns.contains(where: { $0.isLogical }), columns.allSatisfy({ $0.isLogical }) {
      return ["FALSE", "TRUE"]
    }
    if columns.allSatisfy({ $0.isNumeric && $0.labelCells == nil }) {
      var numbers = Set<Double>()
      for column in columns { numbers.formUnion(column.distinctNumbers) }
      return numbers.sorted().map(numberLabel)
    }
    var texts: [String: String] = [:]
    for column in columns {
      for label in column.labels where texts[key(label)] == nil { texts[key(label)] = label }
    }
    return sortedLabels(texts.values)
  }

  /// Numbers by value, then text by its bytes.
  private static func sortedLabels(_ texts: some Sequence<String>) -> [String] {
    func number(_ text: String) -> Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }
    return texts.sorted { a, b in
      let (x, y) = (number(a), number(b))
      if let x, let y, x != y { return x < y }
      if (x == nil) != (y == nil) { return x != nil }
      return a.utf8.lexicographicallyPrecedes(b.utf8)
    }
  }

  /// Labels that are fixed: by the model, or by the fit that is used.
  init(fixed: [String], columns: [Column]) {
    labels = fixed
    // Where the model's labels are words, whole numbers within range stand for their positions.
    let isWords = fixed.allSatisfy { Double($0) == nil && !Self.isTruth($0) }
    if isWords, Self.isWhole(columns) {
      let (low, high) = Self.range(columns)
      if low >= 1, high <= Double(fixed.count) {
        number(from: 1, count: fixed.count, width: Self.width(columns))
      } else if low >= 0, high <= Double(fixed.count - 1) {
        number(from: 0, count: fixed.count, width: Self.width(columns))
      }
    }
    index(fixed)
  }

  /// Labels that are found in the data, for a variable of `size` labels.
  init(size: Int, columns: [Column]) {
    if Self.isWhole(columns) {
      let (low, high) = Self.range(columns)
      for first in [1, 0] where low >= Double(first) && high <= Double(size - 1 + first) {
        labels = number(from: first, count: size, width: Self.width(columns))
        return
      }
    }
    labels = Self.distinctLabels(columns)
    index(labels)
  }

  /// Takes numbers for positions; returns them as labels.
  @discardableResult
  private mutating func number(from first: Int, count: Int, width: Int?) -> [String] {
    (0..<count).map { i in
      let plain = String(i + first)
      let label = String(repeating: "0", count: max(0, (width ?? 0) - plain.count)) + plain
      indexOfKey[label] = i
      return label
    }
  }

  private mutating func index(_ labels: [String]) {
    for (i, label) in labels.enumerated() where indexOfKey[Self.key(label)] == nil {
      indexOfKey[Self.key(label)] = i
    }
  }

  /// What labels are compared by: truth values in any case.
  private static func key(_ label: String) -> String {
    isTruth(label) ? label.uppercased() : labelKey(label)
  }

  /// Gives labels that are not known indices after the known ones.
  mutating func admitUnseen(_ columns: [Column]) {
    for label in Self.distinctLabels(columns) where indexOfKey[Self.key(label)] == nil {
      unseen.append(label)
      indexOfKey[Self.key(label)] = labels.count + unseen.count - 1
    }
  }

  /// The zero-based indices of a column's cells, NaN where missing; or the first row whose label
  /// is not known.
  func code(
    _ column: Column
  ) -> (cells: ColumnStorage, summary: ColumnSummary, unknownRow: Int?) {
    var unknownRow: Int?
    var pieces: [ColumnStorage] = []
    var summary = ColumnSummary()
    func take(_ codes: [Double]) {
      let (piece, facts) = ColumnStorage.narrow(codes)
      pieces.append(piece)
      summary.merge(facts)
    }
    if let cells = column.labelCells {
      let map = cells.labels.map { indexOfKey[Self.key($0)] }
      for start in stride(from: 0, to: cells.codes.count, by: 65_536) {
        let codes = cells.codes[start..<min(start + 65_536, cells.codes.count)]
        take(
          codes.indices.map { row in
            let code = codes[row]
            if code < 0 { return .nan }
            if let index = map[Int(code)] { return Double(index) }
            if unknownRow == nil { unknownRow = row }
            return .nan
          })
      }
    } else {
      var known: [Double: Int?] = [:]
      column.storage.eachBlock { rows, cells in
        take(
          zip(rows, cells).map { row, value in
            if value.isNaN { return value }
            let index: Int?
            if let found = known[value] {
              index = found
            } else {
              index = indexOfKey[Self.key(column.numberLabel(value))] ?? number(value, column)
              known[value] = index
            }
            if let index { return Double(index) }
            if unknownRow == nil { unknownRow = row }
            return value
          })
      }
    }
    return (pieces.isEmpty ? .uint8([]) : .joined(pieces), summary, unknownRow)
  }

  /// A truth value where the labels are numbers.
  private func number(_ value: Double, _ column: Column) -> Int? {
    column.isLogical ? indexOfKey[shortest(value)] : nil
  }

  /// The first cell, row by row, at which more than `allowed` different labels have been seen.
  static func firstTooMany(_ columns: [Column], allowed: Int) -> (row: Int, column: Int)? {
    var seen = Set<String>()
    for row in 0..<(columns.first?.rowCount ?? 0) {
      for (i, column) in columns.enumerated() {
        guard let label = column.label(row) else { continue }
        if seen.insert(key(label)).inserted, seen.count > allowed { return (row, i) }
      }
    }
    return nil
  }

  private static func isTruth(_ label: String) -> Bool {
    let word = label.uppercased()
    return word == "TRUE" || word == "FALSE"
  }

  private static func isWhole(_ columns: [Column]) -> Bool {
    let widths = Set(columns.map { $0.labelCells == nil ? 0 : $0.paddedWidth ?? -1 })
    return widths.count == 1 && !widths.contains(-1)
      && columns.allSatisfy { $0.isNumeric && !$0.isLogical && $0.summary.isWhole }
      && columns.contains { $0.isInteger }
  }

  /// Digits of each cell, where all columns have zeros before shorter numbers.
  private static func width(_ columns: [Column]) -> Int? { columns.first?.paddedWidth }

  private static func range(_ columns: [Column]) -> (Double, Double) {
    columns.reduce((.infinity, -.infinity)) {
      (min($0.0, $1.summary.minimum), max($0.1, $1.summary.maximum))
    }
  }
}
