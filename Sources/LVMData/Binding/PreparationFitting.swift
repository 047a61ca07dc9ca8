/// Computes the constants of a variable's preparations over its observed cells, or takes those of a
/// fit.
struct PreparationFitting {
  let table: Table
  let item: ResolvedRequest
  let stored: Preparation?
  private(set) var problem: (BindingProblem, row: Int?, column: Int?)?
  private(set) var warnings: [DataWarning] = []

  init(table: Table, item: ResolvedRequest, stored: Preparation?) {
    self.table = table
    self.item = item
    self.stored = stored
  }

  /// The preparation, `nil` where there is none, and the log-Jacobian of each column.
  mutating func fit(
    _ cells: [ColumnStorage], _ summaries: [ColumnSummary]
  ) -> (preparation: Preparation?, logJacobian: [Double]) {
    var totals = [Double](repeating: 0, count: cells.count)
    guard item.columns.contains(where: { !$0.steps.isEmpty }) || stored != nil else {
      return (nil, totals)
    }
    if let stored, stored.columns.count != cells.count {
      problem = (
        .preparationMismatch(
          variable: item.request.name, stored: stored.columns.count, found: cells.count), nil, nil
      )
      return (nil, totals)
    }
    let counts = item.columns.indices.map { i in
      stored?.columns[i].steps.count ?? item.columns[i].steps.count
    }
    var constant: [String] = []
    var steps = [[ColumnPreparation.Step]](repeating: [], count: cells.count)
    for k in 0..<(counts.max() ?? 0) {
      let taking = counts.indices.filter { counts[$0] > k }
      let needed = taking.filter { stored == nil && item.columns[$0].steps[k].name.needsMoments }
      let moments = Self.moments(cells, steps, of: needed)
      for i in taking {
        steps[i].append(
          stored?.columns[i].steps[k]
            ?? step(
              item.columns[i].steps[k], moments[i] ?? (0, 0), &constant, name: name(item.columns[i])
            ))
      }
      if let (i, row, value) = Self.undefined(cells, steps, last: k, of: taking) {
        problem = (
          .preparationDomain(
            name: steps[i][k].name, variable: item.request.name, column: name(item.columns[i]),
            found: shortest(value)), row, item.columns[i].sources.first
        )
        return (nil, totals)
      }
    }
    let fitted = steps.map { ColumnPreparation(steps: $0) }
    Self.eachBlock(cells, steps.indices.filter { !steps[$0].isEmpty }) { i, _, values in
      for value in values where !value.isNaN { totals[i] += fitted[i].logJacobian(value) }
    }
    if !constant.isEmpty {
      warnings.append(.constantColumn(variable: item.request.name, columns: constant))
    }
    return (Preparation(columns: fitted), totals)
  }

  private func name(_ column: ResolvedColumn) -> String {
    switch column.cells {
    case .column(let i): table.columns[i].name
    case .sum(_, let label): label
    case .absent(let name): name
    }
  }

  private func step(
    _ request: PreparationRequest, _ moments: (mean: Double, deviation: Double),
    _ constant: inout [String], name: String
  ) -> ColumnPreparation.Step {
    switch request.name {
    case .standardize:
      // A column of one value has no unit to be measured in.
      guard moments.deviation > 0 else {
        constant.append(name)
        return .standardize(mean: moments.mean, deviation: 1)
      }
      return .standardize(mean: moments.mean, deviation: moments.deviation)
    case .center: return .center(mean: moments.mean)
    case .scale: return .scale(factor: request.constant)
    case .threshold: return .threshold(level: request.constant)
    case .binarize: return .binarize(maximum: request.constant)
    case .log: return .log
    case .log1p: return .log1p
    }
  }

  /// Reads some columns a block of rows at a time, all of a block's columns together, with the steps so
  /// far applied.
  private static func eachBlock(
    _ cells: [ColumnStorage], _ chosen: [Int], _ steps: [[ColumnPreparation.Step]] = [],
    _ body: (_ column: Int, _ firstRow: Int, _ values: UnsafeMutableBufferPointer<Double>) -> Void
  ) {
    guard !chosen.isEmpty, let count = cells.first?.count else { return }
    let width = chosen.count
    let block = max(1, min(count, 262_144 / width))
    let rows = UnsafeMutableBufferPointer<Double>.allocate(capacity: block * width)
    let column = UnsafeMutableBufferPointer<Double>.allocate(capacity: block)
    defer {
      rows.deallocate()
      column.deallocate()
    }
    let sources = chosen.map { cells[$0] }
    for start in stride(from: 0, to: count, by: block) {
      let end = min(start + block, count)
      copyCells(sources, rows: start..<end, into: rows)
      for (j, i) in chosen.enumerated() {
        for row in 0..<(end - start) { column[row] = rows[row * width + j] }
        let values = UnsafeMutableBufferPointer(rebasing: column[..<(end - start)])
        if !steps.isEmpty {
          for step in steps[i] {
            for row in values.indices { values[row] = step.apply(values[row]) }
          }
        }
        body(i, start, values)
      }
    }
  }

  /// The first cell, column by column, at which the step last added has no value.
  private static func undefined(
    _ cells: [ColumnStorage], _ steps: [[ColumnPreparation.Step]], last k: Int, of columns: [Int]
  ) -> (column: Int, row: Int, value: Double)? {
    let partial = columns.filter { steps[$0][k].isPartial }
    var found: [Int: (row: Int, value: Double)] = [:]
    eachBlock(cells, partial, steps.map { Array($0.prefix(k)) }) { i, first, values in
      if found[i] == nil, let row = values.firstIndex(where: { !steps[i][k].isDefined(at: $0) }) {
        found[i] = (first + row, values[row])
      }
    }
    return found.min { $0.key < $1.key }.map { ($0.key, $0.value.row, $0.value.value) }
  }

  /// Mean and standard deviation (divisor N) of the observed values of some columns, with the steps so far
  /// applied; 0 and 0 where there are none.
  ///
  /// In two passes, the mean corrected by what rounding left of it, so that a large offset costs no
  /// digits and equal values have a deviation of exactly zero.
  private static func moments(
    _ cells: [ColumnStorage], _ steps: [[ColumnPreparation.Step]], of columns: [Int]
  ) -> [Int: (mean: Double, deviation: Double)] {
    struct Sums {
      var count = 0
      var origin = 0.0
      var low = Double.infinity
      var high = -Double.infinity
      var sum = 0.0
      var mean = 0.0
      var squares = 0.0
      var rest = 0.0
    }
    var sums: [Int: Sums] = [:]
    eachBlock(cells, columns, steps) { i, _, values in
      var own = sums[i] ?? Sums()
      for value in values where !value.isNaN {
        if own.count == 0 { own.origin = value }
        own.count += 1
        own.low = min(own.low, value)
        own.high = max(own.high, value)
        own.sum += value - own.origin
      }
      sums[i] = own
    }
    for (i, own) in sums {
      sums[i]?.mean =
        own.low == own.high ? own.low : own.origin + own.sum / Double(max(1, own.count))
    }
    let varied = columns.filter { i in sums[i].map { $0.count > 0 && $0.low != $0.high } ?? false }
    eachBlock(cells, varied, steps) { i, _, values in
      guard var own = sums[i] else { return }
      for value in values where !value.isNaN {
        own.squares += (value - own.mean) * (value - own.mean)
        own.rest += value - own.mean
      }
      sums[i] = own
    }
    return sums.mapValues { own in
      guard own.count > 0 else { return (0, 0) }
      if own.low == own.high { return (own.low, 0) }
      let n = Double(own.count)
      return (own.mean, ((own.squares - own.rest * own.rest / n) / n).squareRoot())
    }
  }
}

extension PreparationName {
  /// Its constants are a column's mean and deviation.
  fileprivate var needsMoments: Bool {
    switch self {
    case .standardize, .center: true
    case .scale, .threshold, .binarize, .log, .log1p: false
    }
  }
}

extension ColumnPreparation.Step {
  /// It has no value at some numbers.
  fileprivate var isPartial: Bool {
    switch self {
    case .log, .log1p: true
    case .standardize, .center, .scale, .threshold, .binarize: false
    }
  }

  fileprivate func isDefined(at value: Double) -> Bool {
    switch self {
    case .log: value.isNaN || value > 0
    case .log1p: value.isNaN || value > -1
    case .standardize, .center, .scale, .threshold, .binarize: true
    }
  }
}
