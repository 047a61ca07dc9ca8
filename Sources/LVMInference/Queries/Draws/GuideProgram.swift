import LVMCompute
import LVMModel

/// Draws of a row's latents from their guides, and what follows from each: probabilities of labels that are
/// summed, moments of latents that are integrated, and log weights.
///
/// Draws are keyed by (seed, latent, draw, row): the same seed gives the same numbers. Outputs are `z.NAME`, a
/// draw; `v.NAME`, what is averaged for its mean, and `s.NAME`, its deviation where that is closed; `p.NAME`,
/// probabilities of an entry of a label; `v.NAME` and `w.NAME`, mean and variance of a latent that is
/// integrated; `weight`, log p̃(x, z)/q(z).
final class GuideProgram {
  let plan: InferencePlan
  let rows: Int
  /// Whether anything is drawn.
  let isRandom: Bool
  /// Labels that are summed, an output for each entry.
  let labels: [(variable: Variable, outputs: [String])]
  let drawn: [(variable: Variable, isClosed: Bool, size: Int)]
  /// Latents that are integrated given the draws.
  let integrated: [(variable: Variable, size: Int)]
  private let program: MinibatchEvaluator
  static let batch = 512

  /// - Parameter scores: whether weights are asked for; where nothing else needs them, a query without is
  ///   computed without decoders.
  /// - Throws: `StepError` and lowering failures for models it cannot compute.
  init(
    _ plan: InferencePlan, data: ModelData, parameters: [String: Tensor], scores: Bool = true,
    seed: UInt64, runtime: Runtime
  ) throws {
    self.plan = plan
    rows = data.rows
    let data = try data.withLocalGuides(
      plan, parameters: parameters, seed: seed, runtime: runtime)
    let model = try VariationalModel(
      plan, masked: data.masked, mode: .evaluation, closedForm: false, sources: true)
    let builder = model.builder
    labels = Self.putProbabilities(of: model.lowered)
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    var drawn: [(Variable, Bool, Int)] = []
    for draw in model.draws {
      let v = plan.model[draw.latent]
      // Moments are closed where the guide has them and reads no other draw.
      let entry = plan.model.guides.first { $0.variable == v.id }
      let reads = entry.map { structure.reads($0) } ?? []
      let isClosed =
        (draw.deviation != nil || draw.logDensity == nil) && reads.isDisjoint(with: plan.sampled)
      builder.setOutput("v.\(v.name)", isClosed ? draw.mean : draw.value)
      builder.setOutput("z.\(v.name)", draw.value)
      if isClosed, let deviation = draw.deviation { builder.setOutput("s.\(v.name)", deviation) }
      drawn.append((v, isClosed, Swift.max(1, draw.mean.shape.count)))
    }
    self.drawn = drawn.map { (variable: $0.0, isClosed: $0.1, size: $0.2) }
    integrated = Self.putMoments(of: model.lowered)
    if scores || !labels.isEmpty || !integrated.isEmpty || model.draws.isEmpty {
      builder.setOutput("weight", model.logWeights)
    }
    isRandom = !model.context.noise.isEmpty
    let graph = narrowed(builder.finish(), parameters: [])
    program = try runtime.minibatchEvaluator(graph, batch: Self.batch)
    try feed(graph, model.context.noise, data, parameters, seed)
  }

  /// Outputs the probabilities of labels, at the draws of the others.
  private static func putProbabilities(of lowered: Fork)
    -> [(variable: Variable, outputs: [String])]
  {
    let axes = lowered.sources.keys.sorted()
    let sources = axes.compactMap { lowered.sources[$0] }
    var found: [VariableID: [String]] = [:]
    for (axis, g) in zip(axes, lowered.builder.gradient(of: lowered.root, with: sources)) {
      let name = "p.\(axis.variable.index).\(axis.component)"
      lowered.builder.setOutput(name, g)
      found[axis.variable, default: []].append(name)
    }
    return found.sorted { $0.key < $1.key }.map { (lowered.plan.model[$0], $1) }
  }

  /// Outputs the means and variances of latents that are integrated, at the draws of the others.
  private static func putMoments(of lowered: Fork) -> [(variable: Variable, size: Int)] {
    let ones = lowered.context.ones(.rows).reshape([1])
    return lowered.moments.sorted { $0.key < $1.key }.map { id, m in
      let v = lowered.plan.model[id]
      let size = m.mean.event.reduce(1, *)
      lowered.builder.setOutput("v.\(v.name)", m.mean.on(.rows).value.reshape([size]) * ones)
      lowered.builder.setOutput(
        "w.\(v.name)", m.variance.on(.rows).value.reshape([size]) * ones)
      return (v, size)
    }
  }

  private func feed(
    _ graph: Graph, _ noise: [Noise], _ data: ModelData, _ parameters: [String: Tensor],
    _ seed: UInt64
  ) throws {
    let noise = Dictionary(noise.map { ($0.column, $0) }, uniquingKeysWith: { a, _ in a })
    for node in graph.nodes {
      if case .parameter(let name) = node.op, let value = parameters[name] {
        try program.set(name, value)
      }
      if case .data(let name) = node.op {
        if let n = noise[name] {
          try program.set(
            name,
            .random(
              RandomRows(n.kind == .normal ? .normal : .uniform, seed: seed, purpose: name)))
        } else if let column = data.columns.columns[name] {
          try program.set(name, .rows(column.minibatchRows))
        }
      }
    }
  }

  /// Draw number `draw` of some rows' latents, with all that is said of it.
  func evaluate(_ rows: ArraySlice<Int>, draw: Int) throws -> [String: Tensor] {
    try program.evaluate(rows: rows, epoch: draw)
  }
}
