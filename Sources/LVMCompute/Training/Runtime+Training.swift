extension Runtime {
  /// Evaluates every output of a graph for minibatches.
  ///
  /// - Parameters:
  ///   - parameters: where parameters lie that a trainer moves; others are set.
  ///   - batch: rows of a minibatch, at most.
  /// - Throws: `StepError` where the graph has operations on groups or sequences of rows.
  public func minibatchEvaluator(
    _ graph: Graph, sharing parameters: ParameterArena? = nil, batch: Int
  ) throws(StepError) -> MinibatchEvaluator {
    try MinibatchEvaluator(graph, sharing: parameters, batch: batch, runtime: self)
  }

  /// Trains parameters of a graph on minibatches, by one loss or several in turn.
  ///
  /// - Throws: `StepError` where a loss is not one number, a parameter is missing or not Float32, or the
  ///   graph has operations on groups or sequences of rows.
  public func trainer(
    _ graph: Graph, losses: [TrainedLoss], batch: Int
  ) throws(StepError) -> MinibatchTrainer {
    try MinibatchTrainer(graph, losses: losses, batch: batch, runtime: self)
  }
}
