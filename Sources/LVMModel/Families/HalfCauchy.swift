import LVMCompute

/// HalfCauchy(scale): log p(x) = log 2/π − log s − log(1 + (x/s)²), x ≥ 0. It has no mean.
struct HalfCauchy: Family {
  let name = FamilyName.halfCauchy
  let forms = [[FamilyParameter("scale", .positive)]]
  let eventRank = 0
  let support = Support.nonNegative
  let frame = FamilyFrame(.scales, .spread)
  var tailWeight: TailWeight { .exponential }
  var entries: EntryDistribution { .scalarWithoutMoments }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    -((x / arguments[0]).square().log1p()) - arguments[0].log() + (logTwo - logPi)
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [Swift.abs(arguments[0][0] * (random.normal() / random.normal()))]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { nil }
  func variance(_ arguments: [Value], form: Int) -> Value? { nil }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    let upper = 2 / Double.pi * arguments[0].arcTangent(over: x)
    return .positive(at: x, Tails(lower: 1 - upper, upper: upper))
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [s.level]
  }
}
