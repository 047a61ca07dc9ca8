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
  let registry: Registry
  var findings: [Diagnostic] = []
  var entries: [VariableID: Plan.Entry] = [:]
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
    guard let plan = planner.run(nesting) else {
      throw Diagnostics(source: model.source, items: planner.findings)
    }
    for finding in plan.model.verify() { fatalError("a broken model graph: \(finding)") }
    return plan
  }

  private init(structure: ModelStructure, facts: DataFacts, registry: Registry) {
    self.structure = structure
    self.facts = facts
    self.registry = registry
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
      model: model, nesting: nesting, entries: [], program: FactorProgram(steps: guides + steps))
    plan.prefersQuadrature = facts.prefersQuadrature
    plan.guide = locals.isEmpty ? .encoder : facts.guide
    plan.locals = locals
    plan.entries = model.variables.compactMap { entries[$0.id] }
    guard planEstimation(&plan) else { return nil }
    guard !plan.estimation.isByMinibatches else {
      plan.entries = model.variables.compactMap { entries[$0.id] }
      return plan
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
}
