import LVM
import Testing

/// A predictive distribution of one cell, written as a model has it, with its mean, deviation, 5%
/// and 95% quantiles.
struct LawCase: Sendable, CustomTestStringConvertible {
  let kind: String
  let law: String
  let latent: String
  let numbers: [Double]

  init(_ kind: String, _ law: String, _ latent: String, _ numbers: [Double]) {
    self.kind = kind
    self.law = law
    self.latent = latent
    self.numbers = numbers
  }

  var testDescription: String { law }
}

/// Predictive distributions of cells: every family, combinators over them, conjugate latents
/// integrated.
@Suite struct QueryLawTests {
  private let gap = Double.nan

  private func numbers(_ p: Prediction, _ name: String) throws -> (
    mean: [Double], sd: [Double], q5: [Double], q95: [Double], draws: Int?
  ) {
    guard case .numbers(let mean, let sd, let q5, let q95, let draws)? = p[name]?.content else {
      throw QueryError.notObserved(name: name, known: [])
    }
    return (mean, sd, q5, q95, draws)
  }

  @Test(arguments: lawReference)
  func lawsAreThoseOfScipy(_ reference: LawCase) throws {
    let present = reference.numbers[3]
    let data = try Table(columns: [Column("x", [gap, present, present])])
    let fit = try Model(
      text: """
        model M
        each row {
          \(reference.latent)
          observe x : \(reference.kind) ~ \(reference.law)
        }
        """
    ).fit(data)
    let x = try numbers(fit.predict(data), "x")
    let found = [x.mean[0], x.sd[0], x.q5[0], x.q95[0]]
    for (a, b) in zip(found, reference.numbers) {
      #expect(abs(a - b) <= 1e-9 * max(1, abs(b)), "\(found), not \(reference.numbers)")
    }
    #expect(x.draws == nil)
    #expect(x.mean[1] == present && x.sd[1] == 0)
    let imputed = try #require(fit.impute(data)["x"])
    #expect(imputed.values[0] == x.mean[0] && imputed.sd[0] == x.sd[0])
  }

  /// Counts and shares that are missing in part are told by what the others leave.
  @Test func partsOfVectorsWithKnownSums() throws {
    let data = try Table(columns: [
      Column("n1", [2, gap, gap]), Column("n2", [3, 4, gap]), Column("n3", [5, gap, gap]),
      Column("p1", [0.2, 0.3, gap]), Column("p2", [0.3, gap, gap]), Column("p3", [0.5, gap, gap]),
    ])
    let fit = try knownFit(
      """
      param q : simplex[3]
      each row {
        observe n : count[3]   ~ Multinomial(10, q)
        observe p : simplex[3] ~ Dirichlet([2, 3, 4])
      }
      """, data, ["q": [0.2, 0.3, 0.5]])
    let p = try fit.predict(data)
    let n = try numbers(p, "n")
    // Six trials are left, with 2 to 5 for the first.
    #expect(abs(n.mean[3] - 6 * 2 / 7) < 1e-12)
    #expect(abs(n.sd[3] - (6.0 * 2 / 7 * 5 / 7).squareRoot()) < 1e-12)
    #expect(abs(n.mean[8] - 5) < 1e-12 && abs(n.sd[8] - 2.5.squareRoot()) < 1e-12)
    // Shares of 0.7 as Beta(3, 4); of 1 as Beta(2, 7).
    let s = try numbers(p, "p")
    #expect(abs(s.mean[4] - 0.3) < 1e-12)
    #expect(abs(s.sd[4] - 0.7 * (12.0 / 49 / 8).squareRoot()) < 1e-12)
    #expect(abs(s.mean[6] - 2.0 / 9) < 1e-12)
    // log of: the multinomial of all; of 4 in 10 at 0.3; nothing. Likewise a Beta(2, 7) density at 0.3.
    let scores = try fit.logLikelihood(of: data).scores.values
    // scipy: multinomial.logpmf + dirichlet.logpdf; binom.logpmf + beta.logpdf.
    #expect(abs(scores[0] - (-2.4645159601402664 + 2.0228711901914433)) < 1e-9)
    #expect(abs(scores[1] - (-1.6088333502186698 + 0.6813292227768191)) < 1e-9)
    #expect(abs(scores[2]) < 1e-12)
  }

  @Test func conjugateVectorsOfCountsMayBeMissing() throws {
    let data = try Table(columns: [
      Column("a1", [1, 4]), Column("a2", [1, 0]), Column("b1", [gap, 2]), Column("b2", [gap, 3]),
      Column("c", [gap, 1]),
    ])
    let fit = try knownFit(
      """
      each row {
        given   size : count from sum(a)
        latent  p : simplex[2] ~ Dirichlet([2, 3])
        observe a : count[2] from (a1, a2) ~ Multinomial(size, p)
        observe b : count[2] from (b1, b2) ~ Multinomial(5, p)
        observe c : category[2] ~ Categorical(p)
      }
      """, data, [:])
    let p = try fit.predict(data)
    let b = try numbers(p, "b")
    // Beta(3, 4) for the first share: beta-binomial of 5 trials.
    #expect(abs(b.mean[0] - 15.0 / 7) < 1e-12)
    #expect(abs(b.sd[0] - (5.0 * 12 / 49 * 12 / 8).squareRoot()) < 1e-12)
    guard case .labels(_, let probabilities, _, _)? = p["c"]?.content else {
      Issue.record("labels expected")
      return
    }
    #expect(abs(probabilities[0] - 3.0 / 7) < 1e-12)
    // Rows that have counts in part have no closed form.
    let torn = try Table(columns: [
      Column("a1", [1, 4]), Column("a2", [1, 0]), Column("b1", [gap, 2]), Column("b2", [2, 3]),
      Column("c", [gap, 1]),
    ])
    #expect {
      try fit.predict(torn)
    } throws: { error in
      guard case QueryError.unlikeFit(let latent, let reasons)? = error as? QueryError else {
        return false
      }
      return latent == "`p` (line 4)" && reasons.contains { $0.contains("`b` in part") }
    }
  }

  /// One component holds for a whole value, so that its present entries tell which.
  @Test func presentEntriesTellTheComponent() throws {
    let data = try Table(columns: [Column("x1", [0, 10, gap]), Column("x2", [gap, gap, gap])])
    let fit = try knownFit(
      """
      each row { observe x : real[2] ~ Mixture([0.5, 0.5], Normal([0, 10], 1)) }
      """, data, [:])
    let x = try numbers(fit.predict(data), "x")
    #expect(abs(x.mean[1]) < 1e-9 && abs(x.sd[1] - 1) < 1e-9)
    #expect(abs(x.mean[3] - 10) < 1e-9)
    #expect(abs(x.mean[5] - 5) < 1e-9 && abs(x.sd[5] - 26.0.squareRoot()) < 1e-9)
  }

  @Test func aLawWithoutAMeanHasQuantiles() throws {
    let data = try Table(columns: [Column("x", [gap, 1])])
    let fit = try knownFit("each row { observe x : real ~ Cauchy(1, 2) }", data, [:])
    let x = try numbers(fit.predict(data), "x")
    #expect(x.mean[0].isNaN && x.sd[0].isNaN)
    // 1 ± 2 tan(0.45 π)
    #expect(abs(x.q95[0] - 13.627503029350082) < 1e-9)
    #expect(throws: QueryError.noFiniteValue(variable: "`x` (line 2)")) { try fit.impute(data) }
  }
}
