import LVMCompute

/// Weibull(shape, scale): log p(x) = log k/s + (k − 1) log(x/s) − (x/s)^k.
struct Weibull: Family {
  let name = FamilyName.weibull
  let forms = [[FamilyParameter("shape", .positive), FamilyParameter("scale", .positive)]]
  let eventRank = 0
  let support = Support.positive
  let frame = FamilyFrame(.scales, .plain, .spread)
  var tailWeight: TailWeight { .exponential }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let (shape, scale) = (arguments[0], arguments[1])
    let z = x / scale
    return shape.log() - scale.log() + (shape - 1.0).xlogy(z) - z.power(shape)
  }

  func logCDFInterval(low: Value?, high: Value?, _ arguments: [Value], form: Int) -> Value? {
    // The floor keeps the derivative to the shape finite at a limit of zero.
    let hazard = { (limit: Value) in
      (limit.atLeast(1e-300) / arguments[1]).power(arguments[0])
    }
    return hazardLogInterval(low.map(hazard), high.map(hazard))
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [arguments[1][0] * (random.exponential().logarithm / arguments[0][0]).exponential]
  }

  var noise: StandardNoise? { .uniform }
  func transport(_ noise: Value, _ arguments: [Value], form: Int) -> Value? {
    arguments[1] * ((-(noise.log())).log() / arguments[0]).exp()
  }

  func mean(_ arguments: [Value], form: Int) -> Value? {
    arguments[1] * logMoment(1, arguments[0]).exp()
  }
  /// s² (Γ(1 + 2/k) − Γ(1 + 1/k)²), the difference taken on the log scale.
  func variance(_ arguments: [Value], form: Int) -> Value? {
    let first = logMoment(1, arguments[0]) * 2.0
    let second = logMoment(2, arguments[0])
    return arguments[1].square() * first.exp() * (second - first).expm1()
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    .positive(at: x, .survival((x / arguments[1]).raised(to: arguments[0])))
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    // The shape of a Weibull is near (mean / deviation)^1.086 (Justus et al. 1978).
    let shape = s.shape.raised(to: 0.543)
    return [shape, s.level / (1 + 1 / shape).logGamma.exponential]
  }

  /// log Γ(1 + n/k)
  private func logMoment(_ n: Double, _ shape: Value) -> Value { (n / shape + 1.0).lgamma() }
}
