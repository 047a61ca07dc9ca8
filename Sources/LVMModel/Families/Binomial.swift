import LVMCompute

/// Binomial(trials, probability) or Binomial(trials, logit:): log p(x) = log C(n, x) + x log p
/// + (n − x) log(1 − p). Probabilities 0 and 1 are legal.
struct Binomial: Family {
  let name = FamilyName.binomial
  let forms = [
    [FamilyParameter("trials", .count), FamilyParameter("probability", .unit)],
    [FamilyParameter("trials", .count), FamilyParameter("logit", .real)],
  ]
  let eventRank = 0
  let support = Support.countsUpTo(0)
  let frame = FamilyFrame.plain

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let misses = arguments[0] - x
    return logChoose(arguments[0], x) + weighed(x, misses, arguments[1], form)
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    let probability = form == 0 ? arguments[1][0] : logistic(arguments[1][0])
    return [random.binomial(trials: arguments[0][0], probability: probability)]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? {
    Bernoulli().mean([arguments[1]], form: form).map { $0 * arguments[0] }
  }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    Bernoulli().variance([arguments[1]], form: form).map { $0 * arguments[0] }
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    let trials = arguments[0]
    let p = form == 0 ? arguments[1] : logistic(arguments[1])
    if x.rounded(.down) >= trials { return .below }
    return .counts(at: x) { Tails(regularizedBeta(p, 1 - p, $0 + 1, trials - $0)).swapped }
  }

  var statistics: (any SufficientStatistics)? { self }

  private func weighed(_ hits: Value, _ misses: Value, _ argument: Value, _ form: Int) -> Value {
    form == 0
      ? hits.xlogy(argument) + misses.xlog1py(-argument)
      : -(hits * (-argument).softplus()) - misses * argument.softplus()
  }

  /// log C(n, x) = −log(n + 1) − log B(n − x + 1, x + 1)
  private func logChoose(_ n: Value, _ x: Value) -> Value {
    -(n.log1p()) - (n - x + 1.0).lbeta(x + 1.0)
  }
}

extension Binomial: SufficientStatistics {
  /// Hits and misses; the reference is the number of trials.
  func statistics(_ x: Value, reference: Value?) -> [Value] {
    guard let trials = reference else {
      preconditionFailure("a binomial's reference is its number of trials")
    }
    return [x, trials - x]
  }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [[], []] }

  func reference(_ arguments: [Value], form: Int) -> Value? { arguments[0] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    weighed(statistics[0], statistics[1], arguments[1], form)
  }

  func baseTerm(_ x: Value, reference: Value?) -> Value? { reference.map { logChoose($0, x) } }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    guard index == 1, form == 0 else { return nil }
    return .over(statistics[0], statistics[0] + statistics[1], kernel: .logOdds)
  }
}
