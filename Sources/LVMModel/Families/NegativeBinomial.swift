import LVMCompute

/// NegativeBinomial(mean, dispersion), variance μ + μ²/r:
/// log p(x) = log Γ(x + r)/Γ(r) − x log r − log x! + x log μ − (x + r) log(1 + μ/r).
///
/// The rising factorial is one operation and the mean enters through log1p(μ/r), so that the Poisson
/// limit of large dispersion keeps its digits. A mean of 0 is legal.
struct NegativeBinomial: Family {
  let name = FamilyName.negativeBinomial
  let forms = [[FamilyParameter("mean", .positive), FamilyParameter("dispersion", .positive)]]
  let eventRank = 0
  let support = Support.counts
  let frame = FamilyFrame.plain

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let (mean, dispersion) = (arguments[0], arguments[1])
    let rising = dispersion.logRising(x) - x * dispersion.log()
    return rising - (x + 1.0).lgamma() + x.xlogy(mean)
      - (x + dispersion) * (mean / dispersion).log1p()
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    let (mean, dispersion) = (arguments[0][0], arguments[1][0])
    return [random.poisson(rate: mean * (random.gamma(shape: dispersion) / dispersion))]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { arguments[0] }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    arguments[0] + arguments[0].square() / arguments[1]
  }

  func tails(at x: Double, _ arguments: [Double], form: Int) -> Tails? {
    let (mean, shape) = (arguments[0], arguments[1])
    let total = mean + shape
    return .counts(at: x) { Tails(regularizedBeta(shape / total, mean / total, shape, $0 + 1)) }
  }

  func momentEstimate(_ s: SampleSummary, form: Int) -> [Double]? {
    let excess = Swift.max(s.variance - s.mean, 1e-3 * s.level)
    return [s.level, Swift.min(Swift.max(s.level * s.level / excess, 1e-3), 1e4)]
  }
}
