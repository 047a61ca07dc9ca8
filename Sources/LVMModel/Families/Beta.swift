import LVMCompute

/// Beta(a, b): log p(x) = (a − 1) log x + (b − 1) log(1 − x) − log B(a, b).
struct Beta: Family {
  let name = FamilyName.beta
  let forms = [[FamilyParameter("a", .positive), FamilyParameter("b", .positive)]]
  let eventRank = 0
  let support = Support.unit
  let frame = FamilyFrame.plain
  var conjugatePrior: ConjugatePrior? {
    ConjugatePrior(.beta, [(0, { $0 - 1.0 }), (1, { $0 - 1.0 })])
  }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let (a, b) = (arguments[0], arguments[1])
    return (a - 1.0).xlogy(x) + (b - 1.0).xlog1py(-x) - a.lbeta(b)
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [random.beta(arguments[0][0], arguments[1][0])]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? {
    arguments[0] / (arguments[0] + arguments[1])
  }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    let (a, b) = (arguments[0], arguments[1])
    let total = a + b
    return a / total * (b / total) / (total + 1.0)
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    Tails(regularizedBeta(x, 1 - x, arguments[0], arguments[1]))
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    let strength = Swift.max(s.chance * (1 - s.chance) / s.variance - 1, 0.1)
    return [s.chance * strength, (1 - s.chance) * strength]
  }

  func priorUpdate(of x: Value, _ arguments: [Value], form: Int) -> RatioUpdate? {
    .over(arguments[0] - 1.0, arguments[0] + arguments[1] - 2.0, kernel: .logOdds)
  }

  var statistics: (any SufficientStatistics)? { self }
}

extension Beta: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] { [x.log(), (-x).log1p()] }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [[], []] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    let (a, b) = (arguments[0], arguments[1])
    return (a - 1.0) * statistics[0] + (b - 1.0) * statistics[1] - weight * a.lbeta(b)
  }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    nil
  }
}
