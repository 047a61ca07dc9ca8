import LVMCompute
import LVMData
import LVMInference
import LVMModel

extension Fit {
  /// The model bound to another table in the way of the fit's own.
  public func bound(to table: Table) throws -> BoundModel {
    try BoundModel(
      model, table: table,
      options: .init(settings: [:], columns: [:], memory: data.memory))
  }

  /// What the planner is told of a table that a query is about.
  func facts(_ masked: Set<String>) -> DataFacts {
    DataFacts(masked: masked, indicated: Network.indicatedInputs(parameters.keys))
  }

  /// The posterior of every local and group latent given a table.
  public func posteriors(given table: Table, threads: Int = 1) throws -> (
    latents: [LatentPosterior], bound: BoundModel
  ) {
    let bound = try bound(to: table)
    let plan = try Planner.plan(bound.graph, facts: facts(bound.data.masked))
    let query = try PosteriorQuery(plan, data: bound.data, threads: threads)
    return (try query.posteriors(parameters).map { $0.inTableOrder(bound.data) }, bound)
  }

  /// The posterior of one latent.
  public func posterior(of name: String, given table: Table) throws -> LatentPosterior? {
    try posteriors(given: table).latents.first { $0.variable == name }
  }

  /// log p of each row, or of each group of the outermost grouping.
  ///
  /// - Parameter samples: draws a row where nothing exact is to be had; the scores then say so.
  public func logLikelihood(of table: Table, samples: Int = 100, threads: Int = 1) throws -> (
    scores: RowScores, bound: BoundModel
  ) {
    let bound = try bound(to: table)
    let plan = try Planner.plan(bound.graph, facts: facts(bound.data.masked))
    var scores = try RowScores(
      plan, data: bound.data, parameters: parameters, samples: samples, threads: threads)
    if scores.plate == 0 {
      var sorted = scores.values
      for (i, row) in bound.data.order.enumerated() { sorted[row] = scores.values[i] }
      scores.values = sorted
      if var estimate = scores.estimate {
        let errors = estimate.errors
        for (i, row) in bound.data.order.enumerated() { estimate.errors[row] = errors[i] }
        scores.estimate = estimate
      }
    }
    return (scores, bound)
  }
}
