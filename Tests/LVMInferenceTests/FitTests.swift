import LVM
import Testing

/// Whole fits: known optima, from any seed, with any number of threads.
@Suite struct FitTests {
  struct Known: Sendable, CustomTestStringConvertible {
    let name: String
    let data: String
    let text: String
    let optimum: Double
    var tolerance = 1e-3
    var testDescription: String { name }
  }

  static func mixture(_ columns: String) -> String {
    """
    model Mixture(K = 2, D)
    param weights : simplex[K]
    param mean : real[K, D]
    param cov : covariance[K, D]
    each row {
      latent kind : category[K] ~ Categorical(weights)
      observe x : real[D] from \(columns) ~ MultivariateNormal(mean[kind], cov[kind])
    }
    """
  }

  static func ppca(_ l: Int) -> String {
    """
    model PPCA(L = \(l), D)
    param W : real[D, L]
    param mu : real[D]
    param sigma : positive
    each row {
      latent z : real[L] ~ Normal(0, 1)
      observe x : real[D] from not species ~ Normal(W * z + mu, sigma)
    }
    """
  }

  static func hiddenMarkov(_ k: Int) -> String {
    """
    model HiddenMarkov(K = \(k))
    param start : simplex[K]
    param transition : simplex[K, K]
    param rate : positive[K]
    each row in order {
      latent state : category[K]
        initially Categorical(start) then Categorical(transition[previous(state)])
      observe count : count ~ Poisson(rate[state])
    }
    """
  }

  static let faithful = Known(
    name: "faithful", data: "faithful", text: mixture("(eruptions, waiting)"), optimum: -1130.2640)

  static let known: [Known] = [
    faithful,
    Known(
      name: "iris, two kinds", data: "iris", text: mixture("not species"), optimum: -214.3547),
    Known(
      name: "lsat6", data: "lsat6",
      text: """
        model LatentClass(K = 2, Q)
        param weights : simplex[K]
        param right : unit[K, Q]
        each row {
          latent class : category[K] ~ Categorical(weights)
          observe answer : binary[Q] from "Q*" ~ Bernoulli(right[class])
        }
        """, optimum: -2467.40552),
    Known(name: "iris, one component", data: "iris", text: ppca(1), optimum: -470.6695),
    Known(name: "iris, two components", data: "iris", text: ppca(2), optimum: -404.9628),
    Known(
      name: "nile", data: "nile",
      text: """
        model LocalLevel
        param drift : positive
        param noise : positive
        each row in order {
          latent level : real initially Normal(1000, 1000) then Normal(previous(level), drift)
          observe flow : real ~ Normal(level, noise)
        }
        """, optimum: -640.3805),
    Known(
      name: "earthquakes, two states", data: "earthquakes_annual", text: hiddenMarkov(2),
      optimum: -341.8787),
    Known(
      name: "earthquakes, three states", data: "earthquakes_annual", text: hiddenMarkov(3),
      optimum: -328.5275),
  ]

  @Test(arguments: known)
  func optimumIsKnown(_ k: Known) throws {
    let fit = try Model(text: k.text).fit(try BundledData.table(k.data))
    #expect(abs(fit.objective.value - k.optimum) < k.tolerance, "\(fit.objective.value)")
    #expect(fit.converged)
    // No step of the run that was kept goes down.
    for (a, b) in zip(fit.trace, fit.trace.dropFirst()) {
      #expect(b >= a - 1e-10 * (abs(a) + Double(fit.rows)))
    }
  }

  @Test(arguments: 1...10)
  func everySeedReachesTheOptimum(_ seed: Int) throws {
    let fit = try Model(text: Self.faithful.text).fit(
      try BundledData.table("faithful"), options: FitOptions(seed: UInt64(seed)))
    #expect(abs(fit.objective.value - Self.faithful.optimum) < 1e-3, "\(fit.objective.value)")
  }

  @Test(arguments: known)
  func threadsDoNotChangeABit(_ k: Known) throws {
    let table = try BundledData.table(k.data)
    func fit(_ runtime: Runtime) throws -> Fit {
      try Model(text: k.text).fit(
        table, options: FitOptions(seed: 3, runtime: runtime, restarts: 3))
    }
    let one = try fit(.serial)
    let two = try fit(Runtime(threads: 2))
    #expect(one.objective.value.bitPattern == two.objective.value.bitPattern)
    #expect(one.parameters == two.parameters)
    #expect(one.trace == two.trace)
  }

  /// Canonical order of labels and whatever else follows a fit leave the likelihood as it was.
  @Test(arguments: known)
  func objectiveIsTheRootAtTheParameters(_ k: Known) throws {
    let table = try BundledData.table(k.data)
    let model = try Model(text: k.text)
    let fit = try model.fit(table, options: FitOptions(restarts: 3))
    let bound = try model.bound(to: table)
    let root = try MarginalLikelihood(fit.plan.inference, data: bound.data).value(fit.parameters)
    #expect(!Comparison.differ(root, fit.objective.value, 1e-9))
  }

  /// Any model of the table can be fitted to a table drawn for it: upwards only, to no less than the
  /// parameters that are at hand, with the objective of the parameters it returns.
  @Test(arguments: SmallModels.all)
  func smallModelFits(_ c: Case) throws {
    var c = c
    if c.fixedColumns.isEmpty { c.rows = 24 }
    let drawn = try DrawnCase(c)
    let fit = try drawn.model.fit(
      drawn.table, options: FitOptions(restarts: 2, maximumIterations: 500))
    let bound = try drawn.model.bound(to: drawn.table)
    let root = try MarginalLikelihood(fit.plan.inference, data: bound.data)
    let objective = fit.objective.value
    let there = try root.value(fit.parameters)
    #expect(
      !Comparison.differ(there, objective, 1e-8), "\(there) is not \(objective) \(fit.parameters)")
    #expect(objective >= (try root.value(drawn.parameters)) - 1e-6)
    for (a, b) in zip(fit.trace, fit.trace.dropFirst()) {
      #expect(b >= a - 1e-10 * (abs(a) + Double(fit.rows)))
    }
  }

  @Test(arguments: known)
  func scoresAddUpToTheLikelihood(_ k: Known) throws {
    let table = try BundledData.table(k.data)
    let fit = try Model(text: k.text).fit(table, options: FitOptions(restarts: 2))
    let scores = try fit.logLikelihood(of: table).scores.values
    #expect(!Comparison.differ(scores.reduce(0, +), fit.objective.value, 1e-9))
  }
}
