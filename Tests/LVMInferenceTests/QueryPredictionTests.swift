import LVM
import Testing

private let gap = Double.nan

private func table(_ columns: [String: [Double]]) throws -> Table {
  try Table(columns: columns.sorted { $0.key < $1.key }.map { Column($0.key, $0.value) })
}

private func numbers(_ p: Prediction, _ name: String) throws -> (
  mean: [Double], sd: [Double], q5: [Double], q95: [Double], draws: Int?
) {
  guard case .numbers(let mean, let sd, let q5, let q95, let draws)? = p[name]?.content else {
    throw QueryError.notObserved(name: name, known: [])
  }
  return (mean, sd, q5, q95, draws)
}

@Suite struct QueryPredictionTests {
  @Test func imputationKeepsCellsAndUndoesUnits() throws {
    let data = try table([
      "a": [10, 12, 17, 11.1, 14], "b": [3, gap, 9, 4, 7], "c": [2, 3, gap, 1.7, 5],
    ])
    let fit = try knownFit(
      """
      param s : covariance[2]
      each row {
        observe x : real[2] from (standardize(a), standardize(b)) ~ MultivariateNormal([0, 0], s)
        observe y : real from log(c) ~ Normal(0.2, 0.5)
      }
      """, data, ["s": [1, 0.5, 0.5, 1]])
    let imputed = try fit.impute(data)
    let x = try #require(imputed["x"])
    #expect(x.isImputed.filter { $0 }.count == 1)
    #expect(x.values[0] == 10 && x.values[6] == 11.1 && x.sd[0] == 0)
    // Means and deviations of the observed cells, divisor N.
    let (ma, sa) = (12.82, 2.467711490429949)
    let (mb, sb) = (5.75, 2.384848003542364)
    #expect(abs(x.values[3] - (mb + sb * 0.5 * (12 - ma) / sa)) < 1e-9)
    #expect(abs(x.sd[3] - sb * 0.75.squareRoot()) < 1e-9)
    let y = try #require(imputed["y"])
    // Log-normal: exp(0.2 + 0.125), and its deviation.
    #expect(abs(y.values[2] - 1.384030645980751) < 1e-9)
    #expect(abs(y.sd[2] - 0.7376057769181674) < 1e-9)
    #expect(y.values[0] == 2)
  }

  @Test func quantilesOfAMixtureAndOfCounts() throws {
    let fit = try knownFit(
      """
      param m : real[2]
      each row {
        latent k : category[2] ~ Categorical([0.4, 0.6])
        observe x : real ~ Normal(m[k], 1)
        observe n : count ~ Poisson(3)
        observe t : positive ~ Exponential(2)
      }
      """, table(["x": [0.1, 5.0, 4.0], "n": [1, 2, 3], "t": [0.5, 1, 0.2]]), ["m": [0, 5]])
    let blank = try table(["x": [gap, 0.3], "n": [gap, 2], "t": [gap, 1]])
    let p = try fit.predict(blank)
    let x = try numbers(p, "x")
    #expect(abs(x.mean[0] - 3) < 1e-12)
    #expect(abs(x.sd[0] - 7.0.squareRoot()) < 1e-12)
    // Roots of 0.4 Φ(q) + 0.6 Φ(q − 5) = 0.05 and 0.95, by bisection with Python's erfc.
    #expect(abs(x.q5[0] + 1.1503493831927845) < 1e-9)
    #expect(abs(x.q95[0] - 6.382994127478206) < 1e-9)
    #expect(x.draws == nil)
    // Known cells are points.
    #expect(x.mean[1] == 0.3 && x.sd[1] == 0 && x.q95[1] == 0.3)
    let n = try numbers(p, "n")
    #expect(n.q5[0] == 1 && n.q95[0] == 6)
    let t = try numbers(p, "t")
    #expect(t.draws == nil)
    #expect(abs(t.mean[0] - 0.5) < 1e-12)
    // −log(0.05)/2
    #expect(abs(t.q95[0] - 1.4978661367769954) < 1e-11)
    #expect(throws: QueryError.notObserved(name: "k", known: ["x", "n", "t"])) {
      try fit.predict(blank, of: "k")
    }
  }

  @Test func truncatedLawsMixOverLabelsAndGroups() throws {
    let data = try table([
      "id": [1, 2, 1, 2], "size": [2, 4, 2, 4], "y": [0.1, 5.2, 0.3, 4.7], "x": [1, 1, gap, gap],
    ])
    let fit = try knownFit(
      """
      param m : real[2]
      each g by id { given size : positive }
      each row {
        latent k : category[2] ~ Categorical([0.5, 0.5])
        observe y : real ~ Normal(m[k], 0.3)
        observe x : positive ~ Truncated(Exponential(1 / size), low: m[k])
      }
      """, data, ["m": [0, 5]])
    let x = try numbers(fit.predict(data), "x")
    // y tells the label; an exponential above a limit is the limit and an exponential.
    #expect(x.draws == nil)
    #expect(abs(x.mean[2] - 2) < 1e-9)
    #expect(abs(x.mean[3] - 9) < 1e-9)
    #expect(abs(x.sd[3] - 4) < 1e-9)
    // 5 − 4 log(0.95)
    #expect(abs(x.q5[3] - 5.205173177550203) < 1e-10)
  }

  @Test func aPresentLabelIsHiddenFromItself() throws {
    let data = try Table(columns: [
      Column("kind", ["a", "b", "a", "b"]), Column("x", [0.0, 2.0, 1.5, 3.0]),
    ])
    let fit = try knownFit(
      """
      param m : real[2]
      each row {
        observe kind : category[2] ~ Categorical([0.3, 0.7])
        observe x : real ~ Normal(m[kind], 1)
      }
      """, data, ["m": [0, 2]])
    let p = try fit.predict(data, of: "kind")
    guard case .labels(let best, let probabilities, let k, let labels)? = p["kind"]?.content else {
      Issue.record("labels expected")
      return
    }
    #expect(k == 2 && labels == ["a", "b"])
    for (i, x) in [0.0, 2.0, 1.5, 3.0].enumerated() {
      // Log odds of b: log(7/3) + 2x − 2.
      let odds = 0.8472978603872037 + 2 * x - 2
      let expected = 1 / (1 + expValue(-odds))
      #expect(abs(probabilities[i * 2 + 1] - expected) < 1e-10)
      #expect(best[i] == (odds > 0 ? 1 : 0))
    }
  }

  @Test func blankRowsForecastAChain() throws {
    let fit = try knownFit(
      """
      param q : positive
      param s : positive
      each row in order {
        latent z : real initially Normal(0, 10) then Normal(previous(z), q)
        observe x : real ~ Normal(z, s)
      }
      """, table(["x": [0.3, 0.5, -0.2, 0.1, 0.9]]), ["q": [0.6], "s": [0.8]])
    let p = try numbers(fit.predict(table(["x": [0.3, 0.5, 0.9, gap, gap, gap]])), "x")
    // The level stays, and each step adds q² to the variance.
    #expect(abs(p.mean[4] - p.mean[3]) < 1e-9 && abs(p.mean[5] - p.mean[3]) < 1e-9)
    for t in 3..<5 {
      #expect(abs(p.sd[t + 1] * p.sd[t + 1] - p.sd[t] * p.sd[t] - 0.36) < 1e-9)
    }
    #expect(abs(p.q95[3] - p.mean[3] - 1.6448536269514722 * p.sd[3]) < 1e-9)
  }

  private func expValue(_ x: Double) -> Double { x.exponential }
}
