import LVMCompute
import LVMModel
import LVMSyntax

/// What the planner knows of the data: which observed variables have missing cells.
public struct DataFacts: Sendable {
  public var masked: Set<String>
  /// Those of vectors that some rows have in part: some entries present and others missing.
  public var torn: Set<String>
  /// Variables of whose empty cells an encoder is told; those of the table that was fitted.
  public var indicated: Set<String>
  /// Whether every size is the data's own; false where numbers stand in for sizes that nothing tells yet.
  public var sizesAreKnown: Bool
  /// Whether continuous latents are to be integrated by quadrature even where a closed form serves.
  public var prefersQuadrature: Bool
  /// What guides latents that are drawn and that the model gives no guide; `point` puts every continuous
  /// latent of a row at its most probable value.
  public var guide: GuideKind

  public init(
    masked: Set<String> = [], torn: Set<String> = [], indicated: Set<String>? = nil,
    sizesAreKnown: Bool = true, prefersQuadrature: Bool = false, guide: GuideKind = .encoder
  ) {
    self.masked = masked
    self.torn = torn
    self.indicated = indicated ?? masked
    self.sizesAreKnown = sizesAreKnown
    self.prefersQuadrature = prefersQuadrature
    self.guide = guide
  }
}

/// Chooses, for a sized model, how each latent is eliminated and each parameter estimated.
///
/// Strategies are tried in order of exactness: whatever is linear-Gaussian is integrated, what is
/// conjugate too, finite latents are summed; a model with anything left over is refused, with the reason
/// per latent. Continuous latents go before the finite ones they depend on, inner plates before outer.
public struct Planner {
  /// Cells of a table per row that a sum may need.
  public static let cellLimit = 4_000_000.0

  var structure: ModelStructure
  var model: ModelGraph { structure.model }
  let facts: DataFacts
  var findings: [Diagnostic] = []
  var entries: [VariableID: Plan.Entry] = [:]
  var gaussian: [VariableID] = []
  var conjugate: [VariableID] = []
  var gaussianChain: [VariableID] = []
  var quadrature: [QuadratureBlock] = []
  var opened: Set<VariableID> = []
  var sampled: [VariableID] = []
  var locals: [LocalColumn] = []

  /// The plan of a model whose sizes are all known; throws every refusal at once.
  public static func plan(_ model: ModelGraph, facts: DataFacts = DataFacts())
    throws(Diagnostics) -> Plan
  {
    let tooLarge = model.sizeFindings
    guard tooLarge.isEmpty else { throw Diagnostics(source: model.source, items: tooLarge) }
    let opened: OpenedLabels
    do {
      opened = try OpenedLabels(model, facts)
    } catch {
      throw Diagnostics(source: model.source, items: error.findings)
    }
    let model = opened.model
    let nesting: PlateNesting
    do {
      nesting = try PlateNesting(model)
    } catch {
      let finding = PlanError.crossedGroups(error.first.name, error.second.name)
      throw Diagnostics(source: model.source, items: [finding.at(error.second.span)])
    }
    var planner = Planner(
      structure: ModelStructure(model: model, nesting: nesting), facts: facts)
    planner.opened = opened.labels
    guard let plan = planner.run(nesting) else {
      throw Diagnostics(source: model.source, items: planner.findings)
    }
    return plan
  }

  private init(structure: ModelStructure, facts: DataFacts) {
    self.structure = structure
    self.facts = facts
  }

  private mutating func run(_ nesting: PlateNesting) -> Plan? {
    refuseWhatHasNoEngine()
    if facts.sizesAreKnown, let (problem, latent) = FactorBound.finding(structure) {
      findings.append(problem.at(model[latent].nameSpan))
    }
    guard findings.isEmpty else { return nil }
    planContinuous(nesting)
    sampleInsteadOfNodes(nesting)
    guard findings.isEmpty else { return nil }
    let steps = eliminationOrder(nesting)
    guard findings.isEmpty else { return nil }
    completeGuides()
    guard findings.isEmpty else { return nil }
    var plan = Plan(
      model: model, nesting: nesting, entries: [], program: FactorProgram(steps: steps),
      strategy: .em, reason: "", gaussian: gaussian, conjugate: conjugate,
      gaussianChain: gaussianChain, quadrature: quadrature, opened: opened)
    plan.prefersQuadrature = facts.prefersQuadrature
    plan.sampled = sampled.sorted()
    plan.guide = locals.isEmpty ? .encoder : facts.guide
    plan.locals = locals
    plan.isTrained = !sampled.isEmpty || structure.usesNetworks
    // The proof that the plan can be carried out: lower it once.
    do {
      if plan.isTrained {
        plan.proof = PlanProof(
          try plan.lowered(masked: facts.masked, mode: .training, guided: true))
        let proof = try VariationalModel(plan, masked: facts.masked, mode: .training)
        plan.weighsDivergence = proof.split != nil
        describeTraining(&plan)
        plan.entries = model.variables.compactMap { entries[$0.id] }
        return plan
      }
      let lowered = try plan.lowered(masked: facts.masked)
      plan.proof = PlanProof(lowered)
      let choice = try ParameterPlanner(structure: structure, lowered: lowered.fork()).choose()
      plan.strategy = choice.strategy
      plan.reason = choice.reason
      for (id, entry) in choice.entries { entries[id] = entry }
      choose(FactorForm(structure), &plan)
      if plan.strategy == .gradient || plan.factorForm != nil,
        RowCompression.refusal(plan, structure, facts) == nil
      {
        plan.program.steps.insert(.compressRows, at: 0)
        if plan.factorForm == nil, facts.masked.isEmpty { choose(CommonFactors(structure), &plan) }
      }
    } catch let failure as LoweringFailure {
      let at = failure.span
      let owner =
        model.variables.filter { $0.span.lower <= at.lower && at.upper <= $0.span.upper }
        .first?.name ?? model.name
      findings.append(PlanError.lowering(variable: owner, reason: failure.reason).at(at))
      return nil
    } catch {
      return nil
    }
    let identifiability = model.identifiability(known: opened)
    plan.identifiability = identifiability
    let forms = CanonicalForms(structure, identifiability)
    plan.entries = model.variables.compactMap { (v) -> Plan.Entry? in
      guard var entry = entries[v.id] else { return nil }
      entry.identified = identifiability.extent(of: v.id)
      entry.canonical = forms.words(for: v.id)
      return entry
    }
    return plan
  }

  /// Takes the closed form of a maximum where the model has it and no cell is missing.
  private mutating func choose(_ form: FactorForm?, _ plan: inout Plan) {
    guard let form, !facts.masked.contains(model[form.observed].name) else { return }
    plan.factorForm = form
    plan.strategy = .closedForm
    let x = model[form.observed].name
    let why: String
    switch form.noise {
    case .none:
      plan.reason =
        "`\(x)` has no noise, and the eigenvectors of its scatter leave the least squared error"
      why = "the limit without noise: \(form.factors) eigenvectors of the scatter"
    case .free:
      plan.reason =
        "the eigenvectors of the scatter of `\(x)` give the maximum of the marginal likelihood"
      why = "the maximum of the marginal is known from the eigenvectors of the scatter"
    }
    for id in form.maps + [form.mean].compactMap({ $0 }) {
      entries[id] = closedEntry(id, why)
    }
    if case .free(let id) = form.noise { entries[id] = closedEntry(id, why) }
  }

  /// Climbs in the scales of the noise alone, where the maps are known given them.
  private mutating func choose(_ form: CommonFactors?, _ plan: inout Plan) {
    guard let form, form.entries.count <= CommonFactors.limit else { return }
    plan.commonFactors = form
    let scales = form.scales.map { "`\(model[$0].name)`" }.joined(separator: " and ")
    plan.reason =
      "given \(scales), the eigenvectors of the scatter give all else: Newton's method climbs the exact "
      + "likelihood in \(form.scales.count == 1 ? "it" : "them") alone"
    for block in form.blocks {
      for id in block.maps + [block.mean].compactMap({ $0 }) {
        entries[id]?.reason = "known from the eigenvectors of the scatter, given \(scales)"
      }
      entries[block.scale]?.reason =
        "Newton's method on the exact likelihood, all else at its maximum"
    }
  }

  private func closedEntry(_ id: VariableID, _ why: String) -> Plan.Entry {
    Plan.Entry(
      variable: model[id].name, role: "parameter", strategy: FitStrategy.closedForm.rawValue,
      reason: why, refused: [], identified: nil)
  }
}
