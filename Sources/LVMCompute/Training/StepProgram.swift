/// Trains the parameters of a graph on minibatches.
///
/// The graph's loss is one number, summed over the rows of a minibatch; its `data` nodes are rows of
/// tables or random numbers. The gradient is built, simplified, fused and laid out once, for minibatches
/// of at most `batch` rows; a step then allocates nothing. A smaller minibatch counts by its rows.
/// Results have the same bits for any number of threads. One call at a time.
///
/// ```swift
/// let program = try StepProgram(graph, loss: "loss", parameters: ["w", "b"], batch: 128, runtime: Runtime(threads: 2))
/// program.set("x", .rows(pixels))
/// program.set("noise", .random(RandomRows(.normal, seed: 1, purpose: "z")))
/// for epoch in 0..<20 {
///   let order = epochOrder(count: pixels.count, seed: 1, epoch: epoch)
///   for start in stride(from: 0, to: order.count, by: 128) {
///     let rows = order[start..<min(start + 128, order.count)]
///     _ = try program.step(rows: rows, epoch: epoch, .adam(.init()))
///   }
/// }
/// ```
public final class StepProgram {
  /// Trained parameters and their gradient.
  public let parameters: ParameterArena
  /// Steps taken.
  public private(set) var steps = 0
  /// Rows of a minibatch, at most.
  public let batch: Int

  private let training: StepPlan
  private let forward: StepPlan
  private let pool: ThreadPool
  private let loss: String
  private let lossNode: Int
  private let chunks: [Range<Int>]
  /// Runs of the parameters that no task of the training plan updates along the way.
  private let remaining: [Range<Int>]
  /// Parameters that are not trained and have no value yet.
  private var unset: Set<String>

  /// - Parameters:
  ///   - graph: its outputs are the loss and whatever else `evaluate` is to give.
  ///   - loss: the name of the output to be made small.
  ///   - parameters: names of `parameter` nodes, in Float32, that are trained. Others are settings.
  ///   - batch: rows of a minibatch, at most.
  ///   - following: further outputs that each step computes beside the loss, for `followed`.
  ///   - runtime: where it runs.
  /// - Throws: `StepError` where the loss is not one number, a parameter is missing or not Float32, or
  ///   the graph has operations on groups or sequences of rows.
  public init(
    _ graph: Graph, loss: String, parameters names: [String], following: [String] = [],
    batch: Int, runtime: Runtime = .serial
  ) throws(StepError) {
    precondition(batch > 0, "a minibatch has rows")
    var found: [String: Int] = [:]
    for (i, node) in graph.nodes.enumerated() {
      if case .parameter(let name) = node.op { found[name] = i }
    }
    var shapes: [(name: String, dims: [Int])] = []
    for name in names {
      guard let node = found[name] else { throw .missingParameter(name) }
      guard graph.nodes[node].dtype == .f32 else { throw .parameterType(name) }
      shapes.append((name, graph.nodes[node].shape.dims))
    }
    guard let root = graph.outputs[loss], graph.nodes[root].shape == Shape() else {
      throw .lossIsNotScalar(graph.outputs[loss].map { graph.nodes[$0].shape.description } ?? "[]")
    }
    unset = Set(found.keys).subtracting(names)
    let arena = ParameterArena(shapes)
    let (combined, gradients) = StepProgram.differentiated(graph, root, names, found)
    let pool = ThreadPool(threads: runtime.threads)
    parameters = arena
    self.pool = pool
    self.batch = batch
    self.loss = loss
    training = try StepPlan(
      combined.keeping([loss] + following + gradients.keys), arena, gradients: gradients,
      batch: batch,
      pool: pool)
    forward = try StepPlan(graph, arena, gradients: [:], batch: batch, pool: pool)
    lossNode = training.graph.outputs[loss] ?? 0
    chunks = StepProgram.chunks([0..<arena.count])
    remaining = StepProgram.chunks(training.rangesNotCompleted(of: arena))
  }

  /// The graph with the derivative by each parameter as an output.
  private static func differentiated(
    _ graph: Graph, _ root: Int, _ names: [String], _ found: [String: Int]
  ) -> (Graph, [String: String]) {
    let builder = GraphBuilder(graph)
    let values = names.map { Value(builder: builder, id: found[$0] ?? 0) }
    let derivatives = builder.gradient(of: Value(builder: builder, id: root), with: values)
    var gradients: [String: String] = [:]
    for (name, derivative) in zip(names, derivatives) {
      let output = "\u{0}gradient " + name
      builder.setOutput(output, derivative)
      gradients[output] = name
    }
    return (builder.finish(), gradients)
  }

  /// Says where an input's numbers come from; call again for other data, such as a validation set.
  ///
  /// - Throws: `StepError.inputShape` where rows have another width than the graph's node.
  public func set(_ name: String, _ input: StepInput) throws(StepError) {
    for plan in [training, forward] {
      for node in plan.graph.nodes {
        guard case .data(name) = node.op, case .rows(let source) = input else { continue }
        guard source.width == node.shape.count else {
          throw .inputShape(name, expected: node.shape.dims, found: [source.width])
        }
      }
      plan.batch.set(name, input)
    }
  }

  /// Sets a parameter that is not trained: a weight of a term, the number of rows there are.
  public func set(_ name: String, _ value: Tensor) throws(StepError) {
    for plan in [training, forward] { try plan.setSetting(name, value) }
    unset.remove(name)
  }

  /// Takes one step down the gradient on some rows.
  ///
  /// - Parameters:
  ///   - rows: numbers of rows of the inputs, at most `batch`.
  ///   - epoch: chooses the random numbers; a row has others in each epoch.
  ///   - scale: multiplies the gradient; nil for one over the number of rows, the mean.
  ///   - clip: the most the scaled gradient's Euclidean norm may be; larger ones are shortened.
  /// - Returns: the loss summed over the rows, before the step.
  @discardableResult
  public func step(
    rows: ArraySlice<Int>, epoch: Int, _ optimizer: Optimizer, scale: Double? = nil,
    clip: Double? = nil
  ) throws(StepError) -> Double {
    let scale = scale ?? 1 / Double(max(1, rows.count))
    if let clip {
      try run(training, rows, epoch, update: nil)
      let norm = gradientNorm() * abs(scale)
      steps += 1
      let update = Update(
        optimizer, parameters, step: steps, scale: norm > clip ? scale * clip / norm : scale,
        shared: pool.threads > 1)
      pool.run(tasks: chunks.count) { k, _ in update.apply(chunks[k]) }
    } else {
      let update = Update(
        optimizer, parameters, step: steps + 1, scale: scale, shared: pool.threads > 1)
      try run(training, rows, epoch, update: update)
      steps += 1
      if !remaining.isEmpty {
        pool.run(tasks: remaining.count) { k, _ in update.apply(remaining[k]) }
      }
    }
    return training.scalar(lossNode)
  }

  /// An output of the last step, rows first: one of those that were to be followed.
  public func followed(_ output: String) -> Tensor? {
    training.graph.outputs[output].map { training.read($0) }
  }

  /// The loss summed over rows, and with it every output of the graph, by name; rows first.
  public func evaluate(rows: ArraySlice<Int>, epoch: Int = 0) throws(StepError) -> [String: Tensor]
  {
    try run(forward, rows, epoch, update: nil)
    return forward.graph.outputs.mapValues { forward.read($0) }
  }

  /// The loss summed over rows, forward only.
  public func loss(rows: ArraySlice<Int>, epoch: Int = 0) throws(StepError) -> Double {
    try run(forward, rows, epoch, update: nil)
    return forward.scalar(forward.graph.outputs[loss] ?? 0)
  }

  /// The loss and the gradient, in `parameters`, without a step.
  public func differentiate(rows: ArraySlice<Int>, epoch: Int = 0) throws(StepError) -> Double {
    try run(training, rows, epoch, update: nil)
    return training.scalar(lossNode)
  }

  /// The Euclidean norm of the last gradient, added up in a fixed order.
  public func gradientNorm() -> Double {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: chunks.count) { sums in
      pool.run(tasks: chunks.count) { k, _ in sums[k] = parameters.gradientSquares(chunks[k]) }
      return sums.reduce(0, +).squareRoot()
    }
  }

  /// What the optimizer remembers; set it, and the parameters, to go on from an earlier place.
  public var optimizerState: OptimizerState {
    get {
      OptimizerState(
        steps: steps,
        first: Array(UnsafeBufferPointer(start: parameters.first, count: parameters.count)),
        second: Array(UnsafeBufferPointer(start: parameters.second, count: parameters.count)))
    }
    set {
      precondition(
        newValue.first.count == parameters.count && newValue.second.count == parameters.count,
        "the state of another program")
      steps = newValue.steps
      for (target, source) in [
        (parameters.first, newValue.first), (parameters.second, newValue.second),
      ] {
        source.withUnsafeBufferPointer {
          if let base = $0.baseAddress { target.update(from: base, count: $0.count) }
        }
      }
    }
  }

  /// The training step as a listing: kernels in order, buffers, arithmetic and bytes.
  public var listing: String { training.listing }

  private func run(
    _ plan: StepPlan, _ rows: ArraySlice<Int>, _ epoch: Int, update: Update?
  ) throws(StepError) {
    if let name = unset.min() { throw .missingParameter(name) }
    guard rows.count <= batch else { throw .tooManyRows(rows.count, most: batch) }
    let result = rows.withUnsafeBufferPointer { places -> StepError? in
      do throws(StepError) {
        try plan.batch.begin(places, epoch: epoch)
        plan.run(update: update)
        return nil
      } catch {
        return error
      }
    }
    if let result { throw result }
  }

  /// Runs of about 16,000 numbers, one task each.
  private static func chunks(_ ranges: [Range<Int>]) -> [Range<Int>] {
    let size = 1 << 14
    return ranges.flatMap { range in
      stride(from: range.lowerBound, to: range.upperBound, by: size).map {
        $0..<min($0 + size, range.upperBound)
      }
    }
  }
}
