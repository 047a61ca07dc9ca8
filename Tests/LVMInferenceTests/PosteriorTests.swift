import Foundation
import LVM
import Testing

/// One question, asked of posteriors that come about in different ways: in closed form, over nodes, from draws
/// of a guide, at points.
@Suite struct PosteriorTests {
  private static let rows = """
    Sepal.Length,Sepal.Width,Petal.Length,Petal.Width,species
    5.1,3.5,1.4,,1
    7.0,,4.7,,2
    ,,5.8,,3
    ,,,,1
    6.3,3.3,6.0,2.5,3

    """

  /// A linear network with a single latent, and PPCA at the numbers that it was trained to.
  private static func twins(_ guide: GuideKind) throws -> (
    trained: Fit, exact: [String: Tensor], model: Model
  ) {
    let table = try BundledData.table("iris")
    var options = FitOptions()
    options.training[.epochs] = .number(200)
    let trained = try Model(text: VariationalTests.linear(1)).fit(
      table, options: options, model: .init(guide: guide))
    let decoder = try LinearDecoder(trained)
    var parameters: [String: Tensor] = [
      "W": decoder.loadings, "mu": Tensor([decoder.mean.count], decoder.mean),
    ]
    parameters["sigma"] = trained["sigma"]
    return (trained, parameters, try Model(text: FitTests.ppca(1)))
  }

  private static func closed(
    _ model: Model, _ table: Table, _ parameters: [String: Tensor], nodes: Bool = false
  ) throws -> any Posterior {
    let bound = try model.bound(to: table)
    let plan = try Planner.plan(
      bound.graph, facts: DataFacts(of: bound.data, in: bound.graph, prefersQuadrature: nodes))
    return plan.inference.posterior(bound.data, parameters: parameters)
  }

  private static func drawn(_ fit: Fit, _ table: Table, samples: Int, seed: UInt64) throws
    -> any Posterior
  {
    let bound = try fit.bound(to: table)
    let plan = try Planner.plan(
      bound.graph,
      facts: DataFacts(of: bound.data, in: bound.graph, indicated: [], guide: fit.plan.guide))
    return plan.inference.posterior(
      bound.data, parameters: fit.parameters, samples: samples, seed: seed)
  }

  /// Means, deviations and quantiles of the missing cells of `x`.
  private static func numbers(_ posterior: any Posterior) throws -> [Double] {
    let mixture = try #require(try posterior.mixtures(of: .cells(of: ["x"])).first)
    let asked = posterior.data.missingCells(of: "x", at: mixture.instances, size: mixture.size)
    let moments = try mixture.moments(posterior.plan.model, nil)
    let quantiles = try #require(try mixture.quantiles([0.05, 0.95], asked: asked))
    let missing = try #require(asked).indices.filter { asked?[$0] ?? false }
    return ([moments.mean, moments.sd] + quantiles).flatMap { all in missing.map { all[$0] } }
  }

  @Test func nodesAgreeWithTheClosedForm() throws {
    let (_, parameters, model) = try Self.twins(.encoder)
    let table = try Table(csv: Self.rows)
    let exact = try Self.closed(model, table, parameters)
    let nodes = try Self.closed(model, table, parameters, nodes: true)
    #expect(exact.source == .exact)
    guard case .nodes = nodes.source else {
      Issue.record("quadrature was asked for")
      return
    }
    // Moments are integrals; quantiles are those of a mixture of as many normals as there are nodes.
    let (x, y) = (try Self.numbers(exact), try Self.numbers(nodes))
    for i in x.indices { #expect(abs(x[i] - y[i]) < (i < x.count / 2 ? 1e-6 : 0.05)) }
    let (p, q) = (try exact.logEvidence(), try nodes.logEvidence())
    guard case .nodes(let error?) = q.source else {
      Issue.record("the error of nodes is measured")
      return
    }
    #expect(error < 1e-6)
    for (a, b) in zip(p.values, q.values) { #expect(abs(a - b) < 1e-8) }
    guard case .moments(let m, let s, 1)? = try exact.latents().first?.content,
      case .moments(let n, let t, 1)? = try nodes.latents().first?.content
    else {
      Issue.record("`z` has moments")
      return
    }
    for (a, b) in zip(m + s, n + t) { #expect(abs(a - b) < 1e-8) }
  }

  /// Over seeds, answers by draws lie about the exact ones as far as they lie apart from each other.
  @Test func drawsAgreeWithTheClosedForm() throws {
    let (trained, parameters, model) = try Self.twins(.encoder)
    let table = try Table(csv: Self.rows)
    let exact = try Self.closed(model, table, parameters)
    let truth = try Self.numbers(exact)
    let seeds = 12
    var sums = truth.map { _ in (0.0, 0.0) }
    for seed in 1...seeds {
      let posterior = try Self.drawn(trained, table, samples: 500, seed: UInt64(seed))
      #expect(posterior.source == .guide(draws: 500))
      for (i, x) in try Self.numbers(posterior).enumerated() {
        sums[i].0 += x / Double(seeds)
        sums[i].1 += x * x / Double(seeds)
      }
    }
    #expect(truth.count == 4 * 10)
    for (i, x) in truth.enumerated() {
      let (mean, square) = sums[i]
      let error = (max(0, square - mean * mean) / Double(seeds - 1)).squareRoot()
      #expect(
        error < 0.15 && abs(mean - x) < 5 * error + 2e-3, "\(i): \(mean), not \(x) ± \(error)")
    }
    let scores = try Self.drawn(trained, table, samples: 4000, seed: 1).logEvidence()
    for (i, x) in try exact.logEvidence().values.enumerated() {
      #expect(abs(scores.values[i] - x) < 5 * scores.errors[i] + 1e-3)
    }
    // Latents drawn one by one have the moments that are said of them.
    let posterior = try Self.drawn(trained, table, samples: 100, seed: 3)
    let z = try #require(
      try posterior.latentDraws(of: [Int](repeating: 4, count: 4000), seed: 3)["z"])
    guard case .moments(let mean, let sd, 1)? = try posterior.latents().first?.content else {
      Issue.record("`z` has moments")
      return
    }
    let centre = z.values.reduce(0, +) / 4000
    #expect(abs(centre - mean[4]) < 5 * sd[4] / 4000.squareRoot())
  }

  /// The most probable value of a linear-Gaussian latent is its mean.
  @Test func pointsAreTheMeansOfTheClosedForm() throws {
    let (trained, parameters, model) = try Self.twins(.point)
    let table = try Table(csv: Self.rows)
    let points = try Self.drawn(trained, table, samples: 100, seed: 1)
    #expect(points.source == .point)
    guard
      case .moments(let m, _, 1)? = try Self.closed(model, table, parameters).latents().first?
        .content, case .moments(let n, let none, 1)? = try points.latents().first?.content
    else {
      Issue.record("`z` has moments")
      return
    }
    for (a, b) in zip(m, n) { #expect(abs(a - b) < 1e-3) }
    #expect(none.allSatisfy { $0 == 0 })
    // A missing cell is what the decoder makes of the point.
    let cells = try #require(try points.mixtures(of: .cells(of: ["x"])).first)
    let posterior = try Self.closed(model, table, parameters)
    let exact = try #require(try posterior.mixtures(of: .cells(of: ["x"])).first)
    let a = try cells.moments(points.plan.model, nil).mean
    let b = try exact.moments(posterior.plan.model, nil).mean
    for i in a.indices { #expect(abs(a[i] - b[i]) < 5e-3) }
  }

  /// Two classes that differ in both coordinates: given the class the coordinates are independent, together
  /// they are not.
  private static let classes = """
    model Classes
    param m : real[2]
    each row {
      latent c : category[2] ~ Categorical([0.3, 0.7])
      observe x : real[2] from (a, b) ~ Normal(m[c], 0.5)
      observe t : real ~ StudentT(5, m[c], 1)
    }
    """

  /// What a mixture says of its mean, spread and quantiles is what its draws show, and the context is drawn
  /// once for all entries of a value.
  @Test func mixturesAreWhatTheirDrawsShow() throws {
    let nan = Double.nan
    let table = try Table(columns: [
      Column("a", [nan, nan]), Column("b", [nan, nan]), Column("t", [nan, 0.3]),
    ])
    let model = try Model(text: Self.classes)
    let bound = try model.bound(to: table)
    let plan = try model.plan(for: table)
    let parameters = ["m": Tensor([2], [-2, 1.5])]
    let posterior = plan.inference.posterior(bound.data, parameters: parameters)
    let n = 20_000
    for mixture in try posterior.mixtures(of: .cells(of: ["x", "t"])) {
      let isVector = mixture.size == 2
      let moments = try mixture.moments(plan.model, nil)
      let quantiles = try #require(try mixture.quantiles([0.1, 0.5, 0.9]))
      let draws = try posterior.sampler.draws(mixture, count: n, seed: 5)
      for (cell, own) in draws.enumerated() {
        if mixture.variable == bound.graph.variable(named: "t")?.id, cell == 1 { continue }
        let mean = own.reduce(0, +) / Double(n)
        let sd = (own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)).squareRoot()
        #expect(abs(mean - moments.mean[cell]) < 5 * sd / Double(n).squareRoot())
        #expect(abs(sd / moments.sd[cell] - 1) < 0.05)
        for (level, q) in zip([0.1, 0.5, 0.9], quantiles) {
          let share = Double(own.count { $0 <= q[cell] }) / Double(n)
          #expect(abs(share - level) < 5 * (level * (1 - level) / Double(n)).squareRoot())
        }
      }
      guard isVector else { continue }
      // Row 1 shows nothing: Cov[a, b] = 0.3 · 0.7 · 3.5².
      let pairs = zip(draws[0], draws[1]).reduce(0) {
        $0 + ($1.0 - moments.mean[0]) * ($1.1 - moments.mean[1])
      }
      #expect(abs(pairs / Double(n) - 0.3 * 0.7 * 3.5 * 3.5) < 0.15)
    }
  }
}
