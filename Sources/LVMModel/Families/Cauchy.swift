import LVMCompute

/// Cauchy(location, scale): log p(x) = −log πs − log(1 + z²) with z = (x − location)/s. It has no mean.
struct Cauchy: Family {
  let name = FamilyName.cauchy
  let forms = [[FamilyParameter("location", .real), FamilyParameter("scale", .positive)]]
  let eventRank = 0
  let support = Support.real
  let frame = FamilyFrame(.moves, .location, .spread)
  var locationScale: LocationScale? { LocationScale(location: 0, scale: 1) }
  var tailWeight: TailWeight { .heavy }
  var entries: EntryDistribution { .scalarWithoutMoments }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let z = (x - arguments[0]) / arguments[1]
    return -(z.square().log1p()) - arguments[1].log() - logPi
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [arguments[0][0] + arguments[1][0] * (random.normal() / random.normal())]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { nil }
  func variance(_ arguments: [Value], form: Int) -> Value? { nil }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    .symmetric(at: (x - arguments[0]) / arguments[1]) { 1.0.arcTangent(over: $0) / Double.pi }
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [s.mean, 0.5 * s.deviation]
  }
}
