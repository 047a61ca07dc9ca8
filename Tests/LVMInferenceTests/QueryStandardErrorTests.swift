import LVM
import Testing

private func table(_ columns: [String: [Double]]) throws -> Table {
  try Table(columns: columns.sorted { $0.key < $1.key }.map { Column($0.key, $0.value) })
}

private func fitted(_ text: String, _ table: Table) throws -> (Fit, StandardErrors) {
  let fit = try Model(text: "model M\n" + text + "\n").fit(table)
  return (fit, try fit.standardErrors(table))
}

@Suite struct QueryStandardErrorTests {
  @Test func normalMeanAndScale() throws {
    let x = [1.2, 3.4, 2.2, 0.7, 4.1, 2.9, 3.3, 1.8]
    let (fit, errors) = try fitted(
      """
      param m : real
      param s : positive
      each row { observe x : real ~ Normal(m, s) }
      """, table(["x": x]))
    let s = try #require(fit["s"]).values[0]
    let n = Double(x.count)
    #expect(abs(try #require(errors.values["m"]).values[0] - s / n.squareRoot()) < 1e-7)
    #expect(abs(try #require(errors.values["s"]).values[0] - s / (2 * n).squareRoot()) < 1e-7)
    #expect(errors.omitted.isEmpty)
  }

  /// Reference: Reference/logistic.py.
  @Test func logisticRegression() throws {
    let (fit, errors) = try fitted(
      """
      param a : real
      param b : real
      each row {
        given x : real
        observe y : binary ~ Bernoulli(logit: a + b * x)
      }
      """,
      table([
        "x": [-2.0, -1.5, -1.2, -0.7, -0.3, 0.0, 0.2, 0.5, 0.9, 1.3, 1.8, 2.4],
        "y": [0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1],
      ]))
    #expect(abs(try #require(fit["b"]).values[0] - 0.569041070986) < 1e-5)
    #expect(abs(try #require(errors.values["a"]).values[0] - 0.615488780977) < 1e-5)
    #expect(abs(try #require(errors.values["b"]).values[0] - 0.509504403734) < 1e-5)
  }

  @Test func simplexAndCovariance() throws {
    let labels = [1.0, 1, 2, 3, 3, 3, 2, 1, 1, 3]
    let (fit, errors) = try fitted(
      """
      param w : simplex[3]
      param m : real[2]
      param s : covariance[2]
      each row {
        observe c : category[3] ~ Categorical(w)
        observe x : real[2] ~ MultivariateNormal(m, s)
      }
      """,
      table([
        "c": labels, "x1": [1, 2, 4, 3, 2, 5, 1, 0, 2, 2.5],
        "x2": [2, 1, 5, 2, 2, 4, 0, 1, 3, 3.5],
      ]))
    let w = try #require(fit["w"]).values
    let we = try #require(errors.values["w"]).values
    for (p, e) in zip(w, we) { #expect(abs(e - (p * (1 - p) / 10).squareRoot()) < 1e-7) }
    let s = try #require(fit["s"]).values
    let se = try #require(errors.values["s"]).values
    for (i, j) in [(0, 0), (0, 1), (1, 1)] {
      let variance = (s[i * 3] * s[j * 3] + s[i * 2 + j] * s[i * 2 + j]) / 10
      #expect(abs(se[i * 2 + j] - variance.squareRoot()) < 1e-6)
    }
  }

  @Test func rotationsLeaveLoadingsOut() throws {
    var columns: [String: [Double]] = [:]
    var random = RandomStream(seed: 4)
    let scores = (0..<60).map { _ in (random.normal(), random.normal()) }
    let loadings = [(1.0, 0.2), (-0.5, 0.9), (0.3, 1.2), (0.8, -0.7)]
    for (j, a) in loadings.enumerated() {
      columns["x\(j + 1)"] = scores.map { a.0 * $0.0 + a.1 * $0.1 + 0.5 * random.normal() }
    }
    let (fit, errors) = try fitted(
      """
      param a : real[4, 2]
      param m : real[4]
      param s : positive
      each row {
        latent z : real[2] ~ Normal(0, 1)
        observe x : real[4] ~ Normal(a * z + m, s)
      }
      """, table(columns))
    #expect(errors.values["a"] == nil)
    #expect(errors.omitted["a"]?.contains("not identified") == true)
    let a = try #require(fit["a"]).values
    let s = try #require(fit["s"]).values[0]
    let m = try #require(errors.values["m"]).values
    for j in 0..<4 {
      let variance = a[j * 2] * a[j * 2] + a[j * 2 + 1] * a[j * 2 + 1] + s * s
      #expect(abs(m[j] - (variance / 60).squareRoot()) < 1e-5)
    }
    // σ² has (D − L)·n squares of noise: its error is σ²·√(2/(2·60)), half of that over σ for σ.
    let se = try #require(errors.values["s"]).values[0]
    #expect(abs(se - s / (2.0 * 120).squareRoot()) < 1e-3 * s)
  }

  @Test func boundariesAreNamed() throws {
    let (_, errors) = try fitted(
      """
      param p : unit
      param m : real
      param s : positive
      each row {
        observe y : binary ~ Bernoulli(p)
        observe x : real ~ Normal(m, s)
      }
      """, table(["y": [1, 1, 1, 1], "x": [2, 2, 2, 2]]))
    #expect(errors.values["p"] == nil)
    #expect(errors.omitted["p"]?.contains("boundary") == true)
    #expect(errors.omitted["s"]?.contains("floor") == true)
    #expect(errors.values["m"] != nil)
  }
}
