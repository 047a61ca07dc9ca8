import Foundation
import LVMModel

/// log P(low ≤ X ≤ high) for scalar families: closed where it is easy, else summed or integrated.
enum FamilyProbability {
  static func log(
    _ family: FamilyName, form: Int, _ a: [[Double]], low: Double, high: Double
  ) throws -> Double {
    let support = FamilyDensity.support(family, a)
    let low = max(low, support.low)
    let high = min(high, support.high)
    if low <= support.low, high >= support.high { return 0 }
    guard low <= high else { return -.infinity }
    if FamilyDensity.isDiscrete(family) { return try sum(family, form, a, low, high, support) }
    switch family {
    case .normal:
      let z = [low, high].map { ($0 - a[0][0]) / (a[1][0] * 2.0.squareRoot()) }
      return logErfDifference(z[0], z[1])
    case .exponential:
      return -a[0][0] * low + (high == .infinity ? 0 : log1p(-exp(-a[0][0] * (high - low))))
    case .uniform: return Foundation.log((high - low) / (a[1][0] - a[0][0]))
    case .logNormal, .studentT, .laplace, .logistic, .cauchy, .halfNormal, .halfCauchy, .gamma,
      .weibull, .inverseGamma, .beta:
      let place = FamilyDensity.location(family, a)
      return try logIntegral(low, high, center: place.center, scale: place.scale) {
        try FamilyDensity.log(family, form: form, [$0], a)
      }
    case .multivariateNormal, .dirichlet, .multinomial, .wishart, .inverseWishart, .lkj,
      .bernoulli, .binomial, .categorical, .poisson, .negativeBinomial, .geometric:
      throw OracleError.unsupported("limits on \(family.rawValue)")
    }
  }

  /// log of (erf(b) − erf(a))/2, from the side where nothing cancels.
  private static func logErfDifference(_ a: Double, _ b: Double) -> Double {
    if a > 0 { return Foundation.log(0.5 * (erfc(a) - (b == .infinity ? 0 : erfc(b)))) }
    if b < 0 { return Foundation.log(0.5 * (erfc(-b) - (a == -.infinity ? 0 : erfc(-a)))) }
    return log1p(-0.5 * (erfc(-a) + erfc(b)))
  }

  private static func sum(
    _ family: FamilyName, _ form: Int, _ a: [[Double]], _ low: Double, _ high: Double,
    _ support: (low: Double, high: Double)
  ) throws -> Double {
    if high == .infinity {
      let below = try sum(family, form, a, support.low, low.rounded(.up) - 1, support)
      if below < -1e-3 { return log1p(-exp(below)) }
    }
    var terms: [Double] = []
    var x = low.rounded(.up)
    while x <= high {
      terms.append(try FamilyDensity.log(family, form: form, [x], a))
      x += 1
      if terms.count > 200, let top = terms.max(), terms[terms.count - 1] < top - 45 { break }
    }
    return logSumExp(terms)
  }
}
