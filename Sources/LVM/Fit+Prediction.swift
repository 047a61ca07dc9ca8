import LVMCompute
import LVMData
import LVMInference
import LVMModel

/// The distribution of observed variables given the rest of each row, group or series.
public struct Prediction: Sendable {
  /// One observed variable; arrays are row-major, [rows, width], in the table's order and units.
  public struct Variable: Sendable {
    public var name: String
    public var columns: [String]
    /// True where the cell was predicted; elsewhere it is known, and its distribution is a point.
    public var isPredicted: [Bool]
    public var content: Content
    /// Where latents were drawn, how many times and how well that went.
    public var estimate: DrawnEstimate?

    public var width: Int { columns.count }
  }

  public enum Content: Sendable {
    /// Mean, standard deviation, 5% and 95% quantiles; `draws` says from how many draws per cell where
    /// they are not exact.
    case numbers(mean: [Double], sd: [Double], q5: [Double], q95: [Double], draws: Int?)
    /// The most probable value's zero-based index, and probabilities [rows, width, values]; `labels` are
    /// the names of the values where there are any.
    case labels([Int], probabilities: [Double], values: Int, labels: [String]?)
  }

  public var rows: Int
  public var variables: [Variable]

  public subscript(_ name: String) -> Variable? { variables.first { $0.name == name } }
}

extension Fit {
  /// Draws per cell where quantiles are not known otherwise.
  public static let predictiveDraws = 4000

  /// The distribution of missing cells of observed variables given everything observed of the row, the
  /// group or the series; blank rows of a chain are its forecast.
  ///
  /// - Parameters:
  ///   - name: an observed variable to take as wholly missing; nil predicts what is missing, or where
  ///     nothing is, each observed variable in turn from the others.
  ///   - samples: draws a row where latents are drawn.
  /// - Throws: `DataErrors` of the binding; `QueryError` for a name that is not observed, or a
  ///   distribution that is not known.
  public func predict(
    _ table: Table, of name: String? = nil, samples: Int = latentDraws, runtime: Runtime = .serial
  ) throws -> Prediction {
    var whole: Prediction?
    try eachPrediction(table, of: name, samples: samples, runtime: runtime) { piece in
      if whole == nil { whole = piece } else { whole?.append(piece) }
    }
    return whole ?? Prediction(rows: 0, variables: [])
  }

  /// The same, some rows at a time and in order where rows are independent.
  public func eachPrediction(
    _ table: Table, of name: String? = nil, samples: Int = latentDraws, runtime: Runtime = .serial,
    _ body: (Prediction) throws -> Void
  ) throws {
    let bound = try bound(to: table)
    let observed = bound.graph.variables.filter { $0.role == .observe }.map(\.name)
    if let name, !observed.contains(name) {
      throw QueryError.notObserved(name: name, known: observed)
    }
    try eachPiece(of: table, bound) { bound, table in
      try body(predicted(name, observed, bound, table, samples, runtime))
    }
  }

  private func predicted(
    _ name: String?, _ observed: [String], _ bound: BoundModel, _ table: Table, _ samples: Int,
    _ runtime: Runtime
  ) throws -> Prediction {
    var variables: [Prediction.Variable] = []
    if let name {
      variables = try predicted([name], bound, bound.data.hiding(name), table, samples, runtime)
    } else {
      let missing = observed.filter { bound.data.masked.contains($0) }
      if missing.isEmpty {
        for other in observed {
          variables += try predicted(
            [other], bound, bound.data.hiding(other), table, samples, runtime)
        }
      } else {
        variables = try predicted(missing, bound, bound.data, table, samples, runtime)
      }
    }
    return Prediction(rows: bound.data.rows, variables: variables)
  }

  private func predicted(
    _ names: [String], _ bound: BoundModel, _ data: ModelData, _ table: Table,
    _ samples: Int, _ runtime: Runtime
  ) throws -> [Prediction.Variable] {
    let plan = try plan(bound, data)
    let posterior = posterior(plan, data, samples: samples, seed: seed, runtime: runtime)
    var estimate = DrawnEstimate(posterior)
    var cells = names.compactMap { bound.binding[$0] }.map { source in
      var known = Self.observedCells(source, table, bound)
      // A hidden variable is missing in every cell.
      if !bound.data.masked.contains(source.name) || names.count == 1 && data.isHidden(source.name)
      {
        known.isImputed = [Bool](repeating: true, count: known.values.count)
      }
      return PredictedCells(known, source)
    }
    var sampler: MixtureSampler?
    try posterior.query(.cells(of: names)).eachPiece { piece in
      estimate?.effectiveSamples += piece.first?.effectiveSamples ?? []
      for mixture in piece {
        let name = plan.model[mixture.variable].name
        guard let place = cells.firstIndex(where: { $0.source.name == name }) else { continue }
        if case .probabilities(let p, let k) = mixture.content {
          cells[place].fill(mixture, p, values: k, bound)
          continue
        }
        let asked = data.missingCells(of: name, at: mixture.instances, size: mixture.size)
        let numbers = try CellSummary(
          mixture, plan.model, cells[place].source.preparation, asked: asked
        ) {
          let drawing = sampler ?? posterior.sampler
          sampler = drawing
          return try drawing.draws(mixture, count: Self.predictiveDraws, seed: seed)
        }
        cells[place].fill(mixture, numbers, bound)
      }
    }
    return cells.map { $0.variable(estimate) }
  }
}

/// One variable's cells as the pieces of their distribution come in, [rows, width] in the table's order.
private struct PredictedCells {
  let known: Imputed.Variable
  let source: BoundVariable
  private var mean: [Double]
  private var sd: [Double]
  private var q5: [Double]
  private var q95: [Double]
  private var isDrawn = false
  /// Of a label, [rows, width, values].
  private var probabilities: [Double] = []
  private var values = 0

  init(_ known: Imputed.Variable, _ source: BoundVariable) {
    self.known = known
    self.source = source
    (mean, q5, q95) = (known.values, known.values, known.values)
    sd = [Double](repeating: 0, count: known.values.count)
  }

  mutating func fill(_ mixture: Mixture, _ p: [Double], values k: Int, _ bound: BoundModel) {
    if values == 0 {
      values = k
      probabilities = [Double](repeating: 0, count: known.values.count * k)
      for at in source.values.indices where !known.isImputed[at] {
        let label = Int(source.values[at].rounded())
        if (0..<k).contains(label) { probabilities[at * k + label] = 1 }
      }
    }
    Spreading(bound, mixture).each { i, j, at in
      guard known.isImputed[at] else { return }
      for c in 0..<k { probabilities[at * k + c] = p[(i * mixture.size + j) * k + c] }
    }
  }

  mutating func fill(_ mixture: Mixture, _ numbers: CellSummary, _ bound: BoundModel) {
    isDrawn = isDrawn || numbers.isDrawn
    Spreading(bound, mixture).each { i, j, at in
      guard known.isImputed[at] else { return }
      let cell = i * mixture.size + j
      (mean[at], sd[at]) = (numbers.mean[cell], numbers.sd[cell])
      (q5[at], q95[at]) = (numbers.q5[cell], numbers.q95[cell])
    }
  }

  func variable(_ estimate: DrawnEstimate?) -> Prediction.Variable {
    let content: Prediction.Content
    if values > 0 {
      let k = values
      let best = known.values.indices.map { at in
        (0..<k).max { probabilities[at * k + $0] < probabilities[at * k + $1] } ?? 0
      }
      content = .labels(best, probabilities: probabilities, values: k, labels: source.labels)
    } else {
      content = .numbers(
        mean: mean, sd: sd, q5: q5, q95: q95, draws: isDrawn ? Fit.predictiveDraws : nil)
    }
    return Prediction.Variable(
      name: source.name, columns: known.columns, isPredicted: known.isImputed, content: content,
      estimate: estimate)
  }
}

extension Prediction {
  /// Joins what is known of further rows.
  mutating func append(_ other: Prediction) {
    rows += other.rows
    for (i, more) in other.variables.enumerated() { variables[i].append(more) }
  }
}

extension Prediction.Variable {
  fileprivate mutating func append(_ other: Prediction.Variable) {
    isPredicted += other.isPredicted
    switch (content, other.content) {
    case (
      .numbers(let mean, let sd, let q5, let q95, let draws),
      .numbers(let m, let s, let a, let b, let n)
    ):
      content = .numbers(
        mean: mean + m, sd: sd + s, q5: q5 + a, q95: q95 + b, draws: draws ?? n)
    case (.labels(let best, let p, let k, let labels), .labels(let more, let q, _, _)):
      content = .labels(best + more, probabilities: p + q, values: k, labels: labels)
    case (.numbers, .labels), (.labels, .numbers):
      preconditionFailure("pieces of one prediction are alike")
    }
  }
}

extension ModelData {
  /// Whether every cell of a variable is marked missing.
  func isHidden(_ name: String) -> Bool {
    columns.columns["$mask.\(name)"]?.values.allSatisfy { $0 == 0 } ?? false
  }
}
