import LVMCompute

/// Gamma(shape, rate): log p(x) = a log b − log Γ(a) + (a − 1) log x − b x.
struct Gamma: Family {
  let name = FamilyName.gamma
  let forms = [[FamilyParameter("shape", .positive), FamilyParameter("rate", .positive)]]
  let eventRank = 0
  let support = Support.positive
  let frame = FamilyFrame(.scales, .plain, .inverse)
  var tailWeight: TailWeight { .exponential }
  var conjugatePrior: ConjugatePrior? {
    ConjugatePrior(.gamma, [(0, { $0 - 1.0 }), (1, { -$0 })])
  }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let (shape, rate) = (arguments[0], arguments[1])
    let inside = x.atLeast(1e-300)
    return shape.gammaKernel(inside * (rate / shape)) - inside.log()
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [random.gamma(shape: arguments[0][0]) / arguments[1][0]]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { arguments[0] / arguments[1] }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    arguments[0] / arguments[1].square()
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    .positive(at: x, Tails(regularizedGamma(arguments[0], arguments[1] * x)))
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [s.shape, s.shape / s.level]
  }

  func priorUpdate(of x: Value, _ arguments: [Value], form: Int) -> RatioUpdate? {
    .over(arguments[0] - 1.0, arguments[1], kernel: .logLinear)
  }

  var statistics: (any SufficientStatistics)? { self }
}

extension Gamma: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] { [x, x.log()] }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [[], []] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    let (shape, rate) = (arguments[0], arguments[1])
    return weight * (shape * rate.log() - shape.lgamma()) + (shape - 1.0) * statistics[1]
      - rate * statistics[0]
  }

  /// The rate: Σ w a / Σ w x. The shape has no closed form.
  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    index == 1
      ? .over(weight * arguments[0], statistics[0], kernel: .logLinear) : nil
  }
}
