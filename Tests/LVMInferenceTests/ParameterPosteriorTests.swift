import Foundation
import LVM
import Testing

/// Queries of a fit that holds draws of its parameters: each is the average over them.
@Suite struct ParameterPosteriorTests {
  private static let text = """
    model Classes
    param m : real[2]
    param s : positive
    param r : positive[2]
    each row {
      latent c : category[2] ~ Categorical([0.4, 0.6])
      observe x : real ~ Normal(m[c], s)
      observe k : count ~ Poisson(r[c])
    }
    """

  private static let nan = Double.nan

  private static func table() throws -> Table {
    try Table(columns: [
      Column("x", [-1.2, nan, 2.1, nan, 0.4, -0.8]), Column("k", [1, 3, nan, nan, 2, 1]),
    ])
  }

  private static let draws: [[String: Tensor]] = [
    ["m": Tensor([2], [-1, 2]), "s": Tensor(0.8)],
    ["m": Tensor([2], [-0.6, 1.4]), "s": Tensor(1.1)],
    ["m": Tensor([2], [-1.5, 2.5]), "s": Tensor(0.6)],
  ]

  private static func posterior() throws -> DrawsOfParameters {
    try #require(
      DrawsOfParameters([
        "m": Tensor([3, 2], draws.flatMap { $0["m"]?.values ?? [] }),
        "s": Tensor([3], draws.flatMap { $0["s"]?.values ?? [] }),
      ]))
  }

  /// A fit with the draws, and one at each of them.
  private static func fits() throws -> (all: Fit, each: [Fit]) {
    let fit = try Model(text: text).fit(try table(), options: .init(restarts: 1))
    var all = fit
    all.parameterPosterior = try posterior()
    let each = draws.map { values in
      var own = fit
      own.parameters.merge(values) { $1 }
      return own
    }
    return (all, each)
  }

  private static func average(_ values: [[Double]]) -> [Double] {
    (0..<(values.first?.count ?? 0)).map { i in
      values.reduce(0) { $0 + $1[i] } / Double(values.count)
    }
  }

  /// Mean and deviation of an equal mixture of what has these.
  private static func mixed(_ means: [[Double]], _ sds: [[Double]]) -> [[Double]] {
    let mean = average(means)
    let variance = average(
      zip(means, sds).map { m, s in
        m.indices.map { s[$0] * s[$0] + (m[$0] - mean[$0]) * (m[$0] - mean[$0]) }
      })
    return [mean, variance.map { $0.squareRoot() }]
  }

  private static func expectClose(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-9) {
    #expect(a.count == b.count && !a.isEmpty)
    for (x, y) in zip(a, b) { #expect(abs(x - y) < tolerance, "\(x), not \(y)") }
  }

  @Test func drawsAreKept() throws {
    let posterior = try Self.posterior()
    #expect(posterior.count == 3)
    for (i, values) in Self.draws.enumerated() { #expect(posterior.draw(i) == values) }
    let m = posterior.summary("m")
    #expect(m.count == 2 && posterior.summary("other").isEmpty)
    #expect(abs(m[1].mean - (2 + 1.4 + 2.5) / 3) < 1e-12)
    #expect(m[1].q5 == 1.4 && m[1].q95 == 2.5)
    #expect(DrawsOfParameters(["a": Tensor([3], [1, 2, 3]), "b": Tensor([2], [1, 2])]) == nil)
  }

  @Test func predictionsAreAveragesOverDraws() throws {
    let (all, each) = try Self.fits()
    let table = try Self.table()
    let own = try all.predict(table)
    let parts = try each.map { try $0.predict(table) }
    for name in ["x", "k"] {
      func numbers(_ p: Prediction) throws -> [[Double]] {
        guard case .numbers(let mean, let sd, let q5, let q95, nil) = try #require(p[name]).content
        else { throw QueryError.noDraw(variable: name, reason: "numbers were expected") }
        return [mean, sd, q5, q95]
      }
      let found = try numbers(own)
      let other = try parts.map(numbers)
      for (a, b) in zip(found, Self.mixed(other.map { $0[0] }, other.map { $0[1] })) {
        Self.expectClose(a, b)
      }
      // A quantile of the mixture lies among the parts' own.
      for q in 2...3 {
        for i in found[q].indices {
          let ends = other.map { $0[q][i] }
          #expect(found[q][i] >= (ends.min() ?? 0) - 1e-9)
          #expect(found[q][i] <= (ends.max() ?? 0) + 1e-9)
        }
      }
    }
    let imputed = try #require(try all.impute(table)["x"])
    Self.expectClose(
      imputed.values, Self.average(try each.map { try #require(try $0.impute(table)["x"]).values }))
    let values = try #require(try all.reconstruct(table)["x"]).values
    Self.expectClose(
      values, Self.average(try each.map { try #require(try $0.reconstruct(table)["x"]).values }))
  }

  /// Draws of a mixture take the parameters of their context.
  @Test func drawsOfCellsHaveTheMixturesMoments() throws {
    let bound = try Model(text: Self.text).bound(to: try Self.table())
    let plan = try Model(text: Self.text).plan(for: try Self.table())
    let posterior = plan.inference.posterior(
      bound.data, over: try Self.posterior(), point: ["r": Tensor([2], [1, 3])])
    #expect(posterior.source == .draws(count: 3))
    let mixture = try #require(try posterior.mixtures(of: .cells(of: ["x"])).first)
    #expect(mixture.states == 6)
    let moments = try mixture.moments(plan.model, nil)
    let n = 20_000
    for (cell, own) in try posterior.sampler.draws(mixture, count: n, seed: 4).enumerated() {
      let mean = own.reduce(0, +) / Double(n)
      let sd = (own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)).squareRoot()
      #expect(abs(mean - moments.mean[cell]) < 5 * sd / Double(n).squareRoot())
      #expect(abs(sd / moments.sd[cell] - 1) < 0.03)
    }
  }

  @Test func labelsAndScoresAreAveragesOverDraws() throws {
    let (all, each) = try Self.fits()
    let table = try Self.table()
    func labels(_ fit: Fit) throws -> [Double] {
      guard case .probabilities(let p, 2)? = try fit.posterior(of: "c", given: table)?.content
      else { throw QueryError.noPath(reason: "`c` has probabilities") }
      return p
    }
    Self.expectClose(try labels(all), Self.average(try each.map(labels)))
    func scores(_ fit: Fit) throws -> [Double] { try fit.logLikelihood(of: table).scores.values }
    let densities = Self.average(try each.map { try scores($0).map { exp($0) } })
    Self.expectClose(try scores(all), densities.map { log($0) })
    #expect(try all.logLikelihood(of: table).scores.source == .draws(count: 3))
  }

  /// Each replicate of a table has a draw of the parameters of its own.
  @Test func simulationsHaveParametersOfTheirOwn() throws {
    let (all, each) = try Self.fits()
    let sets = try (1...30).map { seed in
      try #require(try all.sample(count: 4, seed: UInt64(seed))["x"]).values
    }
    let owners = try sets.enumerated().map { i, x in
      try each.firstIndex {
        try #require(try $0.sample(count: 4, seed: UInt64(i + 1))["x"]).values == x
      }
    }
    #expect(!owners.contains(nil) && Set(owners).count == 3)
  }

  @Test func drawsAreSavedAndLoaded() throws {
    var (all, _) = try Self.fits()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "draws-\(UUID().uuidString).fit")
    defer { try? FileManager.default.removeItem(at: folder) }
    try all.save(to: folder)
    let again = try Fit(contentsOf: folder)
    let loaded = try #require(again.parameterPosterior)
    #expect(loaded.count == 3)
    for (i, values) in Self.draws.enumerated() { #expect(loaded.draw(i) == values) }
    let table = try Self.table()
    #expect(
      try again.logLikelihood(of: table).scores.values
        == all.logLikelihood(of: table).scores.values)
    // Draws of something else are refused.
    all.parameterPosterior = DrawsOfParameters(["m": Tensor([2, 3], [1, 2, 3, 4, 5, 6])])
    try all.save(to: folder)
    #expect(throws: FitDirectoryError.self) { try Fit(contentsOf: folder) }
  }
}
