import LVMCompute
import LVMModel

/// The row-free graph an M-step is written on: statistics as inputs, arguments from parameters.
final class StatisticsGraph {
  let builder = GraphBuilder()
  let context: LoweringContext
  /// Arguments at the parameters the statistics were taken with, which say what they are taken about.
  let before: LoweringContext
  private let factors: [StatisticsFactor]
  /// The place of each lowered factor among those.
  private let places: [Int: Int]
  let plan: InferencePlan
  let layout: ParameterLayout
  private let parameterIDs: Set<VariableID>
  /// Parameters at the start of the step have their own names; those of the E-step this prefix.
  static func referenceName(_ name: String) -> String { "$0.\(name)" }

  init(_ plan: InferencePlan, _ factors: [StatisticsFactor], _ layout: ParameterLayout) throws {
    self.plan = plan
    self.layout = layout
    self.factors = factors
    places = Dictionary(factors.enumerated().map { ($1.index, $0) }) { own, _ in own }
    parameterIDs = Set(plan.model.estimatedParameters().map(\.id))
    context = LoweringContext(model: plan.model, builder: builder, plates: plan.nesting)
    before = LoweringContext(model: plan.model, builder: builder, plates: plan.nesting)
    for p in plan.model.estimatedParameters() {
      before.replacements[p.id] = Lowered(
        builder.parameter(Self.referenceName(p.name), p.dims))
    }
  }

  private func aligned(_ factor: StatisticsFactor, _ context: LoweringContext) throws -> [Value] {
    if let r = factor.regression { return try regressionArguments(factor, r, context) }
    let ranks = LVMModel.family(factor.family).forms[factor.form].map(\.eventRank)
    return try zip(factor.arguments, ranks).map { e, rank in
      let whole = context.align(
        try context.lower(e), axes: factor.axes, batchRank: factor.batch.count, eventRank: rank,
        event: factor.event, .rows)
      guard let component = factor.component else { return whole }
      return LoweringContext.entry(whole, component, factor.axes.count, factor.batch)
    }
  }

  private func inputs(_ factor: StatisticsFactor) throws -> (weight: Value, statistics: [Value]) {
    if let r = factor.regression {
      return (
        builder.parameter(factor.weightName, factor.weightDims), try residuals(factor, r)
      )
    }
    return (
      builder.parameter(factor.weightName, factor.weightDims),
      factor.statisticDims.enumerated().map {
        builder.parameter(factor.statisticName($0.offset), $0.element)
      }
    )
  }

  private func reference(_ factor: StatisticsFactor, _ s: any SufficientStatistics) throws -> Value?
  {
    guard factor.regression == nil else { return nil }
    return s.reference(try aligned(factor, before), form: factor.form)
  }

  /// Q, up to terms that no parameter touches, plus the log prior.
  func surrogate() throws -> Value {
    var total = builder.constant(0)
    for factor in factors {
      guard let s = LVMModel.family(factor.family).statistics else { continue }
      let (weight, statistics) = try inputs(factor)
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
    var kernels: Set<RatioUpdate.Kernel?> = []
    for use in uses {
      guard let factor = places[use.factor].map({ factors[$0] }),
        let s = LVMModel.family(factor.family).statistics
      else { return nil }
      let (weight, statistics) = try inputs(factor)
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
      kernels.insert(piece.kernel)
      numerator = numerator.map { $0 + n } ?? n
      denominator = denominator.map { $0 + d } ?? d
    }
    guard var n = numerator, var d = denominator, let finish else { return nil }
    if case .drawn(let prior) = variable.definition {
      guard let piece = try priorPiece(variable, prior, dims), [piece.kernel] == kernels else {
        return nil
      }
      n = n + piece.numerator
      d = d + piece.denominator
    }
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

  /// What a prior of known numbers adds to a parameter's update; nil where it has no such form, or where
  /// it would take more away than data may give.
  private func priorPiece(_ variable: Variable, _ prior: Distribution, _ dims: [Int]) throws
    -> RatioUpdate?
  {
    guard case .family(let name, let form, let arguments, let span) = prior,
      !arguments.contains(where: { context.mentions($0, parameterIDs) })
    else { return nil }
    let family = LVMModel.family(name)
    guard SupportLimits(variable.type.kind, family.support) == nil else { return nil }
    let aligned = try zip(arguments, family.forms[form]).map { e, p in
      context.align(
        try context.lower(e), axes: [], batchRank: dims.count - family.eventRank,
        eventRank: p.eventRank, event: Array(dims.suffix(family.eventRank)), .rows)
    }
    let x = try context.value(of: variable.id, at: span).value
    guard let piece = family.priorUpdate(of: x, aligned, form: form) else { return nil }
    if piece.kernel == .quadratic || piece.kernel == .covariance { return piece }
    let rest = piece.denominator - piece.numerator
    let probe = Graph(
      nodes: builder.nodes, outputs: ["n": piece.numerator.id, "d": rest.id])
    let numbers = try Runtime.serial.evaluator(Program(probe)).run([:])
    guard numbers["n"]?.values.allSatisfy({ $0 >= 0 }) ?? false else { return nil }
    if piece.kernel == .logOdds {
      guard numbers["d"]?.values.allSatisfy({ $0 >= 0 }) ?? false else { return nil }
    }
    return piece
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
