/// How the cells of a 0/1 variable are written where not as 0 and 1: no and yes, or 1 and 2.
struct BinaryCoding {
  /// What stands for 0, and what for 1.
  let labels: [String]
  private let isNumbers: Bool

  /// Words that are opposites, the one for 0 first; capitals make no difference.
  private static let pairs: [(String, String)] = [
    ("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("off", "on"),
  ]

  /// Whether 1 and 2 stand for 0 and 1 here, unlike where the words tell.
  var isByPlace: Bool { isNumbers }

  /// The coding of these columns: the one of the fit, or told from the cells; `nil` where they are plain
  /// numbers, or no such words.
  init?(_ columns: [Column], remembered: [String]?, isNew: Bool) {
    if let remembered {
      guard remembered.count == 2 else { return nil }
      labels = remembered
      isNumbers = remembered == ["1", "2"]
      return
    }
    let texts = columns.compactMap { column -> [String]? in
      column.isNumeric ? nil : column.labels.filter { !isMissingWord(Array($0.utf8)) }
    }
    guard texts.isEmpty else {
      let all = texts.flatMap { $0 }
      let words = Set(all.map { $0.lowercased() })
      guard let pair = Self.pairs.first(where: { words.isSubset(of: [$0.0, $0.1]) }) else {
        return nil
      }
      labels = Self.labels(pair, as: all)
      isNumbers = false
      return
    }
    // Only 1 and 2, and both: a column of ones is one of 0 and 1.
    let counts = columns.filter { !$0.isLogical && $0.missingCount < $0.rowCount }
    guard isNew, !counts.isEmpty, counts.count == columns.filter({ !$0.isLogical }).count,
      columns.allSatisfy({ !$0.isLogical && $0.summary.isWhole }),
      counts.compactMap(\.minimum).min() == 1, counts.compactMap(\.maximum).max() == 2
    else { return nil }
    labels = ["1", "2"]
    isNumbers = true
  }

  /// The words as the table has them, or written like those that it has.
  private static func labels(_ pair: (String, String), as written: [String]) -> [String] {
    [pair.0, pair.1].map { word in
      if let own = written.first(where: { $0.lowercased() == word }) { return own }
      guard let other = written.first else { return word }
      if other == other.lowercased() { return word }
      return other == other.uppercased() && other.count > 1 || word.count == 1
        ? word.uppercased() : word.prefix(1).uppercased() + word.dropFirst()
    }
  }

  /// The first row of a text column that spoils it: one whose word is not of the pair that others are of.
  static func firstStranger(_ column: Column) -> Int? {
    guard case .text(let cells) = column.storage else { return nil }
    let words = cells.labels.map { $0.lowercased() }
    let pair = pairs.first { pair in words.contains { $0 == pair.0 || $0 == pair.1 } }
    return cells.codes.firstIndex { code in
      guard code >= 0 else { return false }
      let word = words[Int(code)]
      return word != pair?.0 && word != pair?.1 && !isMissingWord(Array(word.uppercased().utf8))
    }
  }

  /// A column as 0 and 1; or the first row whose cell is neither.
  func code(_ column: Column) -> (cells: ColumnStorage, summary: ColumnSummary, unknownRow: Int?) {
    if case .text(let cells) = column.storage {
      let own = labels.map { $0.lowercased() }
      let values = cells.labels.map { label -> Double in
        let word = label.lowercased()
        if let i = own.firstIndex(of: word) { return Double(i) }
        if isNumbers { return -1 }
        let pair = Self.pairs.first { $0.0 == word || $0.1 == word }
        if let pair { return pair.1 == word ? 1 : 0 }
        if isMissingWord(Array(label.utf8)) { return .nan }
        return word == "0" ? 0 : word == "1" ? 1 : -1
      }
      let unknown = cells.codes.firstIndex { $0 >= 0 && values[Int($0)] == -1 }
      let (storage, summary) = ColumnStorage.narrow(
        cells.codes.map { $0 < 0 ? .nan : values[Int($0)] })
      return (storage, summary, unknown)
    }
    guard isNumbers, !column.isLogical else { return (column.storage, column.summary, nil) }
    let values = column.storage.doubles()
    let unknown = values.firstIndex { !$0.isNaN && $0 != 1 && $0 != 2 }
    let (storage, summary) = ColumnStorage.narrow(values.map { $0 - 1 })
    return (storage, summary, unknown)
  }
}
