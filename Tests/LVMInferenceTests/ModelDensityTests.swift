import LVM
import Testing

/// The log density of a model over its unconstrained space.
@Suite struct ModelDensityTests {
  private struct Fixture {
    let plan: Plan
    let data: ModelData
    let model: Model
    let table: Table

    init(_ text: String, _ columns: [String: [Double]]) throws {
      model = try Model(text: "model M\n" + text + "\n")
      table = try Table(
        columns: columns.sorted { $0.key < $1.key }.map { Column($0.key, $0.value) })
      let bound = try model.bound(to: table)
      plan = try Planner.plan(bound.graph, facts: DataFacts(masked: bound.data.masked))
      data = bound.data
    }

    func space(_ policy: ChartPolicy) -> UnconstrainedSpace {
      UnconstrainedSpace(plan.model.estimatedParameters(), policy: policy)
    }

    func density(_ jacobian: Jacobian) throws -> ModelDensity {
      try ModelDensity(plan.inference, data: data, space: space(.minimal), jacobian: jacobian)
    }

    /// log ∫ exp f dt by the trapezoidal rule.
    static func logIntegral(_ range: ClosedRange<Double>, _ f: (Double) throws -> Double) rethrows
      -> Double
    {
      let step = 1.0 / 64
      let count = Int((range.upperBound - range.lowerBound) / step)
      let values = try (0...count).map { try f(range.lowerBound + Double($0) * step) }
      let top = values.max() ?? 0
      return top + (values.reduce(0) { $0 + ($1 - top).exponential } * step).logarithm
    }

    /// The evidence over one free number, with the Jacobian.
    func freeEvidence() throws -> Double {
      let density = try density(.included)
      try #require(density.dimension == 1)
      return try Self.logIntegral(-25...25) { try density.evaluate(at: [$0]).value }
    }
  }

  static let counts = [3.0, 0, 2, 5, 1, 1]
  static let coins = [1.0, 0, 1, 1, 0, 1, 1]

  /// A gamma prior of counts, a beta prior of a chance, a Dirichlet prior of two shares: the evidence is known.
  @Test func evidenceIsThatOfConjugatePriors() throws {
    let poisson = try Fixture(
      "param l : positive ~ Gamma(3, 2)\neach row { observe x : count ~ Poisson(l) }",
      ["x": Self.counts])
    let (n, total) = (6.0, 12.0)
    let wanted =
      (3 + total).logGamma - 3.0.logGamma + 3 * 2.0.logarithm - (3 + total) * (2 + n).logarithm
      - Self.counts.reduce(0) { $0 + ($1 + 1).logGamma }
    #expect(abs(try poisson.freeEvidence() - wanted) < 1e-10)

    func logBeta(_ a: Double, _ b: Double) -> Double { a.logGamma + b.logGamma - (a + b).logGamma }
    let evidence = logBeta(2 + 5, 4 + 2) - logBeta(2, 4)
    let coin = try Fixture(
      "param p : unit ~ Beta(2, 4)\neach row { observe x : binary ~ Bernoulli(p) }",
      ["x": Self.coins])
    #expect(abs(try coin.freeEvidence() - evidence) < 1e-10)
    let shares = try Fixture(
      "param w : simplex[2] ~ Dirichlet([2, 4])\n"
        + "each row { observe x : category[2] ~ Categorical(w) }",
      ["x": Self.coins.map { 2 - $0 }])
    #expect(abs(try shares.freeEvidence() - evidence) < 1e-10)
  }

  /// With the Jacobian over free numbers, without it over the constrained value.
  @Test func evidenceIsTheSameOverConstrainedValues() throws {
    let variance = try Fixture(
      "param S : covariance[1] ~ InverseWishart(5, [[1.5]])\n"
        + "each row { observe x : real[1] ~ MultivariateNormal([0.5], S) }",
      ["x": [0.3, 1.2, -0.7, 2.1]])
    let likelihood = try MarginalLikelihood(variance.plan.inference, data: variance.data)
    let overValues = try Fixture.logIntegral(-4...4) { t in
      // v = exp(π/2 sinh t).
      let log = 1.5707963267948966 * (t.exponential - (-t).exponential) / 2
      let slope = 1.5707963267948966 * (t.exponential + (-t).exponential) / 2
      return try likelihood.value(["S": Tensor([1, 1], [log.exponential])]) + log
        + slope.logarithm
    }
    #expect(abs(try variance.freeEvidence() - overValues) < 1e-8)

    let correlation = try Fixture(
      "param R : correlation[2] ~ LKJ(2)\n"
        + "each row { observe x : real[2] ~ MultivariateNormal([0, 0], R) }",
      ["x1": [0.3, 1.2, -0.7, 0.9], "x2": [0.5, 0.8, -1.1, -0.2]])
    let joint = try MarginalLikelihood(correlation.plan.inference, data: correlation.data)
    let overCorrelations = try Fixture.logIntegral(-3...3) { t in
      // r = tanh s with s = π/2 sinh t.
      let s = 1.5707963267948966 * (t.exponential - (-t).exponential) / 2
      let slope = 1.5707963267948966 * (t.exponential + (-t).exponential) / 2
      let cosh = (s.exponential + (-s).exponential) / 2
      let r = (s.exponential - (-s).exponential) / (2 * cosh)
      guard abs(r) < 1 else { return -.infinity }
      return try joint.value(["R": Tensor([2, 2], [1, r, r, 1])]) + slope.logarithm
        - 2 * cosh.logarithm
    }
    // u has heavy tails, v a bounded range: the trapezoidal rule over u is the coarser.
    let density = try correlation.density(.included)
    let overNumbers = try Fixture.logIntegral(-5...5) { t in
      let u = (t.exponential - (-t).exponential) / 2
      return try density.evaluate(at: [u]).value
        + ((t.exponential + (-t).exponential) / 2).logarithm
    }
    #expect(abs(overNumbers - overCorrelations) < 1e-8)
  }

  /// The most probable value is that of the constrained parameter: its density has no Jacobian.
  @Test func maximaLeaveTheJacobianOut() throws {
    let poisson = try Fixture(
      "param l : positive ~ Gamma(3, 2)\neach row { observe x : count ~ Poisson(l) }",
      ["x": Self.counts])
    let mode = (3 - 1 + 12.0) / (2 + 6)
    let fit = try poisson.model.fit(poisson.table)
    #expect(abs(try #require(fit["l"]).values[0] - mode) < 1e-6)
    let (maximum, posterior) = (try poisson.density(.omitted), try poisson.density(.included))
    #expect(abs(try maximum.evaluate(at: [mode.logarithm]).gradient[0]) < 1e-12)
    // ∂ log l / ∂ log l.
    #expect(abs(try posterior.evaluate(at: [mode.logarithm]).gradient[0] - 1) < 1e-12)
    let ratio = ((3 + 12.0) / (2 + 6)).logarithm
    #expect(abs(try posterior.evaluate(at: [ratio]).gradient[0]) < 1e-12)
  }

  @Test func aPosteriorNeedsMinimalCharts() throws {
    let shares = try Fixture(
      "param w : simplex[3] ~ Dirichlet([2, 3, 1.5])\n"
        + "each row { observe x : category[3] ~ Categorical(w) }",
      ["x": [1, 2, 3, 1, 1]])
    #expect(throws: ChartError.notMinimal(["w"])) {
      try ModelDensity(
        shares.plan.inference, data: shares.data, space: shares.space(.search), jacobian: .included)
    }
    #expect(shares.space(.search).dimension == 3)
    #expect(shares.space(.minimal).dimension == 2)
  }

  /// Each gradient, with and without the Jacobian, against differences of the value.
  @Test(arguments: [Jacobian.omitted, .included]) func gradientsAreThoseOfDifferences(
    _ jacobian: Jacobian
  ) throws {
    let model = try Self.many()
    let density = try model.density(jacobian)
    var random = RandomStream(seed: 5, purpose: "point", site: 0, row: 0, step: 0, sample: 0)
    let point = (0..<density.dimension).map { _ in 0.5 * random.normal() }
    let gradient = try density.evaluate(at: point).gradient
    for i in point.indices {
      func value(_ h: Double) throws -> Double {
        var moved = point
        moved[i] += h
        return try density.evaluate(at: moved).value
      }
      let h = 1e-3
      let near = (try value(h) - value(-h)) / (2 * h)
      let far = (try value(2 * h) - value(-2 * h)) / (4 * h)
      #expect(abs(gradient[i] - (4 * near - far) / 3) < 1e-8 * max(1, abs(gradient[i])))
    }
  }

  /// A parameter of each kind that has a minimal chart.
  private static func many() throws -> Fixture {
    try Fixture(
      """
      param w : simplex[3]
      param m : real[2]
      param S : covariance[2]
      param p : unit
      param s : positive
      each row {
        observe c : category[3] ~ Categorical(w)
        observe x : real[2] ~ MultivariateNormal(m, S)
        observe b : binary ~ Bernoulli(p)
        observe y : real ~ Normal(0.1, s)
      }
      """,
      [
        "c": [1, 2, 3, 3, 1], "x1": [0.3, -1.2, 0.4, 0.9, 0.1], "x2": [0.1, 0.8, -0.3, 2, 1],
        "b": [1, 0, 1, 1, 0], "y": [0.2, -0.4, 1.1, 0.3, -0.9],
      ])
  }

  /// Values go to a point and back, with what is held where it was.
  @Test func valuesComeBack() throws {
    let model = try Self.many()
    let space = model.space(.minimal)
    #expect(space.isMinimal && !model.space(.search).isMinimal)
    #expect(space.dimension == 2 + 2 + 3 + 1 + 1)
    let point = (0..<space.dimension).map { 0.3 * Double($0) - 1 }
    let values = try space.values(at: point)
    let again = try space.values(at: space.point(of: values))
    let held = space.holding(["S": [0], "m": [0, 1]], at: values)
    #expect(held.dimension == space.dimension - 3)
    let moved = try held.values(at: held.point(of: values).map { $0 + 0.1 })
    for (name, value) in values {
      for (x, y) in zip(try #require(again[name]).values, value.values) {
        #expect(abs(x - y) < 1e-12)
      }
    }
    #expect(moved["m"] == values["m"])
    let (before, after) = (try #require(values["S"]).values, try #require(moved["S"]).values)
    #expect(abs(before[0] - after[0]) < 1e-14 && abs(before[3] - after[3]) > 1e-3)
  }

  /// Floors and other units move no value.
  @Test func floorsAndUnitsMoveNoValue() throws {
    let model = try Self.many()
    let parameters = model.plan.model.estimatedParameters()
    let floored = UnconstrainedSpace(
      parameters, policy: .search, floors: ["s": Tensor(0.25)]
    ).scaled(by: ["s": [0.5], "m": [10, 0.1]])
    let values = try model.space(.search).values(
      at: model.space(.search).point(of: ["s": Tensor(2)]))
    for (name, value) in try floored.values(at: floored.point(of: values)) {
      for (x, y) in zip(value.values, try #require(values[name]).values) {
        #expect(abs(x - y) < 1e-12)
      }
    }
    let far = try floored.values(at: floored.point(of: ["s": Tensor(0.1)]).map { $0 })
    #expect(abs(try #require(far["s"]).values[0] - 0.25) < 1e-10)
  }

  /// Sums of the units' gradients are the whole's; one weight alone is one unit's.
  @Test func unitsAddUp() throws {
    let model = try Self.many()
    let density = try model.density(.omitted)
    let point = (0..<density.dimension).map { 0.1 * Double($0) - 0.3 }
    let units = try #require(try density.unitCount())
    #expect(units == 5)
    let single = (0..<units).map { u in (0..<units).map { $0 == u ? 1.0 : 0 } }
    let ones = [Double](repeating: 1, count: units)
    let found = try #require(
      try density.weightedUnitGradients(at: point, weights: single + [ones]))
    let whole = try density.evaluate(at: point).gradient
    for i in whole.indices {
      let sum = (0..<units).reduce(0.0) { $0 + found[$1][i] }
      #expect(abs(sum - whole[i]) < 1e-11 * max(1, abs(whole[i])))
      #expect(abs(found[units][i] - whole[i]) < 1e-11 * max(1, abs(whole[i])))
    }
  }
}
