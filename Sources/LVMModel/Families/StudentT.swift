import LVMCompute

/// StudentT(df, location, scale): log p(x) = log Γ((ν + 1)/2) − log Γ(ν/2) − ½ log νπ − log s
/// − (ν + 1)/2 log(1 + z²/ν) with z = (x − location)/s.
///
/// The difference of log gammas is one operation, so that the normal limit keeps its digits.
struct StudentT: Family {
  let name = FamilyName.studentT
  let forms = [
    [
      FamilyParameter("df", .positive), FamilyParameter("location", .real),
      FamilyParameter("scale", .positive),
    ]
  ]
  let eventRank = 0
  let support = Support.real
  let frame = FamilyFrame(.moves, .plain, .location, .spread)
  var locationScale: LocationScale? { LocationScale(location: 1, scale: 2) }
  var tailWeight: TailWeight { .heavy }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let (df, location, scale) = (arguments[0], arguments[1], arguments[2])
    let z = (x - location) / scale
    let normaliser = (df * 0.5).logRising(x.constant(0.5)) - (df.log() + logPi) * 0.5 - scale.log()
    return normaliser - (df + 1.0) * 0.5 * (z.square() / df).log1p()
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    let df = arguments[0][0]
    let chiSquare = 2 * random.gamma(shape: df / 2)
    let z = random.normal() / (chiSquare / df).squareRoot()
    return [arguments[1][0] + arguments[2][0] * z]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? {
    let exists = arguments[0].constant(1).isBelow(arguments[0])
    return arguments[1].selected(where: exists, else: .nan)
  }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    let df = arguments[0]
    let isFinite = df.constant(2).isBelow(df)
    let exists = df.constant(1).isBelow(df)
    let value = arguments[2].square() * df / (df - 2.0)
    return value.selected(
      where: isFinite, else: df.constant(.infinity).selected(where: exists, else: .nan))
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    let (df, z) = (arguments[0], (x - arguments[1]) / arguments[2])
    guard z.isFinite else { return z > 0 ? .below : .above }
    let square = z * z
    // The mass beyond |z| on both sides.
    let beyond = regularizedBeta(df / (df + square), square / (df + square), df / 2, 0.5)
    let far = beyond.lower / 2
    return z > 0 ? Tails(lower: 1 - far, upper: far) : Tails(lower: far, upper: 1 - far)
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    [5, s.mean, 0.7 * s.deviation]
  }
}
