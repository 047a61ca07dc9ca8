import LVMCompute
import LVMModel
import LVMSyntax

/// What one factor says about a conjugate latent: coefficients in the prior's basis and the rest.
struct ConjugateMessage {
  var coefficients: [Lowered]
  /// The part of the log density without the latent, elementwise like the coefficients.
  var base: Lowered
}

/// An expression c·λ^p in one latent.
struct PowerForm {
  var factor: Lowered
  var exponent: Double
}

extension LoweringContext {
  /// An expression as a constant times a power of a latent, or why it is not one.
  func powerForm(_ e: Expression, _ latent: VariableID) throws -> PowerForm {
    let unknowns: Set<VariableID> = [latent]
    func failure() -> LoweringFailure {
      LoweringFailure(.notPower(model[latent].name), at: e.span)
    }
    guard mentions(e, unknowns) else { return PowerForm(factor: try lower(e), exponent: 0) }
    switch e.node {
    case .variable(let id):
      if id == latent { return PowerForm(factor: Lowered(builder.constant(1)), exponent: 1) }
      guard case .equal(let inner) = model[id].definition else { throw failure() }
      return try powerForm(inner, latent)
    case .arithmetic(.multiply, let a, let b):
      let (x, y) = (try powerForm(a, latent), try powerForm(b, latent))
      return PowerForm(factor: x.factor * y.factor, exponent: x.exponent + y.exponent)
    case .arithmetic(.divide, let a, let b):
      let (x, y) = (try powerForm(a, latent), try powerForm(b, latent))
      return PowerForm(factor: x.factor / y.factor, exponent: x.exponent - y.exponent)
    case .arithmetic(.power, let a, let b):
      guard case .number(let p) = b.node else { throw failure() }
      let x = try powerForm(a, latent)
      let power = builder.constant(p)
      return PowerForm(
        factor: x.factor.map { $0.apply(.power, power) }, exponent: x.exponent * p)
    case .map(.sqrt, let a):
      let x = try powerForm(a, latent)
      return PowerForm(factor: x.factor.map { $0.sqrt() }, exponent: x.exponent / 2)
    case .number, .size, .previous, .previousRange, .map, .function, .arithmetic, .negate,
      .matrixProduct, .index, .array, .network:
      throw failure()
    }
  }

  /// The message of a factor to a latent with the given basis.
  func conjugateMessage(
    _ variable: Variable, _ distribution: Distribution, to latent: VariableID,
    _ basis: ConjugateBasis
  ) throws -> ConjugateMessage {
    guard case .family(let name, let form, let arguments, let span) = distribution else {
      throw LoweringFailure(.noBareFamily(variable.name), at: distribution.span)
    }
    let factor = ConjugateFactor(
      context: self, variable: variable, latent: latent, family: name, form: form,
      arguments: arguments, span: span)
    switch basis {
    case .gamma: return try factor.toGamma()
    case .beta: return try factor.toBeta()
    case .dirichlet: return try factor.toDirichlet()
    }
  }
}

/// A factor on its way to a message: which argument the latent stands in, and how.
private struct ConjugateFactor {
  let context: LoweringContext
  let variable: Variable
  let latent: VariableID
  let family: FamilyName
  let form: Int
  let arguments: [Expression]
  let span: Span

  private var mismatch: LoweringFailure {
    LoweringFailure(.notConjugate(family, to: context.model[latent].name), at: span)
  }

  private func value() throws -> Lowered {
    if variable.role == .latent, variable.type.kind.isFinite {
      return try context.value(of: variable.id, at: variable.nameSpan)
    }
    guard variable.role == .observe else { throw mismatch }
    return Lowered(
      context.builder.data(
        ModelColumn.values(variable), plate: context.plates.compute(variable.plate),
        try context.dims(variable.type, at: variable.typeSpan)))
  }

  private func argument(_ index: Int) throws -> Lowered { try context.lower(arguments[index]) }

  private func only(_ index: Int) throws {
    for (i, a) in arguments.enumerated() where i != index && context.mentions(a, [latent]) {
      throw LoweringFailure(.severalArguments(context.model[latent].name), at: a.span)
    }
  }

  private func power(_ index: Int, exponent: Double) throws -> Lowered {
    try only(index)
    let p = try context.powerForm(arguments[index], latent)
    guard p.exponent == exponent else { throw mismatch }
    return p.factor
  }

  private func bare(_ index: Int) throws {
    try only(index)
    guard case .variable(let id) = arguments[index].node, id == latent else { throw mismatch }
  }

  func toGamma() throws -> ConjugateMessage {
    switch family {
    case .poisson:
      let c = try power(0, exponent: 1)
      let x = try value()
      return ConjugateMessage(
        coefficients: [x, c.map { -$0 }],
        base: Lowered.combine(x, c) { $0.apply(.xlogy, $1) } - x.map { ($0 + 1.0).lgamma() })
    case .exponential:
      let c = try power(0, exponent: 1)
      let x = try value()
      return ConjugateMessage(
        coefficients: [x.map { $0 * 0.0 + 1.0 }, (c * x).map { -$0 }],
        base: c.map { $0.log() } + x.map { $0 * 0.0 })
    case .gamma:
      let c = try power(1, exponent: 1)
      let shape = try argument(0)
      let x = try value()
      return ConjugateMessage(
        coefficients: [shape, (c * x).map { -$0 }],
        base: shape * c.map { $0.log() } + shape.map { $0 - 1.0 } * x.map { $0.log() }
          - shape.map { $0.lgamma() })
    case .normal:
      // A scale of c·λ^(−1/2): λ is a precision.
      let c = try power(1, exponent: -0.5)
      let r = (try value() - (try argument(0))) / c
      return ConjugateMessage(
        coefficients: [r.map { $0 * 0.0 + 0.5 }, r.map { $0.square() * -0.5 }],
        base: c.map { -$0.log() - 0.9189385332046727 } + r.map { $0 * 0.0 })
    case .multivariateNormal, .logNormal, .studentT, .laplace, .logistic, .cauchy, .halfNormal,
      .halfCauchy, .weibull, .inverseGamma, .beta, .uniform, .dirichlet, .wishart, .inverseWishart,
      .lkj, .bernoulli, .binomial, .categorical, .multinomial, .negativeBinomial, .geometric:
      throw mismatch
    }
  }

  func toBeta() throws -> ConjugateMessage {
    switch family {
    case .bernoulli where form == 0:
      try bare(0)
      let x = try value()
      return ConjugateMessage(coefficients: [x, x.map { 1.0 - $0 }], base: x.map { $0 * 0.0 })
    case .binomial where form == 0:
      try bare(1)
      let n = try argument(0)
      let x = try value()
      let rest = n - x
      let base =
        n.map { ($0 + 1.0).lgamma() } - x.map { ($0 + 1.0).lgamma() }
        - rest.map { ($0 + 1.0).lgamma() }
      return ConjugateMessage(coefficients: [x, rest], base: base)
    case .geometric:
      try bare(0)
      let x = try value()
      return ConjugateMessage(
        coefficients: [x.map { $0 * 0.0 + 1.0 }, x], base: x.map { $0 * 0.0 })
    case .normal, .multivariateNormal, .logNormal, .studentT, .laplace, .logistic, .cauchy,
      .halfNormal, .halfCauchy, .exponential, .gamma, .weibull, .inverseGamma, .beta, .uniform,
      .dirichlet, .wishart, .inverseWishart, .lkj, .bernoulli, .binomial, .categorical,
      .multinomial, .poisson, .negativeBinomial:
      throw mismatch
    }
  }

  func toDirichlet() throws -> ConjugateMessage {
    switch family {
    case .categorical where form == 0:
      try bare(0)
      let x = try value()
      let k = context.model[latent].type.shape.last?.constant ?? 1
      return ConjugateMessage(
        coefficients: [x.map { $0.builder.add(.oneHot(count: k), [$0]) }], base: x.map { $0 * 0.0 })
    case .multinomial:
      try bare(1)
      let x = try value()
      let last = x.event.count - 1
      return ConjugateMessage(
        coefficients: [x],
        base: x.sum(eventAxes: [last]).map { ($0 + 1.0).lgamma() }
          - x.map { ($0 + 1.0).lgamma() }.sum(eventAxes: [last]))
    case .normal, .multivariateNormal, .logNormal, .studentT, .laplace, .logistic, .cauchy,
      .halfNormal, .halfCauchy, .exponential, .gamma, .weibull, .inverseGamma, .beta, .uniform,
      .dirichlet, .wishart, .inverseWishart, .lkj, .bernoulli, .binomial, .categorical, .poisson,
      .negativeBinomial, .geometric:
      throw mismatch
    }
  }
}
