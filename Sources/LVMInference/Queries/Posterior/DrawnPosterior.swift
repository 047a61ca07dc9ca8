import LVMCompute
import LVMModel

/// A posterior by draws of latents from their guides, or by the points that stand for them; what is summed or
/// integrated beside them is so at each draw.
struct DrawnPosterior: Posterior {
  let plan: InferencePlan
  let data: ModelData
  let parameters: [String: Tensor]
  /// Draws a row, keyed by the seed.
  let samples: Int
  let seed: UInt64
  let runtime: Runtime

  init(
    _ plan: InferencePlan, data: ModelData, parameters: [String: Tensor], samples: Int,
    seed: UInt64,
    runtime: Runtime
  ) {
    self.plan = plan
    self.data = data
    self.parameters = parameters
    self.samples = samples
    self.seed = seed
    self.runtime = runtime
  }

  var source: PosteriorSource {
    guard !plan.sampled.isEmpty else { return .exact }
    let isDrawn = plan.model.guides.contains { entry in
      guard plan.sampled.contains(entry.variable) else { return false }
      return switch entry.definition {
      case .drawn: true
      case .equal: false
      }
    }
    return isDrawn ? .guide(draws: samples) : .point
  }

  func query(_ quantity: Quantity) throws -> any PosteriorQuery {
    switch quantity {
    case .latents: DrawnLatents(try guides(scores: false), samples: samples)
    case .cells(let names): try DrawnCells(self, of: names, fromLatentsAlone: false)
    case .replicates(let names): try DrawnCells(self, of: names, fromLatentsAlone: true)
    }
  }

  private func guides(scores: Bool) throws -> GuideProgram {
    try GuideProgram(
      plan, data: data, parameters: parameters, scores: scores, seed: seed, runtime: runtime)
  }

  /// log (1/K) Σ p̃(x, z_k)/q(z_k) of each row: a lower bound in the mean that tightens with K (Burda et
  /// al. 2016), with the standard error of the average by the delta method.
  func logEvidence() throws -> RowLogLikelihoods {
    let program = try guides(scores: true)
    let count = program.isRandom ? Swift.max(1, samples) : 1
    var result = RowLogLikelihoods(values: [], plate: 0, source: source)
    for start in stride(from: 0, to: data.rows, by: GuideProgram.batch) {
      let end = Swift.min(start + GuideProgram.batch, data.rows)
      var means = [MeanOfExponentials](repeating: .init(), count: end - start)
      for draw in 0..<count {
        let out = try program.evaluate(Array(start..<end)[...], draw: draw)
        for (i, weight) in (out["weight"]?.values ?? []).enumerated() { means[i].add(weight) }
      }
      for own in means {
        result.values.append(own.logarithm(of: count))
        result.errors.append(own.error(of: count))
      }
    }
    return result
  }

  func latentDraws(of rows: [Int], seed: UInt64) throws -> [String: DataColumn] {
    try plan.requireIndependentRows()
    let eliminated = plan.program.eliminations.filter { !$0.runsAlongRows }.flatMap(\.latents)
    if let id = eliminated.first(where: { !plan.model[$0].type.kind.isFinite }) {
      throw QueryError.noAggregate(
        reason: "`\(plan.model[id].name)` is integrated, and not drawn from a guide")
    }
    let program = try guides(scores: true)
    let outputs = program.labels.flatMap { label in label.outputs.map { ($0, label.variable) } }
    guard outputs.count <= 1 else {
      let names = program.labels.flatMap { label in
        label.variable.type.isScalar
          ? ["`\(label.variable.name)`"]
          : label.outputs.indices.map { "`\(label.variable.name)\($0 + 1)`" }
      }.joined(separator: " and ")
      throw QueryError.noAggregate(
        reason: "\(names) are summed together, and labels are only drawn one by one")
    }
    var drawn: [VariableID: [Double]] = [:]
    for id in plan.sampled + program.labels.map(\.variable.id) {
      let width = (plan.model[id].type.dims ?? []).reduce(1, *)
      drawn[id] = [Double](repeating: 0, count: rows.count * width)
    }
    for (turn, places) in turns(rows).enumerated() {
      for start in stride(from: 0, to: places.count, by: GuideProgram.batch) {
        let part = places[start..<Swift.min(start + GuideProgram.batch, places.count)]
        let out = try program.evaluate(part.map { rows[$0] }[...], draw: turn)
        for id in plan.sampled {
          guard let values = out["z.\(plan.model[id].name)"]?.values else { continue }
          let width = values.count / Swift.max(1, part.count)
          for (i, place) in part.enumerated() {
            for j in 0..<width { drawn[id]?[place * width + j] = values[i * width + j] }
          }
        }
        for (output, v) in outputs {
          guard let values = out[output]?.values else { continue }
          let k = values.count / Swift.max(1, part.count)
          for (i, place) in part.enumerated() {
            let own = Array(values[(i * k)..<((i + 1) * k)])
            drawn[v.id]?[place] = Double(v.drawn(from: own, at: place, seed: seed))
          }
        }
      }
    }
    return Dictionary(
      uniqueKeysWithValues: drawn.map { id, values in
        (plan.model[id].name, DataColumn(dims: plan.model[id].type.dims ?? [], values: values))
      })
  }

  /// The places where a row is named for the first time, for the second time, and so on: each gets draws of
  /// its own.
  private func turns(_ rows: [Int]) -> [[Int]] {
    var seen: [Int: Int] = [:]
    var result: [[Int]] = []
    for (place, row) in rows.enumerated() {
      let turn = seen[row, default: 0]
      seen[row] = turn + 1
      if result.count <= turn { result.append([]) }
      result[turn].append(place)
    }
    return result
  }
}

/// log (1/K) Σ exp w_k as terms come in.
private struct MeanOfExponentials {
  private var largest = -Double.infinity
  private var sum = 0.0
  private var squares = 0.0

  mutating func add(_ w: Double) {
    if w > largest {
      let shift = (largest - w).exponential
      sum = sum * shift + 1
      squares = squares * shift * shift + 1
      largest = w
    } else {
      let e = (w - largest).exponential
      sum += e
      squares += e * e
    }
  }

  func logarithm(of count: Int) -> Double { largest + (sum / Double(count)).logarithm }

  func error(of count: Int) -> Double {
    guard count > 1 else { return 0 }
    let k = Double(count)
    let mean = sum / k
    let variance = Swift.max(0, squares / k - mean * mean)
    return (variance / (k - 1)).squareRoot() / mean
  }
}
