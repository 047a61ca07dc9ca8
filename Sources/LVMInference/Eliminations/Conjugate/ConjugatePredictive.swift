import LVMCompute
import LVMModel

extension ConditionalConjugates {
  /// What becomes of a family when the latent it reads is integrated over its posterior.
  struct Law {
    var form: PredictiveForm
    var numbers: [Lowered]
    var mean: Lowered
    var variance: Lowered

    /// A value where `parameter` exceeds a bound, infinite elsewhere.
    private static func finite(_ value: Lowered, where parameter: Lowered, above bound: Double)
      -> Lowered
    {
      Lowered.combine(value, parameter) { v, p in
        v.selected(
          where: v.builder.constant(bound).apply(.less, p), else: v.builder.constant(.infinity))
      }
    }

    /// Poisson(c·λ), λ of shape a: negative binomial.
    static func gammaPoisson(mean: Lowered, shape: Lowered) -> Law {
      Law(
        form: .family(.negativeBinomial, form: 0, arguments: 2), numbers: [mean, shape], mean: mean,
        variance: mean + mean * mean / shape)
    }

    /// Exponential(c·λ): Lomax of scale s = b/c.
    static func gammaExponential(_ a: Lowered, _ s: Lowered) -> Law {
      let less = a.map { $0 - 1.0 }
      let mean = s / less
      return Law(
        form: .lomax, numbers: [a, s], mean: finite(mean, where: a, above: 1),
        variance: finite(mean * mean * a / a.map { $0 - 2.0 }, where: a, above: 2))
    }

    /// Gamma(k, c·λ): beta prime of scale s = b/c.
    static func gammaGamma(_ k: Lowered, _ a: Lowered, _ s: Lowered) -> Law {
      let less = a.map { $0 - 1.0 }
      let mean = s * k / less
      let variance = s * s * k * (k + less) / (less * less * a.map { $0 - 2.0 })
      return Law(
        form: .betaPrime, numbers: [k, a, s], mean: finite(mean, where: a, above: 1),
        variance: finite(variance, where: a, above: 2))
    }

    /// Normal(m, c/√λ): Student's t with 2a degrees of freedom and scale c·√(b/a).
    static func gammaNormal(_ a: Lowered, _ b: Lowered, mean m: Lowered, _ c: Lowered) -> Law {
      let square = c * c * b
      return Law(
        form: .family(.studentT, form: 0, arguments: 3),
        numbers: [a.map { $0 * 2.0 }, m, (square / a).map { $0.sqrt() }], mean: m,
        variance: finite(square / a.map { $0 - 1.0 }, where: a, above: 1))
    }

    /// Binomial(n, p) with p of Beta(a, b).
    static func betaBinomial(_ n: Lowered, _ a: Lowered, _ b: Lowered) -> Law {
      let total = a + b
      let p = a / total
      let mean = n * p
      let spread = mean * (b / total) * (total + n) / total.map { $0 + 1.0 }
      return Law(form: .betaBinomial, numbers: [n, a, b], mean: mean, variance: spread)
    }

    /// Geometric(p) with p of Beta(a, b): E[1/p] = (a + b − 1)/(a − 1).
    static func betaGeometric(_ a: Lowered, _ b: Lowered) -> Law {
      let (less, total) = (a.map { $0 - 1.0 }, a + b)
      let first = total.map { $0 - 1.0 } / less
      let second = first * total.map { $0 - 2.0 } / a.map { $0 - 2.0 }
      return Law(
        form: .betaGeometric, numbers: [a, b], mean: finite(b / less, where: a, above: 1),
        variance: finite(
          second.map { $0 * 2.0 } - first - first * first, where: a, above: 2))
    }
  }
}
