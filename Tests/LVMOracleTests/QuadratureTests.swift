import Foundation
import LVMOracle
import Testing

/// Fine quadrature, against closed forms and scipy's (reference.py).
@Suite struct QuadratureTests {
  @Test func gammaPoissonIsNegativeBinomial() throws {
    let oracle = try Oracle(
      text: """
        model GammaPoisson
        param a : positive
        param b : positive
        each row {
          latent rate : positive ~ Gamma(a, b)
          observe y : count ~ Poisson(rate)
        }
        """, data: OracleData(columns: ["y": [0, 3, 1, 7]]), parameters: ["a": [2.3], "b": [0.9]])
    #expect(close(try oracle.logLikelihood(), -8.835497406966168))
    let rate = try oracle.rowPosterior(of: "rate")
    #expect(
      close(
        rate.map { $0.mean[0] },
        [1.2105263157894737, 2.7894736842105265, 1.736842105263158, 4.894736842105264]))
    #expect(
      close(
        rate.map { $0.standardDeviations[0] },
        [0.7981974151633211, 1.2116699403390883, 0.9561001118202606, 1.6050474402080956]))
  }

  @Test func gammaPoissonOfGroups() throws {
    let oracle = try Oracle(
      text: """
        model Grouped
        param a : positive
        param b : positive
        each shop by shop {
          latent rate : positive ~ Gamma(a, b)
          each row { observe y : count ~ Poisson(rate) }
        }
        """, data: OracleData(columns: ["y": [0, 3, 1, 7]], groups: ["shop": [0, 1, 0, 1]]),
      parameters: ["a": [2.3], "b": [0.9]])
    #expect(close(try oracle.logLikelihood(), -8.493363624333632))
  }

  @Test func betaBinomial() throws {
    let oracle = try Oracle(
      text: """
        model BetaBinomial
        param a : positive
        param b : positive
        each row {
          given n : count
          latent p : unit ~ Beta(a, b)
          observe k : count ~ Binomial(n, p)
        }
        """, data: OracleData(columns: ["k": [0, 4, 9], "n": [5, 6, 10]]),
      parameters: ["a": [0.7], "b": [1.9]])
    #expect(close(try oracle.logLikelihood(), -7.2621565180187))
    #expect(
      close(
        try oracle.rowPosterior(of: "p").map { $0.mean[0] },
        [0.09210526315789473, 0.5465116279069768, 0.7698412698412698]))
  }

  @Test func itemResponse() throws {
    let oracle = try Oracle(
      text: """
        model Rasch(Q = 3)
        param d : real[Q]
        each row {
          latent ability : real ~ Normal(0, 1.4)
          observe y : binary[Q] ~ Bernoulli(logit: ability - d)
        }
        """,
      data: OracleData(rows: 3, values: ["y": [[1, 0, 1], [0, 0, 0], [1, 1, 1]]]),
      parameters: ["d": [-0.5, 0.8, 0.1]])
    #expect(close(try oracle.logLikelihood(), -4.9526146571509315))
    #expect(
      close(
        try oracle.rowPosterior(of: "ability").map { $0.mean[0] },
        [0.5240817165572029, -1.3672484251342776, 1.4900437666770363]))
  }

  /// One global scale by quadrature, everything else Gaussian given it.
  @Test func eightSchools() throws {
    let oracle = try Oracle(
      text: """
        model EightSchools
        latent mu : real ~ Normal(0, 5)
        latent tau : positive ~ HalfCauchy(5)
        each row {
          given sigma : positive
          latent theta : real ~ Normal(mu, tau)
          observe y : real ~ Normal(theta, sigma)
        }
        """,
      data: OracleData(columns: [
        "y": [28, 8, -3, 7, -1, 1, 18, 12], "sigma": [15, 10, 16, 11, 9, 11, 10, 18],
      ]))
    #expect(close(try oracle.logLikelihood(), -31.31134735229278))
    #expect(close(try oracle.rowPosterior(of: "mu")[0].mean, [4.396820713833003], 1e-9))
    #expect(close(try oracle.rowPosterior(of: "tau")[0].mean, [3.5977054840976646], 1e-9))
  }

  @Test func twoAxes() throws {
    let oracle = try Oracle(
      text: """
        model Unknown
        latent m : real ~ StudentT(3, 0.5, 2)
        latent s : positive ~ Gamma(2, 2)
        each row { observe y : real ~ Normal(m, s) }
        """, data: OracleData(columns: ["y": [1.1, 0.3, 2.0, 1.6]]))
    #expect(close(try oracle.logLikelihood(), -6.558377288110311, 1e-9))
    #expect(close(try oracle.rowPosterior(of: "m")[0].mean, [1.201328545224002], 1e-8))
  }

  /// A kinked prior: the adaptive rule.
  @Test func laplacePrior() throws {
    let oracle = try Oracle(
      text: """
        model Kink
        each row {
          latent z : real ~ Laplace(0.3, 0.7)
          observe y : real ~ Normal(z, 0.5)
        }
        """, data: OracleData(columns: ["y": [0.4, -2.0]]))
    #expect(close(try oracle.logLikelihood(), -4.201176386729639))
  }

  @Test func simplexLatent() throws {
    // Dirichlet–multinomial of one draw each: a product of ratios of rising factorials.
    let oracle = try Oracle(
      text: """
        model Urn
        latent p : simplex[3] ~ Dirichlet([1.5, 2, 0.5])
        each row { observe y : category[3] ~ Categorical(p) }
        """, data: OracleData(columns: ["y": [0, 1, 0, 2]]))
    let expected = (1.5 / 4) * (2.0 / 5) * (2.5 / 6) * (0.5 / 7)
    #expect(close(try oracle.logLikelihood(), log(expected), 1e-9))
    #expect(
      close(try oracle.rowPosterior(of: "p")[0].mean, [3.5 / 8, 3.0 / 8, 1.5 / 8], 1e-9))
  }

  @Test func independentComponents() throws {
    let oracle = try Oracle(
      text: """
        model ICA
        param A : real[2, 2]
        each row {
          latent s : real[2] ~ Laplace(0, 1)
          observe x : real[2] = A * s
        }
        """, data: OracleData(rows: 2, values: ["x": [[0.5, -1.0], [2.0, 0.3]]]),
      parameters: ["A": [1, 0.4, -0.3, 1.5]])
    #expect(close(try oracle.logLikelihood(), -7.305342255296268))
    #expect(
      close(
        try oracle.rowPosterior(of: "s").flatMap(\.mean),
        [0.7098765432098766, -0.5246913580246914, 1.777777777777778, 0.5555555555555555]))
  }

  /// 2¹⁹ labellings are too many to sum: the shared mean is integrated first, then rows are apart.
  @Test func manyLabels() throws {
    let y = [
      0.1, 2.2, -0.4, 1.9, 3.0, 0.7, 0.2, 2.6, 1.1, -1.0, 0.5, 2.4, 1.7, 0.0, 3.3, 0.9, 2.1, -0.2,
      1.4,
    ]
    let oracle = try Oracle(
      text: """
        model Labels
        latent m : real ~ Normal(0, 1)
        each row {
          latent k : category[2] ~ Categorical([0.3, 0.7])
          observe y : real ~ Normal(m + [0, 2][k], 0.6)
        }
        """, data: OracleData(columns: ["y": y]))
    #expect(close(try oracle.logLikelihood(), -32.22454852732279))
    #expect(close(try oracle.rowPosterior(of: "m")[0].mean, [0.08259130589911907], 1e-9))
  }

  @Test func threeAxesAreTooMany() throws {
    let oracle = try Oracle(
      text: """
        model Three
        latent a : positive ~ Gamma(2, 2)
        latent b : positive ~ Gamma(2, 2)
        latent c : positive ~ Gamma(2, 2)
        each row { observe y : count ~ Poisson(a + b + c) }
        """, data: OracleData(columns: ["y": [1, 2]]))
    #expect(throws: OracleError.tooManyDimensions(["a", "b", "c"])) { try oracle.logLikelihood() }
  }
}
