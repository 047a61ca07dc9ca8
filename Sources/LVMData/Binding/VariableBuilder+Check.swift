/// Checks values against the kind of their variable.
extension VariableBuilder {
  /// True where every observed value lies in the variable's domain; else the first that does not is
  /// reported.
  mutating func check(
    _ variable: BoundVariable, _ summaries: [ColumnSummary], _ cells: [ColumnStorage]
  ) -> Bool {
    if case .simplex(let size) = item.request.domain { return checkSimplex(variable, size) }
    let isDrawn = variable.preparation?.isDrawn ?? false
    guard let rule = DomainRule(item.request.domain, isDrawn: isDrawn) else { return true }
    for column in 0..<variable.width {
      let steps = variable.preparation?.columns[column].steps ?? []
      if steps.isEmpty, rule.holds(summaries[column]) { continue }
      let preparation = ColumnPreparation(steps: steps)
      var bad = 0
      var first: (row: Int, original: Double, prepared: Double)?
      cells[column].eachBlock { rows, values in
        for (row, original) in zip(rows, values) where !original.isNaN {
          let prepared = preparation.apply(original)
          if rule.holds(prepared) { continue }
          bad += 1
          if first == nil { first = (row, original, prepared) }
        }
      }
      guard let first else { continue }
      let source = item.columns[column].sources.first
      let found =
        steps.isEmpty
        ? shortest(first.original)
        : "\(shortest(first.original)), which is prepared as \(shortest(first.prepared))"
      fail(
        .valueOutside(
          variable: item.request.name,
          column: source.map { table.columns[$0].name } ?? item.request.name,
          expected: rule.words, found: found, more: bad - 1),
        row: first.row, column: source)
      return false
    }
    return true
  }

  private mutating func checkSimplex(_ variable: BoundVariable, _ size: RequestedSize) -> Bool {
    let width = variable.width
    guard width > 0 else { return true }
    var part = width
    if case .fixed(let n) = size, n > 0 { part = n }
    let block = max(1, 65_536 / width)
    for first in stride(from: 0, to: variable.rowCount, by: block) {
      let rows = first..<min(first + block, variable.rowCount)
      let values = variable.values(rows: rows)
      guard checkSimplex(values, part, of: width, from: first) else { return false }
    }
    return true
  }

  private mutating func checkSimplex(
    _ values: [Double], _ part: Int, of width: Int, from first: Int
  ) -> Bool {
    for start in stride(from: 0, to: values.count, by: part) {
      let parts = values[start..<min(start + part, values.count)]
      if parts.contains(where: \.isNaN) { continue }
      let total = parts.reduce(0, +)
      // Shares are often written with a few digits.
      if parts.allSatisfy({ $0 >= 0 }), abs(total - 1) <= 1e-6 { continue }
      let negative = parts.first { $0 < 0 }
      let offset = start % width
      let source = item.columns[offset].sources.first
      fail(
        .valueOutside(
          variable: item.request.name,
          column: source.map { table.columns[$0].name } ?? item.request.name,
          expected: "parts that are not negative and sum to 1 over \(part) columns",
          found: negative.map(shortest) ?? "a sum of \(shortest(total))", more: 0),
        row: first + start / width, column: source)
      return false
    }
    return true
  }
}

/// What a kind demands of each value.
private enum DomainRule {
  case positive, unit, count, integer, binary

  /// `nil` where every number is legal. A value that 0 or 1 is drawn from is a probability.
  init?(_ domain: ValueDomain, isDrawn: Bool) {
    switch domain {
    case .real, .category, .simplex:
      if !isDrawn { return nil }
      self = .unit
    case .positive: self = .positive
    case .unit: self = .unit
    case .count: self = .count
    case .integer: self = .integer
    case .binary: self = isDrawn ? .unit : .binary
    }
  }

  var words: String {
    switch self {
    case .positive: "a number greater than zero"
    case .unit: "a number from 0 to 1"
    case .count: "a whole number from 0"
    case .integer: "a whole number"
    case .binary: "0 or 1"
    }
  }

  func holds(_ value: Double) -> Bool {
    switch self {
    case .positive: value > 0
    case .unit: value >= 0 && value <= 1
    case .count: value >= 0 && value.rounded(.towardZero) == value
    case .integer: value.rounded(.towardZero) == value
    case .binary: value == 0 || value == 1
    }
  }

  func holds(_ summary: ColumnSummary) -> Bool {
    // In an empty column the least is +∞ and the greatest −∞, which passes every test.
    switch self {
    case .positive: summary.minimum > 0
    case .unit: summary.minimum >= 0 && summary.maximum <= 1
    case .count: summary.minimum >= 0 && summary.isWhole
    case .integer: summary.isWhole
    case .binary: summary.minimum >= 0 && summary.maximum <= 1 && summary.isWhole
    }
  }
}
