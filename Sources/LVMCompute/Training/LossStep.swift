/// The step of one loss, compiled: the loss and its gradient by its own group of parameters.
final class LossStep {
  let loss: TrainedLoss
  let plan: StepPlan
  let memory: OptimizerMemory
  var rateFactor = 1.0
  private let parameters: ParameterArena
  private let pool: ThreadPool
  private let node: Int
  /// Runs of about 16,000 of the group's numbers, one task each.
  private let chunks: [Range<Int>]
  /// Runs that no task of the plan updates along the way.
  private let remaining: [Range<Int>]

  init(
    _ loss: TrainedLoss, _ graph: Graph, _ parameters: ParameterArena, batch: Int,
    _ pool: ThreadPool, _ runtime: Runtime
  ) throws(StepError) {
    guard let root = graph.outputs[loss.output], graph.nodes[root].shape == Shape() else {
      throw .lossIsNotScalar(
        graph.outputs[loss.output].map { graph.nodes[$0].shape.description } ?? "[]")
    }
    self.loss = loss
    self.parameters = parameters
    self.pool = pool
    let (combined, gradients) = LossStep.differentiated(graph, root, loss.parameters)
    plan = try StepPlan(
      combined.keeping([loss.output] + loss.following + gradients.keys), parameters,
      gradients: gradients, batch: batch, pool: pool, runtime: runtime)
    node = plan.graph.outputs[loss.output] ?? 0
    let runs = parameters.runs(of: loss.parameters)
    memory = OptimizerMemory(runs)
    chunks = LossStep.chunks(runs)
    let own = Set(loss.parameters)
    remaining = LossStep.chunks(
      plan.rangesNotCompleted(of: parameters.entries.filter { own.contains($0.name) }))
  }

  /// The graph with the derivative by each parameter as an output.
  private static func differentiated(
    _ graph: Graph, _ root: Int, _ names: [String]
  ) -> (Graph, [String: String]) {
    var found: [String: Int] = [:]
    for (i, node) in graph.nodes.enumerated() {
      if case .parameter(let name) = node.op { found[name] = i }
    }
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

  /// Moves the group on some rows and returns the loss summed over them, before the step.
  func step(
    _ rows: ArraySlice<Int>, _ epoch: Int, _ optimizer: Optimizer?, scale: Double?, clip: Double?
  ) throws(StepError) -> Double {
    let optimizer = (optimizer ?? loss.optimizer).slowed(by: rateFactor)
    var scale = scale ?? 1 / Double(max(1, rows.count))
    switch loss.direction {
    case .minimise: break
    case .maximise: scale = -scale
    }
    if let clip = clip ?? loss.clip {
      try plan.run(rows, epoch)
      let norm = gradientNorm() * abs(scale)
      memory.countStep()
      let update = Update(
        optimizer, parameters, memory, step: memory.steps,
        scale: norm > clip ? scale * clip / norm : scale, shared: pool.threads > 1)
      pool.run(tasks: chunks.count) { k, _ in update.apply(chunks[k]) }
    } else {
      let update = Update(
        optimizer, parameters, memory, step: memory.steps + 1, scale: scale,
        shared: pool.threads > 1)
      try plan.run(rows, epoch, update: update)
      memory.countStep()
      if !remaining.isEmpty {
        pool.run(tasks: remaining.count) { k, _ in update.apply(remaining[k]) }
      }
    }
    return plan.scalar(node)
  }

  /// The loss and its gradient, in the parameters' arena, without a step.
  func differentiate(_ rows: ArraySlice<Int>, _ epoch: Int) throws(StepError) -> Double {
    try plan.run(rows, epoch)
    return plan.scalar(node)
  }

  /// The Euclidean norm of the group's last gradient, added up in a fixed order.
  func gradientNorm() -> Double {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: chunks.count) { sums in
      pool.run(tasks: chunks.count) { k, _ in sums[k] = parameters.gradientSquares(chunks[k]) }
      return sums.reduce(0, +).squareRoot()
    }
  }

  var state: TrainerState.Loss {
    get { .init(name: loss.name, optimizer: memory.state, rateFactor: rateFactor) }
    set {
      memory.state = newValue.optimizer
      rateFactor = newValue.rateFactor
    }
  }

  private static func chunks(_ ranges: [Range<Int>]) -> [Range<Int>] {
    let size = 1 << 14
    return ranges.flatMap { range in
      stride(from: range.lowerBound, to: range.upperBound, by: size).map {
        $0..<min($0 + size, range.upperBound)
      }
    }
  }
}
