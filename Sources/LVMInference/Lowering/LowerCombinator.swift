import LVMCompute
import LVMModel
import LVMSyntax

/// An elementwise log density of an observed value, with the family below it kept in reach.
private struct Density {
  var family: any Family
  var form: Int
  var arguments: [Value]
}

extension LoweringContext {
  /// The factor of a combinator over a family: an opaque log density, so EM keeps no statistics of it.
  func combinatorFactor(
    _ variable: Variable, _ distribution: Distribution, _ part: FactorPart, _ span: Span
  ) throws -> LoweredFactor {
    let shape = try dims(variable.type, at: variable.typeSpan)
    guard variable.role == .observe else {
      throw LoweringFailure(.combinatorLatent(variable.name), at: span)
    }
    let lowered = try distribution.expressions.map(lower)
    let axes = Lowered.axes(of: lowered)
    let plate = plates.compute(variable.plate)
    let ones = [Int](repeating: 1, count: axes.count)
    let x = Lowered(builder.data(ModelColumn.values(variable), plate: plate, shape))
    let wide = x.value.reshape(ones + shape)
    let (base, form, own, baseSpan) = try innermost(distribution)
    let batchRank = shape.count - base.eventRank
    let event = Array(shape.suffix(base.eventRank))
    func scalar(_ e: Expression) throws -> Value {
      align(try lower(e), axes: axes, batchRank: batchRank, eventRank: 0, event: [], plate)
    }
    // A vector of which one component holds is summed before its missing entries could be left out.
    let mask: Value? =
      masked.contains(variable.id) && base.eventRank == 0
      ? builder.data(ModelColumn.mask(variable), plate: plate, shape) : nil
    var density: Value
    if case .mixture(let weights, let inner, _) = distribution {
      guard case .family = inner else {
        throw LoweringFailure(.mixtureOfCombinator, at: span)
      }
      let arguments = try zip(own, base.forms[form]).map { e, p -> Value in
        let a = try lower(e).on(plate)
        // One value for all components has a place among them of its own, or labels would lead there.
        return a.leadsWithComponents(of: p)
          ? a.expanded(to: axes, eventRank: a.event.count)
          : align(
            a, axes: axes, batchRank: batchRank + 1, eventRank: p.eventRank, event: event, plate)
      }
      let w = try lower(weights).on(plate)
      density = base.mixtureLogDensity(
        wide, arguments, form: form, weights: w.expanded(to: axes, eventRank: w.event.count),
        stateRank: axes.count, valueRank: batchRank, mask: mask?.reshape(ones + shape))
    } else {
      let aligned = try zip(own, base.forms[form]).map { e, p in
        align(
          try lower(e), axes: axes, batchRank: batchRank, eventRank: p.eventRank, event: event,
          plate)
      }
      let inner = Density(family: base, form: form, arguments: aligned)
      density = try combined(distribution, wide, inner, scalar)
      density = try cutToKind(density, variable, distribution, inner, baseSpan)
    }
    if masked.contains(variable.id) {
      guard let mask else {
        throw LoweringFailure(.combinatorWithMissing(variable.name), at: span)
      }
      if density.shape.rank == axes.count + batchRank {
        density = density.selected(where: mask.reshape(ones + shape), else: builder.constant(0))
      }
    }
    let summed = density.sum(axes: Array(axes.count..<density.shape.rank))
    return LoweredFactor(
      variable: variable.id, part: part, distribution: distribution,
      table: Lowered(summed, axes: axes), x: x, ownAxis: nil, arguments: lowered, aligned: [],
      axes: axes, batch: Array(shape.dropLast(base.eventRank)), mask: mask)
  }

  /// The family under a stack of combinators.
  private func innermost(_ d: Distribution) throws -> (any Family, Int, [Expression], Span) {
    switch d {
    case .family(let name, let form, let arguments, let span):
      return (family(name), form, arguments, span)
    case .zeroInflated(let base, _, _), .truncated(let base, _, _, _),
      .censored(let base, _, _, _, _), .mixture(_, let base, _):
      return try innermost(base)
    }
  }

  private func combined(
    _ distribution: Distribution, _ x: Value, _ inner: Density,
    _ scalar: (Expression) throws -> Value
  ) throws -> Value {
    let (family, form, arguments) = (inner.family, inner.form, inner.arguments)
    func bare(_ base: Distribution, _ span: Span) throws {
      guard case .family = base else {
        throw LoweringFailure(.combinatorOfCombinator, at: span)
      }
    }
    func closed(_ value: Value?, _ span: Span) throws -> Value {
      guard let value else {
        throw LoweringFailure(
          .noDistributionFunction(family.name, isOnCounts: family.isOnCounts), at: span)
      }
      return value
    }
    switch distribution {
    case .family:
      return family.logDensity(x, arguments, form: form)
    case .zeroInflated(let base, let p, let span):
      try bare(base, span)
      return family.zeroInflatedLogDensity(x, arguments, form: form, extraZero: try scalar(p))
    case .truncated(let base, let low, let high, let span):
      try bare(base, span)
      return try closed(
        family.truncatedLogDensity(
          x, arguments, form: form, low: try low.map(scalar), high: try high.map(scalar)), span)
    case .censored(let base, let low, let high, let right, let span):
      try bare(base, span)
      if let right {
        return try closed(
          family.censoredLogDensity(x, arguments, form: form, isRightCensored: try scalar(right)),
          span)
      }
      return try closed(
        family.censoredLogDensity(
          x, arguments, form: form, low: try low.map(scalar), high: try high.map(scalar)), span)
    case .mixture(_, _, let span):
      throw LoweringFailure(.mixtureInCombinator, at: span)
    }
  }

  /// A kind narrower than the family's support cuts it; combinators that already cut it are left alone.
  private func cutToKind(
    _ density: Value, _ variable: Variable, _ distribution: Distribution, _ inner: Density,
    _ span: Span
  ) throws -> Value {
    guard let limits = SupportLimits(variable.type.kind, inner.family.support) else {
      return density
    }
    switch distribution {
    case .truncated(_, let low, _, _) where low != nil || limits.low == nil: return density
    case .family, .zeroInflated, .truncated, .censored, .mixture: break
    }
    guard
      let mass = logProbability(
        of: inner.family, between: limits.low.map { builder.constant($0) },
        and: limits.high.map { builder.constant($0) }, arguments: inner.arguments,
        form: inner.form)
    else {
      throw LoweringFailure(.noMass(inner.family.name, variable.type.kind), at: span)
    }
    return density - mass
  }

  /// log P(low ≤ x ≤ high) of a family, if it has a closed form.
  func logProbability(
    of family: any Family, between low: Value?, and high: Value?, arguments: [Value], form: Int
  ) -> Value? {
    family.logInterval(low: low, high: high, arguments, form: form)
  }
}

extension Lowered {
  /// Whether an argument of a mixture's family has a value for each component, in its first dim; else one
  /// value serves all.
  func leadsWithComponents(of parameter: FamilyParameter) -> Bool {
    event.count > parameter.eventRank
  }
}
