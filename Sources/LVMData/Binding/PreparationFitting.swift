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
    var constant: [String] = []
    var fitted: [ColumnPreparation] = []
    for (i, column) in item.columns.enumerated() {
      let original = cells[i].doubles()
      var values = original
      var steps: [ColumnPreparation.Step] = []
      let count = stored?.columns[i].steps.count ?? column.steps.count
      for k in 0..<count {
        let step =
          stored?.columns[i].steps[k]
          ?? self.step(column.steps[k], values, &constant, name: name(column))
        if let row = values.firstIndex(where: { !step.isDefined(at: $0) }) {
          problem = (
            .preparationDomain(
              name: step.name, variable: item.request.name, column: name(column),
              found: shortest(values[row])), row, column.sources.first
          )
          return (nil, totals)
        }
        for row in values.indices { values[row] = step.apply(values[row]) }
        steps.append(step)
      }
      let preparation = ColumnPreparation(steps: steps)
      if !steps.isEmpty {
        for value in original where !value.isNaN { totals[i] += preparation.logJacobian(value) }
      }
      fitted.append(preparation)
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
    _ request: PreparationRequest, _ values: [Double], _ constant: inout [String], name: String
  ) -> ColumnPreparation.Step {
    switch request.name {
    case .standardize:
      let (mean, deviation) = Self.moments(values)
      // A column of one value has no unit to be measured in.
      guard deviation > 0 else {
        constant.append(name)
        return .standardize(mean: mean, deviation: 1)
      }
      return .standardize(mean: mean, deviation: deviation)
    case .center: return .center(mean: Self.moments(values).mean)
    case .scale: return .scale(factor: request.constant)
    case .threshold: return .threshold(level: request.constant)
    case .binarize: return .binarize(maximum: request.constant)
    case .log: return .log
    case .log1p: return .log1p
    }
  }

  /// Mean and standard deviation (divisor N) of the observed values; 0 and 0 where there are none.
  ///
  /// In two passes, the mean corrected by what rounding left of it, so that a large offset costs no
  /// digits and equal values have a deviation of exactly zero.
  static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    var count = 0
    var origin = 0.0
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where !value.isNaN {
      if count == 0 { origin = value }
      count += 1
      low = min(low, value)
      high = max(high, value)
    }
    guard count > 0 else { return (0, 0) }
    if low == high { return (low, 0) }
    var sum = 0.0
    for value in values where !value.isNaN { sum += value - origin }
    let mean = origin + sum / Double(count)
    var squares = 0.0
    var rest = 0.0
    for value in values where !value.isNaN {
      squares += (value - mean) * (value - mean)
      rest += value - mean
    }
    let variance = (squares - rest * rest / Double(count)) / Double(count)
    return (mean, variance.squareRoot())
  }
}

extension ColumnPreparation.Step {
  fileprivate func isDefined(at value: Double) -> Bool {
    switch self {
    case .log: value.isNaN || value > 0
    case .log1p: value.isNaN || value > -1
    case .standardize, .center, .scale, .threshold, .binarize: true
    }
  }
}
