/// What a function of one number makes of its frame.
enum ElementwiseFrame {
  /// Turns a shift into a scale.
  case exponential
  /// Turns a scale into a shift.
  case logarithm
  /// Scaled by a power of the argument's scale.
  case power(Rational)
  /// Says nothing of any other unit.
  case plain
}

extension ElementwiseFunction {
  var frame: ElementwiseFrame {
    switch self {
    case .exp: .exponential
    case .log: .logarithm
    case .sqrt: Rational(1, over: 2).map { .power($0) } ?? .plain
    case .abs: .power(.one)
    case .log1p, .expm1, .tanh, .sigmoid, .logit, .softplus: .plain
    }
  }
}
