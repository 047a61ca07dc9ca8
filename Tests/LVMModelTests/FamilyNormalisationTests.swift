import Foundation
import LVMCompute
import LVMModel
import Testing

/// Densities and masses of scalar families add up to one, by quadrature or by summation, and the sums'
/// first two moments are the stated ones.
@Suite struct FamilyNormalisationTests {
  struct Setting: Sendable {
    var name: FamilyName
    var form = 0
    var arguments: [Double]
  }

  static let continuous: [Setting] = [
    Setting(name: .normal, arguments: [1, 2]), Setting(name: .logNormal, arguments: [0.5, 0.5]),
    Setting(name: .studentT, arguments: [5, 1, 2]), Setting(name: .laplace, arguments: [1, 2]),
    Setting(name: .logistic, arguments: [1, 2]), Setting(name: .cauchy, arguments: [1, 2]),
    Setting(name: .halfNormal, arguments: [2]), Setting(name: .halfCauchy, arguments: [2]),
    Setting(name: .exponential, arguments: [2]), Setting(name: .gamma, arguments: [2.5, 2]),
    Setting(name: .weibull, arguments: [1.5, 2]),
    Setting(name: .inverseGamma, arguments: [4.5, 2]),
    Setting(name: .beta, arguments: [1.5, 2.5]), Setting(name: .uniform, arguments: [-1, 3]),
  ]
  static let discrete: [Setting] = [
    Setting(name: .bernoulli, arguments: [0.3]),
    Setting(name: .bernoulli, form: 1, arguments: [-1]),
    Setting(name: .binomial, arguments: [12, 0.3]),
    Setting(name: .binomial, form: 1, arguments: [12, 1]),
    Setting(name: .poisson, arguments: [7.5]), Setting(name: .geometric, arguments: [0.2]),
    Setting(name: .negativeBinomial, arguments: [4, 1.5]),
  ]

  static let withoutMoments: [FamilyName] = [.cauchy, .halfCauchy]

  @Test(arguments: continuous) func integratesToOne(_ setting: Setting) {
    // x = g(t) by a double-exponential substitution, on the support's own kind of interval.
    let step = 0.005
    let nodes = stride(from: -4.5, through: 4.5, by: step).map { t -> (x: Double, slope: Double) in
      let u = Double.pi / 2 * sinh(t)
      let slope = Double.pi / 2 * cosh(t)
      switch family(setting.name).support {
      case .real: return (sinh(u), slope * cosh(u))
      case .positive, .nonNegative: return (exp(u), slope * exp(u))
      case .unit: return (1 / (1 + exp(-2 * u)), slope / (2 * cosh(u) * cosh(u)))
      case .interval:
        let (low, high) = (setting.arguments[0], setting.arguments[1])
        return (
          low + (high - low) / (1 + exp(-2 * u)), slope * (high - low) / (2 * cosh(u) * cosh(u))
        )
      case .binary, .counts, .countsUpTo, .categories, .countVector, .realVector, .simplex,
        .covariance, .correlation:
        return (.nan, .nan)
      }
    }.filter { $0.x.isFinite && $0.slope.isFinite && $0.slope > 0 }
    // The rule converges fast for smooth densities; Laplace's kink leaves an error of step².
    let tolerance = setting.name == .laplace ? 1e-5 : 1e-8
    check(setting, nodes.map(\.x), weights: nodes.map { $0.slope * step }, tolerance)
  }

  @Test(arguments: discrete) func sumsToOne(_ setting: Setting) {
    let last =
      switch family(setting.name).support {
      case .binary: 1.0
      case .countsUpTo(let position): setting.arguments[position]
      default: 400.0
      }
    let xs = Array(stride(from: 0.0, through: last, by: 1))
    check(setting, xs, weights: xs.map { _ in 1 }, 1e-11)
  }

  private func check(
    _ setting: Setting, _ xs: [Double], weights: [Double], _ tolerance: Double
  ) {
    let arguments = setting.arguments.map { Tensor($0) }
    let densities = evaluated([Tensor([xs.count], xs)] + arguments) { _, values in
      family(setting.name).logDensity(values[0], Array(values.dropFirst()), form: setting.form)
    }.values
    let masses = zip(densities, weights).map { exp($0) * $1 }
    func moment(_ f: (Double) -> Double) -> Double {
      // Where the density underflows, so does its product with any power.
      zip(masses, xs).reduce(0) { $1.0 == 0 ? $0 : $0 + $1.0 * f($1.1) }
    }
    #expect(agree(moment { _ in 1 }, 1, tolerance), "\(setting.name): \(moment { _ in 1 })")
    func stated(_ f: (any Family, [Value]) -> Value?) -> Double? {
      let builder = GraphBuilder()
      let values = setting.arguments.map { builder.constant($0) }
      guard let value = f(family(setting.name), values) else { return nil }
      builder.setOutput("result", value)
      return run(builder.finish(), parameters: [:])["result"]?.values[0]
    }
    let mean = stated { $0.mean($1, form: setting.form) }
    let variance = stated { $0.variance($1, form: setting.form) }
    let hasMoments = !Self.withoutMoments.contains(setting.name)
    #expect((mean != nil) == hasMoments && (variance != nil) == hasMoments, "\(setting.name)")
    guard let mean, let variance else { return }
    #expect(agree(moment { $0 }, mean, 10 * tolerance), "\(setting.name) mean")
    let found = moment { ($0 - mean) * ($0 - mean) }
    #expect(
      agree(found, variance, 100 * tolerance), "\(setting.name) variance: \(found), \(variance)")
  }
}
