import LVMCompute

/// Normal(mean, scale): log p(x) = −½ ((x − m)/s)² − log s − ½ log 2π. The scale is the standard
/// deviation.
struct Normal: Family {
  let name = FamilyName.normal
  let forms = [[FamilyParameter("mean", .real), FamilyParameter("scale", .positive)]]
  let eventRank = 0
  let support = Support.real
  let frame = FamilyFrame(.moves, .location, .spread)
  var locationScale: LocationScale? { LocationScale(location: 0, scale: 1) }
  var isSpherical: Bool { true }
  var vanishingArgument: String? { "scale" }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let (mean, scale) = (arguments[0], arguments[1])
    return ((x - mean) / scale).square() * -0.5 - scale.log() - halfLogTwoPi
  }

  func logCDFInterval(low: Value?, high: Value?, _ arguments: [Value], form: Int) -> Value? {
    let standard = { (limit: Value) in (limit - arguments[0]) / arguments[1] }
    return symmetricLogInterval(low.map(standard), high.map(standard)) { $0.apply(.logNormalCDF) }
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [arguments[0][0] + arguments[1][0] * random.normal()]
  }

  var noise: StandardNoise? { .normal }
  func transport(_ noise: Value, _ arguments: [Value], form: Int) -> Value? {
    arguments[0] + arguments[1] * noise
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { arguments[0] }
  func variance(_ arguments: [Value], form: Int) -> Value? { arguments[1].square() }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    let (mean, scale) = (arguments[0], arguments[1])
    guard scale > 0 else { return x >= mean ? .below : .above }
    return .symmetric(at: (x - mean) / scale) { normalCDF(-$0) }
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [s.mean, s.deviation]
  }

  func gaussianResponse(_ x: Value) -> Value? { x }

  func priorUpdate(of x: Value, _ arguments: [Value], form: Int) -> RatioUpdate? {
    let precision = arguments[1].square().reciprocal()
    return .over(arguments[0] * precision, precision, kernel: .quadratic)
  }

  var statistics: (any SufficientStatistics)? { self }
}

extension Normal: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] {
    let residual = reference.map { x - $0 } ?? x
    return [residual, residual.square()]
  }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [[], []] }

  func reference(_ arguments: [Value], form: Int) -> Value? { arguments[0] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    let squares = squares(weight, statistics, reference, about: arguments[0])
    let scale = arguments[1]
    return squares / scale.square() * -0.5 - weight * (scale.log() + halfLogTwoPi)
  }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    if index == 0 {
      // Weighted by the current noise, so that a mean shared by places of unequal scale is exact.
      let precision = arguments[1].square().reciprocal()
      let total = reference.map { statistics[0] + weight * $0 } ?? statistics[0]
      return .over(total * precision, weight * precision, kernel: .quadratic)
    }
    return .over(
      squares(weight, statistics, reference, about: arguments[0]), weight, .squareRoot,
      kernel: .scale)
  }

  /// Σ w (x − m)² from sums about the reference.
  private func squares(
    _ weight: Value, _ statistics: [Value], _ reference: Value?, about mean: Value
  ) -> Value {
    let shift = reference.map { mean - $0 } ?? mean
    // A sum of squares can come out a rounding error below zero.
    return (statistics[1] - 2.0 * (shift * statistics[0]) + weight * shift.square()).atLeast(0)
  }
}
