import LVMCompute
import LVMModel

/// Decides how parameters are estimated, from the lowered model.
///
/// EM serves where every factor a parameter touches is a table with sufficient statistics whose
/// arguments do not vary by row; there a parameter that stands bare in its arguments has a closed-form
/// update, others are maximised on Q. Anything else is a quasi-Newton ascent on the exact marginal.
struct ParameterPlanner {
  let structure: ModelStructure
  let lowered: Fork

  struct Choice {
    var strategy: FitStrategy
    var reason: String
    var entries: [VariableID: Plan.Entry] = [:]
    /// Indices of the factors EM keeps statistics of.
    var statistics: [Int] = []
    /// Those among them whose mean is linear in parameters with features.
    var regressions: Set<Int> = []
    /// Parameters of their means, one after the other.
    var layout = ParameterLayout([])
    /// Parameters of their means that are solved for together.
    var linear: [VariableID] = []
    var closed: [(VariableID, [BareUse])] = []
    var numeric: [VariableID] = []
  }

  var model: ModelGraph { structure.model }

  /// Parameters to estimate.
  var parameters: [Variable] {
    var used: Set<VariableID> = []
    for v in model.variables where v.role == .observe || v.role == .latent {
      used.formUnion(structure.reads(v))
    }
    return model.variables.filter { v in
      guard v.role == .param else { return false }
      if case .equal = v.definition { return false }
      return used.contains(v.id)
    }
  }

  func choose() throws -> Choice {
    let free = parameters
    if free.isEmpty, lowered.plan.quadrature.isEmpty {
      return Choice(strategy: .closedForm, reason: "there is no parameter to estimate")
    }
    if !lowered.plan.quadrature.isEmpty { return quadratureChoice(free) }
    // Parameters of anything integrated continuously, and whatever has no statistics.
    var obstacles: [VariableID: String] = [:]
    for id in lowered.consumed.sorted() {
      let v = model[id]
      for p in structure.reads(v) where model[p].role == .param && obstacles[p] == nil {
        obstacles[p] = "`\(v.name)` depends on a latent that is integrated"
      }
    }
    let regressions = LinearMeans(structure: structure, lowered: lowered, parameters: free)
    for (i, factor) in lowered.factors.enumerated() {
      guard !regressions.factors.contains(i), let why = obstacle(factor) else { continue }
      for p in structure.reads(lowered.factors[i].distribution) where obstacles[p] == nil {
        obstacles[p] = why
      }
    }
    if let blocked = free.first(where: { obstacles[$0.id] != nil }), let why = obstacles[blocked.id]
    {
      return gradientChoice(free, why, obstacles)
    }
    return try expectationChoice(free, regressions)
  }

  /// Why a factor keeps no statistics; nil if it does.
  private func obstacle(_ factor: LoweredFactor) -> String? {
    let v = model[factor.variable]
    guard case .family(let name, _, _, _) = factor.distribution else {
      return "`\(v.name)` is drawn from a combinator"
    }
    let family = LVMModel.family(name)
    guard family.statistics != nil else {
      return "\(name.rawValue) has no sufficient statistics"
    }
    if factor.mask != nil, family.eventRank > 0 {
      return "`\(v.name)` has missing cells, which leave no common statistics"
    }
    if factor.arguments.contains(where: { $0.plate != nil }) {
      return "the arguments of `\(v.name)` vary from row to row"
    }
    if SupportLimits(v.type.kind, family.support) != nil {
      return "`\(v.name)` is \(name.rawValue) cut to \(v.type.kind.word) values"
    }
    if Set(factor.table.axes.filter { $0 != factor.ownAxis }) != Set(factor.axes) {
      return "`\(v.name)` enters its own step"
    }
    return nil
  }

  private func gradientChoice(
    _ free: [Variable], _ why: String, _ obstacles: [VariableID: String]
  ) -> Choice {
    var choice = Choice(
      strategy: .gradient,
      reason: "the likelihood is exact and \(why); quasi-Newton steps climb it")
    for p in free {
      choice.entries[p.id] = entry(
        p, .gradient, "it climbs the exact marginal likelihood by quasi-Newton steps",
        refused: ["em: \(obstacles[p.id] ?? why)"])
      choice.numeric.append(p.id)
    }
    return choice
  }

  private func quadratureChoice(_ free: [Variable]) -> Choice {
    let names = lowered.plan.quadrature.flatMap(\.members).map { "`\(model[$0].name)`" }
    var choice = Choice(
      strategy: .quadrature,
      reason: "the integral over \(names.joined(separator: ", ")) is taken over nodes about each "
        + "unit's mode, and quasi-Newton steps climb the likelihood")
    for p in free {
      choice.entries[p.id] = entry(
        p, .gradient, "it climbs the marginal likelihood by quasi-Newton steps")
      choice.numeric.append(p.id)
    }
    return choice
  }

  private func expectationChoice(_ free: [Variable], _ means: LinearMeans) throws -> Choice {
    let hasLatents = !structure.latents.isEmpty
    var choice = Choice(
      strategy: hasLatents ? .em : .closedForm,
      reason: hasLatents
        ? "every latent is summed exactly, and expected statistics give each parameter its update"
        : "nothing is latent, and the statistics of the data give each parameter its maximum")
    choice.statistics = lowered.factors.indices.filter { i in
      structure.reads(lowered.factors[i].distribution).contains { model[$0].role == .param }
    }
    choice.regressions = means.factors
    choice.layout = means.layout
    let solved = Set(means.solved())
    var closed: [(Variable, [BareUse])] = []
    for p in free {
      if solved.contains(p.id) {
        choice.linear.append(p.id)
        choice.entries[p.id] = entry(
          p, hasLatents ? .em : .closedForm,
          "Gaussian means are linear in it, so weighted least squares gives its maximum given the "
            + (hasLatents ? "expected statistics" : "data"))
      } else if let uses = bareUses(p.id) {
        closed.append((p, uses))
      } else {
        choice.numeric.append(p.id)
      }
    }
    // Locations before the scales that are taken about them.
    closed.sort { a, b in
      let order = { (uses: [BareUse]) in uses.map(\.argument).max() ?? 0 }
      return (order(a.1), a.0.id) < (order(b.1), b.0.id)
    }
    // A trial of each closed form: pooling may rule it out.
    let expectation = try Expectation(
      lowered, statistics: choice.statistics, regressions: choice.regressions, layout: choice.layout
    )
    for (p, uses) in closed {
      let works =
        (try? StatisticsGraph(lowered.plan, expectation.factors, choice.layout).update(p.id, uses))
        ?? nil
      if works != nil {
        choice.closed.append((p.id, uses))
        choice.entries[p.id] = entry(
          p, hasLatents ? .em : .closedForm,
          "its maximum given the \(hasLatents ? "expected statistics" : "data")"
            + "\(hasPrior(p) ? " and its prior" : "") has a closed form")
      } else {
        choice.numeric.append(p.id)
      }
    }
    for id in choice.numeric {
      let p = model[id]
      let why: String
      if bareUses(id) == nil {
        why = "it stands inside an expression"
      } else if case .free = p.definition {
        why = "its places do not share one update"
      } else {
        why = "its prior and the likelihood do not combine into one update"
      }
      choice.entries[id] = entry(
        p, hasLatents ? .em : .gradient,
        "\(why), so quasi-Newton steps maximise \(hasLatents ? "Q" : "the likelihood") over it",
        refused: ["closed-form: \(why)"])
    }
    if !hasLatents, !choice.numeric.isEmpty {
      choice.strategy = .gradient
      choice.reason = "nothing is latent, and some parameters have no closed form"
    }
    return choice
  }

  private func hasPrior(_ v: Variable) -> Bool {
    if case .drawn = v.definition { return true }
    return false
  }

  /// The places of a parameter, if it stands bare in every one.
  private func bareUses(_ id: VariableID) -> [BareUse]? {
    var uses: [BareUse] = []
    for (i, factor) in lowered.factors.enumerated() {
      guard case .family(_, _, let arguments, _) = factor.distribution else { continue }
      for (j, e) in arguments.enumerated() where structure.reads(e).contains(id) {
        guard let indices = bareIndices(e, id) else { return nil }
        uses.append(BareUse(factor: i, argument: j, indices: indices))
      }
    }
    // Other parameters' definitions and priors may read it too.
    for v in model.variables where v.role == .param && structure.reads(v).contains(id) {
      return nil
    }
    return uses.isEmpty ? nil : uses
  }

  private func bareIndices(_ e: Expression, _ id: VariableID) -> [Axis]? {
    switch e.node {
    case .variable(let v):
      if v == id { return [] }
      guard case .equal(let inner) = model[v].definition else { return nil }
      return bareIndices(inner, id)
    case .index(let base, let indices):
      guard case .variable(let v) = base.node, v == id else { return nil }
      var axes: [Axis] = []
      for index in indices {
        guard case .at(let position) = index, let axis = lowered.context.bareAxis(position),
          !axes.contains(axis)
        else { return nil }
        axes.append(axis)
      }
      return axes
    case .number, .size, .previous, .previousRange, .map, .function, .arithmetic, .negate,
      .matrixProduct, .array, .network:
      return nil
    }
  }

  private func entry(
    _ v: Variable, _ strategy: FitStrategy, _ reason: String, refused: [String] = []
  ) -> Plan.Entry {
    Plan.Entry(
      variable: v.name, role: "parameter", strategy: strategy.rawValue, reason: reason,
      refused: refused, identified: nil)
  }
}
