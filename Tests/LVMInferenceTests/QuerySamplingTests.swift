import Foundation
import LVM
import Testing

/// A fit whose parameters are known: fitted to any small table, then set.
func knownFit(_ text: String, _ table: Table, _ parameters: [String: [Double]]) throws -> Fit {
  var fit = try Model(text: "model M\n" + text + "\n").fit(table)
  for (name, values) in parameters {
    let dims = fit.model.variable(named: name)?.type.dims ?? []
    fit.parameters[name] = Tensor(dims, values)
  }
  return fit
}

private func table(_ columns: [String: [Double]]) throws -> Table {
  try Table(columns: columns.sorted { $0.key < $1.key }.map { Column($0.key, $0.value) })
}

/// That the mean of draws lies within five standard errors of a known one.
private func expectMean(
  _ values: [Double], _ mean: Double, variance: Double, _ place: SourceLocation = #_sourceLocation
) {
  let n = Double(values.count)
  let found = values.reduce(0, +) / n
  #expect(abs(found - mean) < 5 * (variance / n).squareRoot(), sourceLocation: place)
}

@Suite struct QuerySamplingTests {
  static let mixture = """
    param w : simplex[2]
    param m : real[2, 2]
    param s : covariance[2, 2]
    each row {
      latent k : category[2] ~ Categorical(w)
      observe x : real[2] ~ MultivariateNormal(m[k], s[k])
    }
    """

  private func mixtureFit() throws -> Fit {
    try knownFit(
      Self.mixture,
      table([
        "x1": [0, 1, -1, 0.5, 0.2, 8, 9, 7.5, 8.2, 8.8],
        "x2": [1, 0, 0.3, 1.4, -0.6, 7, 7.7, 9, 8, 6.9],
      ]),
      ["w": [0.3, 0.7], "m": [0, 1, 4, -1], "s": [1, 0.5, 0.5, 2, 0.5, 0, 0, 0.5]])
  }

  @Test func momentsOfAMixture() throws {
    let samples = try mixtureFit().sample(count: 20_000, seed: 3)
    #expect(samples.rows == 20_000)
    let k = try #require(samples["k"])
    #expect(k.isLabel)
    expectMean(k.values, 0.7, variance: 0.21)
    let x = try #require(samples["x1"]).values
    // E x = 0.7·4; Var = 0.3·1 + 0.7·0.5 + 0.21·16.
    expectMean(x, 2.8, variance: 4.01)
    let y = try #require(samples["x2"]).values
    expectMean(y, -0.4, variance: 0.3 * 2 + 0.7 * 0.5 + 0.21 * 4)
    // Cov = 0.3·0.5 + 0.21·4·(−2).
    let products = zip(x, y).map { ($0 - 2.8) * ($1 + 0.4) }
    expectMean(products, -1.53, variance: 20)
  }

  @Test func sameSeedSameBits() throws {
    let fit = try mixtureFit()
    let (a, b, c) = (
      try fit.sample(count: 50, seed: 3), try fit.sample(count: 50, seed: 3),
      try fit.sample(count: 50, seed: 4)
    )
    #expect(a["x1"]?.values == b["x1"]?.values)
    #expect(a["x1"]?.values != c["x1"]?.values)
  }

  @Test func combinators() throws {
    let fit = try knownFit(
      """
      each row {
        observe a : count ~ ZeroInflated(Poisson(3), 0.3)
        observe b : real ~ Truncated(Normal(0, 1), low: 0.5)
        observe c : real ~ Censored(Normal(0, 1), low: 0)
        observe d : real ~ Mixture([0.3, 0.7], Normal([0, 4], 1))
        observe e : positive ~ Normal(0, 1)
      }
      """, table(["a": [0, 2], "b": [1, 2], "c": [0, 1], "d": [0, 4], "e": [1, 2]]), [:])
    let samples = try fit.sample(count: 20_000, seed: 5)
    expectMean(try #require(samples["a"]).values, 2.1, variance: 0.7 * 12 - 4.41)
    // φ(½)/(1 − Φ(½)) and its variance.
    expectMean(try #require(samples["b"]).values, 1.141078, variance: 0.26848)
    #expect(try #require(samples["b"]).values.allSatisfy { $0 >= 0.5 })
    expectMean(try #require(samples["c"]).values, 0.398942, variance: 0.340845)
    expectMean(try #require(samples["d"]).values, 2.8, variance: 1 + 0.21 * 16)
    expectMean(try #require(samples["e"]).values, 0.797885, variance: 0.36338)
  }

  @Test func chainsStepFromRowToRow() throws {
    let fit = try knownFit(
      """
      param s : positive
      each row in order {
        latent z : real initially Normal(0, 1) then Normal(0.8 * previous(z), 0.6)
        observe x : real ~ Normal(z, s)
      }
      """, table(["x": [0.3, 0.5, -0.2, 0.1]]), ["s": [0.5]])
    let samples = try fit.sample(count: 20_000, seed: 9, rows: table(["x": [0, 0]]))
    let z = try #require(samples["z"]).values
    #expect(samples.rows == 40_000)
    // Draws of the first row come first.
    let (first, second) = (Array(z[..<20_000]), Array(z[20_000...]))
    expectMean(second.map { $0 * $0 }, 1, variance: 2)
    expectMean(zip(first, second).map { $0 * $1 }, 0.8, variance: 1.64)
    #expect(try fit.sample(count: 7).rows == 7)
  }

  @Test func groupsShareTheirLatent() throws {
    let fit = try knownFit(
      """
      param t : positive
      each g by id { latent u : real ~ Normal(0, t) }
      each row { observe x : real ~ Normal(u, 0.5) }
      """, table(["id": [1, 2, 1, 2], "x": [0.3, 0.5, -0.2, 0.1]]), ["t": [2]])
    let samples = try fit.sample(
      count: 20_000, seed: 9, rows: table(["id": [1, 2, 1], "x": [0, 0, 0]]))
    let x = try #require(samples["x"]).values
    let rows = (0..<3).map { Array(x[($0 * 20_000)..<(($0 + 1) * 20_000)]) }
    expectMean(zip(rows[0], rows[2]).map { $0 * $1 }, 4, variance: 4.25 * 4.25 + 16)
    expectMean(zip(rows[0], rows[1]).map { $0 * $1 }, 0, variance: 4.25 * 4.25)
    let u = try #require(samples["u"]).values
    #expect(u[0] == u[40_000])
  }

  @Test func givenValuesAndRefusals() throws {
    let names = try Table(columns: [
      Column("kind", ["cat", "dog", "cat", "dog"]), Column("x", [1.0, 5.0, 1.5, 6.0]),
    ])
    let fit = try knownFit(
      """
      param m : real[2]
      param s : positive
      each row {
        given kind : category[2]
        observe x : real ~ Normal(m[kind], s)
      }
      """, names, ["m": [1, 5], "s": [0.5]])
    let samples = try fit.sample(count: 2_000, seed: 2, given: ["kind": "dog"])
    expectMean(try #require(samples["x"]).values, 5, variance: 0.25)
    #expect(samples["kind"]?.labels == ["cat", "dog"])
    #expect(throws: QueryError.givenNeeded(names: ["kind"])) { try fit.sample(count: 3) }
    let two = try knownFit(
      """
      param s : positive
      each row {
        given a : real
        given b : real
        observe x : real ~ Normal(a * b, s)
      }
      """, table(["a": [1, 2], "b": [0, 1], "x": [1, 2]]), ["s": [1]])
    #expect(throws: QueryError.givenNeeded(names: ["a", "b"])) { try two.sample(count: 3) }
    #expect(throws: QueryError.notGiven(name: "x", known: ["kind"])) {
      try fit.sample(count: 3, given: ["x": 1.0])
    }
    #expect(throws: QueryError.unknownLabel(variable: "kind", label: "cow", known: ["cat", "dog"]))
    {
      try fit.sample(count: 3, given: ["kind": "cow"])
    }
  }

  /// The mean of what is cut to limits, at integrals of Reference/clipped_means.py; beside an indicator what is
  /// censored is the observation alone.
  @Test func meansOfCensoredVariables() throws {
    let cases: [(limits: String, mean: Double)] = [
      ("low: 0", 1.573840025789), ("high: 3", 1.039767170734), ("low: 0, high: 3", 1.363607196524),
    ]
    for (limits, mean) in cases {
      let fit = try knownFit(
        """
        param s : positive
        each row {
          latent z : real ~ Normal(0, 1)
          given a : real
          observe x : real ~ Censored(Normal(a + 0 * z, s), \(limits))
        }
        """, table(["a": [1, 2], "x": [1, 2]]), ["s": [2]])
      let means = try fit.sample(count: 2, given: ["a": 1.25], means: true)
      for x in try #require(means["x"]).values { #expect(abs(x - mean) < 1e-9) }
    }
    let right = try knownFit(
      """
      param s : positive
      each row {
        given event : binary
        observe x : positive ~ Censored(LogNormal(0.5, s), right: 1 - event)
      }
      """, table(["event": [1, 0], "x": [1, 2]]), ["s": [0.5]])
    let means = try right.sample(count: 1, given: ["event": 1], means: true)
    // exp(m + s²/2)
    #expect(abs(try #require(means["x"]).values[0] - exp(0.625)) < 1e-12)
  }
}
