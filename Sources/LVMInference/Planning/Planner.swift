import LVMCompute
import LVMModel
import LVMSyntax

/// What the planner knows of the data: which observed variables have missing cells.
public struct DataFacts: Sendable {
  public var masked: Set<String>
  /// Variables of whose empty cells an encoder is told; those of the table that was fitted.
  public var indicated: Set<String>
  /// Whether every size is the data's own; false where numbers stand in for sizes that nothing tells yet.
  public var sizesAreKnown: Bool
  /// Whether continuous latents are to be integrated by quadrature even where a closed form serves.
  public var prefersQuadrature: Bool

  public init(
    masked: Set<String> = [], indicated: Set<String>? = nil, sizesAreKnown: Bool = true,
    prefersQuadrature: Bool = false
  ) {
    self.masked = masked
    self.indicated = indicated ?? masked
    self.sizesAreKnown = sizesAreKnown
    self.prefersQuadrature = prefersQuadrature
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
    plan.sampled = sampled.sorted()
    plan.isTrained = !sampled.isEmpty || structure.usesNetworks
    // The proof that the plan can be carried out: lower it once.
    do {
      if plan.isTrained {
        _ = try VariationalModel(plan, masked: facts.masked, mode: .training)
        describeTraining(&plan)
        plan.entries = model.variables.compactMap { entries[$0.id] }
        return plan
      }
      let lowered = try LoweredModel(plan, masked: facts.masked)
      let choice = try ParameterPlanner(structure: structure, lowered: lowered).choose()
      plan.strategy = choice.strategy
      plan.reason = choice.reason
      for (id, entry) in choice.entries { entries[id] = entry }
      choose(FactorForm(structure), &plan)
      if plan.strategy == .gradient || plan.factorForm != nil,
        RowCompression.refusal(plan, structure, facts) == nil
      {
        plan.program.steps.insert(.compressRows, at: 0)
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
    plan.entries = model.variables.compactMap { (v) -> Plan.Entry? in
      guard var entry = entries[v.id] else { return nil }
      entry.identified = identifiability.extent(of: v.id)
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

  private func closedEntry(_ id: VariableID, _ why: String) -> Plan.Entry {
    Plan.Entry(
      variable: model[id].name, role: "parameter", strategy: FitStrategy.closedForm.rawValue,
      reason: why, refused: [], identified: nil)
  }

  // MARK: What has no engine

  private mutating func refuseWhatHasNoEngine() {
    for v in model.variables {
      if let (id, span) = structure.network(in: v) {
        let n = model[id]
        let problem: PlanError
        if n.invertible {
          problem = .invertible(n.name)
        } else if v.role == .observe, case .equal = v.definition {
          problem = .adversarial(network: n.name, variable: v.name)
        } else if structure.isTrainable(v) {
          continue
        } else {
          problem = .network(n.name)
        }
        let finding = problem.at(span)
        if !findings.contains(finding) { findings.append(finding) }
        continue
      }
      let isOpen = v.role == .latent && { if case .equal = v.definition { false } else { true } }()
      if isOpen, v.plate == .global {
        findings.append(PlanError.globalLatent(v.name).at(v.nameSpan))
      }
      if v.role == .observe, case .equal = v.definition {
        findings.append(PlanError.noDensity(v.name).at(v.nameSpan))
      }
      if v.role == .observe,
        case .drawn(.family(.normal, _, let arguments, let span)) = v.definition,
        case .number(0)? = arguments.last?.node
      {
        if FactorForm(structure) == nil {
          findings.append(PlanError.zeroNoise(v.name).at(span))
        } else if facts.masked.contains(v.name) {
          findings.append(PlanError.zeroNoiseMissing(v.name).at(span))
        }
      }
      if v.role == .observe, structure.isChain(v) {
        findings.append(PlanError.observedChain(v.name).at(v.nameSpan))
      }
      if isOpen, v.type.kind.isFinite, !v.type.isScalar, structure.isChain(v) {
        findings.append(PlanError.vectorOfFinite(v.name).at(v.nameSpan))
      }
      if isOpen, case .chain(let chain) = v.definition, chain.order.constant != 1 {
        findings.append(PlanError.chainLag(v.name).at(v.nameSpan))
      }
    }
  }

  // MARK: Continuous latents

  private mutating func planContinuous(_ nesting: PlateNesting) {
    let guided = Set(model.guides.map(\.variable))
    for component in structure.components(structure.continuous) {
      if component.contains(where: { guided.contains($0.id) }), canSample(component, nesting) {
        sample(component, [])
      } else if let chain = component.first(where: structure.isChain) {
        planGaussianChain(component, chain, nesting)
      } else {
        planBlock(component, nesting)
      }
    }
  }

  func role(_ v: Variable, _ nesting: PlateNesting) -> String {
    nesting.compute(v.plate) == .rows ? "local latent" : "group latent"
  }

  private mutating func planGaussianChain(
    _ component: [Variable], _ chain: Variable, _ nesting: PlateNesting
  ) {
    let members = structure.parentsFirst(component)
    let labels = component.flatMap { member in
      (structure.readers(of: member.id) + [member]).flatMap { structure.axes(of: $0) }
    }
    if let label = labels.sorted().first {
      findings.append(
        PlanError.labelsBesideChain(label: model[label.variable].name, chain: chain.name)
          .at(chain.nameSpan))
      return
    }
    if let group = component.first(where: { nesting.compute($0.plate) != .rows }) {
      findings.append(
        PlanError.unplannable(
          latent: group.name, reasons: ["it lasts a whole group beside the chain `\(chain.name)`"],
          advice: "make it a chain with a deterministic step: `then = previous(\(group.name))`"
        ).at(group.nameSpan))
      return
    }
    gaussianChain += members.map(\.id)
    for member in members {
      entries[member.id] = Plan.Entry(
        variable: member.name, role: role(member, nesting),
        strategy: LatentStrategy.gaussian.rawValue,
        reason:
          "its steps and everything observed of it are linear-Gaussian, so a Kalman filter integrates it exactly",
        refused: [], identified: nil)
    }
  }

  private mutating func planBlock(_ component: [Variable], _ nesting: PlateNesting) {
    var reasons: [String] = []
    if facts.prefersQuadrature {
      planQuadrature(component, nesting, [])
      return
    }
    do {
      try GaussianStrategy.consider(component, structure, facts)
    } catch {
      reasons.append("gaussian: \(error.reason)")
      conjugateOrRefuse(component, nesting, &reasons)
      return
    }
    if labelsInside(component, nesting, "gaussian") { return }
    gaussian += structure.parentsFirst(component).map(\.id)
    for member in component {
      entries[member.id] = Plan.Entry(
        variable: member.name, role: role(member, nesting),
        strategy: LatentStrategy.gaussian.rawValue,
        reason:
          "everything that reads it is linear-Gaussian in it given the labels, so it is integrated exactly",
        refused: [], identified: nil)
    }
  }

  private mutating func conjugateOrRefuse(
    _ component: [Variable], _ nesting: PlateNesting, _ reasons: inout [String]
  ) {
    if component.count == 1 {
      do {
        try ConjugateStrategy.consider(component[0], structure, facts)
        if labelsInside(component, nesting, "conjugate") { return }
        conjugate.append(component[0].id)
        entries[component[0].id] = Plan.Entry(
          variable: component[0].name, role: role(component[0], nesting),
          strategy: LatentStrategy.conjugate.rawValue,
          reason:
            "its prior is conjugate to everything that reads it, so its integral has a closed form",
          refused: reasons, identified: nil)
        return
      } catch {
        reasons.append("conjugate: \(error.reason)")
      }
    } else {
      let others = component.dropFirst().map { "`\($0.name)`" }.joined(separator: ", ")
      reasons.append("conjugate: it shares factors with \(others)")
    }
    planQuadrature(component, nesting, reasons)
  }

  /// A group's continuous latent whose rows have labels of their own goes to quadrature: given a node,
  /// rows are independent again. True if the block is dealt with.
  private mutating func labelsInside(
    _ component: [Variable], _ nesting: PlateNesting, _ closed: String
  ) -> Bool {
    for member in component {
      let plate = nesting.compute(member.plate)
      for reader in structure.readers(of: member.id) {
        let inner = structure.axes(of: reader).filter {
          nesting.compute(model[$0.variable].plate) < plate
        }
        guard let label = inner.sorted().first else { continue }
        let k = model[label.variable].type.kind
        let states: Int
        if case .category(let size, _) = k { states = size.constant ?? 2 } else { states = 2 }
        let problem = PlanError.labelsInsideGroup(
          latent: member.name, label: model[label.variable].name,
          plate: model[member.plate].name, states: states)
        planQuadrature(
          component, nesting, ["\(closed): \(problem.message)"],
          otherwise: problem.at(member.nameSpan))
        return true
      }
    }
    return false
  }

  // MARK: Order

  /// One order for the joint structure: per plate from the rows outwards, continuous latents, then finite
  /// ones by smallest table, then the product over the plate.
  private mutating func eliminationOrder(_ nesting: PlateNesting) -> [FactorProgram.Step] {
    var steps: [FactorProgram.Step] = []
    var scopes: [Set<Axis>] = []
    let eliminated = Set(gaussian + conjugate + gaussianChain)
    // The nodes of a block are one more axis of every table that reads it.
    func nodes(_ v: Variable) -> Set<Axis> {
      let read = structure.reads(v).union([v.id])
      return Set(quadrature.filter { !read.isDisjoint(with: $0.members) }.map(\.axis))
    }
    for p in 0..<nesting.count {
      let plate = PlateID(p)
      var here: [Set<Axis>] = scopes
      scopes = []
      let continuous = gaussian.filter { nesting.compute(model[$0].plate) == plate }
      if p == 0, !gaussianChain.isEmpty { steps.append(.scanGaussian(gaussianChain)) }
      if !continuous.isEmpty { steps.append(.integrateGaussian(continuous, plate)) }
      for id in conjugate where nesting.compute(model[id].plate) == plate {
        steps.append(.integrateConjugate(id, plate))
      }
      // Tables of this plate: observed variables and finite latents; a continuous block joins those of
      // everything that reads it.
      var joined: Set<Axis> = []
      for v in model.variables where v.role == .observe || v.role == .latent {
        guard nesting.compute(v.plate) == plate, v.plate != .global else { continue }
        if case .equal = v.definition { continue }
        let touches = !structure.reads(v).isDisjoint(with: eliminated) || eliminated.contains(v.id)
        if touches {
          joined.formUnion(structure.axes(of: v))
        } else {
          here += structure.tableScopes(of: v).map { $0.union(nodes(v)) }
        }
      }
      here.append(joined)
      let blocks = quadrature.indices.filter { quadrature[$0].plate == plate }
      // Labels that share nodes are summed at each node, the others after the integral.
      let late = blocks.filter { structure.sharesNodes(quadrature[$0]) }
      for i in blocks where !late.contains(i) {
        guard integrate(i, &here, &steps) else { return [] }
      }
      let own = structure.finite.filter { nesting.compute($0.plate) == plate }
      var chains = own.filter(structure.isChain)
      var open = Set(own.filter { !structure.isChain($0) }.flatMap(structure.entries))
      while !open.isEmpty {
        let choice = open.map { ($0, here.filter { $0.count > 0 }, $0) }.map { axis, all, _ in
          (axis, all.filter { $0.contains(axis) }.reduce(into: Set([axis])) { $0.formUnion($1) })
        }.min { (cells($0.1), $0.0) < (cells($1.1), $1.0) }
        guard let (axis, scope) = choice else { break }
        let count = cells(scope)
        guard count <= Self.cellLimit else {
          let v = model[axis.variable]
          findings.append(
            PlanError.tooManyCells(v.name, cells: count, limit: Self.cellLimit).at(v.nameSpan))
          return []
        }
        here.removeAll { $0.contains(axis) }
        here.append(scope.subtracting([axis]))
        open.remove(axis)
        steps.append(.sumOut(axis, plate, cells: count))
        describe(axis, scope, nesting)
      }
      for i in late { guard integrate(i, &here, &steps) else { return [] } }
      if chains.count > 1 {
        let second = chains[1]
        findings.append(PlanError.twoChains(chains[0].name, second.name).at(second.nameSpan))
        return []
      }
      if let chain = chains.popLast() {
        steps.append(.scanFinite(chain.id))
        let k = cells([Axis(chain.id)])
        entries[chain.id] = Plan.Entry(
          variable: chain.name, role: role(chain, nesting),
          strategy: LatentStrategy.enumeration.rawValue,
          reason:
            "a chain of \(Int(k)) states: forward–backward sums over all its paths in \(Int(k * k)) steps a row",
          refused: [], identified: nil)
      }
      steps.append(.productOver(plate))
      scopes = here.filter { !$0.isEmpty }
    }
    return steps
  }

  private mutating func describe(_ axis: Axis, _ scope: Set<Axis>, _ nesting: PlateNesting) {
    let v = model[axis.variable]
    let latents = Set(structure.finite.map(\.id))
    let others = scope.subtracting([axis]).filter { latents.contains($0.variable) }.sorted().map {
      "`\(model[$0.variable].name)`"
    }
    let k = Int(cells([axis]))
    let with = others.isEmpty ? "" : ", together with \(others.joined(separator: ", "))"
    if opened.contains(v.id) {
      entries[axis.variable] = Plan.Entry(
        variable: v.name, role: "observed", strategy: LatentStrategy.missing.rawValue,
        reason:
          "where its cell is empty it is summed over its \(k) values, for others depend on it",
        refused: [], identified: nil)
      return
    }
    entries[axis.variable] = Plan.Entry(
      variable: v.name, role: role(v, nesting), strategy: LatentStrategy.enumeration.rawValue,
      reason:
        "it takes \(k) values, so it is summed exactly: \(Int(cells(scope))) cells a row\(with)",
      refused: [], identified: nil)
  }

  func cells(_ scope: Set<Axis>) -> Double {
    scope.reduce(1.0) { total, axis in
      let nodes = quadrature.first { $0.axis == axis }?.count
      return total * Double(nodes ?? structure.states(of: axis))
    }
  }
}
