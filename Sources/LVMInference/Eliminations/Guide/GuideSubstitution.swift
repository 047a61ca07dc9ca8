import LVMCompute
import LVMModel

/// Draws from guides in place of sampled latents, as functions of columns of noise.
///
/// What a draw gains is −log q; it is kept with the draw and not among the factors, as is log p of a latent whose
/// prior depends on no label: the bound has their difference in closed form where it can.
struct GuideSubstitution: SubstitutionRule {
  /// Latents that are drawn, and labels of the data that are summed where they are missing.
  let sampled: [VariableID]
  let opened: Set<VariableID>
  /// What guides read.
  let reads: Set<VariableID>

  func words(_ model: ModelGraph) -> String? { nil }

  func lower(_ context: LoweringContext) throws -> Substituted {
    var values: [VariableID: Lowered] = [:]
    try context.showLabels(opened)
    for entry in try context.structure.guideOrder(sampled) {
      let draw = try context.draw(entry, sample: 0)
      values[entry.variable] = Lowered(draw.value)
      context.replacements[entry.variable] = Lowered(draw.value)
      context.guided.draws.append(draw)
    }
    for id in opened { context.replacements[id] = nil }
    for draw in context.guided.draws where draw.logDensity != nil {
      guard let prior = try logPrior(of: draw, context) else { continue }
      context.guided.priors[draw.latent] = prior
      context.apart.insert(draw.latent)
    }
    return Substituted(values: values, logDeterminant: nil, plate: .rows)
  }

  /// log p of a draw under its own prior; nil where the prior depends on a label that is summed.
  private func logPrior(of draw: GuideDraw, _ context: LoweringContext) throws -> Value? {
    let variable = context.model[draw.latent]
    guard case .drawn(let distribution) = variable.definition,
      let factor = try context.factors(variable, distribution, part: .whole).first,
      factor.table.axes.isEmpty
    else { return nil }
    return factor.table.value
  }
}

extension InferencePlan {
  /// Latents drawn from a guide, in the order of the model; their guides stand in this plan's model.
  var sampled: [VariableID] { program.substitutions(GuideSubstitution.self).flatMap(\.sampled) }
  /// Whether latents are drawn or networks applied, so that rows are asked by draws.
  public var isTrained: Bool {
    !sampled.isEmpty || ModelStructure(model: model, nesting: nesting).usesNetworks
  }
}
