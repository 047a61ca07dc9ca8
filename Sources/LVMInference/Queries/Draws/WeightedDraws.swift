import LVMCompute
import LVMModel

/// Draws of latents from guides and priors, and what the model says at each: two programs over minibatches of
/// rows, one that draws from the guides and one that takes latents as data.
///
/// Draws are keyed by (seed, latent, draw, row).
final class WeightedDraws {
  /// What the model says of some rows at one draw of their latents.
  struct Evaluation {
    var values: [String: Tensor]
    /// Values of the sampled latents, [rows, size].
    var latents: [VariableID: [Float]]

    /// log p̃(x, z) less the log density of the draw under the mixture of guide and prior.
    func logWeight(_ row: Int, guideShare: Double) -> Double {
      let joint = number("joint", row)
      var proposal = number("guide", row)
      if guideShare < 1 {
        let (a, b) = (
          proposal + guideShare.logarithm, number("prior", row) + (1 - guideShare).logarithm
        )
        let top = max(a, b)
        guard top > -.infinity else { return -.infinity }
        proposal = top + ((a - top).exponential + (b - top).exponential).logarithm
      }
      let weight = joint - proposal
      return weight.isNaN || weight == .infinity ? -.infinity : weight
    }

    private func number(_ name: String, _ row: Int) -> Double {
      guard let values = values[name]?.values else { return 0 }
      return values.count == 1 ? values[0] : values[row]
    }
  }

  let handles: [LoweredPredictive]
  private let plan: InferencePlan
  let data: ModelData
  let prior: PriorDraws?
  let guide: MinibatchEvaluator?
  let model: MinibatchEvaluator
  let view: GuideView
  private let noise: [Noise]
  let centres: [String: [Double]]
  /// The distributions of what is asked for and of what guides must be told of.
  let fillers: [LoweredPredictive]
  /// Columns of this piece's rows with every cell filled, by variable.
  var filled: [VariableID: [Float]] = [:]

  /// Whether the density of the prior is known, so that it may propose.
  var hasPrior: Bool { prior != nil }
  /// Whether any latent is drawn rather than put at a point.
  var isRandom: Bool { !noise.isEmpty }

  init(
    _ plan: InferencePlan, data: ModelData, of names: [String], parameters: [String: Tensor],
    seed: UInt64,
    batch: Int, runtime: Runtime, fromLatentsAlone: Bool
  ) throws {
    self.plan = plan
    // Every row has a guide of its own, which is found anew for these rows.
    let data = try data.withLocalGuides(
      plan, parameters: parameters, seed: seed, runtime: runtime)
    self.data = data
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    // A reconstruction shows the guide the row as training did.
    var view = GuideView(plan, masked: data.masked, structure)
    if fromLatentsAlone { view.told = [] }
    self.view = view
    centres = Self.centres(plan, parameters)
    prior = PriorDraws(plan, data: data, parameters: parameters, seed: seed)
    // Cells that guides must be told of have distributions too, so that they can be filled.
    let asked = names.compactMap { plan.model.variable(named: $0)?.id }
    let targets = asked + view.told.map(\.id).filter { !asked.contains($0) }
    let drawing = try Self.guideGraph(plan, data.masked, view, structure)
    noise = drawing?.noise ?? []
    let (graph, all) = try Self.modelGraph(
      plan, data.masked, view, structure, prior, targets, fromLatentsAlone)
    handles = Array(all.prefix(asked.count))
    fillers = all
    model = try runtime.minibatchEvaluator(narrowed(graph, parameters: []), batch: batch)
    guide = try drawing.map {
      try runtime.minibatchEvaluator(narrowed($0.graph, parameters: []), batch: batch)
    }
    try feed(model, graph, parameters, seed)
    if let guide, let drawing { try feed(guide, drawing.graph, parameters, seed) }
  }

  private func feed(
    _ program: MinibatchEvaluator, _ graph: Graph, _ parameters: [String: Tensor], _ seed: UInt64
  ) throws {
    let noise = Dictionary(noise.map { ($0.column, $0) }, uniquingKeysWith: { a, _ in a })
    for node in graph.nodes {
      if case .parameter(let name) = node.op, let value = parameters[name] {
        try program.set(name, value)
      }
      guard case .data(let name) = node.op else { continue }
      if let n = noise[name] {
        let kind: RandomRows.Distribution = n.kind == .normal ? .normal : .uniform
        try program.set(name, .random(RandomRows(kind, seed: seed, purpose: name)))
      } else if let column = data.columns.columns[name] {
        try program.set(name, .rows(column.minibatchRows))
      }
    }
  }

  // MARK: A piece of rows

  /// What the model says at draw number `sample` of some rows' latents.
  func evaluate(_ rows: ArraySlice<Int>, sample: Int, fromPrior: Bool) throws -> Evaluation {
    var latents: [VariableID: [Float]] = [:]
    if fromPrior, let prior {
      latents = try prior.draw(rows: rows, sample: sample)
    } else if let guide {
      let out = try guide.evaluate(rows: rows, epoch: sample)
      for id in plan.sampled {
        latents[id] = out[plan.model[id].name]?.values.map(Float.init)
      }
    }
    for (id, values) in latents {
      let v = plan.model[id]
      let width = max(1, (v.type.dims ?? []).reduce(1, *))
      try model.set(Self.column(v), .rows(PieceRows(rows, values, width: width)))
    }
    return Evaluation(values: try model.evaluate(rows: rows), latents: latents)
  }
}
