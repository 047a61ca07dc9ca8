import LVMCompute
import LVMModel

/// Latents of rows drawn from the rows' posteriors: from guides where there are any, else exactly.
public struct AggregatedDraws {
  private let plan: Plan
  private let data: ModelData
  private let parameters: [String: Tensor]
  private let seed: UInt64
  private let runtime: Runtime

  public init(
    _ plan: Plan, data: ModelData, parameters: [String: Tensor], seed: UInt64,
    runtime: Runtime = .serial
  ) {
    self.plan = plan
    self.data = data
    self.parameters = parameters
    self.seed = seed
    self.runtime = runtime
  }

  /// Rows chosen at random, each as likely as the others.
  public func rows(count: Int) -> [Int] {
    var random = RandomStream(seed: seed, purpose: "aggregated rows")
    return (0..<count).map { _ in min(data.rows - 1, Int(random.uniform() * Double(data.rows))) }
  }

  /// Latents of some rows, one draw for each time a row is named, as columns of as many rows; observed
  /// labels that others depend on are among them where cells of theirs are missing.
  ///
  /// - Throws: `QueryError.noAggregate` where posteriors cannot be drawn from.
  public func latents(of rows: [Int]) throws -> [String: DataColumn] {
    guard plan.isOfRows else {
      throw QueryError.noAggregate(
        reason: "rows depend on one another, through groups or a chain")
    }
    if plan.isTrained { return try guided(rows) }
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    let latents = structure.latents
    if latents.count == 1, let label = latents.first, label.type.kind.isFinite, label.type.isScalar
    {
      return try labels(label, rows)
    }
    guard !latents.isEmpty,
      latents.allSatisfy({ plan.gaussian.contains($0.id) })
    else {
      throw QueryError.noAggregate(
        reason: "without a guide, only the posterior of one label, or of linear-Gaussian latents"
          + " alone, is drawn from")
    }
    return try gaussian(latents, rows)
  }

  // MARK: From guides

  private func guided(_ rows: [Int]) throws -> [String: DataColumn] {
    let eliminated = plan.gaussian + plan.conjugate + plan.quadrature.flatMap(\.members)
    if let id = eliminated.first {
      throw QueryError.noAggregate(
        reason: "`\(plan.model[id].name)` is integrated, and not drawn from a guide")
    }
    let query = try TrainedQuery(
      plan, data: data, parameters: parameters, seed: seed, runtime: runtime)
    let labels = query.finite
    guard labels.count <= 1 else {
      let names = labels.map { "`\($0.name)`" }.joined(separator: " and ")
      throw QueryError.noAggregate(
        reason: "\(names) are summed together, and labels are only drawn one by one")
    }
    let outputs =
      plan.sampled.map { ("z.\(plan.model[$0].name)", plan.model[$0]) }
      + labels.map { ("p.\($0.name)", plan.model[$0.axis.variable]) }
    var result = Dictionary(
      uniqueKeysWithValues: outputs.map { output, v in
        let dims = v.type.dims ?? []
        let count = rows.count * dims.reduce(1, *)
        return (v.name, DataColumn(dims: dims, values: [Double](repeating: 0, count: count)))
      })
    for (turn, places) in turns(rows).enumerated() {
      for start in stride(from: 0, to: places.count, by: TrainedQuery.batch) {
        let part = Array(places[start..<min(start + TrainedQuery.batch, places.count)])
        let out = try query.program.evaluate(rows: part.map { rows[$0] }[...], epoch: turn)
        for (output, v) in outputs {
          guard let values = out[output]?.values else { continue }
          let width = values.count / max(1, part.count)
          var own = result[v.name]?.values ?? []
          for (i, place) in part.enumerated() {
            let numbers = values[(i * width)..<((i + 1) * width)]
            if output.hasPrefix("p.") {
              own[place] = Double(label(Array(numbers), v, place))
            } else {
              for (j, x) in numbers.enumerated() { own[place * width + j] = x }
            }
          }
          result[v.name]?.values = own
        }
      }
    }
    return result
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

  private func label(_ probabilities: [Double], _ v: Variable, _ place: Int) -> Int {
    var random = RandomStream(
      seed: seed, purpose: "aggregated labels", site: v.id.index, row: place)
    return random.category(probabilities)
  }

  // MARK: Exactly

  private func labels(_ v: Variable, _ rows: [Int]) throws -> [String: DataColumn] {
    let found = try PosteriorQuery(plan, data: data, runtime: runtime).posteriors(parameters)
    guard
      case .probabilities(let p, let k)? = found.first(where: { $0.variable == v.name })?.content
    else { throw QueryError.noAggregate(reason: "`\(v.name)` has no posterior") }
    let drawn = rows.enumerated().map { place, row in
      Double(label(Array(p[(row * k)..<((row + 1) * k)]), v, place))
    }
    return [v.name: DataColumn(values: drawn)]
  }

  /// Linear-Gaussian latents: a draw of latents and data from the model, moved by what the posterior means
  /// of the row and of the drawn data differ (Matheron's rule; Hoffman and Ribak 1991).
  private func gaussian(_ latents: [Variable], _ rows: [Int]) throws -> [String: DataColumn] {
    let own = data.selecting(rows: rows)
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    var frame = ModelSampler.Frame(
      layout: .rows(rows.count), givens: own.columns.materialized.columns)
    for v in plan.model.variables where v.role == .observe {
      // What others depend on is as it is in the row.
      guard !structure.readers(of: v.id).isEmpty else { continue }
      if let latent = structure.reads(v).intersection(latents.map(\.id)).min() {
        throw QueryError.noAggregate(
          reason: "`\(v.name)` depends on `\(plan.model[latent].name)`, and others on `\(v.name)`")
      }
      frame.fixed.insert(v.name)
    }
    let drawn = try ModelSampler(plan, model: plan.model, parameters: parameters)
      .draw(frame, seed: seed)
    var imagined = own
    for v in plan.model.variables where v.role == .observe {
      if let column = drawn[v.name] { imagined.columns.columns[v.name] = column }
    }
    let query = try PosteriorQuery(plan, data: own, runtime: runtime).posteriors(parameters)
    let other = try PosteriorQuery(plan, data: imagined, runtime: runtime).posteriors(parameters)
    var result: [String: DataColumn] = [:]
    for v in latents {
      guard let prior = drawn[v.name],
        case .moments(let mean, _, _)? = query.first(where: { $0.variable == v.name })?.content,
        case .moments(let theirs, _, _)? = other.first(where: { $0.variable == v.name })?.content
      else { throw QueryError.noAggregate(reason: "`\(v.name)` has no posterior mean") }
      result[v.name] = DataColumn(
        dims: v.type.dims ?? [],
        values: zip(prior.values, zip(mean, theirs)).map { $0 + $1.0 - $1.1 })
    }
    return result
  }
}
