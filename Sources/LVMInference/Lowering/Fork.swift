import LVMCompute
import LVMModel

/// Where the nodes of a finished graph stand in a fork of it.
struct NodeMap {
  let builder: GraphBuilder
  /// The number of each node in the fork; nil where all kept theirs.
  let numbers: [Int]?

  func callAsFunction(_ value: Value) -> Value {
    Value(builder: builder, id: number(value.id))
  }

  func callAsFunction(_ value: Lowered) -> Lowered {
    Lowered(self(value.value), axes: value.axes)
  }

  func number(_ id: Int) -> Int { numbers?[id] ?? id }
}

/// A lowered model under construction again: a builder that goes on from its nodes, and the handles that
/// fitting and queries attach to.
struct Fork {
  let plan: Plan
  let context: LoweringContext
  var builder: GraphBuilder { context.builder }
  /// Factors that are tables over finite latents, with what EM needs of them.
  var factors: [LoweredFactor] = []
  /// log p(data): a scalar.
  var root: Value
  /// log p of each unit of the outermost plate, before the last product.
  var perUnit: Value?
  /// Variables whose factors went into a continuous elimination.
  var consumed: Set<VariableID> = []
  var system = GaussianSystem()
  var solutions: [PlateID: GaussianSolution] = [:]
  /// Log tables that remain of the Gaussian latents of each plate.
  var gaussianTables: [PlateID: Lowered] = [:]
  var conjugates: [VariableID: ConjugateSolution] = [:]
  var space: StateSpace?
  /// Blocks of quadrature at their nodes, and per block the log integrand there with its weights.
  var blocks: [PlacedBlock] = []
  var integrands: [Int: Lowered] = [:]
  /// Log tables of labels whose sum is the log joint density: factors, and what continuous eliminations
  /// leave. No node stands here twice.
  var leaves: [(plate: PlateID?, table: Lowered)] = []
  /// Per finite latent, a zero table on its plate whose gradient is the posterior of its values.
  var sources: [Axis: Value] = [:]

  /// The same handles in another graph, whose context already has what replaces parameters.
  func moved(to context: LoweringContext, _ map: NodeMap) -> Fork {
    self.context.move(into: context, map)
    var fork = Fork(plan: plan, context: context, root: map(root))
    fork.factors = factors.map { $0.moved(map) }
    fork.perUnit = perUnit.map { map($0) }
    fork.consumed = consumed
    fork.system = system.moved(map)
    fork.solutions = solutions.mapValues { $0.moved(map) }
    fork.gaussianTables = gaussianTables.mapValues { map($0) }
    fork.conjugates = conjugates.mapValues { $0.moved(map) }
    fork.space = space?.moved(map)
    fork.blocks = blocks.map { $0.moved(map) }
    fork.integrands = integrands.mapValues { map($0) }
    fork.leaves = leaves.map { ($0.plate, map($0.table)) }
    fork.sources = sources.mapValues { map($0) }
    return fork
  }
}

extension LoweringContext {
  /// A context for the same model and the same kind of data on another builder, nothing lowered yet.
  func forked(onto builder: GraphBuilder) -> LoweringContext {
    let other = LoweringContext(model: model, builder: builder, plates: plates)
    other.masked = masked
    other.filled = filled
    other.networkMode = networkMode
    other.weightNames = weightNames
    other.apart = apart
    other.isWeighted = isWeighted
    other.takesCurvatures = takesCurvatures
    return other
  }

  /// Hands over what was lowered here to the context of a fork.
  func move(into other: LoweringContext, _ map: NodeMap) {
    other.replacements.merge(replacements.mapValues { map($0) }) { own, _ in own }
    other.nodeOffsets = nodeOffsets.mapValues { map($0) }
    other.noise += noise
    other.guided = guided.moved(map)
    other.runningAverages = runningAverages.map { ($0.name, map($0.value)) }
    for (call, body) in bodies {
      let moved = NetworkCall(
        network: call.network, input: map.number(call.input), axes: call.axes)
      other.bodies[moved] = map(body)
    }
  }
}

extension LoweredFactor {
  func moved(_ map: NodeMap) -> LoweredFactor {
    var copy = self
    copy.table = map(table)
    copy.x = x.map { map($0) }
    copy.arguments = arguments.map { map($0) }
    copy.aligned = aligned.map { map($0) }
    copy.mask = mask.map { map($0) }
    return copy
  }
}

extension Affine {
  func moved(_ map: NodeMap) -> Affine {
    Affine(constant: map(constant), coefficients: coefficients.mapValues { map($0) })
  }
}
