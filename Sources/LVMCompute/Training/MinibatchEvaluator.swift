/// Evaluates every output of a graph for minibatches of rows: compiled once, without a loss.
///
/// Parameters lie in a trainer's arena or are set. Results have the same bits for any number of threads.
/// One call at a time.
public final class MinibatchEvaluator: MinibatchProgram {
  /// Rows of a minibatch, at most.
  public let batch: Int
  private let plan: StepPlan
  /// Kept as long as the plan reads it.
  private let parameters: ParameterArena
  /// Parameters that have no value yet.
  private(set) var unset: Set<String>

  init(
    _ graph: Graph, sharing parameters: ParameterArena?, batch: Int, _ pool: ThreadPool,
    _ runtime: Runtime
  ) throws(StepError) {
    precondition(batch > 0, "a minibatch has rows")
    let arena = parameters ?? ParameterArena([])
    self.batch = batch
    self.parameters = arena
    plan = try StepPlan(graph, arena, gradients: [:], batch: batch, pool: pool, runtime: runtime)
    unset = []
    for node in graph.nodes {
      if case .parameter(let name) = node.op, arena.offset(name) == nil { unset.insert(name) }
    }
  }

  convenience init(
    _ graph: Graph, sharing parameters: ParameterArena?, batch: Int, runtime: Runtime
  ) throws(StepError) {
    try self.init(
      graph, sharing: parameters, batch: batch, ThreadPool(threads: runtime.threads), runtime)
  }

  /// Says where an input's numbers come from; call again for other data.
  ///
  /// - Throws: `StepError.inputShape` where rows have another width than the graph's node.
  public func set(_ name: String, _ input: StepInput) throws(StepError) {
    try plan.setInput(name, input)
  }

  /// Sets a parameter.
  public func set(_ name: String, _ value: Tensor) throws(StepError) {
    try plan.setSetting(name, value)
    unset.remove(name)
  }

  /// Every output for some rows, by name; rows first.
  ///
  /// - Parameters:
  ///   - rows: numbers of rows of the inputs, at most `batch`.
  ///   - epoch: chooses the random numbers; a row has others in each epoch.
  public func evaluate(rows: ArraySlice<Int>, epoch: Int = 0) throws(StepError) -> [String: Tensor]
  {
    try run(rows, epoch)
    return plan.graph.outputs.mapValues { plan.read($0) }
  }

  /// One output that is a number.
  public func number(
    _ output: String, rows: ArraySlice<Int>, epoch: Int = 0
  ) throws(StepError) -> Double {
    try run(rows, epoch)
    return plan.graph.outputs[output].map { plan.scalar($0) } ?? .nan
  }

  /// Every output for any number of rows, a minibatch at a time.
  public func sweep(
    _ rows: [Int], epoch: Int, _ body: (ArraySlice<Int>, [String: Tensor]) throws -> Void
  ) throws {
    for start in stride(from: 0, to: rows.count, by: batch) {
      let own = rows[start..<min(start + batch, rows.count)]
      try body(own, try evaluate(rows: own, epoch: epoch))
    }
  }

  private func run(_ rows: ArraySlice<Int>, _ epoch: Int) throws(StepError) {
    if let name = unset.min() { throw .missingParameter(name) }
    try plan.run(rows, epoch)
  }
}

/// What is told where the numbers of minibatches come from.
public protocol MinibatchProgram: AnyObject {
  /// Says where an input's numbers come from; call again for other data.
  func set(_ name: String, _ input: StepInput) throws(StepError)
  /// Sets a parameter that is not trained.
  func set(_ name: String, _ value: Tensor) throws(StepError)
}
