/// Trains the parameters of a graph on minibatches, by one loss or by several in turn.
///
/// A loss is one number, summed over the rows of a minibatch; the graph's `data` nodes are rows of tables
/// or random numbers. Each loss moves its own group of parameters, up or down, by its own optimizer, and
/// all see the same numbers. Gradients are built, simplified, fused and laid out once, for minibatches of
/// at most `batch` rows; a step then allocates nothing. A smaller minibatch counts by its rows. Results
/// have the same bits for any number of threads. One call at a time.
///
/// ```swift
/// let loss = TrainedLoss("loss", parameters: ["w", "b"], optimizer: .adam(.init(rate: 1e-3)))
/// let trainer = try Runtime(threads: 2).trainer(graph, losses: [loss], batch: 128)
/// try trainer.set("x", .rows(pixels))
/// try trainer.set("noise", .random(RandomRows(.normal, seed: 1, purpose: "z")))
/// for epoch in 0..<20 {
///   let order = epochOrder(count: pixels.count, seed: 1, epoch: epoch)
///   for start in stride(from: 0, to: order.count, by: 128) {
///     let rows = order[start..<min(start + 128, order.count)]
///     try trainer.step(trainer.next, rows: rows, epoch: epoch)
///   }
/// }
/// ```
public final class MinibatchTrainer: MinibatchProgram {
  /// Trained parameters and their gradient.
  public let parameters: ParameterArena
  /// Every output of the graph at the parameters as they are.
  public let evaluator: MinibatchEvaluator
  private let steps: [LossStep]
  private let runtime: Runtime
  private let pool: ThreadPool
  private var unset: Set<String>
  private var last: Int?
  /// Steps taken of all losses.
  private var turn = 0

  /// Rows of a minibatch, at most.
  public var batch: Int { evaluator.batch }
  public var losses: [TrainedLoss] { steps.map(\.loss) }

  init(
    _ graph: Graph, losses: [TrainedLoss], batch: Int, runtime: Runtime
  ) throws(StepError) {
    precondition(batch > 0, "a minibatch has rows")
    precondition(!losses.isEmpty, "something is trained")
    precondition(Set(losses.map(\.name)).count == losses.count, "losses have names of their own")
    let arena = ParameterArena(try MinibatchTrainer.shapes(losses, graph))
    let pool = ThreadPool(threads: runtime.threads)
    var steps: [LossStep] = []
    for loss in losses {
      steps.append(try LossStep(loss, graph, arena, batch: batch, pool, runtime))
    }
    parameters = arena
    self.steps = steps
    self.pool = pool
    self.runtime = runtime
    evaluator = try MinibatchEvaluator(graph, sharing: arena, batch: batch, pool, runtime)
    unset = evaluator.unset
  }

  /// Parameters of all losses, each once, in the order in which they are named.
  private static func shapes(
    _ losses: [TrainedLoss], _ graph: Graph
  ) throws(StepError) -> [(name: String, dims: [Int])] {
    var shapes: [(name: String, dims: [Int])] = []
    var seen: Set<String> = []
    for name in losses.flatMap(\.parameters) where seen.insert(name).inserted {
      let node = graph.nodes.first { if case .parameter(name) = $0.op { true } else { false } }
      guard let node else { throw .missingParameter(name) }
      guard node.dtype == .f32 else { throw .parameterType(name) }
      shapes.append((name, node.shape.dims))
    }
    return shapes
  }

  /// Says where an input's numbers come from; call again for other data, such as a validation set.
  ///
  /// - Throws: `StepError.inputShape` where rows have another width than the graph's node.
  public func set(_ name: String, _ input: StepInput) throws(StepError) {
    for step in steps { try step.plan.setInput(name, input) }
    try evaluator.set(name, input)
  }

  /// Sets a parameter that is not trained: a weight of a term, the number of rows there are.
  public func set(_ name: String, _ value: Tensor) throws(StepError) {
    for step in steps { try step.plan.setSetting(name, value) }
    try evaluator.set(name, value)
    unset.remove(name)
  }

  /// The loss whose turn it is.
  public var next: String {
    var rest = turn % steps.reduce(0) { $0 + $1.loss.turns }
    for step in steps {
      if rest < step.loss.turns { return step.loss.name }
      rest -= step.loss.turns
    }
    preconditionFailure("turns that do not add up")
  }

  /// Takes one step of a loss on some rows.
  ///
  /// - Parameters:
  ///   - name: the loss's; nil for the one whose turn it is.
  ///   - rows: numbers of rows of the inputs, at most `batch`.
  ///   - epoch: chooses the random numbers; a row has others in each epoch.
  ///   - optimizer: in place of the loss's own, so that schedules live outside.
  ///   - scale: multiplies the gradient; nil for one over the number of rows, the mean.
  ///   - clip: in place of the loss's own limit; gradients longer than it are shortened.
  /// - Returns: the loss summed over the rows, before the step.
  @discardableResult
  public func step(
    _ name: String? = nil, rows: ArraySlice<Int>, epoch: Int, _ optimizer: Optimizer? = nil,
    scale: Double? = nil, clip: Double? = nil
  ) throws(StepError) -> Double {
    let place = place(of: name ?? next)
    if let missing = unset.min() { throw .missingParameter(missing) }
    let value = try steps[place].step(rows, epoch, optimizer, scale: scale, clip: clip)
    last = place
    turn += 1
    return value
  }

  private func place(of name: String) -> Int {
    guard let place = steps.firstIndex(where: { $0.loss.name == name }) else {
      preconditionFailure("no loss is called '\(name)'")
    }
    return place
  }

  /// An output of the last step, rows first: one of those that its loss follows.
  public func followed(_ output: String) -> Tensor? {
    guard let plan = last.map({ steps[$0].plan }) else { return nil }
    return plan.graph.outputs[output].map { plan.read($0) }
  }

  /// A loss summed over rows and its gradient, in `parameters`, without a step; the first loss by default.
  public func differentiate(
    _ name: String? = nil, rows: ArraySlice<Int>, epoch: Int = 0
  ) throws(StepError) -> Double {
    let place = place(of: name ?? steps[0].loss.name)
    if let missing = unset.min() { throw .missingParameter(missing) }
    last = place
    return try steps[place].differentiate(rows, epoch)
  }

  /// The Euclidean norm of the last gradient, added up in a fixed order.
  public func gradientNorm() -> Double { steps[last ?? 0].gradientNorm() }

  /// Every output of the graph for some rows, by name; rows first.
  public func evaluate(rows: ArraySlice<Int>, epoch: Int = 0) throws(StepError) -> [String: Tensor]
  {
    try evaluator.evaluate(rows: rows, epoch: epoch)
  }

  /// Another graph's outputs for minibatches, at the parameters as they are.
  public func evaluator(_ graph: Graph, batch: Int) throws(StepError) -> MinibatchEvaluator {
    try MinibatchEvaluator(graph, sharing: parameters, batch: batch, pool, runtime)
  }

  /// What is remembered between steps; set it, and the parameters, to go on from an earlier place.
  public var state: TrainerState {
    get { TrainerState(losses: steps.map(\.state), turn: turn) }
    set {
      precondition(newValue.losses.map(\.name) == steps.map(\.loss.name), "the state of others")
      for (step, own) in zip(steps, newValue.losses) { step.state = own }
      turn = newValue.turn
    }
  }

  /// The training steps as a listing: kernels in order, buffers, arithmetic and bytes.
  public var listing: String {
    guard steps.count > 1 else { return steps[0].plan.listing }
    return steps.map { "\($0.loss.name): " + $0.plan.listing }.joined()
  }
}
