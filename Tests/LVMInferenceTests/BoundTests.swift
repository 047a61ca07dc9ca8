import Foundation
import LVM
import Testing

/// The bound, its closed forms, its tighter relatives and what they bound, computed without chance.
@Suite struct BoundTests {
  private static let curved = """
    model Curved
    network decoder(z : real) -> mean : real[4], scale : positive[4] { dense(5) tanh }
    each row {
      latent z : real ~ Normal(0.3, 0.8)
      observe x : real[4] from (p1, p2, p3, p4) ~ Normal(decoder(z).mean, decoder(z).scale)
    }
    """

  private static let deep = """
    model Deep
    network upper(u : real) -> mean : real[2], scale : positive[2] { dense(3) tanh }
    network decoder(z : real[2]) -> mean : real[4] { dense(4) tanh }
    param sigma : positive
    each row {
      latent u : real ~ Normal(0, 1)
      latent z : real[2] ~ Normal(upper(u).mean, upper(u).scale)
      observe x : real[4] from (p1, p2, p3, p4) ~ Normal(decoder(z), sigma)
    }
    """

  private func rows(_ own: TrainingGraphCase) throws -> [Double] {
    try #require(try own.outputs()[TrainingGraph.rows]).values
  }

  /// A log weight is quadratic in the noise of its own draw, so that three nodes of Gauss and Hermite give
  /// its mean to the last digits: it is minus the closed divergence.
  @Test(arguments: [curved, deep])
  func closedDivergencesAreMeansOfLogWeights(_ text: String) throws {
    let table = try TrainingGraphCase.table(rows: 6, width: 16)
    var closed = try TrainingGraphCase(text, table, closedForm: true)
    var weights = try TrainingGraphCase(text, table, closedForm: false)
    let nodes = [(-3.0.squareRoot(), 1.0 / 6), (0, 2.0 / 3), (3.0.squareRoot(), 1.0 / 6)]
    let names = closed.program.noise.map(\.name)
    var total = [Double](repeating: 0, count: 6)
    var moved = 0.0
    // One node for each latent, the same in all its units: their log weights add up.
    let places = names.reduce([[Int]]([[]])) { known, _ in
      known.flatMap { place in nodes.indices.map { place + [$0] } }
    }
    for place in places {
      var share = 1.0
      for (name, k) in zip(names, place) {
        let count = closed.noise[name]?.count ?? 0
        closed.noise[name] = [Double](repeating: nodes[k].0, count: count)
        weights.noise[name] = closed.noise[name]
        share *= nodes[k].1
      }
      for (i, (a, b)) in zip(try rows(closed), try rows(weights)).enumerated() {
        total[i] += share * (a - b)
        moved = max(moved, abs(a - b))
      }
    }
    #expect(moved > 0.1)
    for difference in total { #expect(abs(difference) < 1e-11) }
  }

  @Test func closedDivergencesAreMeansOverManyDraws() throws {
    let table = try TrainingGraphCase.table(rows: 4, width: 16)
    var closed = try TrainingGraphCase(Self.deep, table, closedForm: true)
    var weights = try TrainingGraphCase(Self.deep, table, closedForm: false)
    var random = RandomStream(seed: 5, purpose: "bound")
    let draws = 3000
    var sum = [Double](repeating: 0, count: 4)
    var squares = sum
    for _ in 0..<draws {
      for name in closed.noise.keys.sorted() {
        let own = (closed.noise[name] ?? []).map { _ in random.normal() }
        closed.noise[name] = own
        weights.noise[name] = own
      }
      for (i, (a, b)) in zip(try rows(closed), try rows(weights)).enumerated() {
        sum[i] += a - b
        squares[i] += (a - b) * (a - b)
      }
    }
    for i in 0..<4 {
      let mean = sum[i] / Double(draws)
      let error = ((squares[i] / Double(draws) - mean * mean) / Double(draws)).squareRoot()
      #expect(error > 0 && abs(mean) < 4.5 * error)
    }
  }

  /// Where the guide is the prior every log weight is zero, draw by draw, as the closed form is.
  @Test func aGuideThatIsThePriorCostsNothing() throws {
    let text = """
      model Prior
      network encoder(x : real[4]) -> mean : real, scale : positive { }
      param b : real
      each row {
        latent z : real ~ Normal(0.3, 0.8)
        observe x : real[4] from (p1, p2, p3, p4) ~ Normal(b * z, 1)
      }
      guide { z ~ Normal(0.3 + 0 * encoder(x).mean, 0.8 + 0 * encoder(x).scale) }
      """
    let table = try TrainingGraphCase.table(rows: 6, width: 16)
    let a = try rows(TrainingGraphCase(text, table, closedForm: true))
    let b = try rows(TrainingGraphCase(text, table, closedForm: false))
    for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-12) }
  }

  /// Log weights of every row at nodes of the noise of a single latent, evenly spaced.
  private func logWeights(_ own: inout TrainingGraphCase, _ nodes: [Double]) throws -> [[Double]] {
    let name = try #require(own.program.noise.first?.name)
    return try nodes.map { node in
      own.noise[name] = [Double](repeating: node, count: own.data.rows)
      return try rows(own)
    }
  }

  /// ELBO ≤ IWAE with two draws ≤ with three ≤ log p, each an integral over the noise done by the
  /// trapezoidal rule; and what `score` draws agrees with them.
  @Test func moreDrawsTightenTheBoundUpToTheLikelihood() throws {
    let table = try TrainingGraphCase.table(rows: 6, width: 16)
    let fit = try Model(text: Self.curved).fit(
      table,
      options: {
        var o = FitOptions()
        o.training[.epochs] = .number(40)
        return o
      }())
    var own = try TrainingGraphCase(Self.curved, table, isTraining: false, closedForm: false)
    for (name, value) in fit.parameters where own.parameters[name] != nil {
      own.parameters[name] = value
    }
    for (name, value) in fit.parameters where own.program.settings[name] != nil {
      own.parameters[name] = value
    }
    let step = 0.12
    let nodes = (-75...75).map { Double($0) * step }
    let density = nodes.map { exp(-$0 * $0 / 2) * step / (2 * Double.pi).squareRoot() }
    #expect(abs(density.reduce(0, +) - 1) < 1e-12)
    let all = try logWeights(&own, nodes)
    var totals = (elbo: 0.0, two: 0.0, three: 0.0, exact: 0.0)
    var each: [Double] = []
    for i in 0..<6 {
      let w = all.map { $0[i] }
      let top = try #require(w.max())
      func sum(_ body: (Int) -> Double) -> Double {
        nodes.indices.reduce(0) { $0 + density[$1] * body($1) }
      }
      let relative = w.map { exp($0 - top) }
      let elbo = sum { w[$0] }
      let two = top + sum { a in sum { b in log((relative[a] + relative[b]) / 2) } }
      // Three draws: a coarser grid does, as its sums converge geometrically.
      let coarse = Swift.stride(from: 0, to: nodes.count, by: 3).map { $0 }
      func sparse(_ body: (Int) -> Double) -> Double {
        coarse.reduce(0) { $0 + 3 * density[$1] * body($1) }
      }
      let three =
        top
        + sparse { a in
          sparse { b in sparse { c in log((relative[a] + relative[b] + relative[c]) / 3) } }
        }
      let exact = top + log(sum { relative[$0] })
      #expect(elbo < two && two < three && three < exact)
      totals.elbo += elbo
      totals.two += two
      totals.three += three
      totals.exact += exact
      each.append(exact)
    }
    func scored(_ samples: Int, seeds: Int) throws -> (mean: Double, error: Double) {
      var sum = 0.0
      var squares = 0.0
      for seed in 0..<seeds {
        let posterior = fit.plan.inference.posterior(
          own.data, parameters: fit.parameters, samples: samples, seed: UInt64(seed + 1))
        let total = try posterior.logEvidence().values.reduce(0, +)
        sum += total
        squares += total * total
      }
      let n = Double(seeds)
      let variance = squares / n - sum / n * (sum / n)
      return (sum / n, (variance / (n - 1)).squareRoot())
    }
    for (samples, expected) in [(1, totals.elbo), (2, totals.two), (3, totals.three)] {
      let (mean, error) = try scored(samples, seeds: 50)
      #expect(abs(mean - expected) < 4.5 * error + 1e-4, "\(samples) draws")
    }
    let many = try fit.logLikelihood(of: table, samples: 4000).scores
    let errors = try #require(many.estimate).errors
    for i in 0..<6 { #expect(abs(many.values[i] - each[i]) < 5 * errors[i] + 1e-3) }
  }

  /// A label that chooses rows of a network is a mixture: the same maximum by another way.
  @Test func aNetworkOfALabelIsAMixture() throws {
    let network = """
      model Table(K = 2, D)
      network table(kind : category[K]) -> mean : real[D], scale : positive[D] { }
      param weights : simplex[K]
      each row {
        latent kind : category[K] ~ Categorical(weights)
        observe x : real[D] from standardize("*") ~ Normal(table(kind).mean, table(kind).scale)
      }
      fit { epochs = 3000, batch = 272, optimizer = Adam(0.01) }
      """
    let mixture = """
      model Mixture(K = 2, D)
      param weights : simplex[K]
      param mean : real[K, D]
      param scale : positive[K, D]
      each row {
        latent kind : category[K] ~ Categorical(weights)
        observe x : real[D] from standardize("*") ~ Normal(mean[kind], scale[kind])
      }
      """
    let table = try BundledData.table("faithful")
    let trained = try Model(text: network).fit(table)
    let exact = try Model(text: mixture).fit(table)
    #expect(trained.objective.exact && trained.objective.name == .logLikelihood)
    #expect(trained.objective.value < exact.objective.value + 1e-2)
    #expect(trained.objective.value > exact.objective.value - 0.5)
  }
}
