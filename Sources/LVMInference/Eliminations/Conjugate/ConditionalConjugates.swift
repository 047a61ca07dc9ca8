import LVMCompute
import LVMModel

/// Posterior predictive distributions of observed variables that read a conjugate latent.
///
/// Each cell's own distribution, the latent integrated over its posterior (Gelman et al. 2013, §2.6 and §3.4;
/// Johnson, Kotz & Balakrishnan 1994, ch. 20 and 27; Johnson, Kemp & Kotz 2005, §6.2).
struct ConditionalConjugates {
  let lowered: Fork

  init(_ lowered: Fork) { self.lowered = lowered }

  private var context: LoweringContext { lowered.context }

  func law(_ v: Variable, latent id: VariableID, _ solution: ConjugateSolution) throws
    -> LoweredPredictive
  {
    let refusal = QueryError.integratedParent(
      variable: context.model.place(of: v), latent: lowered.plan.model[id].name)
    guard case .drawn(.family(let name, let form, let arguments, _)) = v.definition
    else { throw refusal }
    let shape = try context.dims(v.type, at: v.typeSpan)
    func argument(_ i: Int) throws -> Lowered { try context.lower(arguments[i]) }
    /// Shape and rate of a gamma, both parameters of a beta.
    func pair() -> (Lowered, Lowered) {
      let first = solution.posterior[0].map { $0 + 1.0 }
      return solution.basis == .gamma
        ? (first, solution.posterior[1].map { -$0 })
        : (first, solution.posterior[1].map { $0 + 1.0 })
    }
    let law: Law
    switch (solution.basis, name) {
    case (.gamma, .poisson):
      let (a, b) = pair()
      let c = try context.powerForm(arguments[0], id).factor
      law = .gammaPoisson(mean: c * (a / b), shape: a)
    case (.gamma, .exponential):
      let (a, b) = pair()
      law = .gammaExponential(a, b / (try context.powerForm(arguments[0], id).factor))
    case (.gamma, .gamma):
      let (a, b) = pair()
      law = .gammaGamma(try argument(0), a, b / (try context.powerForm(arguments[1], id).factor))
    case (.gamma, .normal):
      let (a, b) = pair()
      law = .gammaNormal(
        a, b, mean: try argument(0), try context.powerForm(arguments[1], id).factor)
    case (.beta, .bernoulli) where form == 0:
      let p = solution.basis.moments(solution.posterior).mean.broadcast(event: shape)
      let both = p.map { m in
        let wide = m.reshape(m.shape.dims + [1])
        return m.builder.add(.concat(axis: m.shape.rank), [1.0 - wide, wide])
      }
      return try labels(v, shape, both, 2, solution.table)
    case (.beta, .binomial) where form == 0:
      let (a, b) = pair()
      law = .betaBinomial(try argument(0), a, b)
    case (.beta, .geometric):
      let (a, b) = pair()
      law = .betaGeometric(a, b)
    case (.dirichlet, .categorical) where form == 0:
      let p = solution.basis.moments(solution.posterior).mean
      return try labels(v, shape, p, p.event.last ?? 1, solution.table)
    case (.dirichlet, .multinomial):
      // An entry of a multinomial with Dirichlet probabilities is beta-binomial.
      let a = solution.posterior[0].map { $0 + 1.0 }
      let last = a.event.count - 1
      let total = a.sum(eventAxes: [last])
      let wide = total.reshape(event: total.event + [1])
      let trials = try argument(0)
      law = .betaBinomial(trials.reshape(event: trials.event + [1]), a, wide - a)
    case (.gamma, _), (.beta, _), (.dirichlet, _): throw refusal
    }
    return try numbers(v, shape, law, solution.table)
  }

  private func numbers(_ v: Variable, _ shape: [Int], _ law: Law, _ table: Lowered) throws
    -> LoweredPredictive
  {
    let size = shape.reduce(1, *)
    let states = table.axisSizes.reduce(1, *)
    func flat(_ value: Lowered) throws -> Value {
      try stretched(value, v, shape, table).reshape([states, size])
    }
    return LoweredPredictive(
      variable: v.id, size: size, axes: axes(table), weights: weights(v, table),
      content: .scalar(
        law.form, mean: try flat(law.mean), variance: try flat(law.variance),
        arguments: try law.numbers.map(flat)))
  }

  private func labels(
    _ v: Variable, _ shape: [Int], _ p: Lowered, _ k: Int, _ table: Lowered
  ) throws -> LoweredPredictive {
    let size = shape.reduce(1, *)
    let states = table.axisSizes.reduce(1, *)
    var all = try stretched(p, v, shape + [k], table).reshape([states, size, k])
    if let w = weights(v, table) { all = all * w.reshape([states, 1, 1]) }
    return LoweredPredictive(
      variable: v.id, size: size, content: .probabilities(all.sum(axes: [0]), values: k))
  }

  private func axes(_ table: Lowered) -> [(axis: Axis, values: Int)] {
    zip(table.axes, table.axisSizes).map { (axis: $0, values: $1) }
  }

  /// Posterior weights of the labels that remain after the latent is integrated, on the variable's plate.
  private func weights(_ v: Variable, _ table: Lowered) -> Value? {
    guard !table.axes.isEmpty else { return nil }
    let gradient = lowered.builder.gradient(of: lowered.root, with: [table.value])[0]
    return Lowered(gradient, axes: table.axes).on(context.plates.compute(v.plate)).value
      .reshape([table.axisSizes.reduce(1, *)])
  }

  /// A value on the variable's plate with all the labels of the table.
  private func stretched(_ value: Lowered, _ v: Variable, _ event: [Int], _ table: Lowered) throws
    -> Value
  {
    guard Set(value.axes).isSubset(of: table.axes) else {
      throw QueryError.noMoments(
        variable: context.model.place(of: v), distribution: "its labels are tied to no single table"
      )
    }
    let plate = context.plates.compute(v.plate)
    let wide = value.on(plate).broadcast(event: event)
      .expanded(to: table.axes, eventRank: event.count).broadcast(table.axisSizes + event)
    return wide * context.ones(plate).reshape([Int](repeating: 1, count: wide.shape.rank))
  }
}
