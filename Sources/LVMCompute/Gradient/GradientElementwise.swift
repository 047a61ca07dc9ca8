extension ReversePass {
  func propagate(_ g: Value, throughUnary function: UnaryFunction, _ y: Value) {
    let x = inputs(y)[0]
    guard reaches[x.id] else { return }
    func number(_ v: Double) -> Value { builder.number(v, like: x) }
    switch function {
    case .negate: add(-g, to: x.id)
    case .exp: add(g * y, to: x.id)
    case .expm1: add(g * (y + number(1)), to: x.id)
    case .log: add(quotient(g, x), to: x.id)
    case .log1p: add(quotient(g, x + number(1)), to: x.id)
    case .sqrt: add(g * number(0.5) / y, to: x.id)
    case .square: add(g * number(2) * x, to: x.id)
    case .reciprocal: add(-(g * y.square()), to: x.id)
    case .abs: add(g * x.apply(.sign), to: x.id)
    case .sign, .floor, .step: break
    case .tanh: add(g * (number(1) - y.square()), to: x.id)
    case .sigmoid: add(g * y * (number(1) - y), to: x.id)
    case .softplus: add(g * x.apply(.sigmoid), to: x.id)
    // The result is positive where x is; what precedes it need not be kept.
    case .relu: add(g * y.apply(.step), to: x.id)
    case .lgamma: add(g * x.apply(.digamma), to: x.id)
    case .digamma: add(g * x.apply(.trigamma), to: x.id)
    case .trigamma: preconditionFailure("trigamma has no gradient rule")
    case .normalCDF:
      add(g * number(0.3989422804014327) * (number(-0.5) * x.square()).exp(), to: x.id)
    case .logNormalCDF:
      add(g * (number(-0.5) * x.square() - number(0.9189385332046727) - y).exp(), to: x.id)
    }
  }

  func propagate(_ g: Value, throughBinary function: BinaryFunction, _ z: Value) {
    let (a, b) = (inputs(z)[0], inputs(z)[1])
    let shape = z.shape
    func number(_ v: Double) -> Value { builder.number(v, like: z) }
    switch function {
    case .add:
      send(a, g, at: shape)
      send(b, g, at: shape)
    case .subtract:
      send(a, g, at: shape)
      send(b, -g, at: shape)
    case .multiply:
      sendProduct(a, g, b, at: shape)
      sendProduct(b, g, a, at: shape)
    case .divide:
      send(a, g / b, at: shape)
      sendProduct(b, -g, z / b, at: shape)
    case .power:
      sendProduct(a, g, b * a.apply(.power, b - number(1)), at: shape)
      sendProduct(b, g, z.apply(.xlogy, a), at: shape)
    case .maximum:
      sendProduct(a, g, preference(b, a), at: shape)
      sendProduct(b, g, preference(a, b), at: shape)
    case .minimum:
      sendProduct(a, g, preference(a, b), at: shape)
      sendProduct(b, g, preference(b, a), at: shape)
    case .less, .lessEqual, .equal:
      break
    case .xlogy:
      sendProduct(a, g, b.log(), at: shape)
      send(b, quotient(g * a, b), at: shape)
    case .xlog1py:
      sendProduct(a, g, b.log1p(), at: shape)
      send(b, quotient(g * a, b + number(1)), at: shape)
    case .logRising:
      sendProduct(a, g, a.apply(.digammaRising, b), at: shape)
      sendProduct(b, g, (a + b).apply(.digamma), at: shape)
    case .lbeta:
      sendProduct(a, -g, a.apply(.digammaRising, b), at: shape)
      sendProduct(b, -g, b.apply(.digammaRising, a), at: shape)
    case .expDifference:
      let y = z
      sendProduct(a, g, y, at: shape)
      sendProduct(b, -g, y, at: shape)
    case .digammaRising:
      let far = (a + b).apply(.trigamma)
      sendProduct(a, g, far - a.apply(.trigamma), at: shape)
      sendProduct(b, g, far, at: shape)
    }
  }

  /// a/b, and 0 where a is 0 whatever b is: what has no weight, as a state that cannot have been, says nothing
  /// even where the logarithm of its zero probability has no derivative.
  private func quotient(_ a: Value, _ b: Value) -> Value {
    (a / b).selected(where: a, else: builder.number(0, like: a))
  }

  /// 1 where x < y, ½ where equal: the larger one's share of a maximum's gradient.
  private func preference(_ x: Value, _ y: Value) -> Value {
    x.apply(.less, y) + builder.number(0.5, like: x) * x.apply(.equal, y)
  }
}
