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
    let names = plan.model.variables.map(\.name).filter { bound.data.masked.contains($0) }
    var result = Imputed(rows: bound.data.rows, variables: [])
    guard !names.isEmpty else { return result }
    let posterior = posterior(plan, bound.data, samples: samples, seed: seed, runtime: runtime)
    result.estimate = DrawnEstimate(posterior)
    result.variables = names.compactMap { bound.binding[$0] }.map {
      Self.observedCells($0, table, bound)
    }
    try posterior.query(.cells(of: names)).eachPiece { piece in
      result.estimate?.effectiveSamples += piece.first?.effectiveSamples ?? []
      for mixture in piece {
        let name = plan.model[mixture.variable].name
        guard let source = bound.binding[name],
          let place = result.variables.firstIndex(where: { $0.name == name })
        else { continue }
        try fill(&result.variables[place], with: mixture, source, plan.model, bound)
      }
    }
    return result
  }

  private func fill(
    _ variable: inout Imputed.Variable, with mixture: Mixture, _ source: BoundVariable,
    _ model: ModelGraph, _ bound: BoundModel
  ) throws {
    let spread = Spreading(bound, mixture)
    if case .probabilities(let p, let k) = mixture.content {
      variable.sd = []
      spread.each { i, j, at in
        guard variable.isImputed[at] else { return }
        let start = (i * mixture.size + j) * k
        let best = (0..<k).max { p[start + $0] < p[start + $1] } ?? 0
        variable.values[at] = source.preparation?.columns[j].undo(Double(best)) ?? Double(best)
        variable.probability[at] = p[start + best]
      }
      return
    }
    variable.probability = []
    let numbers = try CellSummary(mixture, model, source.preparation)
    try spread.each { i, j, at in
      guard variable.isImputed[at] else { return }
      let cell = i * mixture.size + j
      guard numbers.mean[cell].isFinite else {
        throw QueryError.noFiniteValue(variable: model.place(of: model[mixture.variable]))
      }
      variable.values[at] = numbers.mean[cell]
      variable.sd[at] = numbers.sd[cell]
    }
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
