import LVMCompute
import LVMModel

/// Decides how parameters are updated, from the lowered model.
///
/// EM serves where every factor a parameter touches is a table with sufficient statistics whose
/// arguments do not vary by row; there a parameter that stands bare in its arguments has a closed-form
/// update, others are maximised on Q. For anything else the exact marginal is maximised.
struct ParameterPlanner {
  let structure: ModelStructure
  let lowered: Fork

  var model: ModelGraph { structure.model }

  /// Parameters to estimate.
  var parameters: [Variable] {
    model.estimatedParameters(readBy: .variables).map { model[$0.id] }
  }

  func updates() throws -> ParameterUpdates {
    let free = parameters
    guard lowered.plan.quadrature.isEmpty else { return .nodes }
    guard !free.isEmpty else { return .served(MStep(hasLatents: !structure.latents.isEmpty)) }
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
      let isRegression = regressions.factors.contains(i)
      guard let why = nodes(factor) ?? (isRegression ? nil : obstacle(factor)) else { continue }
      for p in structure.reads(lowered.factors[i].distribution) where obstacles[p] == nil {
        obstacles[p] = why
      }
    }
    if let blocked = free.first(where: { obstacles[$0.id] != nil }), let why = obstacles[blocked.id]
    {
      return .obstructed(why, obstacles)
    }
    return .served(try step(free, regressions))
  }

  /// Why a factor keeps no statistics where it has an axis of points of a continuous latent.
  private func nodes(_ factor: LoweredFactor) -> String? {
    guard factor.table.axes.contains(where: { !model[$0.variable].type.kind.isFinite }) else {
      return nil
    }
    return "`\(model[factor.variable].name)` depends on a latent that is integrated"
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

  private func step(_ free: [Variable], _ means: LinearMeans) throws -> MStep {
    let hasLatents = !structure.latents.isEmpty
    var step = MStep(hasLatents: hasLatents)
    let method: MethodName = hasLatents ? .em : .closedForm
    var entries: [VariableID: PlanEntry] = [:]
    step.statistics = lowered.factors.indices.filter { i in
      structure.reads(lowered.factors[i].distribution).contains { model[$0].role == .param }
    }
    step.regressions = means.factors
    step.layout = means.layout
    let solved = Set(means.solved())
    var closed: [(Variable, [BareUse])] = []
    for p in free {
      if solved.contains(p.id) {
        step.linear.append(p.id)
        entries[p.id] = PlanEntry(
          parameter: p.name, method,
          "Gaussian means are linear in it, so weighted least squares gives its maximum given the "
            + (hasLatents ? "expected statistics" : "data"))
      } else if let uses = bareUses(p.id, means.readers) {
        closed.append((p, uses))
      } else {
        step.numeric.append(p.id)
      }
    }
    // Locations before the scales that are taken about them.
    closed.sort { a, b in
      let order = { (uses: [BareUse]) in uses.map(\.argument).max() ?? 0 }
      return (order(a.1), a.0.id) < (order(b.1), b.0.id)
    }
    // A trial of each closed form: pooling may rule it out.
    let expectation = try Expectation(
      lowered, statistics: step.statistics, regressions: step.regressions, layout: step.layout
    )
    let statistics = try? StatisticsGraph(lowered.plan, expectation.factors, step.layout)
    for (p, uses) in closed {
      let works = (try? statistics?.update(p.id, uses)) ?? nil
      if works != nil {
        step.closed.append((p.id, uses))
        entries[p.id] = PlanEntry(
          parameter: p.name, method,
          "its maximum given the \(hasLatents ? "expected statistics" : "data")"
            + "\(hasPrior(p) ? " and its prior" : "") has a closed form")
      } else {
        step.numeric.append(p.id)
      }
    }
    for id in step.numeric {
      let p = model[id]
      let why: String
      if bareUses(id, means.readers) == nil {
        why = "it stands inside an expression"
      } else if case .free = p.definition {
        why = "its places do not share one update"
      } else {
        why = "its prior and the likelihood do not combine into one update"
      }
      entries[id] = PlanEntry(
        parameter: p.name, hasLatents ? .em : .gradient,
        "\(why), so quasi-Newton steps maximise \(hasLatents ? "Q" : "the likelihood") over it",
        refused: ["closed-form: \(why)"])
    }
    step.entries = free.compactMap { entries[$0.id] }
    return step
  }

  private func hasPrior(_ v: Variable) -> Bool {
    if case .drawn = v.definition { return true }
    return false
  }

  /// The places of a parameter, if it stands bare in every one.
  private func bareUses(_ id: VariableID, _ readers: ArgumentReaders) -> [BareUse]? {
    // Other parameters' definitions and priors may read it too.
    guard readers.parameters[id] == nil else { return nil }
    var uses: [BareUse] = []
    for (i, j) in readers.places[id] ?? [] {
      guard case .family(_, _, let arguments, _) = lowered.factors[i].distribution else { continue }
      guard let indices = bareIndices(arguments[j], id) else { return nil }
      uses.append(BareUse(factor: i, argument: j, indices: indices))
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
}
