import LVMCompute

/// LogNormal(mean, scale) of the logarithm: log p(x) = log Normal(log x; m, s) − log x.
struct LogNormal: Family {
  let name = FamilyName.logNormal
  let forms = [[FamilyParameter("mean", .real), FamilyParameter("scale", .positive)]]
  let eventRank = 0
  let support = Support.positive
  let frame = FamilyFrame(.scales, .logarithm, .plain)
  var isLogarithmic: Bool { true }

  private var logarithm: Normal { Normal() }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    logarithm.logDensity(x.log(), arguments, form: form) - x.log()
  }

  func logCDFInterval(low: Value?, high: Value?, _ arguments: [Value], form: Int) -> Value? {
    // A limit at or below zero stays finite on the log scale, and so do its derivatives.
    let onLogScale = { (limit: Value) in limit.atLeast(1e-300).log() }
    return logarithm.logCDFInterval(
      low: low.map(onLogScale), high: high.map(onLogScale), arguments, form: form)
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [(arguments[0][0] + arguments[1][0] * random.normal()).exponential]
  }

  var noise: StandardNoise? { .normal }
  func transport(_ noise: Value, _ arguments: [Value], form: Int) -> Value? {
    (arguments[0] + arguments[1] * noise).exp()
  }

  func mean(_ arguments: [Value], form: Int) -> Value? {
    (arguments[0] + arguments[1].square() * 0.5).exp()
  }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    let square = arguments[1].square()
    return square.expm1() * (arguments[0] * 2.0 + square).exp()
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    .positive(
      at: x, .symmetric(at: (x.logarithm - arguments[0]) / arguments[1]) { normalCDF(-$0) })
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    let square = (1 + 1 / s.shape).logarithm
    return [s.level.logarithm - 0.5 * square, square.squareRoot()]
  }

  func gaussianResponse(_ x: Value) -> Value? { x.log() }

  var statistics: (any SufficientStatistics)? { self }
}

extension LogNormal: SufficientStatistics {
  /// Those of the normal, of log x.
  func statistics(_ x: Value, reference: Value?) -> [Value] {
    logarithm.statistics(x.log(), reference: reference)
  }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] {
    logarithm.statisticEventDims(eventDims)
  }

  func reference(_ arguments: [Value], form: Int) -> Value? { arguments[0] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    logarithm.expectedLogDensity(
      weight: weight, statistics: statistics, reference: reference, arguments: arguments,
      form: form)
  }

  func baseTerm(_ x: Value, reference: Value?) -> Value? { -(x.log()) }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    logarithm.maximiser(
      of: index, form: form, weight: weight, statistics: statistics, reference: reference,
      arguments: arguments)
  }
}
