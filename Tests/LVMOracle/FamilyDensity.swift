import Foundation
import LVMModel

/// Textbook log densities, written out by hand: nothing here is shared with the engine.
enum FamilyDensity {
  /// Trailing dimensions of one value of a family.
  static func eventRank(_ family: FamilyName) -> Int {
    switch family {
    case .normal, .logNormal, .studentT, .laplace, .logistic, .cauchy, .halfNormal, .halfCauchy,
      .exponential, .gamma, .weibull, .inverseGamma, .beta, .uniform, .bernoulli, .binomial,
      .categorical, .poisson, .negativeBinomial, .geometric:
      0
    case .multivariateNormal, .dirichlet, .multinomial: 1
    case .wishart, .inverseWishart, .lkj: 2
    }
  }

  /// Trailing dimensions of each argument.
  static func argumentRanks(_ family: FamilyName) -> [Int] {
    switch family {
    case .halfNormal, .halfCauchy, .exponential, .bernoulli, .poisson, .geometric, .lkj: [0]
    case .normal, .logNormal, .laplace, .logistic, .cauchy, .gamma, .weibull, .inverseGamma,
      .beta, .uniform, .binomial, .negativeBinomial:
      [0, 0]
    case .studentT: [0, 0, 0]
    case .multivariateNormal: [1, 2]
    case .dirichlet, .categorical: [1]
    case .multinomial: [0, 1]
    case .wishart, .inverseWishart: [0, 2]
    }
  }

  /// Whether values are whole numbers.
  static func isDiscrete(_ family: FamilyName) -> Bool {
    switch family {
    case .bernoulli, .binomial, .categorical, .multinomial, .poisson, .negativeBinomial, .geometric:
      true
    case .normal, .multivariateNormal, .logNormal, .studentT, .laplace, .logistic, .cauchy,
      .halfNormal, .halfCauchy, .exponential, .gamma, .weibull, .inverseGamma, .beta, .uniform,
      .dirichlet, .wishart, .inverseWishart, .lkj:
      false
    }
  }

  /// The interval a scalar family lives on.
  static func support(_ family: FamilyName, _ a: [[Double]]) -> (low: Double, high: Double) {
    switch family {
    case .normal, .studentT, .laplace, .logistic, .cauchy: (-.infinity, .infinity)
    case .logNormal, .halfNormal, .halfCauchy, .exponential, .gamma, .weibull, .inverseGamma,
      .poisson, .negativeBinomial, .geometric:
      (0, .infinity)
    case .beta, .bernoulli: (0, 1)
    case .uniform: (a[0][0], a[1][0])
    case .binomial: (0, a[0][0])
    case .categorical: (0, Double(a[0].count - 1))
    case .multivariateNormal, .dirichlet, .multinomial, .wishart, .inverseWishart, .lkj:
      (-.infinity, .infinity)
    }
  }

  /// A place and width of a scalar continuous family's mass, for quadrature.
  static func location(_ family: FamilyName, _ a: [[Double]]) -> (center: Double, scale: Double) {
    switch family {
    case .normal, .laplace, .logistic, .cauchy: (a[0][0], a[1][0])
    case .studentT: (a[1][0], a[2][0])
    case .logNormal: (exp(a[0][0]), exp(a[0][0]) * a[1][0])
    case .halfNormal, .halfCauchy: (0, a[0][0])
    case .exponential: (0, 1 / a[0][0])
    case .gamma: (a[0][0] / a[1][0], a[0][0].squareRoot() / a[1][0])
    case .weibull: (a[1][0], a[1][0] / a[0][0])
    case .inverseGamma: (a[1][0] / (a[0][0] + 1), a[1][0] / (a[0][0] + 1))
    case .beta: (a[0][0] / (a[0][0] + a[1][0]), 0.3)
    case .uniform: (0.5 * (a[0][0] + a[1][0]), 0.5 * (a[1][0] - a[0][0]))
    case .bernoulli, .binomial, .categorical, .poisson, .negativeBinomial, .geometric,
      .multivariateNormal, .dirichlet, .multinomial, .wishart, .inverseWishart, .lkj:
      (0, 1)
    }
  }

  /// Log density or mass of one value; `x` and the arguments are flat events.
  static func log(_ family: FamilyName, form: Int, _ x: [Double], _ a: [[Double]]) throws -> Double
  {
    switch family {
    case .multivariateNormal, .dirichlet, .multinomial, .wishart, .inverseWishart, .lkj:
      try vector(family, x, a)
    case .bernoulli, .binomial, .categorical, .poisson, .negativeBinomial, .geometric:
      discrete(family, form: form, x[0], a)
    case .normal, .logNormal, .studentT, .laplace, .logistic, .cauchy, .halfNormal, .halfCauchy,
      .exponential, .gamma, .weibull, .inverseGamma, .beta, .uniform:
      continuous(family, x[0], a.map { $0[0] })
    }
  }

  private static func normal(_ x: Double, _ m: Double, _ s: Double) -> Double {
    -0.5 * Foundation.log(2 * Double.pi) - Foundation.log(s) - 0.5 * ((x - m) / s) * ((x - m) / s)
  }

  private static func continuous(_ family: FamilyName, _ x: Double, _ a: [Double]) -> Double {
    let ln: (Double) -> Double = { Foundation.log($0) }
    switch family {
    case .normal: return normal(x, a[0], a[1])
    case .logNormal: return x <= 0 ? -.infinity : normal(ln(x), a[0], a[1]) - ln(x)
    case .studentT:
      let (df, z) = (a[0], (x - a[1]) / a[2])
      return logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * ln(df * .pi) - ln(a[2])
        - (df + 1) / 2 * log1p(z * z / df)
    case .laplace: return -ln(2 * a[1]) - Swift.abs(x - a[0]) / a[1]
    case .logistic:
      let z = Swift.abs(x - a[0]) / a[1]
      return -z - ln(a[1]) - 2 * log1p(exp(-z))
    case .cauchy: return -ln(.pi * a[1]) - log1p(((x - a[0]) / a[1]) * ((x - a[0]) / a[1]))
    case .halfNormal: return x < 0 ? -.infinity : ln(2) + normal(x, 0, a[0])
    case .halfCauchy:
      return x < 0 ? -.infinity : ln(2) - ln(.pi * a[0]) - log1p((x / a[0]) * (x / a[0]))
    case .exponential: return x < 0 ? -.infinity : ln(a[0]) - a[0] * x
    case .gamma:
      guard x >= 0 else { return -.infinity }
      return a[0] * ln(a[1]) - logGamma(a[0]) + weighted(a[0] - 1, ln(x)) - a[1] * x
    case .weibull:
      guard x >= 0 else { return -.infinity }
      return ln(a[0] / a[1]) + weighted(a[0] - 1, ln(x / a[1])) - pow(x / a[1], a[0])
    case .inverseGamma:
      return x <= 0
        ? -.infinity : a[0] * ln(a[1]) - logGamma(a[0]) - (a[0] + 1) * ln(x) - a[1] / x
    case .beta:
      guard x >= 0, x <= 1 else { return -.infinity }
      return weighted(a[0] - 1, ln(x)) + weighted(a[1] - 1, log1p(-x)) - logBeta(a[0], a[1])
    case .uniform: return x < a[0] || x > a[1] ? -.infinity : -ln(a[1] - a[0])
    case .multivariateNormal, .dirichlet, .multinomial, .wishart, .inverseWishart, .lkj, .bernoulli,
      .binomial, .categorical, .poisson, .negativeBinomial, .geometric:
      preconditionFailure("not a continuous scalar family")
    }
  }

  private static func discrete(
    _ family: FamilyName, form: Int, _ x: Double, _ a: [[Double]]
  ) -> Double {
    let ln: (Double) -> Double = { Foundation.log($0) }
    let p = a[0][0]
    guard x >= 0, x == x.rounded() else { return -.infinity }
    switch family {
    case .bernoulli:
      guard x <= 1 else { return -.infinity }
      if form == 0 { return x == 1 ? ln(p) : log1p(-p) }
      let t = x == 1 ? p : -p
      return t > 0 ? -log1p(exp(-t)) : t - log1p(exp(t))
    case .binomial:
      let q = a[1][0]
      guard x <= p else { return -.infinity }
      return logGamma(p + 1) - logGamma(x + 1) - logGamma(p - x + 1) + weighted(x, ln(q))
        + weighted(p - x, log1p(-q))
    case .categorical:
      guard Int(x) < a[0].count else { return -.infinity }
      return form == 0 ? ln(a[0][Int(x)]) : a[0][Int(x)] - logSumExp(a[0])
    case .poisson: return weighted(x, ln(p)) - p - logGamma(x + 1)
    case .negativeBinomial:
      let r = a[1][0]
      return logGamma(x + r) - logGamma(r) - logGamma(x + 1) - r * log1p(p / r)
        + weighted(x, ln(p / (p + r)))
    case .geometric: return ln(p) + weighted(x, log1p(-p))
    case .normal, .multivariateNormal, .logNormal, .studentT, .laplace, .logistic, .cauchy,
      .halfNormal, .halfCauchy, .exponential, .gamma, .weibull, .inverseGamma, .beta, .uniform,
      .dirichlet, .multinomial, .wishart, .inverseWishart, .lkj:
      preconditionFailure("not a discrete scalar family")
    }
  }

  private static func vector(_ family: FamilyName, _ x: [Double], _ a: [[Double]]) throws -> Double
  {
    let ln: (Double) -> Double = { Foundation.log($0) }
    switch family {
    case .multivariateNormal:
      let n = x.count
      let l = try Matrix(n, n, a[1]).cholesky()
      let z = l.solvingLower((0..<n).map { x[$0] - a[0][$0] })
      return (0..<n).reduce(0) {
        $0 - ln(l[$1, $1]) - 0.5 * (z[$1] * z[$1] + ln(2 * .pi))
      }
    case .dirichlet:
      return zip(x, a[0]).reduce(logGamma(a[0].reduce(0, +))) {
        $0 + weighted($1.1 - 1, ln($1.0)) - logGamma($1.1)
      }
    case .multinomial:
      guard x.reduce(0, +) == a[0][0] else { return -.infinity }
      return zip(x, a[1]).reduce(logGamma(a[0][0] + 1)) {
        $0 + weighted($1.0, ln($1.1)) - logGamma($1.0 + 1)
      }
    case .wishart, .inverseWishart:
      let p = Int(Double(x.count).squareRoot().rounded())
      let (df, dim) = (a[0][0], Double(p))
      let value = Matrix(p, p, x).symmetrized
      let scale = Matrix(p, p, a[1]).symmetrized
      let logValue = try value.solving(Matrix(identity: p)).logAbsDeterminant
      let logScale = try scale.solving(Matrix(identity: p)).logAbsDeterminant
      let constant = -df * dim / 2 * ln(2) - logMultivariateGamma(df / 2, p)
      func trace(_ m: Matrix) -> Double { (0..<p).reduce(0) { $0 + m[$1, $1] } }
      if family == .wishart {
        return constant - df / 2 * logScale + (df - dim - 1) / 2 * logValue
          - 0.5 * trace(try scale.solving(value).solution)
      }
      return constant + df / 2 * logScale - (df + dim + 1) / 2 * logValue
        - 0.5 * trace(try value.solving(scale).solution)
    case .lkj:
      // Lewandowski, Kurowicka & Joe 2009, eq. 16.
      let p = Int(Double(x.count).squareRoot().rounded())
      let eta = a[0][0]
      var constant = 0.0
      for k in 1..<max(p, 1) {
        let rest = Double(p - k)
        let b = eta + (rest - 1) / 2
        constant += (2 * eta - 2 + rest) * rest * ln(2) + rest * logBeta(b, b)
      }
      let logValue = try Matrix(p, p, x).symmetrized.solving(Matrix(identity: p)).logAbsDeterminant
      return (eta - 1) * logValue - constant
    case .normal, .logNormal, .studentT, .laplace, .logistic, .cauchy, .halfNormal, .halfCauchy,
      .exponential, .gamma, .weibull, .inverseGamma, .beta, .uniform, .bernoulli, .binomial,
      .categorical, .poisson, .negativeBinomial, .geometric:
      preconditionFailure("not a vector family")
    }
  }
}
