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
  /// - Throws: `DataErrors` of the binding; `QueryError` for a name that is not observed, or a law that
  ///   is not known.
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
    if plan.isTrained {
      return try predictedByDraws(
        names, plan, bound, data, table, samples: samples, runtime: runtime)
    }
    let laws = try PredictiveDistributions(plan, data: data, runtime: runtime).laws(
      of: names, parameters: parameters)
    return try laws.compactMap { law in
      let name = plan.model[law.variable].name
      guard let source = bound.binding[name] else { return nil }
      var cells = Self.observedCells(source, table, bound)
      // A hidden variable is missing in every cell.
      if !bound.data.masked.contains(name) || names.count == 1 && data.isHidden(name) {
        cells.isImputed = [Bool](repeating: true, count: cells.values.count)
      }
      let content =
        if case .probabilities(let p, let k) = law.content {
          labels(law, p, k, cells, source, bound)
        } else {
          try numbers(law, plan, cells, source, bound, data)
        }
      return Prediction.Variable(
        name: name, columns: cells.columns, isPredicted: cells.isImputed, content: content)
    }
  }

  private func labels(
    _ law: PredictiveDistribution, _ p: [Double], _ k: Int, _ cells: Imputed.Variable,
    _ source: BoundVariable,
    _ bound: BoundModel
  ) -> Prediction.Content {
    let prepared = source.values
    var all = [Double](repeating: 0, count: cells.values.count * k)
    for at in prepared.indices where !cells.isImputed[at] {
      let known = Int(prepared[at].rounded())
      if (0..<k).contains(known) { all[at * k + known] = 1 }
    }
    Spreading(bound, law).each { i, j, at in
      guard cells.isImputed[at] else { return }
      for c in 0..<k { all[at * k + c] = p[(i * law.size + j) * k + c] }
    }
    let best = cells.values.indices.map { at in
      (0..<k).max { all[at * k + $0] < all[at * k + $1] } ?? 0
    }
    return .labels(best, probabilities: all, values: k, labels: source.labels)
  }

  private func numbers(
    _ law: PredictiveDistribution, _ plan: Plan, _ cells: Imputed.Variable, _ source: BoundVariable,
    _ bound: BoundModel, _ data: ModelData
  ) throws -> Prediction.Content {
    var mean = cells.values
    var sd = [Double](repeating: 0, count: mean.count)
    var (q5, q95) = (mean, mean)
    let moments = try? law.moments(plan.model, source.preparation)
    let quantiles = try law.quantiles([0.05, 0.95])
    var draws: [[Double]] = []
    if moments == nil || quantiles == nil {
      draws = try PredictiveSampler(plan, data: data, parameters: parameters)
        .draws(law, count: Self.predictiveDraws, seed: seed)
    }
    Spreading(bound, law).each { i, j, at in
      guard cells.isImputed[at] else { return }
      let cell = i * law.size + j
      func undone(_ x: Double) -> Double { source.preparation?.columns[j].undo(x) ?? x }
      let own = draws.isEmpty ? [] : draws[cell].map(undone).sorted()
      if let moments {
        mean[at] = moments.mean[cell]
        sd[at] = moments.sd[cell]
      } else {
        let n = Double(own.count)
        mean[at] = own.reduce(0, +) / n
        sd[at] = (own.reduce(0) { $0 + ($1 - mean[at]) * ($1 - mean[at]) } / n).squareRoot()
      }
      if let quantiles {
        let ends = [undone(quantiles[0][cell]), undone(quantiles[1][cell])]
        // A negative scale turns the ends round.
        (q5[at], q95[at]) = (min(ends[0], ends[1]), max(ends[0], ends[1]))
      } else {
        q5[at] = own[Int(0.05 * Double(own.count))]
        q95[at] = own[Int(0.95 * Double(own.count))]
      }
    }
    return .numbers(
      mean: mean, sd: sd, q5: q5, q95: q95, draws: draws.isEmpty ? nil : Self.predictiveDraws)
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
