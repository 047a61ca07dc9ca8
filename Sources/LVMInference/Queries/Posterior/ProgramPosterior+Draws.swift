import LVMCompute
import LVMModel

extension Posterior {
  /// Rows chosen at random, each as likely as the others.
  public func randomRows(count: Int, seed: UInt64) -> [Int] {
    var random = RandomStream(seed: seed, purpose: "aggregated rows")
    return (0..<count).map { _ in
      Swift.min(data.rows - 1, Int(random.uniform() * Double(data.rows)))
    }
  }
}

/// Draws of latents where nothing guides them: of one label, or of linear-Gaussian latents alone.
extension ProgramPosterior {
  func latentDraws(of rows: [Int], seed: UInt64) throws -> [String: DataColumn] {
    try plan.requireIndependentRows()
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    let latents = structure.latents
    if latents.count == 1, let label = latents.first, label.type.kind.isFinite, label.type.isScalar
    {
      return try labels(label, rows, seed)
    }
    guard !latents.isEmpty,
      latents.allSatisfy({ latent in
        plan.program.all(GaussianIntegral.self).contains { $0.latents.contains(latent.id) }
      })
    else {
      throw QueryError.noAggregate(
        reason: "without a guide, only the posterior of one label, or of linear-Gaussian latents"
          + " alone, is drawn from")
    }
    return try gaussian(latents, rows, seed)
  }

  private func labels(_ v: Variable, _ rows: [Int], _ seed: UInt64) throws -> [String: DataColumn] {
    guard
      case .probabilities(let p, let k)? = try mixtures(of: .latents)
        .first(where: { $0.variable == v.id })?.content
    else { throw QueryError.noAggregate(reason: "`\(v.name)` has no posterior") }
    let drawn = rows.enumerated().map { place, row in
      Double(v.drawn(from: Array(p[(row * k)..<((row + 1) * k)]), at: place, seed: seed))
    }
    return [v.name: DataColumn(values: drawn)]
  }

  /// Linear-Gaussian latents: a draw of latents and data from the model, moved by what the posterior means
  /// of the row and of the drawn data differ (Matheron's rule; Hoffman and Ribak 1991).
  private func gaussian(_ latents: [Variable], _ rows: [Int], _ seed: UInt64) throws
    -> [String: DataColumn]
  {
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
    func means(_ data: ModelData) throws -> [VariableID: [Double]] {
      let other = ProgramPosterior(plan, data: data, parameters: parameters, runtime: runtime)
      return Dictionary(
        uniqueKeysWithValues: try other.mixtures(of: .latents).compactMap { mixture in
          mixture.ownMoments.map { (mixture.variable, $0.mean) }
        })
    }
    let (ours, theirs) = (try means(own), try means(imagined))
    var result: [String: DataColumn] = [:]
    for v in latents {
      guard let prior = drawn[v.name], let mean = ours[v.id], let other = theirs[v.id] else {
        throw QueryError.noAggregate(reason: "`\(v.name)` has no posterior mean")
      }
      result[v.name] = DataColumn(
        dims: v.type.dims ?? [],
        values: zip(prior.values, zip(mean, other)).map { $0 + $1.0 - $1.1 })
    }
    return result
  }
}

extension InferencePlan {
  /// - Throws: `QueryError.noAggregate` where rows are not independent of one another.
  func requireIndependentRows() throws {
    guard isOfRows else {
      throw QueryError.noAggregate(
        reason: "rows depend on one another, through groups or a chain")
    }
  }
}

extension Variable {
  /// A label's value at a place, by its probabilities.
  func drawn(from probabilities: [Double], at place: Int, seed: UInt64) -> Int {
    var random = RandomStream(
      seed: seed, purpose: "aggregated labels", site: id.index, row: place)
    return random.category(probabilities)
  }
}
