import LVMCompute
import LVMData
import LVMInference
import LVMModel

/// Queries of models that minibatches train, whose latents are drawn.
extension Fit {
  /// Missing cells filled, from draws of the latents.
  func imputedByDraws(
    _ plan: Plan, _ bound: BoundModel, _ table: Table, samples: Int, runtime: Runtime
  ) throws -> Imputed {
    let names = plan.model.variables.map(\.name).filter { bound.data.masked.contains($0) }
    guard !names.isEmpty else { return Imputed(rows: bound.data.rows, variables: []) }
    let (cells, estimate) = try trainedCells(
      of: names, plan, bound, bound.data, samples: samples, runtime: runtime,
      wantsQuantiles: false)
    var result = Imputed(rows: bound.data.rows, variables: [])
    result.estimate = estimate
    for cell in cells {
      let name = plan.model[cell.variable].name
      guard let source = bound.binding[name] else { continue }
      var variable = Self.observedCells(source, table, bound)
      let spread = Spreading(bound, rows: cell.instances, size: cell.size)
      let k = cell.values
      if k > 0 { variable.sd = [] } else { variable.probability = [] }
      try spread.each { i, j, at in
        guard variable.isImputed[at] else { return }
        let own = i * cell.size + j
        if k > 0 {
          let p = cell.probabilities[(own * k)..<((own + 1) * k)]
          let best = (p.indices.max { p[$0] < p[$1] } ?? p.startIndex) - p.startIndex
          variable.values[at] = source.preparation?.columns[j].undo(Double(best)) ?? Double(best)
          variable.probability[at] = p[p.startIndex + best]
        } else {
          guard cell.mean[own].isFinite else {
            throw QueryError.noFiniteValue(
              variable: plan.model.place(of: plan.model[cell.variable]))
          }
          variable.values[at] = cell.mean[own]
          variable.sd[at] = cell.sd[own]
        }
      }
      result.variables.append(variable)
    }
    return result
  }

  /// The distribution of missing cells of some variables, from draws of the latents.
  func predictedByDraws(
    _ names: [String], _ plan: Plan, _ bound: BoundModel, _ data: ModelData, _ table: Table,
    samples: Int, runtime: Runtime
  ) throws -> [Prediction.Variable] {
    let (cells, estimate) = try trainedCells(
      of: names, plan, bound, data, samples: samples, runtime: runtime, wantsQuantiles: true)
    return try cells.compactMap { cell in
      let name = plan.model[cell.variable].name
      guard let source = bound.binding[name] else { return nil }
      var known = Self.observedCells(source, table, bound)
      // A hidden variable is missing in every cell.
      if !bound.data.masked.contains(name) || names.count == 1 && data.isHidden(name) {
        known.isImputed = [Bool](repeating: true, count: known.values.count)
      }
      let content =
        cell.values > 0
        ? labels(cell, known, source, bound) : try numbers(cell, name, known, bound)
      return Prediction.Variable(
        name: name, columns: known.columns, isPredicted: known.isImputed, content: content,
        estimate: estimate)
    }
  }

  private func labels(
    _ cell: CellSummary, _ known: Imputed.Variable, _ source: BoundVariable, _ bound: BoundModel
  ) -> Prediction.Content {
    let k = cell.values
    var all = [Double](repeating: 0, count: known.values.count * k)
    for at in source.values.indices where !known.isImputed[at] {
      let label = Int(source.values[at].rounded())
      if (0..<k).contains(label) { all[at * k + label] = 1 }
    }
    Spreading(bound, rows: cell.instances, size: cell.size).each { i, j, at in
      guard known.isImputed[at] else { return }
      for c in 0..<k { all[at * k + c] = cell.probabilities[(i * cell.size + j) * k + c] }
    }
    let best = known.values.indices.map { at in
      (0..<k).max { all[at * k + $0] < all[at * k + $1] } ?? 0
    }
    return .labels(best, probabilities: all, values: k, labels: source.labels)
  }

  private func numbers(
    _ cell: CellSummary, _ name: String, _ known: Imputed.Variable, _ bound: BoundModel
  ) throws -> Prediction.Content {
    var mean = known.values
    var sd = [Double](repeating: 0, count: mean.count)
    var (q5, q95) = (mean, mean)
    try Spreading(bound, rows: cell.instances, size: cell.size).each { i, j, at in
      guard known.isImputed[at] else { return }
      let own = i * cell.size + j
      guard cell.mean[own].isFinite else {
        throw QueryError.noFiniteValue(variable: plan.model.place(of: plan.model[cell.variable]))
      }
      (mean[at], sd[at]) = (cell.mean[own], cell.sd[own])
      (q5[at], q95[at]) = (cell.q5[own], cell.q95[own])
    }
    return .numbers(
      mean: mean, sd: sd, q5: q5, q95: q95, draws: cell.isDrawn ? Self.predictiveDraws : nil)
  }

  /// Every observed variable from the guide's draws of the latents.
  func reconstructedByDraws(
    _ plan: Plan, _ bound: BoundModel, samples: Int, runtime: Runtime
  ) throws -> Reconstruction {
    let names = bound.graph.variables.filter { $0.role == .observe }.map(\.name)
    let laws = try PredictiveDraws(
      plan, data: bound.data, of: names, parameters: parameters, samples: samples, seed: seed,
      runtime: runtime, fromLatentsAlone: true)
    var whole: [PredictiveDistribution] = []
    var means: [[Double]] = []
    try laws.eachPiece(rows: Array(0..<bound.data.rows)) { piece in
      for (i, law) in piece.enumerated() {
        // A number's draws are done with once its mean is known.
        var rest = law
        if whole.count <= i { means.append([]) }
        if let mean = try law.expectation(bound.graph) {
          means[i] += mean
          rest.content = .drawn(reason: "")
        }
        rest.weights = []
        rest.nodes = [:]
        if whole.count <= i { whole.append(rest) } else { whole[i].append(rest) }
      }
    }
    var result = Reconstruction(rows: bound.data.rows, variables: [])
    result.samples = laws.isEstimate ? laws.samples : nil
    for (law, mean) in zip(whole, means) {
      let variable = bound.graph[law.variable]
      guard let source = bound.binding[variable.name] else { continue }
      result.variables.append(
        try reconstructed(variable, law, source, bound, means: mean.isEmpty ? nil : mean))
    }
    return result
  }
}
