import LVMCompute
import LVMModel
import Testing

/// Moments of 20,000 draws within five standard errors of the stated ones.
@Suite struct FamilySamplerTests {
  struct Setting: Sendable {
    var name: FamilyName
    var form = 0
    var arguments: [Tensor]
    var eventDims: [Int] = []
  }

  static let covariance = Tensor([3, 3], [2, 0.6, -0.3, 0.6, 1, 0.2, -0.3, 0.2, 0.5])
  static let settings: [Setting] = [
    Setting(name: .normal, arguments: [Tensor(1), Tensor(2)]),
    Setting(
      name: .multivariateNormal, arguments: [Tensor([3], [1, -2, 0.5]), covariance], eventDims: [3]),
    Setting(name: .logNormal, arguments: [Tensor(1), Tensor(0.4)]),
    Setting(name: .studentT, arguments: [Tensor(9), Tensor(1), Tensor(2)]),
    Setting(name: .laplace, arguments: [Tensor(1), Tensor(2)]),
    Setting(name: .logistic, arguments: [Tensor(1), Tensor(2)]),
    Setting(name: .halfNormal, arguments: [Tensor(2)]),
    Setting(name: .exponential, arguments: [Tensor(2)]),
    Setting(name: .gamma, arguments: [Tensor(2.5), Tensor(2)]),
    Setting(name: .gamma, arguments: [Tensor(0.2), Tensor(2)]),
    Setting(name: .weibull, arguments: [Tensor(1.5), Tensor(2)]),
    Setting(name: .inverseGamma, arguments: [Tensor(9), Tensor(2)]),
    Setting(name: .beta, arguments: [Tensor(0.5), Tensor(2)]),
    Setting(name: .uniform, arguments: [Tensor(-1), Tensor(3)]),
    Setting(name: .dirichlet, arguments: [Tensor([3], [0.5, 2, 7])], eventDims: [3]),
    Setting(name: .wishart, arguments: [Tensor(7.5), covariance], eventDims: [3, 3]),
    Setting(name: .inverseWishart, arguments: [Tensor(15), covariance], eventDims: [3, 3]),
    Setting(name: .bernoulli, arguments: [Tensor(0.3)]),
    Setting(name: .bernoulli, form: 1, arguments: [Tensor(-1)]),
    Setting(name: .binomial, arguments: [Tensor(12), Tensor(0.3)]),
    Setting(name: .binomial, arguments: [Tensor(200), Tensor(0.7)]),
    Setting(name: .binomial, form: 1, arguments: [Tensor(12), Tensor(-1)]),
    Setting(
      name: .multinomial, arguments: [Tensor(9), Tensor([4], [0.5, 0, 0.2, 0.3])], eventDims: [4]),
    Setting(name: .poisson, arguments: [Tensor(2.5)]),
    Setting(name: .poisson, arguments: [Tensor(150)]),
    Setting(name: .negativeBinomial, arguments: [Tensor(4), Tensor(1.5)]),
    Setting(name: .geometric, arguments: [Tensor(0.2)]),
  ]

  @Test(arguments: settings) func momentsOfDraws(_ setting: Setting) throws {
    let member = family(setting.name)
    let draws = sampled(setting, count: 20_000)
    let mean = evaluated(setting.arguments) { builder, values in
      member.mean(values, form: setting.form) ?? builder.constant(.nan)
    }.values
    let variance = evaluated(setting.arguments) { builder, values in
      member.variance(values, form: setting.form) ?? builder.constant(.nan)
    }.values
    for entry in mean.indices {
      check(draws.map { $0[entry] }, mean[entry], variance[entry], "\(setting.name) \(entry)")
    }
  }

  /// Reparameterised draws have the same moments.
  @Test func transportedNoise() {
    for setting in FamilySamplerTests.settings {
      let member = family(setting.name)
      guard let noise = member.noise, setting.eventDims.isEmpty else { continue }
      var random = RandomStream(seed: 5, purpose: "transport")
      let values = (0..<20_000).map { _ in
        switch noise {
        case .normal: random.normal()
        case .uniform: random.uniform()
        }
      }
      let draws = evaluated([Tensor([values.count], values)] + setting.arguments) { _, values in
        member.transport(values[0], Array(values.dropFirst()), form: setting.form) ?? values[0]
      }.values
      let moments = evaluated(setting.arguments) { builder, values in
        (member.mean(values, form: setting.form) ?? builder.constant(.nan)).appendingOne(
          with: member.variance(values, form: setting.form) ?? builder.constant(.nan))
      }.values
      check(draws, moments[0], moments[1], "\(setting.name) from noise")
    }
  }

  /// Correlations under LKJ(η) of D dimensions have variance 1/(2η + D − 1).
  @Test func correlations() {
    let setting = Setting(name: .lkj, arguments: [Tensor(1.5)], eventDims: [3, 3])
    let draws = sampled(setting, count: 20_000)
    for entry in [1, 2, 5] {
      check(draws.map { $0[entry] }, 0, 1 / (2 * 1.5 + 3 - 1), "correlation \(entry)")
    }
    #expect(draws.allSatisfy { $0[0] == 1 && $0[4] == 1 && $0[8] == 1 && $0[1] == $0[3] })
  }

  /// Families without moments: shares of draws below the quartiles.
  @Test func heavyTails() {
    let whole = sampled(Setting(name: .cauchy, arguments: [Tensor(1), Tensor(2)]), count: 20_000)
    check(whole.map { $0[0] < -1 ? 1 : 0 }, 0.25, 0.1875, "Cauchy, lower quartile")
    check(whole.map { $0[0] < 1 ? 1 : 0 }, 0.5, 0.25, "Cauchy, median")
    let half = sampled(Setting(name: .halfCauchy, arguments: [Tensor(2)]), count: 20_000)
    check(half.map { $0[0] < 2 ? 1 : 0 }, 0.5, 0.25, "HalfCauchy, median")
    #expect(half.allSatisfy { $0[0] >= 0 })
  }

  @Test func categories() {
    let probabilities = [0.5, 0, 0.2, 0.3]
    let logits = [700, -Double.infinity, 700 + Double(0.4).logarithm, 700 + Double(0.6).logarithm]
    for (form, argument) in [probabilities, logits].enumerated() {
      let draws = sampled(
        Setting(name: .categorical, form: form, arguments: [Tensor([4], argument)]), count: 20_000)
      for (k, p) in probabilities.enumerated() {
        check(draws.map { $0[0] == Double(k) ? 1 : 0 }, p, p * (1 - p), "category \(k)")
      }
    }
  }

  @Test func edges() {
    var random = RandomStream(seed: 1)
    #expect(family(.bernoulli).sample([[1]], form: 0, using: &random) == [1])
    #expect(family(.bernoulli).sample([[0]], form: 0, using: &random) == [0])
    #expect(family(.poisson).sample([[0]], form: 0, using: &random) == [0])
    #expect(family(.geometric).sample([[1]], form: 0, using: &random) == [0])
    #expect(family(.binomial).sample([[7], [1]], form: 0, using: &random) == [7])
    #expect(family(.normal).sample([[3], [0]], form: 0, using: &random) == [3])
    // A semidefinite covariance.
    let flat = family(.multivariateNormal).sample(
      [[0, 0], [1, 1, 1, 1]], form: 0, using: &random)
    #expect(flat[0] == flat[1])
    let simplex = family(.dirichlet).sample([[1e-4]], form: 0, eventDims: [3], using: &random)
    #expect(abs(simplex.reduce(0, +) - 1) < 1e-12)
  }

  private func sampled(_ setting: Setting, count: Int) -> [[Double]] {
    let arguments = setting.arguments.map(\.values)
    var random = RandomStream(seed: 17, purpose: setting.name.rawValue)
    return (0..<count).map { _ in
      family(setting.name).sample(
        arguments, form: setting.form, eventDims: setting.eventDims, using: &random)
    }
  }

  private func check(_ draws: [Double], _ mean: Double, _ variance: Double, _ what: String) {
    let n = Double(draws.count)
    let found = draws.reduce(0, +) / n
    #expect(
      abs(found - mean) <= 5 * (variance / n).squareRoot() + 1e-12,
      "\(what): mean \(found), not \(mean)")
    let squares = draws.map { ($0 - mean) * ($0 - mean) }
    let spread = squares.reduce(0, +) / n
    let error = (squares.reduce(0) { $0 + ($1 - spread) * ($1 - spread) } / n / n).squareRoot()
    #expect(
      abs(spread - variance) <= 5 * error + 1e-12, "\(what): variance \(spread), not \(variance)")
  }
}

extension Value {
  /// Two scalars as a vector of two.
  fileprivate func appendingOne(with other: Value) -> Value {
    builder.add(.concat(axis: 0), [reshape([1]), other.reshape([1])])
  }
}
