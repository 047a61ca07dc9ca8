/// Where programs run: the one value that says with how many threads and, where several processes share
/// a run, which part of it is this one's. Handed down from whoever calls.
///
/// It makes what runs over data: evaluators of all rows and of minibatches, trainers, and folds over
/// columns. Work is divided by shapes alone and partial sums are merged in a fixed order, so that results
/// have the same bits for any number of threads and of ranks.
public struct Runtime: Sendable {
  /// Worker threads, the caller's among them; at least 1.
  public let threads: Int
  /// Which of the processes that share a run this one is.
  public let rank: Rank
  /// Where partial sums of other ranks come from.
  public let reduction: any UnitReduction

  /// - Parameters:
  ///   - threads: workers, the caller's thread among them; fewer than 1 count as 1.
  ///   - rank: which part of each sum is computed here.
  ///   - reduction: brings the other ranks' parts; all ranks do the same, with the same data and options.
  public init(
    threads: Int = 1, rank: Rank = .only, reduction: any UnitReduction = SingleRank()
  ) {
    self.threads = max(1, threads)
    self.rank = rank
    self.reduction = reduction
  }

  /// The caller's thread alone.
  public static let serial = Runtime()
}

extension Runtime {
  /// Evaluates a program over all rows, again and again.
  ///
  /// - Parameters:
  ///   - data: a column for each that the program reads, on the plates of `data.layout`.
  ///   - varying: names of columns that a run may be given anew.
  public func evaluator(
    _ program: Program, data: DataColumns = .none, varying: Set<String> = []
  ) -> Executor {
    let (graph, columns) = hoisted(program.graph, data, varying: varying, runtime: self)
    return Executor(Program(unsimplified: graph), hoisted: columns, runtime: self)
  }

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
