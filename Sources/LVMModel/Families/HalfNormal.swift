import LVMCompute

/// HalfNormal(scale), the absolute value of a normal: log p(x) = ½ log(2/π) − log s − ½ (x/s)², x ≥ 0.
struct HalfNormal: Family {
  let name = FamilyName.halfNormal
  let forms = [[FamilyParameter("scale", .positive)]]
  let eventRank = 0
  let support = Support.nonNegative
  let frame = FamilyFrame(.scales, .spread)
  var tailWeight: TailWeight { .exponential }

  /// ½ log(2/π)
  private static let constant = 0.5 * (logTwo - logPi)

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    (x / arguments[0]).square() * -0.5 - arguments[0].log() + HalfNormal.constant
  }

  func logCDFInterval(low: Value?, high: Value?, _ arguments: [Value], form: Int) -> Value? {
    let scale = arguments[0]
    let from = low.map { $0.atLeast(0) / scale } ?? high.map { $0 * 0.0 }
    let to = high.map { $0 / scale }
    return symmetricLogInterval(from, to) { $0.apply(.logNormalCDF) }.map { $0 + logTwo }
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [Swift.abs(arguments[0][0] * random.normal())]
  }

  var noise: StandardNoise? { .normal }
  func transport(_ noise: Value, _ arguments: [Value], form: Int) -> Value? {
    noise.abs() * arguments[0]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? {
    arguments[0] * (2 / Double.pi).squareRoot()
  }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    arguments[0].square() * (1 - 2 / Double.pi)
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    let beyond = 2 * normalCDF(-x / arguments[0])
    return .positive(at: x, Tails(lower: 1 - beyond, upper: beyond))
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [(s.mean * s.mean + s.variance).squareRoot()]
  }

  var statistics: (any SufficientStatistics)? { self }
}

extension HalfNormal: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] { [x.square()] }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [[]] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    let scale = arguments[0]
    return statistics[0] / scale.square() * -0.5 - weight * (scale.log() - HalfNormal.constant)
  }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    .over(statistics[0], weight, .squareRoot, kernel: .scale)
  }
}
