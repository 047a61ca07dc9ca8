import Foundation
import LVM
import Testing

/// Standard errors where a random intercept is integrated by quadrature: the values of
/// Reference/quadrature_errors.py.
@Suite struct QuadratureErrorTests {
  private static let binary: [Double] = [
    0, 1, 0, 0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0,
    0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1,
    1, 0, 0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0,
  ]
  private static let count: [Double] = [
    0, 2, 0, 0, 0, 1, 0, 1, 1, 7, 0, 0, 1, 2, 0, 0, 0, 3, 0, 1, 4, 6, 0, 1, 1, 5, 0, 0, 2, 3, 0,
    0, 0, 0, 0, 0, 3, 4, 0, 1, 2, 2, 8, 0, 0, 2, 3, 0, 3, 4, 21, 1, 1, 7, 5, 0, 1, 2, 8, 0, 0, 1,
    2, 0, 0, 0, 4, 0, 1, 5, 7, 0, 1, 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0,
  ]

  struct Known: Sendable, CustomTestStringConvertible {
    var observed: String
    var parameter = ""
    var optimum: Double
    var errors: [String: Double]
    var testDescription: String { observed }
  }

  @Test(arguments: [
    Known(
      observed: "binary ~ Bernoulli(logit: a + b * x + s * u)", optimum: -55.433468116129,
      errors: ["a": 0.311478, "b": 0.383832, "s": 0.409513]),
    Known(
      observed: "count ~ Poisson(exp(a + b * x + s * u))", optimum: -157.771367490444,
      errors: ["a": 0.273423, "b": 0.147368, "s": 0.232028]),
    Known(
      observed: "positive ~ Weibull(k, exp(a + b * x + s * u))", parameter: "param k : positive",
      optimum: -138.864524793307,
      errors: ["a": 0.168983, "b": 0.14939, "s": 0.146229, "k": 0.115796]),
  ])
  func randomIntercept(_ k: Known) throws {
    let y =
      k.observed.hasPrefix("binary")
      ? Self.binary : k.parameter.isEmpty ? Self.count : Self.count.map { $0 + 0.5 }
    let rows = (0..<84).map(Double.init)
    let table = try Table(columns: [
      Column("g", rows.map { ($0 / 6).rounded(.down) }),
      Column("x", rows.map { ($0 * 7).truncatingRemainder(dividingBy: 11) / 5 - 1 }),
      Column("y", y),
    ])
    let fit = try Model(
      text: """
        model Effects
        param a : real param b : real param s : positive \(k.parameter)
        each g by g {
          latent u : real ~ Normal(0, 1)
          each row { given x : real observe y : \(k.observed) }
        }
        """
    ).fit(table)
    #expect(abs(fit.objective.value - k.optimum) < 1e-6, "\(fit.objective)")
    #expect(fit.parameterErrors.omitted.isEmpty)
    for (name, known) in k.errors {
      let own = try #require(fit.parameterErrors.values[name]).values[0]
      #expect(abs(own - known) < 1e-4 * known, "\(name) \(own)")
    }
  }
}
