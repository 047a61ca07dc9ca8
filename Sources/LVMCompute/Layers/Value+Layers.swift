/// What networks are made of, in the number format of the value.
extension Value {
  /// x W + b over the last dim: weights [inputs, outputs], bias [outputs] if there is one.
  public func dense(_ weights: Value, bias: Value? = nil) -> Value {
    let rank = shape.rank
    let product = contract(
      weights, left: Array(0..<rank), right: [rank - 1, rank],
      output: Array(0..<(rank - 1)) + [rank])
    return bias.map { product + $0 } ?? product
  }

  public func relu() -> Value { apply(.relu) }
  public func tanh() -> Value { apply(.tanh) }
  public func sigmoid() -> Value { apply(.sigmoid) }

  /// x where positive, else slope · x.
  public func leakyRelu(slope: Double = 0.01) -> Value {
    apply(.relu) - builder.number(slope, like: self) * (-self).apply(.relu)
  }

  /// x · sigmoid(x).
  public func silu() -> Value { self * sigmoid() }

  /// ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), the usual approximation of x Φ(x) (Hendrycks & Gimpel
  /// 2016).
  public func gelu() -> Value {
    func number(_ x: Double) -> Value { builder.number(x, like: self) }
    let inner = number(0.797_884_560_802_865_4) * (self + number(0.044715) * square() * self)
    return number(0.5) * self * (number(1) + inner.tanh())
  }

  /// Each row to mean 0 and variance 1 over its last dim, then times `scale` plus `shift`.
  public func layerNorm(scale: Value, shift: Value, epsilon: Double = 1e-5) -> Value {
    let rank = shape.rank
    let size = Double(shape.dims[rank - 1])
    func number(_ x: Double) -> Value { builder.number(x, like: self) }
    func mean(_ x: Value) -> Value {
      (x.sum(axes: [rank - 1]) * number(1 / size)).reshape(Array(shape.dims.dropLast()) + [1])
    }
    let centred = self - mean(self)
    return centred / (mean(centred.square()) + number(epsilon)).sqrt() * scale + shift
  }

  /// Each channel (the last dim) to mean 0 and variance 1 over the rows of the minibatch and all other
  /// dims, then times `scale` plus `shift`; also the mean and the variance, for running averages.
  public func batchNorm(scale: Value, shift: Value, epsilon: Double = 1e-5) -> (
    value: Value, mean: Value, variance: Value
  ) {
    let others = Array(0..<(shape.rank - 1))
    let size = Double(shape.count / shape.dims[shape.rank - 1])
    func number(_ x: Double) -> Value { builder.number(x, like: self) }
    // Sums over rows in f64; their count is known only when the step runs.
    let count =
      shape.plate.map { builder.ones($0).sumPlate() * builder.constant(size) }
      ?? builder.constant(size)
    func mean(_ x: Value) -> Value {
      (x.sum(axes: others).cast(.f64).sumPlate() / count).cast(dtype)
    }
    let centre = mean(self)
    let centred = self - centre
    let variance = mean(centred.square())
    return (
      centred / (variance + number(epsilon)).sqrt() * scale + shift, centre, variance
    )
  }

  /// Each number is 0 where `uniform`, random on (0, 1) and of the same shape, is below `rate`; the rest
  /// grow by 1 / (1 − rate).
  public func dropout(rate: Double, uniform: Value) -> Value {
    let kept = builder.number(rate, like: self).apply(.lessEqual, uniform)
    return self * kept * builder.number(1 / (1 - rate), like: self)
  }
}
