import LVMCompute
import LVMModel
import LVMSyntax

/// Which part of a variable's definition a factor comes from.
public enum FactorPart: String, Hashable, Sendable {
  /// `~ Family(…)`
  case whole
  /// `initially …`: the first row of a series.
  case initial
  /// `then …`: every later row.
  case transition
}

/// One factor of the joint density as a log table over the finite latents it touches.
struct LoweredFactor {
  var variable: VariableID
  var part: FactorPart
  var distribution: Distribution
  /// log p, with axes and no event dims, on the variable's plate where data enter.
  var table: Lowered
  /// The observed value; nil where the variable is itself an axis.
  var x: Lowered?
  /// The variable's own axis, for a finite latent.
  var ownAxis: Axis?
  /// Arguments before alignment, and after.
  var arguments: [Lowered]
  var aligned: [Value]
  /// All axes of the arguments, in order.
  var axes: [Axis]
  /// Independent coordinates of the variable, before the family's own event dims.
  var batch: [Int]
  /// 1 where a coordinate is present, [batch]; nil if nothing is missing.
  var mask: Value?
  /// Which entry of a vector of finite latents this is the factor of.
  var component: Int?
}

extension LoweringContext {
  /// The factors of an observed variable (one) or a finite latent (one for each entry).
  func factors(_ variable: Variable, _ distribution: Distribution, part: FactorPart) throws
    -> [LoweredFactor]
  {
    switch distribution {
    case .family(let name, let form, let arguments, let span):
      return try familyFactor(
        variable, distribution, part, family(name), form, try lowered(arguments, of: variable), span
      )
    case .zeroInflated(_, _, let span), .truncated(_, _, _, let span),
      .censored(_, _, _, _, let span), .mixture(_, _, let span):
      return [try combinatorFactor(variable, distribution, part, span)]
    }
  }

  /// Arguments of a family; the mean of a weighted row's variable scales with the row.
  private func lowered(_ arguments: [Expression], of variable: Variable) throws -> [Lowered] {
    guard isWeighted, variable.role == .observe else { return try arguments.map(lower) }
    return try arguments.enumerated().map { i, e in
      try i == 0 ? meanForm(e, []).constant : lower(e)
    }
  }

  private func familyFactor(
    _ variable: Variable, _ distribution: Distribution, _ part: FactorPart, _ family: any Family,
    _ form: Int, _ arguments: [Lowered], _ span: Span
  ) throws -> [LoweredFactor] {
    let shape = try dims(variable.type, at: variable.typeSpan)
    let isAxis = variable.role == .latent && variable.type.kind.isFinite
    let batch = Array(shape.dropLast(isAxis ? 0 : family.eventRank))
    let event = isAxis ? [] : Array(shape.suffix(family.eventRank))
    let x = isAxis ? nil : try observedValue(variable, shape)
    let axes = Lowered.axes(of: arguments + [x].compactMap { $0 })
    let plate = plates.compute(variable.plate)
    let ranks = family.forms[form].map(\.eventRank)
    let aligned = zip(arguments, ranks).map { argument, rank in
      align(argument, axes: axes, batchRank: batch.count, eventRank: rank, event: event, plate)
    }
    if isAxis {
      return try (0..<max(1, batch.reduce(1, *))).map { component in
        let entry = aligned.map { Self.entry($0, component, axes.count, batch) }
        guard let log = family.logTable(entry, form: form) else {
          throw LoweringFailure(.noFiniteValues(family.name), at: span)
        }
        // The last dim runs over the variable's own values.
        let own = Axis(variable.id, component: component)
        let table = Lowered(log, axes: axes).promoting(event: 0, to: own)
        return LoweredFactor(
          variable: variable.id, part: part, distribution: distribution, table: table, x: nil,
          ownAxis: own, arguments: arguments, aligned: entry, axes: axes, batch: batch, mask: nil,
          component: batch.isEmpty ? nil : component)
      }
    }
    guard let x else { return [] }
    let ones = [Int](repeating: 1, count: axes.count)
    let wide = x.expanded(to: axes, eventRank: shape.count)
    var density = family.logDensity(wide, aligned, form: form)
    density = try renormalised(density, variable, family, aligned, form, span)
    var mask: Value?
    if masked.contains(variable.id) {
      let m = builder.data(ModelColumn.mask(variable), plate: plate, shape)
      mask = m
      if family.name == .multivariateNormal {
        density = Self.observedPart(wide, aligned, m.reshape(ones + shape), family, form)
      } else if family.eventRank == 0 {
        density = density.selected(where: m.reshape(ones + shape), else: builder.constant(0))
      } else if family.name == .multinomial {
        density = Self.observedCounts(wide, aligned, m.reshape(ones + shape))
      } else if family.name == .dirichlet {
        density = Self.observedShares(wide, aligned, m.reshape(ones + shape))
      } else {
        throw LoweringFailure(
          .familyWithMissing(variable.name, family.name), at: variable.nameSpan)
      }
    }
    // A log density that came out without the row plate still counts once a row.
    let summed = density.sum(axes: Array(axes.count..<density.shape.rank))
    return [
      LoweredFactor(
        variable: variable.id, part: part, distribution: distribution,
        table: Lowered(summed, axes: axes), x: x, ownAxis: nil, arguments: arguments,
        aligned: aligned, axes: axes, batch: batch, mask: mask)
    ]
  }

  /// The density of the observed coordinates of a multivariate normal.
  ///
  /// Missing coordinates are given residual 0 and made independent with variance 1, which leaves the
  /// marginal of the rest; their own share, −½ log 2π each, is taken back.
  private static func observedPart(
    _ x: Value, _ arguments: [Value], _ mask: Value, _ family: any Family, _ form: Int
  ) -> Value {
    let residual = (x - arguments[0]) * mask
    let covariance = masked(covariance: arguments[1], by: mask)
    let density = family.logDensity(
      residual, [x.builder.constant(0) * residual, covariance], form: form)
    let missing = (1.0 - mask).sum(axes: [mask.shape.rank - 1])
    return density + missing * (0.5 * 1.837877066409345483560659472811)
  }

  /// A covariance with the rows and columns of missing coordinates replaced by those of the identity.
  static func masked(covariance: Value, by mask: Value) -> Value {
    let dims = mask.shape.dims
    let both =
      mask.reshape(dims + [1]) * mask.reshape(Array(dims.dropLast()) + [1] + dims.suffix(1))
    return covariance * both + (1.0 - mask).diagonalMatrix()
  }

  /// One entry of an aligned argument's batch, which disappears.
  static func entry(_ argument: Value, _ component: Int, _ axisCount: Int, _ batch: [Int]) -> Value
  {
    var result = argument
    var rest = component
    for (j, size) in batch.enumerated().reversed() {
      let position = rest % size
      rest /= size
      let dim = axisCount + j
      let isShared = result.shape.dims[dim] == 1
      result = result.slice(axis: dim, start: isShared ? 0 : position, count: 1)
    }
    var dims = result.shape.dims
    dims.removeSubrange(axisCount..<(axisCount + batch.count))
    return result.reshape(dims)
  }

  /// The data of an observed variable, or what stands for it or for another one.
  private func observedValue(_ variable: Variable, _ shape: [Int]) throws -> Lowered {
    if let replacement = replacements[variable.id] { return replacement }
    guard variable.role == .observe else {
      throw LoweringFailure(.notObserved(variable.name), at: variable.nameSpan)
    }
    return Lowered(
      builder.data(ModelColumn.values(variable), plate: plates.compute(variable.plate), shape))
  }

  /// An argument with the factor's axes, its batch padded, and its event dims filled out.
  func align(
    _ argument: Lowered, axes: [Axis], batchRank: Int, eventRank: Int, event: [Int],
    _ plate: PlateID
  ) -> Value {
    var a = argument.on(plate)
    if a.event.count < eventRank {
      // A scalar stands for a whole vector: `MultivariateNormal(0, S)`.
      a = a.reshape(event: [Int](repeating: 1, count: eventRank - a.event.count) + a.event)
      if !event.isEmpty { a = a.broadcast(event: Array(event.suffix(eventRank))) }
    }
    return a.expanded(to: axes, eventRank: batchRank + eventRank)
  }

  /// The density of a variable whose kind is narrower than the family's support, renormalised.
  private func renormalised(
    _ density: Value, _ variable: Variable, _ family: any Family, _ arguments: [Value], _ form: Int,
    _ span: Span
  ) throws -> Value {
    guard let limits = SupportLimits(variable.type.kind, family.support) else { return density }
    guard
      let mass = logProbability(
        of: family, between: limits.low.map { builder.constant($0) },
        and: limits.high.map { builder.constant($0) }, arguments: arguments, form: form)
    else {
      throw LoweringFailure(.noMass(family.name, variable.type.kind), at: span)
    }
    return density - mass
  }
}

/// The interval a variable's kind cuts out of a family's wider support.
struct SupportLimits {
  var low: Double?
  var high: Double?

  init?(_ kind: ElementKind, _ support: Support) {
    let reachesBelow: Bool
    switch support {
    case .real: reachesBelow = true
    case .positive, .nonNegative: reachesBelow = false
    case .unit, .interval, .binary, .counts, .countsUpTo, .categories, .countVector, .realVector,
      .simplex, .covariance, .correlation:
      return nil
    }
    if kind == .unit {
      (low, high) = (0, 1)
    } else if kind == .positive, reachesBelow {
      (low, high) = (0, nil)
    } else {
      return nil
    }
  }
}
