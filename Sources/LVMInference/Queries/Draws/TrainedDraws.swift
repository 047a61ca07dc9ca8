import LVMCompute
import LVMModel

/// Draws of a trained model's latents, and what the model says at each: two programs over minibatches of
/// rows, one that draws from the guides and one that takes latents as data.
///
/// Draws are keyed by (seed, latent, draw, row).
final class TrainedDraws {
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

  let handles: [PredictiveLowering.Handles]
  private let plan: Plan
  private let data: ModelData
  private let prior: PriorDraws?
  private let guide: StepProgram?
  private let model: StepProgram
  private let view: GuideView
  private let noise: [Noise]
  private let centres: [String: [Double]]
  /// The laws of what is asked for and of what guides must be told of.
  private let fillers: [PredictiveLowering.Handles]
  /// Columns of this piece's rows with every cell filled, by variable.
  private var filled: [VariableID: [Float]] = [:]

  /// Whether the density of the prior is known, so that it may propose.
  var hasPrior: Bool { prior != nil }
  /// Whether any latent is drawn rather than put at a point.
  var isRandom: Bool { !noise.isEmpty }

  init(
    _ plan: Plan, data: ModelData, of names: [String], parameters: [String: Tensor], seed: UInt64,
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
    // Cells that guides must be told of are laws too, so that they can be filled.
    let asked = names.compactMap { plan.model.variable(named: $0)?.id }
    let targets = asked + view.told.map(\.id).filter { !asked.contains($0) }
    let drawing = try Self.guideGraph(plan, data.masked, view, structure)
    noise = drawing?.noise ?? []
    let (graph, all) = try Self.modelGraph(
      plan, data.masked, view, structure, prior, targets, fromLatentsAlone)
    handles = Array(all.prefix(asked.count))
    fillers = all
    model = try StepProgram(
      narrowed(graph, parameters: []), loss: "loss", parameters: [], batch: batch, runtime: runtime)
    guide = try drawing.map {
      try StepProgram(
        narrowed($0.graph, parameters: []), loss: "loss", parameters: [], batch: batch,
        runtime: runtime)
    }
    try feed(model, graph, parameters, seed)
    if let guide, let drawing { try feed(guide, drawing.graph, parameters, seed) }
  }

  /// Draws of every sampled latent; nil where nothing is sampled.
  private static func guideGraph(
    _ plan: Plan, _ masked: Set<String>, _ view: GuideView, _ structure: ModelStructure
  ) throws -> (graph: Graph, noise: [Noise])? {
    guard !plan.sampled.isEmpty else { return nil }
    let context = LoweringContext(
      model: plan.model, builder: GraphBuilder(), plates: plan.nesting)
    context.masked = Set(plan.model.variables.filter { masked.contains($0.name) }.map(\.id))
    try context.showLabels(plan)
    try view.stand(in: context)
    var loss = context.builder.constant(0)
    for entry in try plan.guideOrder(structure) {
      let draw = try context.draw(entry, sample: 0)
      context.replacements[entry.variable] = Lowered(draw.value)
      context.builder.setOutput(plan.model[entry.variable].name, draw.value)
      loss = loss + draw.value.sumAll().sumPlate()
    }
    context.builder.setOutput("loss", loss)
    return (context.builder.finish(), context.noise)
  }

  @Sendable private static func column(_ latent: Variable) -> String { "$draw.\(latent.name)" }

  /// The joint density, the densities of guide and prior, and the laws of cells, at given latents.
  private static func modelGraph(
    _ plan: Plan, _ masked: Set<String>, _ view: GuideView, _ structure: ModelStructure,
    _ prior: PriorDraws?, _ targets: [VariableID], _ fromLatentsAlone: Bool
  ) throws -> (Graph, [PredictiveLowering.Handles]) {
    let draws = Substitution(
      replaced: plan.sampled, rule: ColumnSubstitution(variables: plan.sampled, column: column))
    let lowered = try LoweredModel(
      plan, LoweringOptions(masked: masked, sources: !plan.opened.isEmpty), substituting: [draws]
    ).fork()
    let context = lowered.context
    let builder = lowered.builder
    let handles = try PredictiveLowering(plan, masked: masked, fromLatentsAlone: fromLatentsAlone)
      .outputs(targets, of: lowered)
    let one = context.ones(.rows)
    let joint = (lowered.perUnit ?? builder.constant(0)) * one
    builder.setOutput("loss", joint.sumPlate())
    guard !fromLatentsAlone else { return (builder.finish(), handles) }
    builder.setOutput("joint", joint)
    if let prior { builder.setOutput("prior", prior.logDensity(in: lowered)) }
    try context.showLabels(plan)
    try view.stand(in: context)
    var density = one * 0.0
    for entry in try plan.guideOrder(structure) {
      guard let value = context.replacements[entry.variable]?.value,
        let log = try context.logDensity(of: value, under: entry)
      else { continue }
      density = density + log
    }
    builder.setOutput("guide", density)
    return (builder.finish(), handles)
  }

  private func feed(
    _ program: StepProgram, _ graph: Graph, _ parameters: [String: Tensor], _ seed: UInt64
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

  /// Draws for a start from the prior, rounds of filling, and guide draws in each.
  private static let starts = 4
  private static let rounds = 8
  private static let perRound = 4

  /// Fills the cells that the guide must see: first with what the prior expects there, then again and again
  /// with the mean of what the guide's draws expect, so that the guide sees rows like those it was trained
  /// on. The draws are others than those that are weighted, which leaves the weights right.
  func fill(_ rows: ArraySlice<Int>, after samples: Int) throws {
    guard !view.told.isEmpty else { return }
    filled = [:]
    for v in view.told { filled[v.id] = present(v, rows) }
    try showFilled(rows)
    var sample = samples
    if prior != nil { try refill(rows, from: &sample, count: Self.starts, fromPrior: true) }
    let count = isRandom ? Self.perRound : 1
    for _ in 0..<Self.rounds {
      try refill(rows, from: &sample, count: count, fromPrior: false)
    }
  }

  /// A variable's cells as they are, and where none is, what the encoders were centred on: a cell that is
  /// hidden has a value, which no guide may see.
  private func present(_ v: Variable, _ rows: ArraySlice<Int>) -> [Float]? {
    guard let column = data.columns.columns[LoweringContext.column(v)],
      let mask = data.columns.columns[LoweringContext.maskColumn(v)]
    else { return nil }
    let width = column.width
    let neutral = centres[v.name] ?? [Double](repeating: 0, count: width)
    return rows.flatMap { row -> [Float] in
      let values = column.numbers(of: row..<(row + 1))
      let isThere = mask.numbers(of: row..<(row + 1))
      return (0..<width).map { Float(isThere[$0] != 0 ? values[$0] : neutral[$0]) }
    }
  }

  /// What encoders among some weights are centred on, by input.
  private static func centres(_ plan: Plan, _ parameters: [String: Tensor]) -> [String: [Double]] {
    var result: [String: [Double]] = [:]
    for network in plan.model.networks where network.encoder != nil {
      for input in network.inputs {
        guard let centre = parameters["\(network.name).\(input.name).center"]?.values else {
          continue
        }
        let isCount = input.type.kind == .count
        result[input.name] = centre.map { isCount ? $0.exponentialLessOne : $0 }
      }
    }
    return result
  }

  private func refill(
    _ rows: ArraySlice<Int>, from sample: inout Int, count: Int, fromPrior: Bool
  ) throws {
    var sums: [VariableID: [Double]] = [:]
    for _ in 0..<count {
      let out = try evaluate(rows, sample: sample, fromPrior: fromPrior)
      sample += 1
      for (i, h) in fillers.enumerated() where filled[h.variable] != nil {
        guard let means = h.means(i, out.values, rows.count) else { continue }
        let own = sums[h.variable] ?? [Double](repeating: 0, count: means.count)
        sums[h.variable] = zip(own, means).map { $0 + $1 / Double(count) }
      }
    }
    for v in view.told {
      guard var cells = filled[v.id], let means = sums[v.id],
        let mask = data.columns.columns[LoweringContext.maskColumn(v)]
      else { continue }
      let width = mask.width
      let k = means.count / max(1, rows.count * width)
      for (i, row) in rows.enumerated() {
        let present = mask.numbers(of: row..<(row + 1))
        for j in 0..<width where present[j] == 0 {
          let at = i * width + j
          // A draw far out may have a mean beyond all numbers, of which no guide is told.
          let value = Float(v.expected(means[(at * k)..<((at + 1) * k)]))
          if value.isFinite { cells[at] = value }
        }
      }
      filled[v.id] = cells
    }
    try showFilled(rows)
  }

  private func showFilled(_ rows: ArraySlice<Int>) throws {
    for v in view.told {
      guard let values = filled[v.id] else { continue }
      let width = max(1, (v.type.dims ?? []).reduce(1, *))
      let source = StepInput.rows(PieceRows(rows, values, width: width))
      try model.set(GuideView.column(v), source)
      try guide?.set(GuideView.column(v), source)
    }
  }
}
