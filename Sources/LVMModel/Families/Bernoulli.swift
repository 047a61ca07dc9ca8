import LVMCompute

/// Bernoulli(probability) or Bernoulli(logit:): log p(x) = x log p + (1 − x) log(1 − p), and in the
/// logit form −x softplus(−l) − (1 − x) softplus(l). Probabilities 0 and 1 are legal.
struct Bernoulli: Family {
  let name = FamilyName.bernoulli
  let forms = [[FamilyParameter("probability", .unit)], [FamilyParameter("logit", .real)]]
  let eventRank = 0
  let support = Support.binary
  let frame = FamilyFrame.plain

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    weighed(x, 1.0 - x, arguments[0], form)
  }

  func logTable(_ arguments: [Value], form: Int) -> Value? {
    let argument = arguments[0]
    return form == 0
      ? stacked([(-argument).log1p(), argument.log()])
      : stacked([-(argument.softplus()), -((-argument).softplus())])
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [random.uniform() < (form == 0 ? arguments[0][0] : logistic(arguments[0][0])) ? 1 : 0]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? {
    form == 0 ? arguments[0] : arguments[0].apply(.sigmoid)
  }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    form == 0
      ? arguments[0] * (1.0 - arguments[0])
      : arguments[0].apply(.sigmoid) * (-arguments[0]).apply(.sigmoid)
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    let p = form == 0 ? arguments[0] : logistic(arguments[0])
    return .counts(at: x) { $0 >= 1 ? .below : Tails(lower: 1 - p, upper: p) }
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    form == 0 ? [s.chance] : [(s.chance / (1 - s.chance)).logarithm]
  }

  var statistics: (any SufficientStatistics)? { self }

  private func weighed(_ ones: Value, _ zeros: Value, _ argument: Value, _ form: Int) -> Value {
    form == 0
      ? ones.xlogy(argument) + zeros.xlog1py(-argument)
      : -(ones * (-argument).softplus()) - zeros * argument.softplus()
  }
}

extension Bernoulli: SufficientStatistics {
  /// Ones and zeros apart: a zero count stays exactly zero beside a logarithm of zero.
  func statistics(_ x: Value, reference: Value?) -> [Value] { [x, 1.0 - x] }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [[], []] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    weighed(statistics[0], statistics[1], arguments[0], form)
  }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    form == 0
      ? .over(statistics[0], statistics[0] + statistics[1], kernel: .logOdds) : nil
  }
}

/// 1 / (1 + e^−x).
func logistic(_ x: Double) -> Double { 1 / (1 + (-x).exponential) }
