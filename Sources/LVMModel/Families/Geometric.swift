import LVMCompute

/// Geometric(probability), failures before the first success: log p(x) = log p + x log(1 − p).
/// A probability of 1 is legal.
struct Geometric: Family {
  let name = FamilyName.geometric
  let forms = [[FamilyParameter("probability", .unit)]]
  let eventRank = 0
  let support = Support.counts
  let frame = FamilyFrame.plain

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    arguments[0].log() + x.xlog1py(-arguments[0])
  }

  func logCDFInterval(low: Value?, high: Value?, _ arguments: [Value], form: Int) -> Value? {
    // P(X ≥ x) = (1 − p)^x at whole x.
    let hazard = { (failures: Value) in -(failures.atLeast(0).xlog1py(-arguments[0])) }
    return hazardLogInterval(
      low.map { hazard(-((-$0).floor())) }, high.map { hazard($0.floor() + 1.0) })
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [random.geometric(probability: arguments[0][0])]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { (1.0 - arguments[0]) / arguments[0] }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    (1.0 - arguments[0]) / arguments[0].square()
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    .counts(at: x) { .survival(-($0 + 1) * (-arguments[0]).logarithmOfSuccessor) }
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [1 / (1 + Swift.max(s.mean, 0))]
  }

  var statistics: (any SufficientStatistics)? { self }
}

extension Geometric: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] { [x] }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [[]] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    weight.xlogy(arguments[0]) + statistics[0].xlog1py(-arguments[0])
  }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    .over(weight, weight + statistics[0], kernel: .logOdds)
  }
}
