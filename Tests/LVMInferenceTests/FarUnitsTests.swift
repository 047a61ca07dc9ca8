import Foundation
import LVM
import Testing

/// What a model says of data does not depend on where their zero lies or on their units.
@Suite struct FarUnitsTests {
  /// Fractional parts of multiples of an irrational number.
  private static func share(_ i: Int, _ a: Double) -> Double {
    (Double(i) * a + 0.31).truncatingRemainder(dividingBy: 1)
  }

  /// A time of day in seconds, and responses to it.
  private func times(since origin: Double) throws -> Table {
    let t = (0..<120).map { 25_000 * Self.share($0, 0.618_033_988_749_894_9) }
    let noise = (0..<120).map { Self.share($0, 0.754_877_666_246_692_7) }
    let y = zip(t, noise).map { t, u -> Double in
      let eta = 2e-4 * (t - 12_500)
      return u < 1 / (1 + exp(-eta)) ? 1 : 0
    }
    return try Table(columns: [
      Column("t", t.map { $0.rounded() + origin }), Column("y", y),
      Column("c", zip(t, noise).map { (3 * $1 * exp(6e-5 * $0)).rounded(.down) }),
      Column("z", zip(t, noise).map { 3e-4 * $0 + 6 * ($1 - 0.5) }),
    ])
  }

  @Test(arguments: [
    "observe z : real ~ Normal(a + b * t, s)",
    "observe y : binary ~ Bernoulli(logit: a + b * t) observe z : real ~ Normal(0, s)",
    "observe c : count ~ Poisson(exp(a + b * t)) observe z : real ~ Normal(0, s)",
    "latent k : binary ~ Bernoulli(0.5) observe z : real ~ Normal(a + d * k + b * t, s)",
  ])
  func covariateFarFromZero(_ row: String) throws {
    let text = """
      model M
      param a : real param b : real param s : positive \(row.contains("d *") ? "param d : positive" : "")
      each row { given t : real \(row) }
      """
    let near = try Model(text: text).fit(times(since: -12_500))
    let far = try Model(text: text).fit(times(since: 1.6e9))
    #expect(abs(near.objective.value - far.objective.value) < 1e-5)
    #expect(near.parameterCount == far.parameterCount)
    #expect(far.warnings.isEmpty, "\(far.warnings)")
    let (b, other) = (try #require(near["b"]).values[0], try #require(far["b"]).values[0])
    #expect(abs(b - other) < 1e-5 * abs(b))
    let error = try #require(near.parameterErrors.values["b"]).values[0]
    let same = try #require(far.parameterErrors.values["b"]).values[0]
    #expect(abs(error - same) < 1e-4 * error)
    #expect(far.parameterErrors.values["a"] != nil)
  }

  /// Nine digits of the covariate say nothing: least squares about the means, by hand.
  @Test func covariateOfNineDigits() throws {
    let z = (0..<120).map { 5 * Self.share($0, 0.754_877_666_246_692_7) }
    let x = (0..<120).map { 1e9 + (4 * Self.share($0, 0.569_840_290_998_053_3)).rounded() / 2 }
    let (mx, mz) = (x.reduce(0) { $0 + ($1 - 1e9) } / 120, z.reduce(0, +) / 120)
    let sxx = x.reduce(0) { $0 + ($1 - 1e9 - mx) * ($1 - 1e9 - mx) }
    let slope = zip(x, z).reduce(0) { $0 + ($1.0 - 1e9 - mx) * ($1.1 - mz) } / sxx
    let rss = zip(x, z).reduce(0.0) { sum, p in
      let r = p.1 - mz - slope * (p.0 - 1e9 - mx)
      return sum + r * r
    }
    let fit = try Model(
      text: """
        model M
        param a : real param b : real param s : positive
        each row { given x : real observe z : real ~ Normal(a + b * x, s) }
        """
    ).fit(try Table(columns: [Column("x", x), Column("z", z)]))
    #expect(abs(fit.objective.value + 60 * (log(2 * Double.pi * rss / 120) + 1)) < 1e-4)
    #expect(abs(try #require(fit["b"]).values[0] - slope) < 1e-5)
    let error = try #require(fit.parameterErrors.values["b"]).values[0]
    #expect(abs(error / (rss / 120 / sxx).squareRoot() - 1) < 1e-3)
    #expect(fit.warnings.isEmpty)
  }

  @Test(arguments: [
    "each row { observe y : real ~ Normal(u, t) }",
    "each row { observe y : real ~ StudentT(5, u, t) }",
    "each row { latent k : binary ~ Bernoulli(0.2) observe y : real ~ Normal(u, t * (1 + 3 * k)) }",
  ])
  func groupsInOtherUnits(_ rows: String) throws {
    let text = """
      model D
      param m : real param s : positive param t : positive
      each g by g { latent u : real ~ Normal(m, s) \(rows) }
      """
    func fit(_ unit: Double) throws -> (fit: Fit, table: Table) {
      let y = (0..<48).map { i in
        unit * (3 * Self.share(i / 6, 0.618) - 2 + Self.share(i, 0.754_877_666) / 2)
      }
      let table = try Table(columns: [Column("g", (0..<48).map { Double($0 / 6) }), Column("y", y)])
      return (try Model(text: text).fit(table), table)
    }
    let (one, table) = try fit(1)
    let mean = try level(one, table)
    for unit in [1e-9, 1e9] {
      let (own, table) = try fit(unit)
      #expect(own.converged)
      #expect(abs(own.objective.value + 48 * log(unit) - one.objective.value) < 1e-5)
      let s = try #require(own["s"]).values[0] / unit
      #expect(abs(s - (try #require(one["s"]).values[0])) < 1e-3 * s)
      #expect(abs(try level(own, table) / unit - mean) < 1e-4)
    }
  }

  /// The posterior mean of the first group's level.
  private func level(_ fit: Fit, _ table: Table) throws -> Double {
    guard case .moments(let mean, _, _)? = try fit.posterior(of: "u", given: table)?.content else {
      Issue.record("no moments")
      return .nan
    }
    return mean[0]
  }

  /// A full covariance with missing cells has no closed form: the ascent is the same in any units.
  @Test(arguments: [1e-6, 1e3, 1e8]) func covariancesInAnyUnits(_ unit: Double) throws {
    let rows = (0..<120).map { i -> (Double, Double) in
      let (u, v) = (Double(i * 37 % 121) / 60 - 1, Double(i * 53 % 119) / 59 - 1)
      return i % 3 == 0 ? (2 + u, 4 + 0.8 * u + 0.4 * v) : (u, 1 - 0.6 * u + 0.5 * v)
    }
    func fit(_ unit: Double) throws -> Fit {
      let x = rows.enumerated().map { $0.offset % 11 == 3 ? .nan : $0.element.0 }
      let y = rows.enumerated().map { $0.offset % 7 == 2 ? .nan : unit * $0.element.1 }
      let kind = rows.indices.map { $0 % 3 == 0 ? 1.0 : 2 }
      return try Model(
        text: """
          model M
          param p : simplex[2] param m : real[2, 2] param S : covariance[2, 2]
          each row {
            observe kind : category[2] ~ Categorical(p)
            observe v : real[2] from (x, y) ~ MultivariateNormal(m[kind], S[kind])
          }
          """
      ).fit(try Table(columns: [Column("x", x), Column("y", y), Column("kind", kind)]))
    }
    let (plain, scaled) = (try fit(1), try fit(unit))
    let present = Double(rows.indices.filter { $0 % 7 != 2 }.count)
    let expected = plain.objective.value - present * log(unit)
    #expect(scaled.converged)
    #expect(
      abs(scaled.objective.value - expected) < 1e-5, "\(scaled.objective.value) \(expected)")
  }
}
