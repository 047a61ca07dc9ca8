import LVMCompute
import LVMModel

/// The predictive distributions of observed variables' missing cells, read off the lowered model.
///
/// Weights of labels are gradients of the log likelihood by the variable's own table. A factor that
/// is such a table gives its family at each label; a variable of integrated Gaussian latents is
/// normal given the labels, with the latents' posterior moments and its own noise.
package struct PredictiveLowering {
  let plan: InferencePlan
  let masked: Set<String>
  /// Whether a variable's own present coordinates are left aside: its distribution is then that of
  /// a fresh value from the posterior of the row's latents.
  let fromLatentsAlone: Bool
  private let structure: ModelStructure

  init(_ plan: InferencePlan, masked: Set<String>, fromLatentsAlone: Bool = false) {
    self.plan = plan
    self.masked = masked
    self.fromLatentsAlone = fromLatentsAlone
    structure = ModelStructure(model: plan.model, nesting: plan.nesting)
  }

  /// A program that evaluates the distributions of some variables.
  func program(_ ids: [VariableID]) throws -> (Program, [LoweredPredictive]) {
    let lowered: Fork
    do {
      lowered = try plan.lowered(masked: masked, sources: !plan.opened.isEmpty).fork()
    } catch let failure as LoweringFailure {
      throw QueryError.noDraw(variable: plan.model.name, reason: failure.reason)
    }
    let handles = try outputs(ids, of: lowered)
    return (Program(lowered.builder.finish()), handles)
  }

  /// Makes the distributions of some variables outputs of a lowered model.
  func outputs(_ ids: [VariableID], of lowered: Fork) throws -> [LoweredPredictive] {
    let handles = try ids.map { try law($0, lowered) }
    let builder = lowered.builder
    for (i, h) in handles.enumerated() {
      if let w = h.weights { builder.setOutput("\(i).w", w) }
      for n in h.nodes { builder.setOutput("\(i).n\(n.latent.index)", n.values) }
      switch h.content {
      case .probabilities(let p, _): builder.setOutput("\(i).p", p)
      case .normal(let m, let v):
        builder.setOutput("\(i).m", m)
        builder.setOutput("\(i).v", v)
      case .scalar(_, let m, let v, let arguments):
        if let m { builder.setOutput("\(i).m", m) }
        if let v { builder.setOutput("\(i).v", v) }
        for (j, a) in arguments.enumerated() { builder.setOutput("\(i).a\(j)", a) }
      case .drawn: break
      }
    }
    return handles
  }

  private func law(_ id: VariableID, _ lowered: Fork) throws -> LoweredPredictive {
    let v = plan.model[id]
    if plan.opened.contains(id) { return try openedLaw(v, lowered) }
    for left in lowered.eliminated {
      if let law = try left.predictive(of: v, isFresh: fromLatentsAlone, in: lowered) { return law }
    }
    guard let factor = lowered.factors.first(where: { $0.variable == id }) else {
      throw QueryError.noMoments(
        variable: plan.model.place(of: v), distribution: "it has no density of its own")
    }
    return try factorLaw(v, factor, lowered)
  }

  /// A label that others depend on: its posterior.
  private func openedLaw(_ v: Variable, _ lowered: Fork) throws -> LoweredPredictive {
    guard let source = lowered.sources[Axis(v.id)], let k = lowered.context.states(of: v.type)
    else {
      throw QueryError.finiteCombinator(variable: plan.model.place(of: v))
    }
    let p = lowered.builder.gradient(of: lowered.root, with: [source])[0]
    return LoweredPredictive(
      variable: v.id, size: 1, content: .probabilities(p.reshape([k]), values: k))
  }

  private func factorLaw(_ v: Variable, _ f: LoweredFactor, _ lowered: Fork) throws
    -> LoweredPredictive
  {
    let shape = try lowered.context.dims(v.type, at: v.typeSpan)
    let size = shape.reduce(1, *)
    let axes = f.table.axes
    let full = f.table.axisSizes
    let states = full.reduce(1, *)
    let ones = lowered.context.ones(plan.nesting.compute(v.plate))
    var weights: Value?
    if !axes.isEmpty {
      weights = lowered.builder.gradient(of: lowered.root, with: [f.table.value])[0]
    }
    /// On the plate, stretched over all labels and coordinates.
    func stretched(_ value: Value, extra: [Int] = []) -> Value {
      let missing = full.count + shape.count + extra.count - value.shape.rank
      let padded =
        missing > 0
        ? value.reshape(
          value.shape.dims.prefix(full.count) + [Int](repeating: 1, count: missing)
            + value.shape.dims.dropFirst(full.count)) : value
      let wide = padded.broadcast(full + shape + extra)
      return wide * ones.reshape([Int](repeating: 1, count: wide.shape.rank))
    }
    var handles = LoweredPredictive(
      variable: v.id, size: size, axes: zip(axes, full).map { (axis: $0, values: $1) },
      weights: weights?.reshape([states]), content: .drawn(reason: ""))
    for block in plan.quadrature where axes.contains(block.axis) {
      for id in block.members {
        guard let value = lowered.nodes(of: block)?.values[id]?.on(plan.nesting.compute(v.plate))
        else { continue }
        let wide = value.expanded(to: axes, eventRank: value.event.count)
          .broadcast(full + value.event)
        handles.nodes.append((id, wide.reshape([states, value.event.reduce(1, *)])))
      }
    }
    let reading = PredictiveReading(
      context: lowered.context, variable: v, shape: shape, axes: axes,
      known: fromLatentsAlone ? nil : f.x.flatMap { x in f.mask.map { (x.value, $0) } })
    if v.type.kind.isFinite {
      guard let table = try reading.table(f.distribution) else {
        throw QueryError.finiteCombinator(variable: plan.model.place(of: v))
      }
      let k = table.shape.dims.last ?? 1
      var p = stretched(table, extra: [k]).reshape([states, size, k])
      if let w = weights { p = (p * w.reshape([states, 1, 1])) }
      handles.content = .probabilities(p.sum(axes: [0]), values: k)
      handles.axes = []
      handles.weights = nil
      return handles
    }
    if case .family(.multivariateNormal, _, _, _) = f.distribution, !fromLatentsAlone {
      guard shape.count == 1, let mask = f.mask, let x = f.x else {
        throw QueryError.noMoments(
          variable: plan.model.place(of: v), distribution: "it is a batch of vectors")
      }
      let conditional = ConditionalNormals.given(
        mean: Lowered(stretched(f.aligned[0]), axes: axes),
        covariance: Lowered(
          f.aligned[1].broadcast(full + [size, size]), axes: axes),
        x: x, mask: Lowered(mask), identity: lowered.context.identityMatrix(size))
      handles.content = .normal(
        mean: stretched(conditional.mean.value).reshape([states, size]),
        variance: stretched(conditional.variance.value).reshape([states, size]))
      return handles
    }
    let parts = try reading.parts(f.distribution)
    func flat(_ value: Value) -> Value { stretched(value).reshape([states, size]) }
    if case .family(.normal, _, _)? = parts.form, let m = parts.mean, let s = parts.variance {
      handles.content = .normal(mean: flat(m), variance: flat(s))
    } else if parts.form == nil, parts.mean == nil || parts.variance == nil {
      handles.content = .drawn(reason: "its values are matrices without a mean in closed form")
    } else {
      let isClosed = parts.mean != nil && parts.variance != nil
      handles.content = .scalar(
        parts.form, mean: isClosed ? parts.mean.map(flat) : nil,
        variance: isClosed ? parts.variance.map(flat) : nil, arguments: parts.numbers.map(flat))
    }
    return handles
  }
}
