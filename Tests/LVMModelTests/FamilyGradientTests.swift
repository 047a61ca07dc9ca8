import LVMCompute
import LVMModel
import Testing

/// Gradients of log densities against central differences, and finite ones where arguments sit on the
/// edge of what is legal.
@Suite struct FamilyGradientTests {
  struct Point: Sendable {
    var name: FamilyName
    var form = 0
    var x: Tensor
    var arguments: [Tensor]
    /// Arguments (0 is x) with a gradient.
    var respect: [Int]
  }

  static let covariance = Tensor([2, 2], [2, 0.6, 0.6, 1])
  static let points: [Point] = [
    Point(name: .normal, x: Tensor(0.3), arguments: [Tensor(1), Tensor(2)], respect: [0, 1, 2]),
    Point(
      name: .multivariateNormal, x: Tensor([2], [0.3, -1]),
      arguments: [Tensor([2], [1, 0.5]), covariance], respect: [0, 1]),
    Point(
      name: .logNormal, x: Tensor(0.3), arguments: [Tensor(1), Tensor(2)], respect: [0, 1, 2]),
    Point(
      name: .studentT, x: Tensor(0.3), arguments: [Tensor(3), Tensor(1), Tensor(2)],
      respect: [0, 1, 2, 3]),
    Point(name: .laplace, x: Tensor(0.3), arguments: [Tensor(1), Tensor(2)], respect: [0, 1, 2]),
    Point(name: .logistic, x: Tensor(0.3), arguments: [Tensor(1), Tensor(2)], respect: [0, 1, 2]),
    Point(name: .cauchy, x: Tensor(0.3), arguments: [Tensor(1), Tensor(2)], respect: [0, 1, 2]),
    Point(name: .halfNormal, x: Tensor(0.3), arguments: [Tensor(2)], respect: [0, 1]),
    Point(name: .halfCauchy, x: Tensor(0.3), arguments: [Tensor(2)], respect: [0, 1]),
    Point(name: .exponential, x: Tensor(0.3), arguments: [Tensor(2)], respect: [0, 1]),
    Point(name: .gamma, x: Tensor(0.3), arguments: [Tensor(1.5), Tensor(2)], respect: [0, 1, 2]),
    Point(
      name: .weibull, x: Tensor(0.3), arguments: [Tensor(1.5), Tensor(2)], respect: [0, 1, 2]),
    Point(
      name: .inverseGamma, x: Tensor(0.3), arguments: [Tensor(1.5), Tensor(2)], respect: [0, 1, 2]),
    Point(name: .beta, x: Tensor(0.3), arguments: [Tensor(1.5), Tensor(2)], respect: [0, 1, 2]),
    Point(name: .uniform, x: Tensor(0.3), arguments: [Tensor(-1), Tensor(2)], respect: [0, 1, 2]),
    Point(
      name: .dirichlet, x: Tensor([2], [0.3, 0.7]), arguments: [Tensor([2], [2, 0.5])],
      respect: [0, 1]),
    Point(
      name: .wishart, x: Tensor([2, 2], [1, 0.2, 0.2, 3]), arguments: [Tensor(4.5), covariance],
      respect: [1]),
    Point(
      name: .inverseWishart, x: Tensor([2, 2], [1, 0.2, 0.2, 3]),
      arguments: [Tensor(4.5), covariance], respect: [1]),
    Point(
      name: .lkj, x: Tensor([2, 2], [1, 0.2, 0.2, 1]), arguments: [Tensor(1.5)], respect: [1]),
    Point(name: .bernoulli, x: Tensor(1), arguments: [Tensor(0.3)], respect: [1]),
    Point(name: .bernoulli, form: 1, x: Tensor(0), arguments: [Tensor(0.3)], respect: [1]),
    Point(name: .binomial, x: Tensor(3), arguments: [Tensor(7), Tensor(0.3)], respect: [2]),
    Point(
      name: .binomial, form: 1, x: Tensor(3), arguments: [Tensor(7), Tensor(-1)], respect: [2]),
    Point(name: .categorical, x: Tensor(1), arguments: [Tensor([2], [0.3, 0.7])], respect: [1]),
    Point(
      name: .categorical, form: 1, x: Tensor(1), arguments: [Tensor([2], [0.3, 0.7])], respect: [1]),
    Point(
      name: .multinomial, x: Tensor([2], [3, 4]), arguments: [Tensor(7), Tensor([2], [0.3, 0.7])],
      respect: [2]),
    Point(name: .poisson, x: Tensor(3), arguments: [Tensor(2.5)], respect: [1]),
    Point(
      name: .negativeBinomial, x: Tensor(3), arguments: [Tensor(2.5), Tensor(1.5)], respect: [1, 2]),
    Point(name: .geometric, x: Tensor(3), arguments: [Tensor(0.3)], respect: [1]),
  ]

  @Test func everyFamilyIsHere() {
    #expect(Set(FamilyGradientTests.points.map(\.name)) == Set(FamilyName.allCases))
  }

  @Test(arguments: points) func matchesCentralDifferences(_ point: Point) {
    let pairs = gradients([point.x] + point.arguments, with: point.respect) { _, values in
      family(point.name).logDensity(values[0], Array(values.dropFirst()), form: point.form)
    }
    for pair in pairs {
      #expect(agree(pair.exact, pair.difference, 1e-7), "\(point.name): \(pair)")
    }
  }

  /// Data that an edge value explains leave the gradient finite.
  @Test(arguments: [
    Point(name: .bernoulli, x: Tensor(1), arguments: [Tensor(1)], respect: [1]),
    Point(name: .bernoulli, x: Tensor(0), arguments: [Tensor(0)], respect: [1]),
    Point(name: .binomial, x: Tensor(0), arguments: [Tensor(5), Tensor(0)], respect: [2]),
    Point(name: .poisson, x: Tensor(0), arguments: [Tensor(0)], respect: [1]),
    Point(
      name: .negativeBinomial, x: Tensor(0), arguments: [Tensor(0), Tensor(2)], respect: [1, 2]),
    Point(name: .geometric, x: Tensor(0), arguments: [Tensor(1)], respect: [1]),
    Point(name: .categorical, x: Tensor(1), arguments: [Tensor([2], [0, 1])], respect: [1]),
    Point(
      name: .multinomial, x: Tensor([2], [0, 3]), arguments: [Tensor(3), Tensor([2], [0, 1])],
      respect: [2]),
  ]) func isFiniteAtTheEdge(_ point: Point) {
    let tensors = [point.x] + point.arguments
    for index in point.respect {
      let found = evaluated(tensors) { builder, values in
        let density = family(point.name).logDensity(
          values[0], Array(values.dropFirst()), form: point.form)
        return builder.gradient(of: density.sumAll(), with: [values[index]])[0]
      }
      #expect(found.values.allSatisfy { $0.isFinite }, "\(point.name): \(found)")
    }
  }

  /// The Poisson limit: at dispersion 10^12 the gradient to the mean is the Poisson's.
  @Test func negativeBinomialTendsToPoisson() {
    let derivative = evaluated([Tensor(7), Tensor(3), Tensor(1e12)]) { builder, values in
      let density = family(.negativeBinomial).logDensity(
        values[0], Array(values.dropFirst()), form: 0)
      return builder.gradient(of: density, with: [values[1]])[0]
    }.values[0]
    #expect(agree(derivative, 7.0 / 3 - 1, 1e-10))
  }
}
