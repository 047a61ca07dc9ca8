import LVMCompute

/// Values of expressions made of parameters, columns of one row and labels, by arithmetic alone.
struct FreeEvaluation {
  struct Number {
    var dims: [Int]
    var values: [Double]
  }

  /// Flat values by variable; labels count from zero.
  var values: (VariableID) -> Number?

  /// Whether every node can be evaluated.
  static func covers(_ e: Expression) -> Bool {
    switch e.node {
    case .network: return false
    case .function(let f, _):
      switch f {
      case .dot, .sum, .mean, .transpose: break
      case .softmax, .logsumexp, .min, .max, .norm, .diag, .inverse, .cholesky, .logdet, .cumsum,
        .concat, .stack, .oneHot, .identity, .zeros, .ones:
        return false
      }
    case .map(let f, _):
      switch f {
      case .exp, .log, .sqrt, .abs: break
      case .log1p, .expm1, .tanh, .sigmoid, .logit, .softplus: return false
      }
    case .arithmetic(.power, _, let b): if b.constantValue == nil { return false }
    case .number, .size, .variable, .previous, .previousRange, .arithmetic, .negate,
      .matrixProduct, .index, .array:
      break
    }
    return e.children.allSatisfy(covers)
  }

  /// Nil where a value is lacking.
  func value(_ e: Expression) -> Number? {
    if let constant = e.constantValue { return Number(dims: [], values: [constant]) }
    switch e.node {
    case .variable(let id), .previous(let id, _): return values(id)
    case .previousRange(let id, _, _):
      guard let one = values(id), let count = e.type.dims?.first else { return nil }
      return Number(
        dims: [count] + one.dims, values: (0..<count).flatMap { _ in one.values })
    case .negate(let a):
      return value(a).map { Number(dims: $0.dims, values: $0.values.map { -$0 }) }
    case .map(let f, let a):
      return value(a).map { Number(dims: $0.dims, values: $0.values.map { apply(f, $0) }) }
    case .arithmetic(let operation, let a, let b):
      guard let x = value(a), let y = value(b) else { return nil }
      return combine(x, y) { apply(operation, $0, $1) }
    case .matrixProduct(let a, let b):
      guard let x = value(a), let y = value(b) else { return nil }
      return product(x, y)
    case .function(let f, let arguments): return function(f, arguments.map(value))
    case .array(let elements):
      let parts = elements.compactMap(value)
      guard parts.count == elements.count, let first = parts.first else { return nil }
      return Number(dims: [parts.count] + first.dims, values: parts.flatMap(\.values))
    case .index(let base, let indices): return value(base).flatMap { chosen($0, indices[...]) }
    case .number, .size, .network: return nil
    }
  }

  private func apply(_ f: ElementwiseFunction, _ x: Double) -> Double {
    switch f {
    case .exp: x.exponential
    case .log: x.logarithm
    case .sqrt: x.squareRoot()
    case .abs: x.magnitude
    case .log1p, .expm1, .tanh, .sigmoid, .logit, .softplus: .nan
    }
  }

  private func apply(_ operation: Arithmetic, _ a: Double, _ b: Double) -> Double {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: power(a, b) ?? (b * a.logarithm).exponential
    }
  }

  private func combine(
    _ a: Number, _ b: Number, _ operation: (Double, Double) -> Double
  ) -> Number {
    if a.dims.isEmpty {
      return Number(dims: b.dims, values: b.values.map { operation(a.values[0], $0) })
    }
    if b.dims.isEmpty {
      return Number(dims: a.dims, values: a.values.map { operation($0, b.values[0]) })
    }
    return Number(dims: a.dims, values: zip(a.values, b.values).map(operation))
  }

  private func product(_ a: Number, _ b: Number) -> Number {
    let inner = b.dims[0]
    let (rows, columns) = (a.values.count / inner, b.values.count / inner)
    let values = (0..<rows * columns).map { flat in
      (0..<inner).reduce(0) {
        $0 + a.values[flat / columns * inner + $1] * b.values[$1 * columns + flat % columns]
      }
    }
    return Number(dims: Array(a.dims.dropLast() + b.dims.dropFirst()), values: values)
  }

  private func function(_ f: BuiltinFunction, _ arguments: [Number?]) -> Number? {
    guard let a = arguments[0] else { return nil }
    switch f {
    case .sum: return Number(dims: [], values: [a.values.reduce(0, +)])
    case .mean:
      return Number(dims: [], values: [a.values.reduce(0, +) / Double(a.values.count)])
    case .dot:
      guard let b = arguments[1] else { return nil }
      return Number(dims: [], values: [zip(a.values, b.values).reduce(0) { $0 + $1.0 * $1.1 }])
    case .transpose:
      let (rows, columns) = (a.dims[0], a.dims[1])
      return Number(
        dims: [columns, rows],
        values: a.values.indices.map { a.values[$0 % rows * columns + $0 / rows] })
    case .softmax, .logsumexp, .min, .max, .norm, .diag, .inverse, .cholesky, .logdet, .cumsum,
      .concat, .stack, .oneHot, .identity, .zeros, .ones:
      return nil
    }
  }

  private func chosen(_ base: Number, _ indices: ArraySlice<ExpressionIndex>) -> Number? {
    guard let first = indices.first else { return base }
    let inner = Array(base.dims.dropFirst())
    let size = inner.reduce(1, *)
    func part(_ place: Int) -> Number? {
      guard place >= 0, (place + 1) * size <= base.values.count else { return nil }
      let own = Number(dims: inner, values: Array(base.values[place * size..<(place + 1) * size]))
      return chosen(own, indices.dropFirst())
    }
    switch first {
    case .range(let from, let to):
      guard let a = from.constant, let b = to.constant, a <= b else { return nil }
      let parts = (a...b).compactMap { part($0 - 1) }
      return Number(dims: [b - a + 1] + (parts.first?.dims ?? []), values: parts.flatMap(\.values))
    case .at(let e):
      guard let place = value(e)?.values.first else { return nil }
      let isLabel = if case .category = e.type.kind { true } else { false }
      return part(Int(place) - (isLabel ? 0 : 1))
    }
  }
}
