import LVMCompute
import LVMModel

extension LoweringContext {
  /// Mean and variance of a zero-inflated family at the arguments of a variable: (1 − π)·m and
  /// (1 − π)·(v + m²) − (1 − π)²·m², with m and v of the family; nil where those are not known.
  func zeroInflatedMoments(
    _ base: Distribution, _ probability: Expression, axes: [Axis], shape: [Int], _ plate: PlateID
  ) throws -> (name: FamilyName, form: Int, mean: Value, variance: Value)? {
    guard case .family(let name, let form, let arguments, _) = base else { return nil }
    let family = LVMModel.family(name)
    guard family.eventRank == 0 else { return nil }
    func aligned(_ e: Expression) throws -> Value {
      align(
        try lower(e), axes: axes, batchRank: shape.count, eventRank: 0, event: [], plate)
    }
    let values = try arguments.map(aligned)
    guard let m = family.mean(values, form: form), let v = family.variance(values, form: form)
    else { return nil }
    let rest = 1.0 - (try aligned(probability))
    let mean = m * rest
    return (name, form, mean, (v + m.square()) * rest - mean.square())
  }
}
