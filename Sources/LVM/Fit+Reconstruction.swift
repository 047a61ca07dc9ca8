import LVMData
import LVMInference
import LVMModel

/// Observed variables as the latents of their rows have them.
public struct Reconstruction: Sendable {
  /// One observed variable; arrays are row-major, [rows, width], in the table's order.
  public struct Variable: Sendable {
    public var name: String
    /// The names of its columns, one an entry.
    public var columns: [String]
    /// Of a label: the names of its values in the order of their indices.
    public var labels: [String]?
    /// Means in the columns' own units; of a label, the zero-based index of the most probable value.
    public var values: [Double]
    /// Whether values are indices of labels.
    public var isLabel: Bool

    public var width: Int { columns.count }
  }

  public var rows: Int
  public var variables: [Variable]
  /// How many draws of the latents were averaged; nil where nothing was drawn.
  public var samples: Int?

  public subscript(_ name: String) -> Variable? { variables.first { $0.name == name } }
}

extension Reconstruction {
  /// Joins further rows.
  mutating func append(_ other: Reconstruction) {
    rows += other.rows
    for (i, more) in other.variables.enumerated() { variables[i].values += more.values }
  }
}

extension Fit {
  /// Every observed variable from the posterior of the latents alone: the mean of a fresh value, for
  /// present and missing cells alike.
  ///
  /// Of PPCA it is W·E[z | x] + μ; of a mixture, the components' means weighted by their posterior. The
  /// mean is taken of the prepared column and the preparation undone after. Of a 0/1 variable it is the
  /// probability of 1; of a label the most probable value, which for one that other variables depend on
  /// is itself where it is known.
  ///
  /// Where latents are drawn from guides, the mean is over the guide's draws alone.
  ///
  /// - Parameter samples: draws a row where latents are drawn.
  /// - Throws: `DataErrors` of the binding; `QueryError` naming a variable whose mean has no closed form.
  public func reconstruct(_ table: Table, samples: Int = latentDraws, runtime: Runtime = .serial)
    throws
    -> Reconstruction
  {
    var whole: Reconstruction?
    try eachReconstruction(table, samples: samples, runtime: runtime) { piece in
      if whole == nil { whole = piece } else { whole?.append(piece) }
    }
    return whole ?? Reconstruction(rows: 0, variables: [])
  }

  /// The same, some rows at a time and in order where rows are independent.
  public func eachReconstruction(
    _ table: Table, samples: Int = latentDraws, runtime: Runtime = .serial,
    _ body: (Reconstruction) throws -> Void
  ) throws {
    try eachPiece(of: table, bound(to: table)) { bound, _ in
      try body(reconstructed(bound, samples: samples, runtime: runtime))
    }
  }

  private func reconstructed(_ bound: BoundModel, samples: Int, runtime: Runtime) throws
    -> Reconstruction
  {
    let plan = try plan(bound)
    let names = bound.graph.variables.filter { $0.role == .observe }.map(\.name)
    let posterior = posterior(plan, bound.data, samples: samples, seed: seed, runtime: runtime)
    var result = Reconstruction(rows: bound.data.rows, variables: [])
    result.samples = DrawnEstimate(posterior)?.samples
    result.variables = names.compactMap { bound.binding[$0] }.map(Self.reconstructed)
    try posterior.query(.replicates(of: names)).eachPiece { piece in
      for mixture in piece {
        let name = bound.graph[mixture.variable].name
        guard let source = bound.binding[name],
          let place = result.variables.firstIndex(where: { $0.name == name })
        else { continue }
        try fill(&result.variables[place], with: mixture, source, bound)
      }
    }
    return result
  }

  private static func reconstructed(_ source: BoundVariable) -> Reconstruction.Variable {
    let columns =
      source.columns.count == source.width
      ? source.columns
      : (0..<source.width).map { source.width == 1 ? source.name : "\(source.name)\($0 + 1)" }
    return Reconstruction.Variable(
      name: source.name, columns: columns, labels: source.labels, values: source.values,
      isLabel: false)
  }

  private func fill(
    _ result: inout Reconstruction.Variable, with mixture: Mixture, _ source: BoundVariable,
    _ bound: BoundModel
  ) throws {
    let variable = bound.graph[mixture.variable]
    let spread = Spreading(bound, mixture)
    if case .probabilities(let p, let k) = mixture.content {
      let isLabel = variable.type.kind != .binary
      result.isLabel = isLabel
      let isParent = !bound.graph.children(of: variable.id).isEmpty
      spread.each { i, j, at in
        let start = (i * mixture.size + j) * k
        let own = p[start..<(start + k)]
        if isLabel {
          if isParent, !source.values[at].isNaN { return }
          let best = own.indices.max { own[$0] < own[$1] } ?? own.startIndex
          result.values[at] = Double(best - own.startIndex)
        } else {
          let chance = own[own.startIndex + k - 1]
          result.values[at] = source.preparation?.columns[j].undo(chance) ?? chance
        }
      }
      return
    }
    let means = try mixture.expectation(bound.graph) ?? []
    try spread.each { i, j, at in
      let mean = means[i * mixture.size + j]
      guard mean.isFinite else {
        throw QueryError.noFiniteValue(variable: bound.graph.place(of: variable))
      }
      result.values[at] = source.preparation?.columns[j].undo(mean) ?? mean
    }
  }
}
