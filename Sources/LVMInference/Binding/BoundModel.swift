import LVMCompute
import LVMData
import LVMModel
import LVMSyntax

/// A model whose sizes a table has told, with the table as the engine sees it.
public struct BoundModel: Sendable {
  public struct Options: Sendable {
    /// Sizes and constants, as `--set` gives them.
    public var settings: [String: Double]
    public var columns: [String: ColumnSpec]
    public var memory: BindingMemory?
    /// Given variables whose values come from elsewhere: the table is not asked for them.
    public var supplied: Set<String>
    /// Whether a table for a fit must have some column that the fit was made with.
    public var needsColumns: Bool

    public init(
      settings: [String: Double] = [:], columns: [String: ColumnSpec] = [:],
      memory: BindingMemory? = nil, supplied: Set<String> = [], needsColumns: Bool = true
    ) {
      self.settings = settings
      self.columns = columns
      self.memory = memory
      self.supplied = supplied
      self.needsColumns = needsColumns
    }
  }

  /// The model with every size known.
  public let graph: ModelGraph
  public let data: ModelData
  public let binding: Binding
  public let warnings: [DataWarning]

  public var memory: BindingMemory { binding.memory }
  public var logJacobian: Double { binding.logJacobian }

  /// Observed variables prepared by `binarize`: their values are probabilities.
  public var binarized: Set<String> {
    var result: Set<String> = []
    for v in graph.variables where v.role == .observe {
      if memory.preparations[v.name]?.columns.contains(where: \.isDrawn) ?? false {
        result.insert(v.name)
      }
    }
    return result
  }

  /// Binds a checked model to a table.
  ///
  /// - Throws: `DataErrors` where columns or cells do not fit; `Diagnostics` where the model has
  ///   groups that cannot be laid out, or a size that nothing tells.
  public init(_ model: ModelGraph, table: Table, options: Options = Options()) throws {
    var sizes: [String: Int] = [:]
    for size in model.sizes where size.isSize {
      if let value = options.settings[size.name] ?? size.value { sizes[size.name] = Int(value) }
    }
    try Self.refuseTooLarge(model.sized(sizes))
    if let memory = options.memory, options.needsColumns { try Self.refuseStranger(table, memory) }
    let requests = ColumnRequests.of(model, sizes: sizes).filter {
      $0.role != .given || !options.supplied.contains($0.name)
    }
    var binding: Binding = try table.bind(
      requests, overrides: options.columns,
      options: BindingOptions(
        memory: options.memory, absentObservedIsMissing: options.memory != nil))
    sizes.merge(binding.sizes) { own, _ in own }
    let sized = model.sized(sizes)
    if let open = sized.unresolvedSizes.sorted().first {
      let span = model.sizes.first { $0.name == open }?.span ?? .none
      throw Diagnostics(
        source: model.source, items: [BindingFinding.unknownSize(open).at(span)])
    }
    try Self.refuseTooLarge(sized)
    graph = sized
    let nesting: PlateNesting
    do {
      nesting = try PlateNesting(sized)
    } catch {
      throw Diagnostics(
        source: model.source,
        items: [
          PlanError.crossedGroups(error.first.name, error.second.name).at(error.second.span)
        ])
    }
    for v in sized.variables where v.role == .observe || v.role == .given {
      let plate = nesting.compute(v.plate)
      guard plate != .rows, let bound = binding[v.name],
        let group = binding.group(sized[v.plate].name)
      else { continue }
      try group.checkConstant(bound, in: table, span: v.nameSpan)
    }
    if let limit = table.memoryLimit, let why = Self.needsWholeTable(sized, nesting) {
      // The table itself, and the same number of values laid out for the engine.
      let bytes = 16 * table.rowCount * max(1, binding.variables.reduce(0) { $0 + $1.width })
      throw DataErrors([
        .reading(
          .needsMemory(why: why, bytes: bytes + Self.processBytes, limit: limit),
          at: DataPlace(file: table.name))
      ])
    }
    var data = Self.layOut(sized, nesting, &binding)
    if table.memoryLimit != nil { data.columns.spill = { try SpilledColumn(width: $0) } }
    self.data = data
    self.binding = binding
    warnings = table.warnings + binding.warnings
  }

  private static func refuseTooLarge(_ model: ModelGraph) throws(Diagnostics) {
    let findings = model.sizeFindings
    if !findings.isEmpty { throw Diagnostics(source: model.source, items: findings) }
  }

  /// An observed column that is absent is wholly missing; where all are, this is another table.
  private static func refuseStranger(_ table: Table, _ memory: BindingMemory) throws {
    let names = memory.columns.sorted { $0.key < $1.key }.flatMap(\.value)
    guard !names.isEmpty, !names.contains(where: { table.column(named: $0) != nil }) else { return }
    throw DataErrors([
      .binding(
        .noneOfColumns(expected: names, available: table.columns.map(\.name)),
        at: DataPlace(file: table.name), span: .none)
    ])
  }

  /// What the program itself takes of memory, about.
  private static let processBytes = 50_000_000

  /// Whether rows are apart: no groups, no chains, nothing that is read of earlier rows.
  public var rowsAreIndependent: Bool {
    guard let nesting = try? PlateNesting(graph) else { return false }
    return Self.needsWholeTable(graph, nesting) == nil
  }

  /// The same model bound to some rows of the table, in memory; only where rows are independent.
  public func rows(_ range: Range<Int>) -> BoundModel { BoundModel(self, rows: range) }

  private init(_ whole: BoundModel, rows: Range<Int>) {
    graph = whole.graph
    var part = whole.data
    part.columns = whole.data.columns.rows(rows)
    part.rows = rows.count
    data = part
    binding = whole.binding.rows(rows)
    warnings = []
  }

  /// For each entry of an observed variable, whether any row lacks it.
  public func missingEntries(of name: String) -> [Bool] {
    let width = binding[name]?.width ?? 0
    var result = [Bool](repeating: false, count: width)
    guard data.masked.contains(name),
      let mask = data.columns.columns[ModelColumn.mask(named: name)]
    else { return result }
    var at = 0
    mask.eachBlock { values in
      for value in values {
        if value == 0 { result[at % width] = true }
        at += 1
      }
    }
    return result
  }

  /// Why rows cannot be read one block after the other.
  private static func needsWholeTable(_ model: ModelGraph, _ nesting: PlateNesting) -> String? {
    if let group = nesting.chain.dropFirst().first {
      return "the rows are grouped by `\(model[group].name)`"
    }
    for v in model.variables {
      if case .chain = v.definition { return "`\(v.name)` is a chain along the rows" }
    }
    if let v = model.variables.first(where: { !lags(of: $0, in: model).isEmpty }) {
      return "the model reads `\(v.name)` of earlier rows"
    }
    return nil
  }

  /// Rows sorted so that groups are contiguous, and columns with all that lowering refers to.
  private static func layOut(
    _ model: ModelGraph, _ nesting: PlateNesting, _ binding: inout Binding
  ) -> ModelData {
    let rows = binding.rowCount
    let units = UnitOrder(model, nesting, binding)
    let layout = units.layout
    var columns: [String: DataColumn] = [:]
    for p in 0..<nesting.count {
      // One indicator a plate; the name is shared, the plate tells them apart.
      columns[ModelColumn.ones(PlateID(p))] = DataColumn(
        plate: PlateID(p), repeating: 1, instances: layout.counts[p])
      columns[ModelColumn.zero(PlateID(p))] = DataColumn(
        plate: PlateID(p), repeating: 0, instances: layout.counts[p])
    }
    var masked: Set<String> = []
    for v in model.variables where v.role == .observe || v.role == .given {
      guard let bound = binding[v.name], let dims = v.type.dims else { continue }
      let plate = nesting.compute(v.plate)
      let width = max(1, dims.reduce(1, *))
      let lags = lags(of: v, in: model)
      if units.isRows, lags.isEmpty {
        var source = BoundRows(variable: bound)
        if bound.missingCount > 0 {
          masked.insert(v.name)
          columns[ModelColumn.mask(v)] = DataColumn(
            plate: plate, dims: dims, source: BoundMask(variable: bound), instances: rows)
          source.safe = safeValues(bound, v.type.kind)
        }
        columns[v.name] = DataColumn(plate: plate, dims: dims, source: source, instances: rows)
        continue
      }
      let all = bound.values
      let firsts = units.firsts(of: plate)
      var values = [Double](repeating: 0, count: firsts.count * width)
      for (i, at) in firsts.enumerated() {
        let row = units.isRows ? at : units.order[at]
        for j in 0..<width { values[i * width + j] = all[row * width + j] }
      }
      if values.contains(where: \.isNaN) {
        masked.insert(v.name)
        let mask = values.map { $0.isNaN ? 0.0 : 1.0 }
        columns[ModelColumn.mask(v)] = DataColumn(plate: plate, dims: dims, values: mask)
        fillSafely(&values, width, v.type.kind)
      }
      columns[v.name] = DataColumn(plate: plate, dims: dims, values: values)
      if plate == .rows { addLags(lags, of: v, values, width, dims, layout, &columns) }
    }
    return ModelData(
      columns: DataColumns(layout: layout, columns: columns), rows: rows,
      moved: units.isRows ? nil : units.order, masked: masked, groupLabels: units.labels)
  }

  /// Missing cells hold a value that every density accepts; masks keep it out of all sums.
  private static func fillSafely(_ values: inout [Double], _ width: Int, _ kind: ElementKind) {
    for j in 0..<width {
      var sum = 0.0
      var count = 0.0
      for i in stride(from: j, to: values.count, by: width) where !values[i].isNaN {
        sum += values[i]
        count += 1
      }
      let safe = safeValue(sum: sum, count: count, width, kind)
      for i in stride(from: j, to: values.count, by: width) where values[i].isNaN {
        values[i] = safe
      }
    }
  }

  /// What missing cells of each column hold, as `fillSafely` has it.
  private static func safeValues(_ variable: BoundVariable, _ kind: ElementKind) -> [Double] {
    let width = variable.width
    let column = DataColumn(
      dims: [width], source: BoundRows(variable: variable), instances: variable.rowCount)
    // Sums of what is there, then how much of it there is.
    let sums = Runtime.serial.fold(column, Sums(count: 2 * width)) { sums, values in
      for (i, value) in values.enumerated() where !value.isNaN {
        sums.numbers[i % width] += value
        sums.numbers[width + i % width] += 1
      }
    }.numbers
    return (0..<width).map { safeValue(sum: sums[$0], count: sums[width + $0], width, kind) }
  }

  private static func safeValue(
    sum: Double, count: Double, _ width: Int, _ kind: ElementKind
  ) -> Double {
    let mean = count > 0 ? sum / count : 1
    switch kind {
    case .real: return mean
    case .positive: return mean > 0 ? mean : 1
    case .unit: return min(max(mean, 0.01), 0.99)
    case .count, .integer: return mean.rounded()
    case .binary, .category: return 0
    case .simplex: return 1 / Double(width)
    case .covariance, .correlation, .cholesky, .orthonormal: return 0
    }
  }

  /// The lags at which the model reads a variable.
  private static func lags(of v: Variable, in model: ModelGraph) -> Set<Int> {
    var lags: Set<Int> = []
    func look(_ e: Expression) {
      e.visit { part in
        switch part.node {
        case .previous(let id, let lag):
          if id == v.id, let n = lag.constant { lags.insert(n) }
        case .previousRange(let id, let from, let to):
          if id == v.id, let a = from.constant, let b = to.constant, a <= b {
            lags.formUnion(a...b)
          }
        case .number, .size, .variable, .map, .function, .arithmetic, .negate, .matrixProduct,
          .index, .array, .network:
          break
        }
      }
    }
    for other in model.variables { other.definition.expressions.forEach(look) }
    return lags
  }

  /// Columns of earlier rows, for every lag at which the model reads a variable.
  private static func addLags(
    _ lags: Set<Int>, of v: Variable, _ values: [Double], _ width: Int, _ dims: [Int],
    _ layout: PlateLayout, _ columns: inout [String: DataColumn]
  ) {
    let rows = layout.counts[0]
    let begins: [Int]
    if layout.counts.count > 1 {
      begins = Array(layout.offsets[0])
    } else {
      begins = [0, rows]
    }
    for lag in lags {
      var shifted = [Double](repeating: 0, count: values.count)
      for (a, b) in zip(begins, begins.dropFirst()) {
        for i in stride(from: a + lag, to: b, by: 1) {
          for j in 0..<width { shifted[i * width + j] = values[(i - lag) * width + j] }
        }
      }
      columns[ModelColumn.lag(v, lag)] = DataColumn(dims: dims, values: shifted)
    }
  }
}

/// What only a table can show to be wrong with a model.
public enum BindingFinding: Finding {
  case unknownSize(String)

  public var code: String { "unknown-size" }
  public var message: String {
    switch self {
    case .unknownSize(let name): "neither a default nor the data tell the size `\(name)`"
    }
  }
  public var help: [String] {
    switch self {
    case .unknownSize(let name):
      ["give it a value: `--set \(name)=2`, or `\(name) = 2` in the header"]
    }
  }
}
