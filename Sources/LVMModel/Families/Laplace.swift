import LVMCompute

/// Laplace(location, scale): log p(x) = −|x − location|/s − log 2s.
struct Laplace: Family {
  let name = FamilyName.laplace
  let forms = [[FamilyParameter("location", .real), FamilyParameter("scale", .positive)]]
  let eventRank = 0
  let support = Support.real
  let frame = FamilyFrame(.moves, .location, .spread)
  var locationScale: LocationScale? { LocationScale(location: 0, scale: 1) }
  var tailWeight: TailWeight { .kinked }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    -(((x - arguments[0]) / arguments[1]).abs()) - arguments[1].log() - logTwo
  }

  func logCDFInterval(low: Value?, high: Value?, _ arguments: [Value], form: Int) -> Value? {
    let standard = { (limit: Value) in (limit - arguments[0]) / arguments[1] }
    return symmetricLogInterval(low.map(standard), high.map(standard)) { z in
      let upper = ((-(z.abs())).exp() * -0.5).log1p()
      return (z - logTwo).selected(where: z.isBelow(0), else: upper)
    }
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    let z = random.exponential()
    return [arguments[0][0] + arguments[1][0] * (random.uniform() < 0.5 ? -z : z)]
  }

  var noise: StandardNoise? { .uniform }
  func transport(_ noise: Value, _ arguments: [Value], form: Int) -> Value? {
    let lower = (noise * 2.0).atMost(1).log()
    let upper = (2.0 - noise * 2.0).atMost(1).log()
    return arguments[0] + arguments[1] * (lower - upper)
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { arguments[0] }
  func variance(_ arguments: [Value], form: Int) -> Value? { arguments[1].square() * 2.0 }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    .symmetric(at: (x - arguments[0]) / arguments[1]) {
      $0 > 0 ? 0.5 * (-$0).exponential : 1 - 0.5 * $0.exponential
    }
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [s.mean, s.deviation / 2.0.squareRoot()]
  }
}
