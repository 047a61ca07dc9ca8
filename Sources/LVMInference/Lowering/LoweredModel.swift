import LVMCompute
import LVMModel
import LVMSyntax

/// What is asked of a lowering.
struct LoweringOptions: Hashable {
  /// Observed variables with missing cells.
  var masked: Set<String>
  /// Whether posteriors of finite latents can be read off as gradients.
  var sources = false
  /// Whether rows stand for many (`ModelData.isWeighted`).
  var weighted = false
  /// Whether every finite latent has its starting weights as evidence.
  var seeds = false
  var mode = NetworkMode.evaluation
}

/// A planned model as a finished tensor program: log p(data | parameters), and what fitting and queries
/// attach to.
///
/// A value: it never changes. Whoever wants more of it works on a fork, whose builder goes on from the finished
/// nodes; parameters are leaves, and other values stand in their place by rewriting the nodes in their order.
struct LoweredModel: @unchecked Sendable {
  let options: LoweringOptions
  let graph: Graph
  /// The lowering itself. Its builder is a class, but nothing writes to it any more: this is what makes the
  /// model safe to share.
  private let origin: Fork

  /// Carries the steps of a plan out.
  ///
  /// - Parameters:
  ///   - position: where latents at nodes are put.
  ///   - substitutions: what stands in place of variables, instead of the plan's own for the same ones.
  /// - Throws: `LoweringFailure` where a step cannot be carried out.
  init(
    _ plan: InferencePlan, _ options: LoweringOptions, nodes position: NodePosition = .rule,
    substituting substitutions: [Substitution] = []
  ) throws {
    self.options = options
    var lowering = ModelLowering(plan, options, nodes: position)
    try lowering.run(substitutions)
    origin = lowering.fork
    graph = lowering.fork.builder.finish()
  }

  /// A builder over the finished graph with all handles, other values in place of parameters or of columns of
  /// data.
  ///
  /// - Parameter prepare: puts these values among the context's replacements.
  func fork(_ prepare: ((LoweringContext) -> Void)? = nil) -> Fork {
    if let prepare { return rewritten(prepare) }
    let builder = GraphBuilder(graph)
    let context = origin.context.forked(onto: builder)
    return origin.moved(to: context, NodeMap(builder: builder, numbers: nil))
  }

  private func rewritten(_ prepare: (LoweringContext) -> Void) -> Fork {
    let builder = GraphBuilder()
    // The constant that every graph begins with stays in front: programs are printed with their numbers.
    if case .constant(let first)? = graph.nodes.first?.op { _ = builder.constant(first) }
    let context = origin.context.forked(onto: builder)
    prepare(context)
    var leaves: [Op: Value] = [:]
    for (id, value) in context.replacements {
      let v = context.model[id]
      switch v.role {
      case .param: leaves[.parameter(v.name)] = value.value
      case .given, .observe: leaves[.data(ModelColumn.values(v))] = value.value
      case .latent, .binding:
        preconditionFailure("`\(v.name)` is no leaf: a latent is replaced by a substitution")
      }
    }
    let numbers = builder.addNodes(of: graph) { leaves[$0] }
    return origin.moved(to: context, NodeMap(builder: builder, numbers: numbers))
  }
}

extension InferencePlan {
  /// The plan's lowered model: the one that proved the plan where the same is asked for, else another.
  func lowered(
    masked: Set<String>, sources: Bool = false, weighted: Bool = false, seeds: Bool = false,
    mode: NetworkMode = .evaluation
  ) throws -> LoweredModel {
    let options = LoweringOptions(
      masked: masked, sources: sources, weighted: weighted, seeds: seeds, mode: mode)
    if let proof, proof.model.options == options { return proof.model }
    return try LoweredModel(self, options)
  }
}

/// The lowered model that proved a plan, carried by it.
final class PlanProof: Sendable {
  let model: LoweredModel

  init(_ model: LoweredModel) { self.model = model }
}
