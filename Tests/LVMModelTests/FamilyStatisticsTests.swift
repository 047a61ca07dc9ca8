import LVMCompute
import LVMModel
import Testing

/// The exponential-family view: expected log densities against direct sums, and maximisers.
///
/// Everything runs as the inference engine does it: three rows or more on the plate, two states, x of
/// [1, …] on rows, weights of [states, …] on rows, arguments and references of [states, …] without.
@Suite struct FamilyStatisticsTests {
  struct Setting: Sendable {
    var name: FamilyName
    var form = 0
    /// Five rows of values.
    var rows: [Double]
    var eventDims: [Int] = []
    /// Per state.
    var arguments: [Tensor]
    /// Arguments expected to have a closed-form maximiser.
    var maximised: [Int]
    /// Whether the maximised argument is bound to a simplex.
    var isSimplex = false
  }

  static let settings: [Setting] = [
    Setting(
      name: .normal, rows: [1, 2, -0.5, 7, 1e3],
      arguments: [Tensor([2], [1, 3]), Tensor([2], [2, 0.5])],
      maximised: [0, 1]),
    Setting(
      name: .logNormal, rows: [1, 2, 0.5, 7, 1e3],
      arguments: [Tensor([2], [1, 3]), Tensor([2], [2, 0.5])], maximised: [0, 1]),
    Setting(
      name: .multivariateNormal, rows: [1, 2, -0.5, 7, 0, 3, 2, 2, -4, 0.1], eventDims: [2],
      arguments: [
        Tensor([2, 2], [1, 3, -1, 0]), Tensor([2, 2, 2], [2, 0.5, 0.5, 1, 3, -1, -1, 0.8]),
      ], maximised: [0, 1]),
    Setting(
      name: .halfNormal, rows: [1, 2, 0.5, 7, 0], arguments: [Tensor([2], [1, 3])], maximised: [0]),
    Setting(
      name: .exponential, rows: [1, 2, 0.5, 7, 0], arguments: [Tensor([2], [1, 3])], maximised: [0]),
    Setting(
      name: .gamma, rows: [1, 2, 0.5, 7, 0.01],
      arguments: [Tensor([2], [1, 3]), Tensor([2], [2, 0.5])], maximised: [1]),
    Setting(
      name: .inverseGamma, rows: [1, 2, 0.5, 7, 0.01],
      arguments: [Tensor([2], [1, 3]), Tensor([2], [2, 0.5])], maximised: [1]),
    Setting(
      name: .beta, rows: [0.1, 0.2, 0.5, 0.7, 0.01],
      arguments: [Tensor([2], [1, 3]), Tensor([2], [2, 0.5])], maximised: []),
    Setting(
      name: .dirichlet, rows: [0.1, 0.9, 0.2, 0.8, 0.5, 0.5, 0.99, 0.01, 0.4, 0.6], eventDims: [2],
      arguments: [Tensor([2, 2], [1, 3, 0.5, 2])], maximised: []),
    Setting(
      name: .wishart,
      rows: [1, 0, 0, 1, 2, 0.5, 0.5, 1, 3, -1, -1, 4, 1, 0.1, 0.1, 0.2, 5, 0, 0, 2],
      eventDims: [2, 2],
      arguments: [Tensor([2], [3, 7.5]), Tensor([2, 2, 2], [2, 0.5, 0.5, 1, 3, -1, -1, 0.8])],
      maximised: [1]),
    Setting(
      name: .inverseWishart,
      rows: [1, 0, 0, 1, 2, 0.5, 0.5, 1, 3, -1, -1, 4, 1, 0.1, 0.1, 0.2, 5, 0, 0, 2],
      eventDims: [2, 2],
      arguments: [Tensor([2], [3, 7.5]), Tensor([2, 2, 2], [2, 0.5, 0.5, 1, 3, -1, -1, 0.8])],
      maximised: []),
    Setting(
      name: .bernoulli, rows: [1, 0, 0, 1, 1], arguments: [Tensor([2], [0.3, 0.9])], maximised: [0]),
    Setting(
      name: .bernoulli, form: 1, rows: [1, 0, 0, 1, 1], arguments: [Tensor([2], [-3, 0.9])],
      maximised: []),
    Setting(
      name: .binomial, rows: [1, 0, 3, 5, 1],
      arguments: [Tensor([2], [5, 6]), Tensor([2], [0.3, 0.9])],
      maximised: [1]),
    Setting(
      name: .binomial, form: 1, rows: [1, 0, 3, 5, 1],
      arguments: [Tensor([2], [5, 6]), Tensor([2], [0.3, 0.9])], maximised: []),
    Setting(
      name: .categorical, rows: [1, 0, 2, 2, 1],
      arguments: [Tensor([2, 3], [0.2, 0.3, 0.5, 0.1, 0.1, 0.8])], maximised: [0], isSimplex: true),
    Setting(
      name: .categorical, form: 1, rows: [1, 0, 2, 2, 1],
      arguments: [Tensor([2, 3], [0.2, 0.3, 0.5, 0.1, 0.1, 0.8])], maximised: []),
    Setting(
      name: .multinomial, rows: [1, 3, 2, 2, 0, 4, 3, 1, 4, 0], eventDims: [2],
      arguments: [Tensor([2], [4, 4]), Tensor([2, 2], [0.25, 0.75, 0.5, 0.5])], maximised: [1],
      isSimplex: true),
    Setting(
      name: .poisson, rows: [1, 0, 3, 5, 1], arguments: [Tensor([2], [1, 3.5])], maximised: [0]),
    Setting(
      name: .geometric, rows: [1, 0, 3, 5, 1], arguments: [Tensor([2], [0.1, 0.5])], maximised: [0]),
  ]

  static let weights: [Double] = [0.2, 0.8, 1, 0, 0.5, 0.5, 0.9, 0.1, 0.3, 0.7]

  @Test func everyFamilyWithStatisticsIsHere() {
    let having = FamilyName.allCases.filter { family($0).statistics != nil }
    #expect(Set(having) == Set(FamilyStatisticsTests.settings.map(\.name)))
  }

  @Test(arguments: settings) func equalsTheDirectSum(_ setting: Setting) throws {
    // At the arguments the statistics were taken at, and away from them.
    for factor in [1.0, 0.9] {
      var moved = setting.arguments
      for index in setting.maximised where !setting.isSimplex {
        moved[index].values = moved[index].values.map { $0 * (moved[index].rank1 ? factor : 1) }
      }
      let found = try results(setting, at: moved)
      for (a, b) in zip(found.expected, found.direct) {
        #expect(agree(a, b, 1e-11), "\(setting.name): \(a), directly \(b)")
      }
    }
  }

  @Test(arguments: settings) func maximises(_ setting: Setting) throws {
    let member = family(setting.name)
    for index in member.forms[setting.form].indices {
      let maximum = try maximiser(of: index, setting)
      #expect((maximum != nil) == setting.maximised.contains(index), "\(setting.name) \(index)")
      guard let maximum else { continue }
      var best = setting.arguments
      best[index] = maximum
      let top = try results(setting, at: best).expected
      for entry in maximum.values.indices {
        for step in [-1e-3, 1e-3] {
          var other = best
          let perState = maximum.count / 2
          let state = entry / perState
          if setting.isSimplex {
            // Towards a corner of the simplex.
            let range = (state * perState)..<((state + 1) * perState)
            for k in range { other[index].values[k] *= 1 - step }
            other[index].values[entry] += step
            if other[index].values[entry] < 0 { continue }
          } else if member.forms[setting.form][index].constraint == .covariance {
            let (row, column) = (entry % perState / 2, entry % 2)
            other[index].values[entry] += step
            if row != column { other[index].values[state * 4 + column * 2 + row] += step }
          } else {
            other[index].values[entry] *= 1 + step
          }
          let value = try results(setting, at: other).expected[state]
          #expect(value < top[state], "\(setting.name), argument \(index), entry \(entry), \(step)")
        }
      }
    }
  }

  /// Counts of a latent's own states, without rows: probabilities in proportion to them.
  @Test func expectedCounts() throws {
    let statistics = try #require(family(.categorical).statistics)
    let found = evaluated([Tensor([3], [2, 0, 6]), Tensor([3], [0.25, 0, 0.75])]) { _, values in
      statistics.expectedLogDensity(
        weight: values[0].sum(axes: [0]), statistics: [values[0]], reference: values[1],
        arguments: [values[1]], form: 0)
    }.values[0]
    #expect(agree(found, -2 * 1.3862943611198906 - 6 * 0.2876820724517809, 1e-14))
  }

  /// One scalar scale over all dimensions of a vector: sums of numerator and denominator agree in shape.
  @Test func pooledOverDimensions() throws {
    let statistics = try #require(family(.normal).statistics)
    let builder = GraphBuilder()
    let x = builder.data("x", [2])
    let weight = builder.data("w", [1])
    let arguments = [builder.constant(Tensor([2], [0, 1])), builder.constant(1)]
    let reference = statistics.reference(arguments, form: 0)
    let sums = statistics.weightedStatistics(x, weight: weight, reference: reference, eventDims: [])
    let update = try #require(
      statistics.maximiser(
        of: 1, form: 0, weight: weight.sumPlate(), statistics: sums, reference: reference,
        arguments: arguments))
    builder.setOutput("n", update.numerator.sumAll())
    builder.setOutput("d", update.denominator.sumAll())
    let found = run(
      builder.finish(), parameters: [:], data: ["x": [1, 2, 3, 4, 5, 6], "w": [1, 0.5, 1]], rows: 3)
    // 1 + 1 + ½(9 + 9) + 25 + 25
    #expect(found["n"]?.values == [61])
    #expect(found["d"]?.values == [5])
  }

  // MARK: - Both sides as graphs

  private func results(
    _ setting: Setting, at moved: [Tensor]
  ) throws -> (expected: [Double], direct: [Double]) {
    let scene = try Scene(setting)
    let arguments = moved.enumerated().map { scene.builder.parameter("m\($0)", $1.dims) }
    let expected = scene.statistics.expectedLogDensity(
      weight: scene.total, statistics: scene.sums, reference: scene.reference, arguments: arguments,
      form: setting.form)
    var constant = scene.builder.constant(0)
    if let base = scene.statistics.baseTerm(scene.x, reference: scene.reference) {
      constant = (scene.weight * base).sumPlate()
    }
    let density = scene.member.logDensity(scene.x, arguments, form: setting.form)
    scene.builder.setOutput("expected", expected + constant)
    scene.builder.setOutput("direct", (scene.weight * density).sumPlate())
    let found = scene.run(moved)
    return (found["expected"]?.values ?? [], found["direct"]?.values ?? [])
  }

  private func maximiser(of index: Int, _ setting: Setting) throws -> Tensor? {
    let scene = try Scene(setting)
    guard
      let update = scene.statistics.maximiser(
        of: index, form: setting.form, weight: scene.total, statistics: scene.sums,
        reference: scene.reference, arguments: scene.current)
    else { return nil }
    #expect(update.numerator.shape == update.denominator.shape)
    let value =
      switch update.finish {
      case .ratio: update.numerator / update.denominator
      case .squareRoot: (update.numerator / update.denominator).sqrt()
      case .normalize:
        update.numerator
          / update.numerator.sum(axes: [update.numerator.shape.rank - 1]).reshape([2, 1])
      }
    scene.builder.setOutput("maximum", value)
    return scene.run([])["maximum"]
  }

  /// The statistics of a setting as nodes, as the engine makes them.
  private struct Scene {
    let setting: Setting
    let builder = GraphBuilder()
    let member: any Family
    let statistics: any SufficientStatistics
    let x: Value
    let weight: Value
    let total: Value
    let current: [Value]
    let reference: Value?
    let sums: [Value]

    init(_ setting: Setting) throws {
      self.setting = setting
      member = family(setting.name)
      statistics = try #require(member.statistics)
      x = builder.data("x", [1] + setting.eventDims)
      weight = builder.data("w", [2])
      total = weight.sumPlate()
      let builder = builder
      current = setting.arguments.enumerated().map { builder.parameter("a\($0)", $1.dims) }
      reference = statistics.reference(current, form: setting.form)
      sums = statistics.weightedStatistics(
        x, weight: weight, reference: reference, eventDims: setting.eventDims)
    }

    func run(_ moved: [Tensor]) -> [String: Tensor] {
      var parameters: [String: Tensor] = [:]
      for (k, tensor) in setting.arguments.enumerated() { parameters["a\(k)"] = tensor }
      for (k, tensor) in moved.enumerated() { parameters["m\(k)"] = tensor }
      return LVMModelTests.run(
        builder.finish(), parameters: parameters,
        data: ["x": setting.rows, "w": FamilyStatisticsTests.weights], rows: 5)
    }
  }
}

extension Tensor {
  fileprivate var rank1: Bool { dims.count == 1 }
}
