import LVMCompute

/// InverseGamma(shape, scale): log p(x) = a log b − log Γ(a) − (a + 1) log x − b/x.
struct InverseGamma: Family {
  let name = FamilyName.inverseGamma
  let forms = [[FamilyParameter("shape", .positive), FamilyParameter("scale", .positive)]]
  let eventRank = 0
  let support = Support.positive
  let frame = FamilyFrame(.scales, .plain, .spread)
  var tailWeight: TailWeight { .exponential }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let (shape, scale) = (arguments[0], arguments[1])
    return shape.gammaKernel(scale / shape / x) - x.log()
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [arguments[1][0] / random.gamma(shape: arguments[0][0])]
  }

  /// Infinite for shapes up to 1.
  func mean(_ arguments: [Value], form: Int) -> Value? {
    let (shape, scale) = (arguments[0], arguments[1])
    let exists = shape.constant(1).isBelow(shape)
    return (scale / (shape - 1.0)).selected(where: exists, else: .infinity)
  }
  /// Infinite for shapes up to 2.
  func variance(_ arguments: [Value], form: Int) -> Value? {
    let (shape, scale) = (arguments[0], arguments[1])
    let exists = shape.constant(2).isBelow(shape)
    let value = scale.square() / ((shape - 1.0).square() * (shape - 2.0))
    return value.selected(where: exists, else: .infinity)
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    let reciprocal = Tails(regularizedGamma(arguments[0], arguments[1] / x))
    return .positive(at: x, reciprocal.swapped)
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [s.shape + 2, s.level * (s.shape + 1)]
  }

  var statistics: (any SufficientStatistics)? { self }
}

extension InverseGamma: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] { [x.reciprocal(), x.log()] }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [[], []] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    let (shape, scale) = (arguments[0], arguments[1])
    return weight * (shape * scale.log() - shape.lgamma()) - (shape + 1.0) * statistics[1]
      - scale * statistics[0]
  }

  /// The scale: Σ w a / Σ w/x. The shape has no closed form.
  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    index == 1
      ? .over(weight * arguments[0], statistics[0], kernel: .logLinear) : nil
  }
}
