import LVMCompute
import LVMModel

/// Laws of observed variables that read a conjugate latent: its posterior predictive distribution.
///
/// Poisson(c·λ) with λ of a gamma posterior (a, b) is negative binomial with mean c·a/b and dispersion a;
/// truth values have the posterior mean of their probability (Gelman et al. 2013, §2.6 and §3.4).
struct ConditionalConjugates {
  let lowered: LoweredModel

  init(_ lowered: LoweredModel) { self.lowered = lowered }

  private var context: LoweringContext { lowered.context }

  func law(_ v: Variable, latent id: VariableID) throws -> ConditionalLaws.Handles {
    let refusal = QueryError.integratedParent(
      variable: v.name, latent: lowered.plan.model[id].name)
    guard let solution = lowered.conjugates[id],
      case .drawn(.family(let name, let form, let arguments, _)) = v.definition
    else { throw refusal }
    let shape = try context.dims(v.type, at: v.typeSpan)
    switch (solution.basis, name) {
    case (.gamma, .poisson):
      let c = try context.powerForm(arguments[0], id).factor
      let a = solution.posterior[0].map { $0 + 1.0 }
      let rate = solution.posterior[1].map { -$0 }
      return try counts(v, shape, mean: c * (a / rate), dispersion: a, solution.table)
    case (.beta, .bernoulli) where form == 0:
      let p = solution.basis.moments(solution.posterior).mean.broadcast(event: shape)
      let both = p.map { m in
        let wide = m.reshape(m.shape.dims + [1])
        return m.builder.add(.concat(axis: m.shape.rank), [1.0 - wide, wide])
      }
      return try labels(v, shape, both, 2, solution.table)
    case (.gamma, _), (.beta, _), (.dirichlet, _): throw refusal
    }
  }

  private func counts(
    _ v: Variable, _ shape: [Int], mean: Lowered, dispersion: Lowered, _ table: Lowered
  ) throws -> ConditionalLaws.Handles {
    let size = shape.reduce(1, *)
    let m = try stretched(mean, v, shape, table)
    let d = try stretched(dispersion, v, shape, table)
    let states = table.axisSizes.reduce(1, *)
    let (flat, spread) = (m.reshape([states, size]), d.reshape([states, size]))
    return ConditionalLaws.Handles(
      variable: v.id, size: size, axes: axes(table), weights: weights(v, table),
      content: .family(
        .negativeBinomial, form: 0, mean: flat, variance: flat + flat * flat / spread,
        arguments: [flat, spread]))
  }

  private func labels(
    _ v: Variable, _ shape: [Int], _ p: Lowered, _ k: Int, _ table: Lowered
  ) throws -> ConditionalLaws.Handles {
    let size = shape.reduce(1, *)
    let states = table.axisSizes.reduce(1, *)
    var all = try stretched(p, v, shape + [k], table).reshape([states, size, k])
    if let w = weights(v, table) { all = all * w.reshape([states, 1, 1]) }
    return ConditionalLaws.Handles(
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
        variable: v.name, distribution: "its labels are tied to no single table")
    }
    let plate = context.plates.compute(v.plate)
    let wide = value.on(plate).broadcast(event: event)
      .expanded(to: table.axes, eventRank: event.count).broadcast(table.axisSizes + event)
    return wide * context.ones(plate).reshape([Int](repeating: 1, count: wide.shape.rank))
  }
}
