import LVMCompute

/// Exponential(rate): log p(x) = log λ − λx, x ≥ 0.
struct Exponential: Family {
  let name = FamilyName.exponential
  let forms = [[FamilyParameter("rate", .positive)]]
  let eventRank = 0
  let support = Support.nonNegative
  let frame = FamilyFrame(.scales, .inverse)
  var tailWeight: TailWeight { .exponential }
  var conjugatePrior: ConjugatePrior? {
    ConjugatePrior(.gamma, [(0, { $0 * 0.0 }), (0, { -$0 })])
  }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    arguments[0].log() - arguments[0] * x
  }

  func logCDFInterval(low: Value?, high: Value?, _ arguments: [Value], form: Int) -> Value? {
    let hazard = { (limit: Value) in limit.atLeast(0) * arguments[0] }
    return hazardLogInterval(low.map(hazard), high.map(hazard))
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [random.exponential() / arguments[0][0]]
  }

  var noise: StandardNoise? { .uniform }
  func transport(_ noise: Value, _ arguments: [Value], form: Int) -> Value? {
    -(noise.log()) / arguments[0]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { arguments[0].reciprocal() }
  func variance(_ arguments: [Value], form: Int) -> Value? { arguments[0].square().reciprocal() }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    .positive(at: x, .survival(x * arguments[0]))
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [1 / s.level]
  }

  func priorUpdate(of x: Value, _ arguments: [Value], form: Int) -> RatioUpdate? {
    .over(x.constant(0), arguments[0], kernel: .logLinear)
  }

  var statistics: (any SufficientStatistics)? { self }
}

extension Exponential: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] { [x] }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [[]] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    weight * arguments[0].log() - arguments[0] * statistics[0]
  }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    .over(weight, statistics[0], kernel: .logLinear)
  }
}
