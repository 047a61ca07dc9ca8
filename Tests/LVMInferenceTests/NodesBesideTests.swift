import Foundation
import LVM
import Testing

/// Latents that have a closed form once another one's value is known: nodes serve that one alone.
@Suite struct NodesBesideTests {
  private static let counts: [[Double]] = [
    [3, 0, 9], [1, 2, 0], [7, 1, 12], [0, 4, 1], [2, 2, 5], [12, 0, 30], [1, 5, 2], [4, 1, 6],
    [0, 3, 0], [5, 0, 14], [2, 6, 3], [9, 1, 11], [1, 1, 1], [3, 3, 4], [6, 0, 21], [0, 2, 2],
    [2, 1, 7], [8, 0, 9], [1, 7, 0], [4, 2, 8],
  ]

  private func table() throws -> Table {
    try Table(columns: (0..<3).map { j in Column("y\(j + 1)", Self.counts.map { $0[j] }) })
  }

  /// A gamma rate under a trait makes its count negative binomial given the trait.
  @Test func gammaRatesUnderATrait() throws {
    let head = """
      model M
      param a : real[3] param b : real[3] param r : positive
      each row {
        latent t : real ~ Normal(0, 1)

      """
    let rates = (1...3).map {
      "latent g\($0) : positive ~ Gamma(r, r / exp(a[\($0)] + b[\($0)] * t)) observe y\($0) : count ~ Poisson(g\($0))"
    }.joined(separator: "\n")
    let counts = (1...3).map {
      "observe y\($0) : count ~ NegativeBinomial(mean: exp(a[\($0)] + b[\($0)] * t), dispersion: r)"
    }.joined(separator: "\n")
    let latent = try Model(text: head + rates + "\n}").fit(table())
    let marginal = try Model(text: head + counts + "\n}").fit(table())
    #expect(latent.plan.strategy == .quadrature)
    #expect(latent.plan.explanation.contains("integrate conjugate g2 per row"))
    #expect(latent.converged && marginal.converged)
    #expect(abs(latent.objective.value - marginal.objective.value) < 1e-6)
    #expect(latent.parameterCount == 7)
  }

  /// Factors and noise of one precision make a vector multivariate Student.
  @Test func factorsOfOnePrecision() throws {
    let x = (0..<60).map { i -> (Double, Double) in
      let (u, v) = (Double(i * 29 % 61) / 30 - 1, Double(i * 43 % 59) / 29 - 1)
      let wide = i % 9 == 0 ? 6.0 : 1
      return (1 + wide * (u + 0.4 * v), -2 + wide * (0.8 * u - 0.5 * v))
    }
    let fit = try Model(
      text: """
        model M
        param W : real[2] param m : real[2] param s : positive param n : positive
        each row {
          latent w : positive ~ Gamma(n / 2, n / 2)
          latent z : real ~ Normal(0, 1 / sqrt(w))
          observe x : real[2] ~ Normal(W * z + m, s / sqrt(w))
        }
        """
    ).fit(try Table(columns: [Column("x1", x.map(\.0)), Column("x2", x.map(\.1))]))
    func values(_ name: String) throws -> [Double] { try #require(fit[name]).values }
    let (w, m) = (try values("W"), try values("m"))
    let (s, n) = (try values("s")[0], try values("n")[0])
    let (a, b, c) = (w[0] * w[0] + s * s, w[0] * w[1], w[1] * w[1] + s * s)
    let determinant = a * c - b * b
    let total = x.reduce(0.0) { sum, x in
      let (p, q) = (x.0 - m[0], x.1 - m[1])
      let square = (c * p * p - 2 * b * p * q + a * q * q) / determinant
      return sum + lgamma(n / 2 + 1) - lgamma(n / 2) - log(n * Double.pi) - 0.5 * log(determinant)
        - (n / 2 + 1) * log1p(square / n)
    }
    #expect(fit.plan.explanation.contains("integrate gaussian z per row"))
    #expect(abs(fit.objective.value - total) < 1e-6, "\(fit.objective) \(total)")
    #expect(fit.converged)
  }
}
