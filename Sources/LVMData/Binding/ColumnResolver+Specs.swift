/// Reads what stands after `from`.
extension ColumnResolver {
  /// Finds the columns of one request by a written specification.
  mutating func resolve(_ i: Int, _ spec: ColumnSpec) {
    do {
      items[i].columns = try columns(of: spec, for: i)
      items[i].isResolved = true
    } catch {
      let request = items[i].request
      if error.isAbsence, options.absentObservedIsMissing, request.role == .observed,
        items[i].spec == nil || options.isKnown(request)
      {
        becomeAbsent(i)
      } else {
        fail(i, error)
      }
    }
  }

  private func columns(
    of spec: ColumnSpec, for i: Int
  ) throws(BindingProblem) -> [ResolvedColumn] {
    switch spec {
    case .name(let name): return try named(name, for: i).map { ResolvedColumn(cells: $0) }
    case .pattern(let pattern): return try matching(pattern, for: i)
    case .list(let specs):
      var all: [ResolvedColumn] = []
      for spec in specs { all += try columns(of: spec, for: i) }
      return all
    case .not(let specs):
      var excluded: Set<Int> = []
      for spec in specs {
        for column in try columns(of: spec, for: i) { excluded.formUnion(column.sources) }
      }
      let rest = remainingColumns(but: excluded)
      guard !rest.isEmpty else {
        throw .noColumnsLeft(
          variable: items[i].request.name, reason: "`\(spec)` leaves no numeric column")
      }
      return rest.map { ResolvedColumn(cells: .column($0)) }
    case .prepared(let function, let source, let arguments):
      if function == "sum" { return [try sum(source, arguments, for: i)] }
      let step = try preparation(function, arguments)
      return try columns(of: source, for: i).map {
        var column = $0
        column.steps.append(step)
        return column
      }
    }
  }

  private func named(
    _ name: String, for i: Int
  ) throws(BindingProblem) -> [ResolvedColumn.Cells] {
    if let exact = table.index(of: name) { return [.column(exact)] }
    let request = items[i].request
    if !request.dimensions.isEmpty {
      let numbered = NumberedColumns.find(name, in: table, excluding: [])
      if !numbered.isEmpty { return numbered.map { .column($0) } }
    }
    return [try exact(name, for: i)]
  }

  private func exact(
    _ name: String, for i: Int
  ) throws(BindingProblem) -> ResolvedColumn.Cells {
    if let exact = table.index(of: name) { return .column(exact) }
    // One of several columns that the fit knew may be absent on its own.
    let request = items[i].request
    if options.absentObservedIsMissing, request.role == .observed,
      options.memory?.columns[request.name]?.contains(name) == true
    {
      return .absent(name)
    }
    throw columnNotFound(i, name)
  }

  private func matching(
    _ pattern: String, for i: Int
  ) throws(BindingProblem) -> [ResolvedColumn] {
    guard pattern.contains("*") else {
      return [ResolvedColumn(cells: try exact(pattern, for: i))]
    }
    let found = table.columns.indices.filter {
      matches(table.columns[$0].name, pattern: pattern)
    }
    guard !found.isEmpty else {
      throw .patternMatchesNothing(
        variable: items[i].request.name, pattern: pattern,
        available: table.columns.prefix(100).map(\.name))
    }
    return found.map { ResolvedColumn(cells: .column($0)) }
  }

  /// `sum(x)`: the columns of the variable `x`, unprepared, or else of what the words name.
  private func sum(
    _ source: ColumnSpec, _ arguments: [Double], for i: Int
  ) throws(BindingProblem) -> ResolvedColumn {
    guard arguments.isEmpty else {
      throw .preparationArguments(name: "sum", expected: 0, found: arguments.count)
    }
    var summed: [ResolvedColumn]
    if case .name(let name) = source,
      let other = items.firstIndex(where: { $0.request.name == name }), other != i
    {
      summed = items[other].columns
      for k in summed.indices { summed[k].steps = [] }
      if failed.contains(other) {
        throw .noColumnsLeft(
          variable: items[i].request.name, reason: "`\(name)` has no columns to sum")
      }
    } else if case .name(let name) = source, table.index(of: name) == nil {
      let numbered = NumberedColumns.find(name, in: table, excluding: [])
      guard !numbered.isEmpty else { throw columnNotFound(i, name) }
      summed = numbered.map { ResolvedColumn(cells: .column($0)) }
    } else {
      summed = try columns(of: source, for: i)
    }
    guard summed.allSatisfy({ $0.steps.isEmpty }) else {
      throw .misplacedSum(variable: items[i].request.name)
    }
    for case .absent(let name) in summed.map(\.cells) { throw columnNotFound(i, name) }
    return ResolvedColumn(cells: .sum(summed.flatMap(\.sources), label: "sum(\(source))"))
  }

  private func preparation(
    _ function: String, _ arguments: [Double]
  ) throws(BindingProblem) -> PreparationRequest {
    guard let name = PreparationName(rawValue: function) else {
      let known = PreparationName.allCases.map(\.rawValue) + ["sum"]
      throw .unknownPreparation(name: function, nearest: suggestion(for: function, among: known))
    }
    guard arguments.count == name.argumentCount else {
      throw .preparationArguments(
        name: function, expected: name.argumentCount, found: arguments.count)
    }
    let constant = arguments.first ?? 0
    switch name {
    case .scale where constant == 0 || !constant.isFinite:
      throw .preparationConstant(
        name: function, expected: "finite and not zero", found: shortest(constant))
    case .binarize where !(constant > 0 && constant.isFinite):
      throw .preparationConstant(
        name: function, expected: "greater than zero", found: shortest(constant))
    case .threshold where !constant.isFinite:
      throw .preparationConstant(name: function, expected: "finite", found: shortest(constant))
    case .scale, .binarize, .threshold, .standardize, .center, .log, .log1p: break
    }
    return PreparationRequest(name: name, constant: constant)
  }
}

extension BindingProblem {
  fileprivate var isAbsence: Bool {
    code == "column-not-found" || code == "pattern-matches-nothing"
  }
}

extension ColumnSpec {
  /// Its meaning depends on which columns others leave.
  var excludes: Bool {
    switch self {
    case .name, .pattern: false
    case .not: true
    case .list(let specs): specs.contains { $0.excludes }
    case .prepared(_, let source, _): source.excludes
    }
  }

  /// It sums the columns of one of these variables, which have to be found first.
  func sumsVariable(_ variables: [String]) -> Bool {
    switch self {
    case .name, .pattern, .not: false
    case .list(let specs): specs.contains { $0.sumsVariable(variables) }
    case .prepared("sum", .name(let name), _): variables.contains(name)
    case .prepared(_, let source, _): source.sumsVariable(variables)
    }
  }

  /// The same preparations of the named columns; `nil` where it sums, or prepares columns of one
  /// list differently, so that the names alone do not say what belongs where.
  static func replacingColumns(of spec: ColumnSpec?, by names: [String]) -> ColumnSpec? {
    let columns = ColumnSpec.list(names.map { $0.contains("*") ? .name($0) : .pattern($0) })
    guard let spec else { return columns }
    switch spec {
    case .name, .pattern, .not: return replacingColumns(of: nil, by: names)
    case .list(let specs):
      let isPlain = specs.allSatisfy {
        if case .prepared = $0 { return false }
        return true
      }
      return isPlain ? replacingColumns(of: nil, by: names) : nil
    case .prepared("sum", _, _): return nil
    case .prepared(let function, let source, let arguments):
      return replacingColumns(of: source, by: names).map {
        .prepared(function: function, $0, arguments)
      }
    }
  }
}
