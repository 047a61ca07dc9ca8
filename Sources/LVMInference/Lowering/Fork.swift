import LVMCompute
import LVMModel

/// Where the nodes of a finished graph stand in a fork of it.
package struct NodeMap {
  let builder: GraphBuilder
  /// The number of each node in the fork; nil where all kept theirs.
  let numbers: [Int]?

  package func callAsFunction(_ value: Value) -> Value {
    Value(builder: builder, id: number(value.id))
  }

  package func callAsFunction(_ value: Lowered) -> Lowered {
    Lowered(self(value.value), axes: value.axes)
  }

  func number(_ id: Int) -> Int { numbers?[id] ?? id }
}

/// A lowered model under construction again: a builder that goes on from its nodes, and the handles that
/// fitting and queries attach to.
package struct Fork {
  let plan: InferencePlan
  let context: LoweringContext
  var builder: GraphBuilder { context.builder }
  /// Factors that are tables over finite latents, with what EM needs of them.
  var factors: [LoweredFactor] = []
  /// The log likelihood log p(data): a scalar.
  var root: Value
  /// log p of each unit of the outermost plate, before the last product.
  var perUnit: Value?
  /// Variables whose factors went into a continuous elimination.
  var consumed: Set<VariableID> = []
  /// What eliminations left of their latents, in the order in which they were carried out.
  var eliminated: [any Eliminated] = []
  /// Log tables of labels whose sum is the log joint density: factors, and what continuous eliminations
  /// leave. No node stands here twice.
  var leaves: [(plate: PlateID?, table: Lowered)] = []
  /// Per finite latent, a zero table on its plate whose gradient is the posterior of its values.
  var sources: [Axis: Value] = [:]

  /// Posterior moments of all continuous latents that were eliminated.
  var moments: [VariableID: LoweredMoments] {
    eliminated.reduce(into: [:]) { all, left in all.merge(left.moments(in: self)) { $1 } }
  }

  /// The same handles in another graph, whose context already has what replaces parameters.
  func moved(to context: LoweringContext, _ map: NodeMap) -> Fork {
    self.context.move(into: context, map)
    var fork = Fork(plan: plan, context: context, root: map(root))
    fork.factors = factors.map { $0.moved(map) }
    fork.perUnit = perUnit.map { map($0) }
    fork.consumed = consumed
    fork.eliminated = eliminated.map { $0.moved(map) }
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
    other.nodePosition = nodePosition
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
