import LVMCompute
import LVMData
import LVMInference
import LVMModel

/// A table's observed variables with their missing cells filled.
public struct Imputed: Sendable {
  /// One observed variable with missing cells; arrays are row-major, [rows, width], in the table's order.
  public struct Variable: Sendable {
    public var name: String
    /// The names of its columns, one an entry.
    public var columns: [String]
    /// Of a label: the names of its values in the order of their indices.
    public var labels: [String]?
    /// In the columns' own units; of a label, the zero-based index. Observed cells are as they were.
    /// A missing number is its conditional mean (of a count too: not rounded), a missing label the most
    /// probable one.
    public var values: [Double]
    /// Conditional standard deviations in the same units, 0 where observed; empty for labels.
    public var sd: [Double]
    /// Probability of the label that was put in, 1 where observed; empty for numbers.
    public var probability: [Double]
    /// True where a cell was missing.
    public var isImputed: [Bool]

    public var width: Int { columns.count }
  }

  public var rows: Int
  public var variables: [Variable]
  /// Where latents were drawn, how many times and how well that went.
  public var estimate: DrawnEstimate?

  public subscript(_ name: String) -> Variable? { variables.first { $0.name == name } }
}

extension Imputed {
  /// Joins further rows.
  mutating func append(_ other: Imputed) {
    rows += other.rows
    for (i, more) in other.variables.enumerated() {
      variables[i].values += more.values
      variables[i].sd += more.sd
      variables[i].probability += more.probability
      variables[i].isImputed += more.isImputed
    }
  }
}

extension Fit {
  /// Fills the missing cells of observed variables with their conditional expectation given everything
  /// observed of the row, the group or the series, with its standard deviation.
  ///
  /// - Parameter samples: draws a row where latents are drawn.
  /// - Throws: `DataErrors` of the binding; `QueryError` naming a variable whose conditional mean has no
  ///   closed form.
  public func impute(_ table: Table, samples: Int = latentDraws, runtime: Runtime = .serial) throws
    -> Imputed
  {
    var whole: Imputed?
    try eachImputed(table, samples: samples, runtime: runtime) { piece in
      if whole == nil { whole = piece } else { whole?.append(piece) }
    }
    return whole ?? Imputed(rows: 0, variables: [])
  }

  /// The same, some rows at a time and in order where rows are independent.
  public func eachImputed(
    _ table: Table, samples: Int = latentDraws, runtime: Runtime = .serial,
    _ body: (Imputed) throws -> Void
  ) throws {
    try eachPiece(of: table, bound(to: table)) { bound, table in
      try body(imputed(bound, table, samples: samples, runtime: runtime))
    }
  }

  private func imputed(_ bound: BoundModel, _ table: Table, samples: Int, runtime: Runtime) throws
    -> Imputed
  {
    let plan = try plan(bound)
    if plan.isTrained {
      return try imputedByDraws(plan, bound, table, samples: samples, runtime: runtime)
    }
    let names = plan.model.variables.map(\.name).filter { bound.data.masked.contains($0) }
    let laws = try PredictiveDistributions(plan, data: bound.data, runtime: runtime)
      .laws(of: names, parameters: parameters)
    var variables: [Imputed.Variable] = []
    for law in laws {
      let name = plan.model[law.variable].name
      guard let source = bound.binding[name] else { continue }
      var variable = Self.observedCells(source, table, bound)
      let spread = Spreading(bound, law)
      switch law.content {
      case .probabilities(let p, let k):
        variable.sd = []
        spread.each { i, j, at in
          guard variable.isImputed[at] else { return }
          let start = (i * law.size + j) * k
          let best = (0..<k).max { p[start + $0] < p[start + $1] } ?? 0
          variable.values[at] = Double(best)
          if let column = source.preparation?.columns[j] {
            variable.values[at] = column.undo(Double(best))
          }
          variable.probability[at] = p[start + best]
        }
      case .normal, .scalar, .drawn:
        variable.probability = []
        let moments = try law.moments(plan.model, source.preparation)
        try spread.each { i, j, at in
          guard variable.isImputed[at] else { return }
          let (m, s) = (moments.mean[i * law.size + j], moments.sd[i * law.size + j])
          guard m.isFinite else {
            throw QueryError.noFiniteValue(
              variable: plan.model.place(of: plan.model[law.variable]))
          }
          variable.values[at] = m
          variable.sd[at] = s
        }
      }
      variables.append(variable)
    }
    return Imputed(rows: bound.data.rows, variables: variables)
  }

  /// A variable's cells in its columns' own units: those of the table where a column is one cell.
  static func observedCells(_ source: BoundVariable, _ table: Table, _ bound: BoundModel)
    -> Imputed.Variable
  {
    var values = source.values
    let missing = values.map(\.isNaN)
    source.preparation?.undo(&values)
    if source.columns.count == source.width, source.labels == nil {
      for (j, name) in source.columns.enumerated() {
        guard let column = table.column(named: name), column.isNumeric else { continue }
        let raw = column.storage.doubles()
        for row in raw.indices { values[row * source.width + j] = raw[row] }
      }
    }
    let columns =
      source.columns.count == source.width
      ? source.columns
      : (0..<source.width).map { source.width == 1 ? source.name : "\(source.name)\($0 + 1)" }
    return Imputed.Variable(
      name: source.name, columns: columns, labels: source.labels, values: values,
      sd: [Double](repeating: 0, count: values.count),
      probability: [Double](repeating: 1, count: values.count), isImputed: missing)
  }
}

/// Where each instance of a law stands in the table: one row, or all rows of a group.
struct Spreading {
  /// Of each instance, its rows of the table.
  let rows: [[Int]]
  private let size: Int

  init(_ bound: BoundModel, _ law: PredictiveDistribution) {
    size = law.size
    let order = bound.data.order
    if law.plate == 0 {
      rows = law.instances.map { [order[$0]] }
    } else {
      let offsets = bound.data.columns.layout.offsets(of: PlateID(law.plate), into: .rows)
      rows = law.instances.map { offsets[$0]..<offsets[$0 + 1] }.map { $0.map { order[$0] } }
    }
  }

  /// Rows of the data.
  init(_ bound: BoundModel, rows instances: [Int], size: Int) {
    self.size = size
    let order = bound.data.order
    rows = instances.map { [order[$0]] }
  }

  /// Calls `body` with instance, entry, and the place of the cell in a row-major table.
  func each(_ body: (Int, Int, Int) throws -> Void) rethrows {
    for (i, places) in rows.enumerated() {
      for j in 0..<size { for row in places { try body(i, j, row * size + j) } }
    }
  }
}
