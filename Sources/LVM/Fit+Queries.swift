import LVMCompute
import LVMData
import LVMInference
import LVMModel

extension Fit {
  /// The model bound to another table in the way of the fit's own.
  ///
  /// `supplied` names given variables whose values do not come from the table.
  /// With `needsColumns`, a table that has none of the fit's columns is refused.
  public func bound(
    to table: Table, supplied: Set<String> = [], needsColumns: Bool = true
  ) throws -> BoundModel {
    try BoundModel(
      model, table: table,
      options: .init(memory: data.memory, supplied: supplied, needsColumns: needsColumns))
  }

  /// What the planner is told of a table that a query is about.
  func facts(_ data: ModelData) -> DataFacts {
    DataFacts(
      of: data, in: model, indicated: Network.indicatedInputs(parameters.keys),
      prefersQuadrature: plan.prefersQuadrature, guide: plan.guide)
  }

  /// The plan for a table that a query is about.
  ///
  /// - Throws: `Diagnostics` of the planner; `QueryError.unlikeFit` where cells that are missing here leave
  ///   a latent to a guide, and the fit has none.
  func plan(_ bound: BoundModel, _ data: ModelData? = nil) throws -> InferencePlan {
    let plan = try Planner.inference(
      bound.graph, facts: facts(data ?? bound.data), registry: self.plan.registry)
    let hasGuide = self.plan.isTrained || parameters.keys.contains { $0.hasPrefix("guide.") }
    if plan.isTrained, !hasGuide {
      let entry = plan.entries.first { $0.strategy == LatentStrategy.sampled.rawValue }
      let latent = entry.flatMap { entry in
        plan.model.variables.first { $0.name == entry.variable }
      }
      throw QueryError.unlikeFit(
        latent: latent.map { plan.model.place(of: $0) } ?? plan.model.name,
        reasons: entry?.refused ?? [])
    }
    return plan
  }

  /// The posterior of every local and group latent given a table, and of observed labels with empty cells.
  public func posteriors(given table: Table, runtime: Runtime = .serial) throws -> (
    latents: [LatentPosterior], bound: BoundModel
  ) {
    let bound = try bound(to: table)
    let plan = try plan(bound)
    let latents = try posterior(plan, bound.data, runtime: runtime).latents().map {
      try $0.inTableOrder(bound.data).checked()
    }
    let labels = try labelPosteriors(plan, bound, runtime: runtime)
    return (LatentTable.joined(latents, labels, in: bound), bound)
  }

  /// The posterior of every latent given a table, and of observed labels with empty cells, as tables of text
  /// for each plate, handed over in pieces: `write` is told the plate's table, whether it is the first piece
  /// of it, and the text.
  ///
  /// Rows that are independent are taken some at a time, so that a large table's posterior is never all in
  /// memory. Returns the tables' file names and the model bound to the table.
  @discardableResult
  public func writePosteriors(
    given table: Table, runtime: Runtime = .serial,
    _ write: (_ table: LatentTable, _ isFirst: Bool, _ text: [UInt8]) throws -> Void
  ) throws -> BoundModel {
    let bound = try bound(to: table)
    let plan = try plan(bound)
    let query = try posterior(plan, bound.data, runtime: runtime).query(.latents)
    let labels = try labelPosteriors(plan, bound, runtime: runtime)
    var begun: Set<String> = []
    var row = 0
    try query.eachPiece { piece in
      let latents = try piece.latents(in: plan).map {
        try $0.inTableOrder(bound.data).checked(after: row)
      }
      var own = labels
      if query.rows != nil {
        let end = row + (piece.map(\.instances.count).max() ?? 0)
        own = labels.map { $0.instances(row..<end) }
        row = end
      }
      for part in LatentTable.all(of: LatentTable.joined(latents, own, in: bound), in: bound) {
        var isFirst = begun.insert(part.fileName).inserted
        try part.write(withHeader: isFirst) {
          try write(part, isFirst, $0)
          isFirst = false
        }
      }
    }
    return bound
  }

  /// The posterior of one latent.
  public func posterior(of name: String, given table: Table) throws -> LatentPosterior? {
    try posteriors(given: table).latents.first { $0.variable == name }
  }

  /// log p of each row, or of each group of the outermost grouping.
  ///
  /// - Parameter samples: draws a row where nothing exact is to be had; the scores then say so.
  public func logLikelihood(of table: Table, samples: Int = 100, runtime: Runtime = .serial) throws
    -> (
      scores: RowLogLikelihoods, bound: BoundModel
    )
  {
    let bound = try bound(to: table)
    let plan = try plan(bound)
    let scores = try posterior(plan, bound.data, samples: samples, runtime: runtime).logEvidence()
    return (scores.inTableOrder(bound.data), bound)
  }
}
