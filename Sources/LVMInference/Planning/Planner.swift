import LVMCompute
import LVMModel
import LVMSyntax

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
  let registry: Registry
  var findings: [Diagnostic] = []
  var entries: [VariableID: PlanEntry] = [:]
  var gaussian: [VariableID] = []
  var conjugate: [VariableID] = []
  var gaussianChain: [VariableID] = []
  var quadrature: [QuadratureBlock] = []
  /// Eliminations of other kinds, by engines that an embedding program has added.
  var others: [any Elimination] = []
  var opened: Set<VariableID> = []
  var sampled: [VariableID] = []
  var locals: [LocalColumn] = []

  /// The plan of a model whose sizes are all known, by the engines of a registry; throws every refusal at once.
  public static func plan(
    _ model: ModelGraph, facts: DataFacts = DataFacts(), registry: Registry = .standard
  ) throws(Diagnostics) -> Plan {
    try run(model, facts, registry) { $0.planFit($1) }
  }

  /// How the latents of a model go, for a query of parameters that are known.
  ///
  /// - Throws: `Diagnostics`, every refusal at once.
  public static func inference(
    _ model: ModelGraph, facts: DataFacts = DataFacts(), registry: Registry = .standard
  ) throws(Diagnostics) -> InferencePlan {
    try run(model, facts, registry) { $0.planQuery($1) }
  }

  private static func run<Result>(
    _ model: ModelGraph, _ facts: DataFacts, _ registry: Registry,
    _ body: (inout Planner, PlateNesting) -> Result?
  ) throws(Diagnostics) -> Result {
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
      structure: ModelStructure(model: model, nesting: nesting), facts: facts, registry: registry)
    planner.opened = opened.labels
    guard let result = body(&planner, nesting) else {
      throw Diagnostics(source: model.source, items: planner.findings)
    }
    for finding in planner.model.verify() { fatalError("a broken model graph: \(finding)") }
    return result
  }

  private init(structure: ModelStructure, facts: DataFacts, registry: Registry) {
    self.structure = structure
    self.facts = facts
    self.registry = registry
  }

  /// How latents go; nil where findings say why not.
  private mutating func planLatents(_ nesting: PlateNesting) -> InferencePlan? {
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
    var latents = InferencePlan(
      model: model, nesting: nesting, entries: [], program: FactorProgram(steps: guides + steps))
    latents.prefersQuadrature = facts.prefersQuadrature
    latents.guide = locals.isEmpty ? .encoder : facts.guide
    latents.locals = locals
    latents.entries = model.variables.compactMap { entries[$0.id] }
    return latents
  }

  /// Eliminations alone are proved by lowering them; where latents are drawn, a query lowers its own draws.
  private mutating func planQuery(_ nesting: PlateNesting) -> InferencePlan? {
    guard var latents = planLatents(nesting) else { return nil }
    guard !latents.isTrained else { return latents }
    do {
      latents.proof = PlanProof(try latents.lowered(masked: facts.masked))
      return latents
    } catch let failure as LoweringFailure {
      findings.append(finding(of: failure))
    } catch {}
    return nil
  }

  private mutating func planFit(_ nesting: PlateNesting) -> Plan? {
    guard let latents = planLatents(nesting) else { return nil }
    var plan = Plan(latents, registry)
    guard planEstimation(&plan) else { return nil }
    guard !plan.estimation.isByMinibatches else {
      plan.inference.entries = model.variables.compactMap { entries[$0.id] }
      return plan
    }
    let identifiability = model.identifiability(known: opened)
    plan.inference.identifiability = identifiability
    let forms = CanonicalForms(structure, identifiability)
    plan.inference.entries = model.variables.compactMap { (v) -> PlanEntry? in
      guard var entry = entries[v.id] else { return nil }
      entry.identified = identifiability.extent(of: v.id)
      entry.canonical = forms.words(for: v.id)
      return entry
    }
    return plan
  }
}
