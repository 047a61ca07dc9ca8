import LVMCompute

/// Poisson(rate): log p(x) = x log λ − λ − log x!. A rate of 0 is legal.
struct Poisson: Family {
  let name = FamilyName.poisson
  let forms = [[FamilyParameter("rate", .positive)]]
  let eventRank = 0
  let support = Support.counts
  let frame = FamilyFrame.plain

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    x.xlogy(arguments[0]) - arguments[0] - (x + 1.0).lgamma()
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [random.poisson(rate: arguments[0][0])]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { arguments[0] }
  func variance(_ arguments: [Value], form: Int) -> Value? { arguments[0] }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    .counts(at: x) { Tails(regularizedGamma($0 + 1, arguments[0])).swapped }
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [s.level]
  }

  var statistics: (any SufficientStatistics)? { self }
}

extension Poisson: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] { [x] }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [[]] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    statistics[0].xlogy(arguments[0]) - weight * arguments[0]
  }

  func baseTerm(_ x: Value, reference: Value?) -> Value? { -((x + 1.0).lgamma()) }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    .over(statistics[0], weight, kernel: .logLinear)
  }
}
