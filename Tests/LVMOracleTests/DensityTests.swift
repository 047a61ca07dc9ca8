import LVMOracle
import Testing

/// Every family and combinator at one value, against scipy (reference.py).
@Suite struct DensityTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var type: String
    var distribution: String
    var value: [Double]
    var expected: Double
    var testDescription: String { "\(type) ~ \(distribution)" }

    init(_ type: String, _ distribution: String, _ value: [Double], _ expected: Double) {
      self.type = type
      self.distribution = distribution
      self.value = value
      self.expected = expected
    }
  }

  static let cases: [Case] = [
    Case("real", "Normal(0.2, 1.3)", [0.7], -1.255267294713584),
    Case("positive", "LogNormal(0.2, 1.3)", [0.7], -0.9163103961030143),
    Case("real", "StudentT(3.5, 0.2, 1.3)", [0.7], -1.3449802938953972),
    Case("real", "Laplace(0.2, 1.3)", [0.7], -1.340126829642821),
    Case("real", "Logistic(0.2, 1.3)", [0.7], -1.6854151493906167),
    Case("real", "Cauchy(0.2, 1.3)", [0.7], -1.5450535944571457),
    Case("positive", "HalfNormal(1.3)", [0.7], -0.633126031313402),
    Case("positive", "HalfCauchy(1.3)", [0.7], -0.9685433176229614),
    Case("positive", "Exponential(1.3)", [0.7], -0.6476357355325089),
    Case("positive", "Gamma(2.2, 1.3)", [0.7], -0.8577560176886374),
    Case("positive", "Weibull(2.2, 1.3)", [0.7], -0.4729310588825823),
    Case("positive", "InverseGamma(2.2, 1.3)", [0.7], -0.23552912150107197),
    Case("unit", "Beta(2.2, 1.3)", [0.7], 0.4229991710400358),
    Case("real", "Uniform(0.2, 1.3)", [0.7], -0.09531017980432493),
    Case("binary", "Bernoulli(0.7)", [1], -0.35667494393873245),
    Case("binary", "Bernoulli(logit: 0.7)", [0], -1.1031860488854581),
    Case("count", "Binomial(8, 0.3)", [3], -1.3699414419363212),
    Case("count", "Poisson(2.2)", [3], -1.6263873881352442),
    Case("count", "NegativeBinomial(2.2, 1.3)", [3], -2.1829987529825585),
    Case("count", "Geometric(0.3)", [3], -2.2739976361421332),
    Case("category[3]", "Categorical([0.2, 0.3, 0.5])", [1], -1.2039728043259361),
    Case("category[3]", "Categorical(logits: [0.4, -0.1, 1.2])", [1], -1.8434055416160293),
    Case(
      "real[2]", "MultivariateNormal([0.2, 0.1], [[1.3, 0.4], [0.4, 0.9]])", [0.7, -0.3],
      -2.136416588271573),
    // The margin of its first coordinate.
    Case(
      "real[2]", "MultivariateNormal([0.2, 0.1], [[1.69, 0.4], [0.4, 0.9]])", [0.7, .nan],
      -1.255267294713584),
    Case("real[2]", "Normal([0.2, 5], 1.3)", [0.7, .nan], -1.255267294713584),
    Case("simplex[3]", "Dirichlet([1.3, 2.2, 0.8])", [0.2, 0.5, 0.3], 0.9663752811475756),
    Case("count[3]", "Multinomial(5, [0.2, 0.5, 0.3])", [2, 0, 3], -4.528209144851965),
    Case("positive", "Normal(0.2, 1.3)", [0.7], -0.6774726059840442),
    Case("unit", "Normal(0.2, 1.3)", [0.7], -0.024211380695376095),
    Case("positive", "Truncated(Gamma(2.2, 1.3), 0.5, 3)", [0.7], -0.5993704852762971),
    Case("count", "Truncated(Poisson(2.2), low: 1)", [3], -1.508950739322385),
    Case("real", "Censored(Normal(0.2, 1.3), low: 0.5)", [0.5], -0.5255113382272988),
    Case("real", "Censored(Normal(0.2, 1.3), low: 0.5)", [0.7], -1.255267294713584),
    Case("real", "Censored(StudentT(3.5, 0.2, 1.3), high: 0.9)", [0.9], -1.1669162826615533),
    Case("positive", "Censored(Weibull(2.2, 1.3), right: 1)", [0.7], -0.2561771046918932),
    Case("count", "ZeroInflated(Poisson(2.2), 0.25)", [0], -1.099305422514632),
    Case("count", "ZeroInflated(Poisson(2.2), 0.25)", [3], -1.914069460587025),
    Case("real", "Mixture([0.4, 0.6], Normal([0.2, 1.1], [1.3, 0.5]))", [0.7], -0.7729921660138007),
  ]

  @Test(arguments: cases) func density(_ c: Case) throws {
    let oracle = try Oracle(
      text: "model One\neach row { observe x : \(c.type) ~ \(c.distribution) }",
      data: OracleData(rows: 1, values: ["x": [c.value]]))
    #expect(close(try oracle.logLikelihood(), c.expected, 1e-11))
  }

  /// Matrix families, as priors: covariances are not observed.
  @Test(arguments: [
    Case(
      "covariance[2]", "Wishart(4.5, [[0.5, 0.1], [0.1, 0.8]])", [1.3, 0.4, 0.4, 0.9],
      -3.4136081941872956),
    Case(
      "covariance[2]", "InverseWishart(4.5, [[0.5, 0.1], [0.1, 0.8]])", [1.3, 0.4, 0.4, 0.9],
      -6.585950606677445),
    Case("correlation[2]", "LKJ(1.7)", [1, 0.3, 0.3, 1], -0.4456272543568648),
  ]) func prior(_ c: Case) throws {
    let oracle = try Oracle(
      text: """
        model One
        param S : \(c.type) ~ \(c.distribution)
        each row { observe x : real[2] ~ MultivariateNormal(0, S) }
        """, data: OracleData(rows: 1, values: ["x": [[0.1, 0.2]]]), parameters: ["S": c.value])
    #expect(close(try oracle.logPrior(), c.expected, 1e-11))
  }
}
