import LVMCompute
import LVMModel

/// Where a parameter stands in a factor: as a whole argument, perhaps indexed by finite latents.
struct BareUse {
  var factor: Int
  var argument: Int
  var indices: [Axis]
}

/// The M-step: closed-form updates of parameters that stand bare in their arguments, each with the others
/// at their current values (ECM), then a quasi-Newton step on Q for the rest.
struct Maximization {
  /// Row-free graph from statistics and current parameters to new parameters.
  let closed: Program
  let closedParameters: [String]
  /// Q and its gradient in the free coordinates of the remaining parameters; nil if there are none.
  let numeric: Program?
  let numericParameters: [(name: String, kind: ElementKind, dims: [Int])]
  /// Q with its gradient in the constrained parameters, for checking ∇Q = ∇root.
  let surrogate: Program

  static let surrogateOutput = "$Q"
  static func freeName(_ name: String) -> String { "$u.\(name)" }
  static func gradientName(_ name: String) -> String { "$d.\(name)" }

  init(
    _ plan: Plan, factors: [StatisticsFactor], closedUses: [(VariableID, [BareUse])],
    numeric numericIDs: [VariableID]
  ) throws {
    let model = plan.model
    // Closed forms, in order: an update sees those before it.
    do {
      let step = try StatisticsGraph(plan, factors)
      var names: [String] = []
      for (id, uses) in closedUses {
        if let value = try step.update(id, uses) {
          step.context.replacements[id] = Lowered(value)
          step.builder.setOutput(model[id].name, value)
          names.append(model[id].name)
        }
      }
      closed = Program(step.builder.finish())
      closedParameters = names
    }
    let parameters = numericIDs.map { id in
      (name: model[id].name, kind: model[id].type.kind, dims: model[id].type.dims ?? [])
    }
    numericParameters = parameters
    if parameters.isEmpty {
      numeric = nil
    } else {
      let step = try StatisticsGraph(plan, factors)
      var frees: [Value] = []
      for (id, p) in zip(numericIDs, parameters) {
        let free = step.builder.parameter(Self.freeName(p.name), p.dims)
        frees.append(free)
        step.context.replacements[id] = Lowered(Transform.constrain(free, p.kind))
      }
      let q = try step.surrogate()
      let gradients = step.builder.gradient(of: q, with: frees)
      step.builder.setOutput(Self.surrogateOutput, q)
      for (p, g) in zip(parameters, gradients) {
        step.builder.setOutput(Self.gradientName(p.name), g)
      }
      numeric = Program(step.builder.finish())
    }
    let step = try StatisticsGraph(plan, factors)
    let q = try step.surrogate()
    let all = (closedUses.map(\.0) + numericIDs).map { model[$0] }
    let values = all.map { step.builder.parameter($0.name, $0.type.dims ?? []) }
    for (v, g) in zip(all, step.builder.gradient(of: q, with: values)) {
      step.builder.setOutput(Self.gradientName(v.name), g)
    }
    step.builder.setOutput(Self.surrogateOutput, q)
    surrogate = Program(step.builder.finish())
  }
}

/// The row-free graph an M-step is written on: statistics as inputs, arguments from parameters.
final class StatisticsGraph {
  let builder = GraphBuilder()
  let context: LoweringContext
  /// Arguments at the parameters the statistics were taken with, which say what they are taken about.
  private let before: LoweringContext
  private let factors: [StatisticsFactor]
  private let plan: Plan
  /// Parameters at the start of the step have their own names; those of the E-step this prefix.
  static func referenceName(_ name: String) -> String { "$0.\(name)" }

  init(_ plan: Plan, _ factors: [StatisticsFactor]) throws {
    self.plan = plan
    self.factors = factors
    context = LoweringContext(model: plan.model, builder: builder, plates: plan.nesting)
    before = LoweringContext(model: plan.model, builder: builder, plates: plan.nesting)
    for v in plan.model.variables where v.role == .param {
      if case .equal = v.definition { continue }
      before.replacements[v.id] = Lowered(
        builder.parameter(Self.referenceName(v.name), v.type.dims ?? []))
    }
  }

  private func aligned(_ factor: StatisticsFactor, _ context: LoweringContext) throws -> [Value] {
    let ranks = LVMModel.family(factor.family).forms[factor.form].map(\.eventRank)
    return try zip(factor.arguments, ranks).map { e, rank in
      let whole = context.align(
        try context.lower(e), axes: factor.axes, batchRank: factor.batch.count, eventRank: rank,
        event: factor.event, .rows)
      guard let component = factor.component else { return whole }
      return LoweringContext.entry(whole, component, factor.axes.count, factor.batch)
    }
  }

  private func inputs(_ factor: StatisticsFactor) -> (weight: Value, statistics: [Value]) {
    (
      builder.parameter(factor.weightName, factor.weightDims),
      factor.statisticDims.enumerated().map {
        builder.parameter(factor.statisticName($0.offset), $0.element)
      }
    )
  }

  private func reference(_ factor: StatisticsFactor, _ s: any SufficientStatistics) throws -> Value?
  {
    s.reference(try aligned(factor, before), form: factor.form)
  }

  /// Q, up to terms that no parameter touches, plus the log prior.
  func surrogate() throws -> Value {
    var total = builder.constant(0)
    for factor in factors {
      guard let s = LVMModel.family(factor.family).statistics else { continue }
      let (weight, statistics) = inputs(factor)
      let density = s.expectedLogDensity(
        weight: weight, statistics: statistics, reference: try reference(factor, s),
        arguments: try aligned(factor, context), form: factor.form)
      total = total + density.sumAll()
    }
    return total + (try context.logPrior())
  }

  /// The closed-form update of a parameter, pooled over everything that shares it; nil if there is none.
  func update(_ id: VariableID, _ uses: [BareUse]) throws -> Value? {
    let variable = plan.model[id]
    let dims = variable.type.dims ?? []
    var numerator: Value?
    var denominator: Value?
    var finish: RatioUpdate.Finish?
    for use in uses {
      guard let factor = factors.first(where: { $0.index == use.factor }),
        let s = LVMModel.family(factor.family).statistics
      else { return nil }
      let (weight, statistics) = inputs(factor)
      guard
        let piece = s.maximiser(
          of: use.argument, form: factor.form, weight: weight, statistics: statistics,
          reference: try reference(factor, s), arguments: try aligned(factor, context))
      else { return nil }
      let (n, pooledN) = pool(placed(piece.numerator, factor), factor, use, dims)
      let (d, _) = pool(placed(piece.denominator, factor), factor, use, dims)
      if !piece.poolsExactly, pooledN || uses.count > 1 { return nil }
      guard finish == nil || finish == piece.finish else { return nil }
      finish = piece.finish
      numerator = numerator.map { $0 + n } ?? n
      denominator = denominator.map { $0 + d } ?? d
    }
    guard let n = numerator, let d = denominator, let finish else { return nil }
    let current = try context.value(of: id, at: variable.span).value
    let fresh: Value
    switch finish {
    case .ratio: fresh = n / d
    case .squareRoot: fresh = (n / d).sqrt()
    case .normalize:
      let total = n.sum(axes: [n.shape.rank - 1])
      fresh = n / total.reshape(total.shape.dims + [1])
    }
    // What no data informs stays where it is.
    return fresh.selected(where: d.apply(.step), else: current)
  }

  /// The update of one entry of a vector, put at its place with zeros elsewhere.
  private func placed(_ value: Value, _ factor: StatisticsFactor) -> Value {
    guard let component = factor.component else { return value }
    let n = factor.axes.count
    let dims = value.shape.dims
    let tail = Array(dims.dropFirst(n))
    let ones = [Int](repeating: 1, count: factor.batch.count)
    var hot = [Double](repeating: 0, count: factor.batch.reduce(1, *))
    hot[component] = 1
    let place = builder.constant(Tensor(factor.batch, hot))
      .reshape(factor.batch + [Int](repeating: 1, count: tail.count))
    return value.reshape(Array(dims.prefix(n)) + ones + tail) * place
  }

  /// Sums an update over what the parameter does not distinguish, and puts it in the parameter's shape.
  private func pool(_ value: Value, _ factor: StatisticsFactor, _ use: BareUse, _ dims: [Int])
    -> (Value, pooled: Bool)
  {
    let axisCount = factor.axes.count
    let own = Array(dims.dropFirst(use.indices.count))
    let rank = value.shape.rank
    let offset = rank - own.count
    var summed: [Int] = []
    var pooled = false
    for position in 0..<axisCount where !use.indices.contains(factor.axes[position]) {
      summed.append(position)
      if value.shape.dims[position] > 1 { pooled = true }
    }
    for position in axisCount..<rank {
      let size = value.shape.dims[position]
      if position < offset || (own[position - offset] == 1 && size > 1) {
        summed.append(position)
        if size > 1 { pooled = true }
      }
    }
    // Dims the update does not vary over although the parameter does.
    var wide = value.shape.dims
    for position in Swift.max(axisCount, offset)..<Swift.max(rank, axisCount)
    where wide[position] == 1 {
      if position >= offset { wide[position] = own[position - offset] }
    }
    for (position, axis) in factor.axes.enumerated() where use.indices.contains(axis) {
      wide[position] = factor.axisSizes[position]
    }
    let reduced = value.broadcast(wide).sum(axes: summed)
    // Remaining axes are in table order; the parameter's dims follow its indices.
    let remaining = factor.axes.filter { use.indices.contains($0) }
    let order = use.indices.compactMap { remaining.firstIndex(of: $0) }
    let tail = Array(order.count..<reduced.shape.rank)
    return (reduced.transpose(order + tail).reshape(dims), pooled)
  }
}

extension LoweringContext {
  /// The sum of the log priors of all parameters that have one.
  func logPrior() throws -> Value {
    var total = builder.constant(0)
    for v in model.variables where v.role == .param {
      guard case .drawn(.family(let name, let form, let arguments, let span)) = v.definition else {
        continue
      }
      let family = LVMModel.family(name)
      let shape = try dims(v.type, at: v.typeSpan)
      let batch = shape.count - family.eventRank
      let event = Array(shape.suffix(family.eventRank))
      let aligned = try zip(arguments, family.forms[form]).map { e, p in
        align(
          try lower(e), axes: [], batchRank: batch, eventRank: p.eventRank, event: event, .rows)
      }
      let x = try value(of: v.id, at: span).value
      var density = family.logDensity(x, aligned, form: form)
      if let limits = SupportLimits(v.type.kind, family.support) {
        guard
          let mass = logProbability(
            of: family, between: limits.low.map { builder.constant($0) },
            and: limits.high.map { builder.constant($0) }, arguments: aligned, form: form)
        else {
          throw LoweringFailure(
            "the mass of \(name.rawValue) on \(v.type.kind.word) values has no closed form",
            at: span)
        }
        density = density - mass
      }
      total = total + density.sumAll()
    }
    return total
  }
}
