import Foundation
import LVMCompute
import LVMModel
import Testing

/// Combinators against their definitions on plain numbers.
@Suite struct FamilyCombinatorTests {
  @Test func zeroInflatedAtOrdinaryAndEdgeProbabilities() {
    func found(_ x: Double, _ rate: Double, _ extra: Double) -> Double {
      evaluated([Tensor(x), Tensor(rate), Tensor(extra)]) { _, v in
        family(.poisson).zeroInflatedLogDensity(v[0], [v[1]], form: 0, extraZero: v[2])
      }.values[0]
    }
    #expect(agree(found(0, 2, 0.3), log(0.3 + 0.7 * exp(-2)), 1e-14))
    #expect(agree(found(3, 2, 0.3), log(0.7 * exp(-2) * 8 / 6), 1e-14))
    #expect(agree(found(0, 2, 0), -2, 1e-14))
    // A zero that the base family all but forbids stays that improbable.
    #expect(agree(found(0, 5000, 0), -5000, 1e-14))
    #expect(agree(found(3, 2, 0), log(exp(-2) * 8 / 6), 1e-14))
    #expect(found(0, 2, 1) == 0)
    #expect(found(3, 2, 1) == -.infinity)
    #expect(agree(found(0, 5000, 1e-300), log(1e-300), 1e-14))
  }

  @Test(arguments: [0.0, 0.3, 1.0], [0.0, 3.0])
  func zeroInflatedGradientsAreFinite(_ extra: Double, _ x: Double) {
    if extra == 1 && x > 0 { return }
    for index in 1...2 {
      let found = evaluated([Tensor(x), Tensor(2), Tensor(extra)]) { builder, v in
        let density = family(.poisson).zeroInflatedLogDensity(
          v[0], [v[1]], form: 0, extraZero: v[2])
        return builder.gradient(of: density, with: [v[index]])[0]
      }
      #expect(found.values[0].isFinite, "to \(index) at \(x), \(extra)")
    }
    if extra == 0.3 {
      let pairs = gradients([Tensor(x), Tensor(2), Tensor(extra)], with: [1, 2]) { _, v in
        family(.poisson).zeroInflatedLogDensity(v[0], [v[1]], form: 0, extraZero: v[2])
      }
      #expect(pairs.allSatisfy { agree($0.exact, $0.difference, 1e-8) })
    }
  }

  @Test func truncatedIntegratesToOne() {
    for (name, arguments) in [
      (FamilyName.normal, [1.0, 2.0]), (.laplace, [1, 2]), (.logistic, [1, 2]),
      (.weibull, [1.5, 2]),
      (.logNormal, [0.5, 1]), (.halfNormal, [2]), (.exponential, [0.7]), (.uniform, [-1, 9]),
    ] {
      let (low, high, count) = (0.5, 3.0, 2_000)
      let width = (high - low) / Double(count)
      let xs = (0..<count).map { low + width * (Double($0) + 0.5) }
      let densities = evaluated(
        [Tensor([count], xs), Tensor(low), Tensor(high)] + arguments.map { Tensor($0) }
      ) { builder, v in
        family(name).truncatedLogDensity(
          v[0], Array(v.dropFirst(3)), form: 0, low: v[1], high: v[2]) ?? builder.constant(.nan)
      }.values
      #expect(agree(densities.reduce(0) { $0 + exp($1) * width }, 1, 1e-5), "\(name)")
    }
    let outside = evaluated([Tensor([2], [-1, 4]), Tensor(0), Tensor(1)]) { builder, v in
      family(.normal).truncatedLogDensity(v[0], [v[1], v[2]], form: 0, low: v[1], high: v[2])
        ?? builder.constant(.nan)
    }
    #expect(outside.values == [-.infinity, -.infinity])
  }

  @Test func truncatedCountsAddUpToOne() {
    let xs = (0..<9).map(Double.init)
    let densities = evaluated([Tensor([9], xs), Tensor(0.3), Tensor(2), Tensor(6)]) { builder, v in
      family(.geometric).truncatedLogDensity(v[0], [v[1]], form: 0, low: v[2], high: v[3])
        ?? builder.constant(.nan)
    }.values
    #expect(agree(densities.reduce(0) { $0 + exp($1) }, 1, 1e-13))
    #expect(densities.filter(\.isFinite).count == 5)
  }

  /// Expected numbers: mpmath with 40 digits, masses added up.
  @Test func countsWithoutADistributionFunctionAreAddedUp() {
    let limits = [Tensor(3)]
    func interval(
      _ name: FamilyName, _ low: Double?, _ high: Double?, _ arguments: [Double]
    ) -> Double {
      evaluated(limits + arguments.map { Tensor($0) }) { b, v in
        family(name).logInterval(
          low: low.map { b.constant($0) }, high: high.map { b.constant($0) },
          Array(v.dropFirst()), form: 0) ?? b.constant(.nan)
      }.values[0]
    }
    #expect(agree(interval(.poisson, 1, nil, [2.2]), -0.117_436_648_812_859_16, 1e-13))
    #expect(agree(interval(.poisson, 1, nil, [1e-9]), -20.723_265_837_446_411, 1e-13))
    #expect(agree(interval(.poisson, 5, nil, [0.01]), -27.821_675_013_441_001, 1e-13))
    #expect(agree(interval(.poisson, 2, 6, [700.0]), -667.264_173_248_627_52, 1e-12))
    #expect(agree(interval(.binomial, nil, 2, [5, 0.3]), -0.178_026_792_510_886_67, 2e-12))
    #expect(agree(interval(.binomial, 4, nil, [5, 1.0]), 0, 1e-13))
    #expect(agree(interval(.negativeBinomial, 1, nil, [3, 0.5]), -0.474_758_070_525_581_97, 1e-13))
  }

  @Test func intervalGradients() {
    for (name, arguments) in [
      (FamilyName.normal, [1.0, 2.0]), (.laplace, [1, 2]), (.logistic, [1, 2]),
      (.weibull, [1.5, 2]),
      (.logNormal, [0.5, 1]), (.halfNormal, [2]), (.exponential, [0.7]), (.geometric, [0.3]),
    ] {
      let tensors = [Tensor(0), Tensor(4)] + arguments.map { Tensor($0) }
      let pairs = gradients(tensors, with: Array(2..<tensors.count)) { builder, v in
        family(name).logCDFInterval(low: v[0], high: v[1], Array(v.dropFirst(2)), form: 0)
          ?? builder.constant(.nan)
      }
      for pair in pairs { #expect(agree(pair.exact, pair.difference, 1e-8), "\(name): \(pair)") }
    }
    for (rate, low) in [(0.01, 3.0), (0.4, 1), (6, 2), (900, 1)] {
      let pairs = gradients([Tensor(rate)], with: [0]) { builder, v in
        family(.poisson).logInterval(low: builder.constant(low), high: nil, v, form: 0)
          ?? builder.constant(.nan)
      }
      for pair in pairs { #expect(agree(pair.exact, pair.difference, 1e-6), "\(rate): \(pair)") }
    }
  }

  @Test func censored() {
    let densities = evaluated([Tensor([4], [-2, 0, 1, 5]), Tensor(0), Tensor(1), Tensor(5)]) {
      builder, v in
      family(.normal).censoredLogDensity(v[0], [v[1], v[2]], form: 0, low: v[1], high: v[3])
        ?? builder.constant(.nan)
    }.values
    // log Φ(0), log Φ(0), log φ(1), log Φ(−5)
    let expected = [
      -0.6931471805599453, -0.6931471805599453, -1.4189385332046727, -15.064998393988725,
    ]
    #expect(zip(densities, expected).allSatisfy { agree($0, $1, 1e-14) }, "\(densities)")
    let survival = evaluated([Tensor([2], [3, 3]), Tensor(0.5), Tensor([2], [1, 0])]) {
      builder, v in
      family(.exponential).censoredLogDensity(v[0], [v[1]], form: 0, isRightCensored: v[2])
        ?? builder.constant(.nan)
    }.values
    #expect(agree(survival[0], -1.5, 1e-15) && agree(survival[1], log(0.5) - 1.5, 1e-15))
  }

  @Test func familiesWithoutADistributionFunctionSaySo() {
    let builder = GraphBuilder()
    let number = builder.constant(1)
    let refused = FamilyName.allCases.filter {
      let arguments = family($0).forms[0].map { _ in number }
      return family($0).eventRank == 0
        && family($0).logCDFInterval(low: nil, high: number, arguments, form: 0) == nil
    }
    #expect(
      refused == [
        .studentT, .cauchy, .halfCauchy, .gamma, .inverseGamma, .beta, .bernoulli, .binomial,
        .categorical, .poisson, .negativeBinomial,
      ])
  }

  @Test func mixtureOfWholeValuesAndOfElements() {
    let (x, means, scales) = ([0.5, -1.0], [[0.0, 1.0], [2.0, -2.0]], [1.0, 3.0])
    func density(_ d: Int, _ k: Int) -> Double {
      let z = (x[d] - means[k][d]) / scales[k]
      return exp(-z * z / 2) / (scales[k] * (2 * Double.pi).squareRoot())
    }
    let arguments = [Tensor([2, 2], means.flatMap(\.self)), Tensor([2], scales)]
    let whole = evaluated([Tensor([2], x), Tensor([2], [0.3, 0.7])] + arguments) { _, v in
      family(.normal).mixtureLogDensity(
        v[0], [v[2], v[3]], form: 0, weights: v[1], valueRank: 1)
    }
    let expected = log(0.3 * density(0, 0) * density(1, 0) + 0.7 * density(0, 1) * density(1, 1))
    #expect(whole.dims == [] && agree(whole.values[0], expected, 1e-14))

    let weights = Tensor([2, 2], [0.3, 0.7, 0.6, 0.4])
    let elements = evaluated([Tensor([2], x), weights] + arguments) { _, v in
      family(.normal).mixtureLogDensity(
        v[0], [v[2], v[3]], form: 0, weights: v[1], valueRank: 1)
    }
    #expect(elements.dims == [2])
    #expect(agree(elements.values[0], log(0.3 * density(0, 0) + 0.7 * density(0, 1)), 1e-14))
    #expect(agree(elements.values[1], log(0.6 * density(1, 0) + 0.4 * density(1, 1)), 1e-14))
  }

  @Test func mixtureWithAZeroWeightAndSharedArgument() {
    let found = evaluated([Tensor(0.5), Tensor([2], [0, 1]), Tensor([2], [9, 0]), Tensor(1)]) {
      _, v in
      family(.normal).mixtureLogDensity(
        v[0], [v[2], v[3]], form: 0, weights: v[1], valueRank: 0)
    }
    #expect(agree(found.values[0], -0.125 - 0.9189385332046727, 1e-14))
  }
}
