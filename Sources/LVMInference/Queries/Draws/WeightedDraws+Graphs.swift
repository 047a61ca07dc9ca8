import LVMCompute
import LVMModel

extension WeightedDraws {
  /// Draws of every sampled latent; nil where nothing is sampled.
  static func guideGraph(
    _ plan: InferencePlan, _ masked: Set<String>, _ view: GuideView, _ structure: ModelStructure
  ) throws -> (graph: Graph, noise: [Noise])? {
    guard !plan.sampled.isEmpty else { return nil }
    let context = LoweringContext(
      model: plan.model, builder: GraphBuilder(), plates: plan.nesting)
    context.masked = Set(plan.model.variables.filter { masked.contains($0.name) }.map(\.id))
    try context.showLabels(plan.opened)
    try view.stand(in: context)
    for entry in try structure.guideOrder(plan.sampled) {
      let draw = try context.draw(entry, sample: 0)
      context.replacements[entry.variable] = Lowered(draw.value)
      context.builder.setOutput(plan.model[entry.variable].name, draw.value)
    }
    return (context.builder.finish(), context.noise)
  }

  @Sendable static func column(_ latent: Variable) -> String { "$draw.\(latent.name)" }

  /// The joint density, the densities of guide and prior, and the distributions of cells, at given
  /// latents.
  static func modelGraph(
    _ plan: InferencePlan, _ masked: Set<String>, _ view: GuideView, _ structure: ModelStructure,
    _ prior: PriorDraws?, _ targets: [VariableID], _ fromLatentsAlone: Bool
  ) throws -> (Graph, [LoweredPredictive]) {
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
    guard !fromLatentsAlone else { return (builder.finish(), handles) }
    builder.setOutput("joint", (lowered.perUnit ?? builder.constant(0)) * one)
    if let prior { builder.setOutput("prior", prior.logDensity(in: lowered)) }
    try context.showLabels(plan.opened)
    try view.stand(in: context)
    var density = one * 0.0
    for entry in try structure.guideOrder(plan.sampled) {
      guard let value = context.replacements[entry.variable]?.value,
        let log = try context.logDensity(of: value, under: entry)
      else { continue }
      density = density + log
    }
    builder.setOutput("guide", density)
    return (builder.finish(), handles)
  }
}
