import LVMCompute
import LVMModel

/// Marginals of vectors that sum to a known total: entries that are missing become one entry, whose value
/// is what the present ones leave.
extension LoweringContext {
  /// Multinomial over the present entries and the rest:
  /// log n!/(Πxⱼ!·r!) + Σ xⱼ log pⱼ + r log Σ_missing p, r = n − Σxⱼ; −∞ where the counts do not add up.
  static func observedCounts(_ x: Value, _ arguments: [Value], _ mask: Value) -> Value {
    let builder = x.builder
    let (zero, one) = (builder.constant(0), builder.constant(1))
    let counts = x * mask
    let last = mask.shape.rank - 1
    let rest = arguments[0] - counts.sum(axes: [counts.shape.rank - 1])
    let missing = (1.0 - mask).sum(axes: [last])
    let hasRest = missing.apply(.minimum, one)
    let gap = (1.0 - mask) * arguments[1]
    // Without a missing entry there is no probability to take the logarithm of.
    let share = gap.sum(axes: [gap.shape.rank - 1]) + (1.0 - hasRest)
    let entries = counts.apply(.xlogy, arguments[1]) - (counts + 1.0).apply(.lgamma)
    let left = rest.apply(.maximum, zero)
    let log =
      entries.sum(axes: [entries.shape.rank - 1]) + (arguments[0] + 1.0).apply(.lgamma)
      - (left + 1.0).apply(.lgamma) + left.apply(.xlogy, share)
    let excess = rest.apply(.less, zero) + zero.apply(.less, rest) * (1.0 - hasRest)
    return builder.constant(-.infinity).selected(where: excess, else: log)
  }

  /// Dirichlet over the present entries and the rest, whose concentration is the sum of theirs.
  static func observedShares(_ x: Value, _ arguments: [Value], _ mask: Value) -> Value {
    let builder = x.builder
    let one = builder.constant(1)
    let n = mask.shape.dims.last ?? 1
    let a = arguments[0].broadcast(arguments[0].shape.dims.dropLast() + [n])
    let missing = (1.0 - mask).sum(axes: [mask.shape.rank - 1])
    let hasRest = missing.apply(.minimum, one)
    let gap = (1.0 - mask) * a
    // Without a missing entry the rest is 1 with a concentration of 1, which says nothing.
    let concentration = gap.sum(axes: [gap.shape.rank - 1]) + (1.0 - hasRest)
    let shares = x * mask
    let rest = one - shares.sum(axes: [shares.shape.rank - 1]) * hasRest
    let entries = (a - 1.0).apply(.xlogy, x * mask + (1.0 - mask)) - a.apply(.lgamma)
    let present = entries.selected(where: mask, else: builder.constant(0))
    return a.sum(axes: [a.shape.rank - 1]).apply(.lgamma)
      + present.sum(axes: [present.shape.rank - 1]) - concentration.apply(.lgamma)
      + (concentration - 1.0).apply(.xlogy, rest)
  }
}
