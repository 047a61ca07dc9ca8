import Foundation
import LVM
import Testing

/// Quadrature in whole fits, against closed forms, and in queries.
@Suite struct QuadratureTests {
  static let twoParameters = """
    model M(Q)
    param a : real[Q] param b : real[Q]
    each row {
      latent t : real ~ Normal(0, 1)
      observe y : binary[Q] from "Q*" ~ Bernoulli(logit: a * t - b)
    }
    """
  static let rasch = """
    model M(Q)
    param a : real param b : real[Q]
    each row {
      latent t : real ~ Normal(0, 1)
      observe y : binary[Q] from "Q*" ~ Bernoulli(logit: a * t - b)
    }
    """

  /// The values are those of R's ltm and of Scripts/reference-values.py.
  @Test(arguments: 1...5)
  func itemResponseFromEverySeed(_ seed: Int) throws {
    let table = try BundledData.table("lsat6")
    for (text, optimum) in [(Self.twoParameters, -2466.65338), (Self.rasch, -2466.93760)] {
      let fit = try Model(text: text).fit(table, options: FitOptions(seed: UInt64(seed)))
      #expect(abs(fit.objective.value - optimum) < 1e-5, "\(fit.objective.value)")
      #expect(fit.converged)
      #expect(!fit.objective.exact)
      #expect(fit.objective.estimator.text?.hasPrefix("quadrature(") == true)
      #expect(fit.plan.strategy == .quadrature)
      #expect(fit.bic == nil)
      #expect(fit.warnings.isEmpty)
      for (x, y) in zip(fit.trace, fit.trace.dropFirst()) { #expect(y >= x - 1e-9) }
    }
  }

  /// Standard errors of R's ltm 1.2-0 for `ltm(LSAT ~ z1, IRT.param = FALSE)`'s discriminations, which are
  /// those of Scripts/reference-values.py too.
  @Test func itemResponseHasStandardErrors() throws {
    let fit = try Model(text: Self.twoParameters).fit(try BundledData.table("lsat6"))
    let errors = try #require(fit.parameterErrors.values["a"]).values
    for (e, known) in zip(errors, [0.2581, 0.1867, 0.2328, 0.1852, 0.2099]) {
      #expect(abs(e - known) < 2e-4, "\(e)")
    }
    #expect(fit.parameterErrors.omitted.isEmpty)
  }

  /// A real discrimination has no sign of its own: its sum is positive, from every seed.
  @Test(arguments: 1...4)
  func discriminationsHaveOneSign(_ seed: Int) throws {
    let table = try BundledData.table("lsat6")
    let fit = try Model(text: Self.twoParameters).fit(
      table, options: FitOptions(seed: UInt64(seed), restarts: 1))
    #expect(try #require(fit["a"]).values.reduce(0, +) > 0)
    #expect(
      fit.plan.explanation.contains("up to sign; reported with a positive sum of `a`"))
  }

  /// Two effects in one predictor, of the group and of the row: the optimum that
  /// Reference/nested_counts.py finds on a grid.
  @Test func effectsInsideEffects() throws {
    let groups: [[Int]] = [
      [3, 2, 9, 1, 4, 6], [1, 0, 0, 3, 1, 1], [5, 12, 4, 7, 2, 8], [2, 2, 3, 0, 5, 1],
      [9, 14, 3, 8, 20, 6], [0, 1, 2, 0, 0, 1],
    ]
    let lines = groups.enumerated().flatMap { g, counts in counts.map { "g\(g),\($0)" } }
    let table = try Table(csv: "g,y\n" + lines.joined(separator: "\n") + "\n")
    let fit = try Model(
      text: """
        model M
        param b : real param t : positive param s : positive
        each group by g {
          latent u : real ~ Normal(0, t)
          each row { latent e : real ~ Normal(0, s) observe y : count ~ Poisson(exp(b + u + e)) }
        }
        """
    ).fit(table)
    #expect(fit.converged)
    #expect(abs(fit.objective.value - -82.26724941689923) < 1e-5, "\(fit.objective.value)")
    for (name, wanted) in [
      ("b", 0.9332870821609055), ("t", 0.8977124580247263), ("s", 0.4775938908202783),
    ] {
      let found = try #require(fit[name]).values[0]
      #expect(abs(found - wanted) < 1e-4, "\(name): \(found)")
    }
    let again = try fit.logLikelihood(of: table).scores
    #expect(abs(again.values.reduce(0, +) - fit.objective.value) < 1e-6)
  }

  @Test func threadsDoNotChangeABit() throws {
    let table = try BundledData.table("lsat6")
    let fits = try [1, 2, 3].map { threads in
      try Model(text: Self.twoParameters).fit(
        table, options: FitOptions(seed: 2, runtime: Runtime(threads: threads), restarts: 2))
    }
    for other in fits.dropFirst() {
      #expect(other.parameters == fits[0].parameters)
      #expect(other.trace == fits[0].trace)
      #expect(other.objective == fits[0].objective)
    }
    let scores = try [1, 3].map {
      try fits[0].logLikelihood(of: table, runtime: Runtime(threads: $0)).scores
    }
    #expect(scores[0].values == scores[1].values)
    #expect(!scores[0].isExact)
    #expect(abs(scores[0].values.reduce(0, +) - fits[0].objective.value) < 1e-6)
  }

  /// What has a closed form comes out the same over nodes: value, gradient and posteriors.
  @Test func agreesWithClosedForms() throws {
    var compared = 0
    for c in SmallModels.all {
      let drawn = try DrawnCase(c)
      let bound = try drawn.model.bound(to: drawn.table)
      let masked = bound.data.masked
      let exact = try Planner.plan(bound.graph, facts: DataFacts(masked: masked))
      guard exact.strategy != .quadrature,
        let plan = try? Planner.plan(
          bound.graph, facts: DataFacts(masked: masked, prefersQuadrature: true)),
        plan.strategy == .quadrature
      else { continue }
      compared += 1
      let (a, b) = (
        try MarginalLikelihood(plan.inference, data: bound.data),
        try MarginalLikelihood(exact.inference, data: bound.data)
      )
      let (x, y) = (try a.value(drawn.parameters), try b.value(drawn.parameters))
      #expect(!Comparison.differ(x, y, 1e-8), "\(c.name): \(x), exactly \(y)")
      let (g, h) = (try a.gradient(drawn.parameters), try b.gradient(drawn.parameters))
      for (name, wanted) in h {
        let found = g[name]?.values ?? []
        #expect(found.count == wanted.values.count)
        for (u, v) in zip(found, wanted.values) {
          #expect(!Comparison.differ(u, v, 1e-7), "\(c.name), \(name): \(u), exactly \(v)")
        }
      }
      let p = try plan.inference.posterior(bound.data, parameters: drawn.parameters).latents()
      let q = try exact.inference.posterior(bound.data, parameters: drawn.parameters).latents()
      #expect(p.map(\.variable) == q.map(\.variable))
      for (s, t) in zip(p, q) {
        let (found, wanted) = (Self.numbers(s.content), Self.numbers(t.content))
        #expect(found.count == wanted.count, "\(c.name), \(s.variable)")
        for (u, v) in zip(found, wanted) {
          #expect(!Comparison.differ(u, v, 1e-8), "\(c.name), \(s.variable): \(u), exactly \(v)")
        }
      }
    }
    #expect(compared >= 20)
  }

  private static func numbers(_ content: LatentPosterior.Content) -> [Double] {
    switch content {
    case .probabilities(let values, _): values
    case .moments(let mean, let sd, _): mean + sd
    }
  }

  /// A prior of weight at a single place far from 0 is found, however narrow.
  @Test func farAndNarrow() throws {
    let model = try Model(
      text: """
        model M
        each row {
          latent u : real ~ Normal(5000, 0.001)
          observe x : real ~ StudentT(3, u, 2)
        }
        """)
    let table = try Table(csv: "x\n5001\n4990\n")
    let bound = try model.bound(to: table)
    let plan = try Planner.plan(bound.graph)
    let value = try MarginalLikelihood(plan.inference, data: bound.data).value([:])
    // scipy.integrate.quad over the density of z = (u − 5000) / 0.001: Reference/far_and_narrow.py.
    #expect(abs(value - -8.015341923762291) < 1e-9, "\(value)")
  }

  /// A kink between the nodes: Reference/laplace_and_normal.py has the closed form.
  @Test func laplaceUnderNormal() throws {
    let model = try Model(
      text: """
        model M
        each row { latent u : real ~ Laplace(-0.74, 1.01) observe x : real ~ Normal(u, 0.7) }
        """)
    let bound = try model.bound(to: try Table(csv: "x\n0.25\n-0.56\n-0.74\n5\n"))
    let plan = try Planner.plan(bound.graph)
    let value = try MarginalLikelihood(plan.inference, data: bound.data).value([:])
    #expect(abs(value - (-10.0798146652338)) < 1e-10, "\(value)")
  }

  @Test func missingAnswersArePredicted() throws {
    let fit = try Model(text: Self.twoParameters).fit(try BundledData.table("lsat6"))
    let known = try Table(csv: "Q1,Q2,Q3,Q4,Q5\n1,1,NA,1,1\n0,0,NA,0,0\n")
    let p = try fit.predict(known)
    guard case .numbers(let mean, _, _, _, _)? = p["y"]?.content else {
      // A binary variable is predicted as labels.
      guard case .labels(_, let q, let k, _)? = p["y"]?.content else {
        Issue.record("no prediction")
        return
      }
      let a = try ratio(fit, [1, 1, 1, 1, 1], 2)
      let b = try ratio(fit, [0, 0, 1, 0, 0], 2)
      #expect(abs(q[2 * k + 1] - a) < 1e-7)
      #expect(abs(q[(5 + 2) * k + 1] - b) < 1e-7)
      return
    }
    #expect(abs(mean[2] - (try ratio(fit, [1, 1, 1, 1, 1], 2))) < 1e-7)
    #expect(abs(mean[7] - (try ratio(fit, [0, 0, 1, 0, 0], 2))) < 1e-7)
  }

  /// P(answer | others) from the probabilities of whole rows.
  private func ratio(_ fit: Fit, _ row: [Int], _ at: Int) throws -> Double {
    var other = row
    other[at] = 1 - row[at]
    let text = [row, other].map { $0.map(String.init).joined(separator: ",") }
    let table = try Table(csv: "Q1,Q2,Q3,Q4,Q5\n" + text.joined(separator: "\n") + "\n")
    let scores = try fit.logLikelihood(of: table).scores.values
    let (a, b) = (scores[0], scores[1])
    return 1 / (1 + exp(b - a))
  }

  /// The objective names its nodes and an error below the tolerance.
  @Test func errorIsStated() throws {
    let fit = try Model(text: Self.rasch).fit(
      try BundledData.table("lsat6"), options: FitOptions(restarts: 1))
    let estimator = try #require(fit.objective.estimator.text)
    let words = estimator.split { "( ,)".contains($0) }
    #expect(words.first == "quadrature" && words.dropFirst(2).first == "nodes")
    #expect((Int(words[1]) ?? 0) >= 15)
    let error = try #require(words.last.flatMap { Double($0) })
    #expect(error <= 1e-9 * abs(fit.objective.value))
  }
}
