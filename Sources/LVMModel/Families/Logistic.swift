import LVMCompute

/// Logistic(location, scale): log p(x) = −softplus(z) − softplus(−z) − log s with
/// z = (x − location)/s.
struct Logistic: Family {
  let name = FamilyName.logistic
  let forms = [[FamilyParameter("location", .real), FamilyParameter("scale", .positive)]]
  let eventRank = 0
  let support = Support.real
  let frame = FamilyFrame(.moves, .location, .spread)
  var locationScale: LocationScale? { LocationScale(location: 0, scale: 1) }
  var tailWeight: TailWeight { .exponential }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let z = (x - arguments[0]) / arguments[1]
    return -(z.softplus()) - (-z).softplus() - arguments[1].log()
  }

  func logCDFInterval(low: Value?, high: Value?, _ arguments: [Value], form: Int) -> Value? {
    let standard = { (limit: Value) in (limit - arguments[0]) / arguments[1] }
    return symmetricLogInterval(low.map(standard), high.map(standard)) { -((-$0).softplus()) }
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    let u = random.uniform()
    return [arguments[0][0] + arguments[1][0] * (u.logarithm - (1 - u).logarithm)]
  }

  var noise: StandardNoise? { .uniform }
  func transport(_ noise: Value, _ arguments: [Value], form: Int) -> Value? {
    arguments[0] + arguments[1] * (noise.log() - (1.0 - noise).log())
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { arguments[0] }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    arguments[1].square() * (Double.pi * Double.pi / 3)
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    .symmetric(at: (x - arguments[0]) / arguments[1]) { 1 / (1 + $0.exponential) }
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [s.mean, s.deviation * 3.0.squareRoot() / .pi]
  }
}
