import LVMModel
import LVMSyntax

/// The model written out: one site for each variable and instance of its plate, with present values.
///
/// Sites of known value hold it; unknown ones hold NaN until a method assigns them. Deterministic
/// sites are computed when read, from whatever is assigned then.
final class World {
  enum Rule {
    /// A parameter, a given, or an observed row that a chain conditions on.
    case known
    case drawn(Distribution)
    case equal(Expression)
  }

  struct Site {
    var variable: Variable
    var instance: Int
    /// A row of the instance: the place where its expressions are evaluated.
    var row: Int
    var rule: Rule
    var dims: [Int]
    /// Coordinates to be eliminated.
    var unknown: [Int]

    /// A value that follows from others and has no data of its own.
    var isDerived: Bool {
      if case .equal = rule { return variable.role != .observe }
      return false
    }
  }

  let model: ModelGraph
  let data: OracleData
  private(set) var sites: [Site] = []
  private(set) var values: [[Double]] = []
  private var firstSite: [Int] = []
  /// Group number of each row, by plate.
  private var groupOfRow: [[Int]] = []
  /// For row plates: the rows of each row's series up to it, oldest first.
  private var past: [[[Int]]] = []
  private var derived: [Int: Tensor] = [:]
  private var derivedReads: [Int: Set<Int>] = [:]

  /// - Parameter wanted: an observed variable whose missing cells are to be inferred too.
  init(
    model: ModelGraph, data: OracleData, parameters: [String: [Double]], wanted: String? = nil
  ) throws {
    self.model = model
    self.data = data
    try indexPlates()
    for variable in model.variables {
      firstSite.append(sites.count)
      guard let dims = variable.type.dims else { throw OracleError.unsizedModel(variable.name) }
      for instance in 0..<instances(of: variable.plate) {
        let row = representative(of: variable.plate, instance)
        let site = Site(
          variable: variable, instance: instance, row: row,
          rule: try rule(of: variable, row: row), dims: dims, unknown: [])
        sites.append(site)
        values.append(try initialValue(site, parameters))
      }
    }
    markUnknown(wanted: wanted)
  }

  // MARK: Plates

  private func indexPlates() throws {
    for plate in model.plates {
      switch plate.kind {
      case .model:
        groupOfRow.append(Array(repeating: 0, count: data.rows))
      case .rows:
        groupOfRow.append(Array(0..<data.rows))
      case .groups:
        guard let groups = data.groups[plate.name], groups.count == data.rows else {
          throw OracleError.missingGroups(plate: plate.name)
        }
        groupOfRow.append(groups)
      }
      var rows: [[Int]] = []
      if case .rows = plate.kind, let parent = plate.parent {
        var soFar: [Int: [Int]] = [:]
        for row in 0..<data.rows {
          soFar[groupOfRow[parent.index][row], default: []].append(row)
          rows.append(soFar[groupOfRow[parent.index][row]] ?? [])
        }
      }
      past.append(rows)
    }
  }

  func instances(of plate: PlateIndex) -> Int {
    if case .model = model[plate].kind { return 1 }
    return (groupOfRow[plate.index].max() ?? -1) + 1
  }

  private func representative(of plate: PlateIndex, _ instance: Int) -> Int {
    groupOfRow[plate.index].firstIndex(of: instance) ?? 0
  }

  /// The rows of an instance.
  func rows(of site: Int) -> [Int] {
    let groups = groupOfRow[sites[site].variable.plate.index]
    return groups.indices.filter { groups[$0] == sites[site].instance }
  }

  /// Depth of a plate below the model.
  func depth(of plate: PlateIndex) -> Int {
    model[plate].parent.map { depth(of: $0) + 1 } ?? 0
  }

  /// The site of a variable that a row sees.
  func site(of id: VariableID, row: Int) -> Int {
    let groups = groupOfRow[model[id].plate.index]
    return firstSite[id.index] + (groups.isEmpty ? 0 : groups[row])
  }

  func sites(of id: VariableID) -> Range<Int> {
    firstSite[id.index]..<firstSite[id.index] + instances(of: model[id].plate)
  }

  /// The site `lag` rows before in the same series.
  func previousSite(of id: VariableID, lag: Int, row: Int) throws -> Int {
    let plate = model[id].plate.index
    guard !past[plate].isEmpty else { return site(of: id, row: row) }
    let series = past[plate][row]
    guard lag >= 0, series.count > lag else {
      throw OracleError.beforeStart(variable: model[id].name)
    }
    return site(of: id, row: series[series.count - 1 - lag])
  }

  // MARK: Definitions and data

  private func rule(of variable: Variable, row: Int) throws -> Rule {
    if variable.role == .given { return .known }
    switch variable.definition {
    case .free: return .known
    case .drawn(let d): return Self.rule(d, variable)
    case .equal(let e): return .equal(e)
    case .chain(let chain):
      let position = past[variable.plate.index][row].count - 1
      guard let order = chain.order.constant else {
        throw OracleError.unsizedModel(variable.name)
      }
      let step = position < order ? chain.initially : chain.then
      switch step {
      case .drawn(let d): return Self.rule(d, variable)
      case .equal(let e): return .equal(e)
      case nil:
        guard variable.role == .observe else {
          throw OracleError.unsupported("a chain of latents without a start")
        }
        return .known
      }
    }
  }

  /// A latent `Normal(m, 0)` is `= m`.
  private static func rule(_ distribution: Distribution, _ variable: Variable) -> Rule {
    if variable.role == .latent,
      case .family(.normal, _, let arguments, _) = distribution, arguments.count == 2,
      case .number(0) = arguments[1].node
    {
      return .equal(arguments[0])
    }
    return .drawn(distribution)
  }

  private func initialValue(_ site: Site, _ parameters: [String: [Double]]) throws -> [Double] {
    let count = Tensor.count(site.dims)
    let name = site.variable.name
    switch site.variable.role {
    case .latent, .binding: return Array(repeating: .nan, count: count)
    case .param:
      if site.isDerived { return Array(repeating: .nan, count: count) }
      guard let all = parameters[name] else { throw OracleError.missingValues(of: name) }
      let expected = count * instances(of: site.variable.plate)
      guard all.count == expected else {
        throw OracleError.wrongLength(of: name, expected: expected, got: all.count)
      }
      return Array(all[site.instance * count..<(site.instance + 1) * count])
    case .observe, .given:
      guard let rows = data.values[name], rows.count == data.rows else {
        throw OracleError.missingValues(of: name)
      }
      guard rows[site.row].count == count else {
        throw OracleError.wrongLength(of: name, expected: count, got: rows[site.row].count)
      }
      return rows[site.row]
    }
  }

  /// Latents are unknown; so are missing observed cells that something reads, or that are asked for.
  private func markUnknown(wanted: String?) {
    var read: Set<Int> = []
    for i in sites.indices {
      if case .known = sites[i].rule { continue }
      read.formUnion(reads(of: i))
    }
    for i in sites.indices {
      guard case .drawn = sites[i].rule else { continue }
      switch sites[i].variable.role {
      case .latent: sites[i].unknown = Array(values[i].indices)
      case .observe:
        if read.contains(i) || sites[i].variable.name == wanted {
          sites[i].unknown = values[i].indices.filter { values[i][$0].isNaN }
        }
      case .param, .given, .binding: break
      }
    }
  }

  // MARK: What is read

  /// The sites a site's own rule reads, derived ones replaced by what they read.
  func reads(of site: Int) -> Set<Int> {
    switch sites[site].rule {
    case .known: []
    case .equal(let e): reads(of: e, row: sites[site].row)
    case .drawn(let d):
      d.expressions.reduce(into: []) { $0.formUnion(reads(of: $1, row: sites[site].row)) }
    }
  }

  func reads(of expression: Expression, row: Int) -> Set<Int> {
    var result: Set<Int> = []
    func add(_ site: Int?) {
      guard let site else { return }
      guard sites[site].isDerived else {
        result.insert(site)
        return
      }
      if let known = derivedReads[site] {
        result.formUnion(known)
        return
      }
      let found = reads(of: site)
      derivedReads[site] = found
      result.formUnion(found)
    }
    expression.visit { e in
      switch e.node {
      case .variable(let v): add(site(of: v, row: row))
      case .previous(let v, let lag):
        add(lag.constant.flatMap { try? previousSite(of: v, lag: $0, row: row) })
      case .previousRange(let v, let from, let to):
        guard let from = from.constant, let to = to.constant, from <= to else { return }
        for lag in from...to { add(try? previousSite(of: v, lag: lag, row: row)) }
      case .number, .size, .map, .function, .arithmetic, .negate, .matrixProduct, .index, .array,
        .network:
        break
      }
    }
    return result
  }

  // MARK: Values

  func assign(_ site: Int, _ value: [Double]) {
    values[site] = value
    derived.removeAll(keepingCapacity: true)
  }

  func assign(_ site: Int, _ coordinate: Int, _ value: Double) {
    values[site][coordinate] = value
    derived.removeAll(keepingCapacity: true)
  }

  func value(of site: Int) throws -> Tensor {
    let s = sites[site]
    if s.isDerived, case .equal(let e) = s.rule {
      if let known = derived[site] { return known }
      let value = try evaluate(e, row: s.row).expanded(to: s.dims)
      derived[site] = value
      return value
    }
    guard !values[site].contains(where: \.isNaN) else {
      throw OracleError.unsetValue(of: s.variable.name)
    }
    return Tensor(s.dims, values[site])
  }

  /// A site's distribution with its arguments evaluated.
  func distribution(of site: Int) throws -> EvaluatedDistribution? {
    guard case .drawn(let d) = sites[site].rule else { return nil }
    return try evaluate(d, row: sites[site].row)
  }

  /// Log density of a site's value given what it reads; missing cells are left out.
  func logDensity(of site: Int) throws -> Double {
    guard let d = try distribution(of: site) else { return 0 }
    let s = sites[site]
    let result = try d.logDensity(values[site], dims: s.dims, kind: s.variable.type.kind)
    return result
  }

  func evaluate(_ distribution: Distribution, row: Int) throws -> EvaluatedDistribution {
    switch distribution {
    case .family(let name, let form, let arguments, _):
      return .family(name, form: form, try arguments.map { try evaluate($0, row: row) })
    case .zeroInflated(let base, let p, _):
      return .zeroInflated(try evaluate(base, row: row), try evaluate(p, row: row))
    case .truncated(let base, let low, let high, _):
      return .truncated(
        try evaluate(base, row: row), low: try low.map { try evaluate($0, row: row) },
        high: try high.map { try evaluate($0, row: row) })
    case .censored(let base, let low, let high, let right, _):
      return .censored(
        try evaluate(base, row: row), low: try low.map { try evaluate($0, row: row) },
        high: try high.map { try evaluate($0, row: row) },
        right: try right.map { try evaluate($0, row: row) })
    case .mixture(let weights, let base, _):
      let w = try evaluate(weights, row: row)
      let count = w.dims.last ?? 1
      let whole = try evaluate(base, row: row)
      return .mixture(weights: w, try (0..<count).map { try whole.component($0, of: count) })
    }
  }
}

extension EvaluatedDistribution {
  /// Component k of a mixture: arguments that lead with the number of components give their part.
  func component(_ k: Int, of count: Int) throws -> EvaluatedDistribution {
    func part(_ t: Tensor) throws -> Tensor { t.dims.first == count ? try t.leading(k) : t }
    switch self {
    case .family(let name, let form, let arguments):
      return .family(name, form: form, try arguments.map(part))
    case .zeroInflated(let base, let p):
      return .zeroInflated(try base.component(k, of: count), try part(p))
    case .truncated(let base, let low, let high):
      return .truncated(
        try base.component(k, of: count), low: try low.map(part), high: try high.map(part))
    case .censored(let base, let low, let high, let right):
      return .censored(
        try base.component(k, of: count), low: try low.map(part), high: try high.map(part),
        right: try right.map(part))
    case .mixture: throw OracleError.unsupported("a mixture of mixtures")
    }
  }
}
