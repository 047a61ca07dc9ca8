import LVMCompute

/// Uniform(low, high): log p(x) = −log(high − low) between the limits, −∞ outside.
struct Uniform: Family {
  let name = FamilyName.uniform
  let forms = [[FamilyParameter("low", .real), FamilyParameter("high", .real)]]
  let eventRank = 0
  let support = Support.interval(low: 0, high: 1)
  let frame = FamilyFrame(.moves, .location, .location)

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let (low, high) = (arguments[0], arguments[1])
    let inside = low.isAtMost(x) * x.isAtMost(high)
    return (-((high - low).log())).selected(where: inside, else: -.infinity)
  }

  func logCDFInterval(low: Value?, high: Value?, _ arguments: [Value], form: Int) -> Value? {
    let from = low?.atLeast(arguments[0]) ?? arguments[0]
    let to = high?.atMost(arguments[1]) ?? arguments[1]
    return (to - from).atLeast(0).log() - (arguments[1] - arguments[0]).log()
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [arguments[0][0] + (arguments[1][0] - arguments[0][0]) * random.uniform()]
  }

  var noise: StandardNoise? { .uniform }
  func transport(_ noise: Value, _ arguments: [Value], form: Int) -> Value? {
    arguments[0] + (arguments[1] - arguments[0]) * noise
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { (arguments[0] + arguments[1]) * 0.5 }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    (arguments[1] - arguments[0]).square() / 12.0
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    let u = min(1, max(0, (x - arguments[0]) / (arguments[1] - arguments[0])))
    return Tails(lower: u, upper: 1 - u)
  }
}
