import LVMCompute
import LVMModel

/// P(X ≤ x) and P(X > x) of a family of scalars at numbers; nil for families of labels, vectors and
/// matrices.
func familyTails(_ name: FamilyName, form: Int, _ a: [Double], at x: Double) -> Tails? {
  func both(_ pair: (lower: Double, upper: Double)) -> Tails {
    Tails(lower: pair.lower, upper: pair.upper)
  }
  func symmetric(_ z: Double, _ upper: (Double) -> Double) -> Tails {
    Tails(lower: upper(-z), upper: upper(z))
  }
  func fromZero(_ tails: @autoclosure () -> Tails) -> Tails {
    x <= 0 ? Tails(lower: 0, upper: 1) : x == .infinity ? Tails(lower: 1, upper: 0) : tails()
  }
  func survival(_ hazard: Double) -> Tails {
    Tails(lower: -(-hazard).exponentialLessOne, upper: (-hazard).exponential)
  }
  let count = x.rounded(.down)
  func fromNought(_ tails: @autoclosure () -> Tails) -> Tails {
    count < 0
      ? Tails(lower: 0, upper: 1) : count == .infinity ? Tails(lower: 1, upper: 0) : tails()
  }
  func probability(_ value: Double) -> Double { form == 0 ? value : 1 / (1 + (-value).exponential) }
  switch name {
  case .normal:
    guard a[1] > 0 else { return x >= a[0] ? Tails(lower: 1, upper: 0) : Tails(lower: 0, upper: 1) }
    return symmetric((x - a[0]) / a[1]) { normalCDF(-$0) }
  case .logNormal:
    return fromZero(symmetric((x.logarithm - a[0]) / a[1]) { normalCDF(-$0) })
  case .studentT:
    let z = (x - a[1]) / a[2]
    guard z.isFinite else { return Tails(lower: z > 0 ? 1 : 0, upper: z > 0 ? 0 : 1) }
    let square = z * z
    // The mass beyond |z| on both sides.
    let beyond = regularizedBeta(a[0] / (a[0] + square), square / (a[0] + square), a[0] / 2, 0.5)
    let far = beyond.lower / 2
    return z > 0 ? Tails(lower: 1 - far, upper: far) : Tails(lower: far, upper: 1 - far)
  case .laplace:
    return symmetric((x - a[0]) / a[1]) {
      $0 > 0 ? 0.5 * (-$0).exponential : 1 - 0.5 * $0.exponential
    }
  case .logistic:
    return symmetric((x - a[0]) / a[1]) { 1 / (1 + $0.exponential) }
  case .cauchy:
    return symmetric((x - a[0]) / a[1]) { 1.0.arcTangent(over: $0) / Double.pi }
  case .halfNormal:
    return fromZero(
      Tails(
        lower: 1 - 2 * normalCDF(-x / a[0]), upper: 2 * normalCDF(-x / a[0])))
  case .halfCauchy:
    let upper = 2 / Double.pi * a[0].arcTangent(over: x)
    return fromZero(Tails(lower: 1 - upper, upper: upper))
  case .exponential: return fromZero(survival(x * a[0]))
  case .gamma: return fromZero(both(regularizedGamma(a[0], a[1] * x)))
  case .weibull: return fromZero(survival((x / a[1]).raised(to: a[0])))
  case .inverseGamma:
    let reciprocal = regularizedGamma(a[0], a[1] / x)
    return fromZero(Tails(lower: reciprocal.upper, upper: reciprocal.lower))
  case .beta: return both(regularizedBeta(x, 1 - x, a[0], a[1]))
  case .uniform:
    let u = min(1, max(0, (x - a[0]) / (a[1] - a[0])))
    return Tails(lower: u, upper: 1 - u)
  case .bernoulli:
    let p = probability(a[0])
    return fromNought(count >= 1 ? Tails(lower: 1, upper: 0) : Tails(lower: 1 - p, upper: p))
  case .binomial:
    let p = probability(a[1])
    if count >= a[0] { return Tails(lower: 1, upper: 0) }
    return fromNought(both(swapped(regularizedBeta(p, 1 - p, count + 1, a[0] - count))))
  case .poisson:
    return fromNought(both(swapped(regularizedGamma(count + 1, a[0]))))
  case .negativeBinomial:
    let total = a[0] + a[1]
    return fromNought(both(regularizedBeta(a[1] / total, a[0] / total, a[1], count + 1)))
  case .geometric:
    return fromNought(survival(-(count + 1) * (-a[0]).logarithmOfSuccessor))
  case .categorical, .multinomial, .multivariateNormal, .dirichlet, .wishart, .inverseWishart,
    .lkj:
    return nil
  }
}

private func swapped(_ pair: (lower: Double, upper: Double)) -> (lower: Double, upper: Double) {
  (pair.upper, pair.lower)
}
