import LVMCompute
import LVMModel
import LVMSyntax

extension LoweringContext {
  /// The graph of a built-in function that has a shape of its own.
  func lowerFunction(
    _ function: BuiltinFunction, _ arguments: [Expression], _ whole: Expression
  ) throws -> Lowered {
    try FunctionLowering(
      context: self, function: function, arguments: arguments, whole: whole
    ).lowered()
  }

  func identityMatrix(_ n: Int) -> Value {
    var values = [Double](repeating: 0, count: n * n)
    for i in 0..<n { values[i * n + i] = 1 }
    return builder.constant(Tensor([n, n], values))
  }

  /// Vectors (scalars count as vectors of one) joined along the first event dim.
  func concat(_ parts: [Lowered]) -> Lowered {
    join(parts.map { $0.event.isEmpty ? $0.reshape(event: [1]) : $0 }, event: 0)
  }

  /// Values of one event rank joined along an event dim.
  func join(_ vectors: [Lowered], event dim: Int) -> Lowered {
    if vectors.count == 1 { return vectors[0] }
    let axes = Lowered.axes(of: vectors)
    let plate = vectors.compactMap(\.plate).min()
    var sizes: [Axis: Int] = [:]
    for p in vectors { for (a, n) in zip(p.axes, p.axisSizes) { sizes[a] = n } }
    let full = axes.map { sizes[$0] ?? 1 }
    let values = vectors.map {
      let v = $0.on(plate)
      return v.expanded(to: axes, eventRank: v.event.count).broadcast(full + v.event)
    }
    return Lowered(builder.add(.concat(axis: axes.count + dim), values), axes: axes)
  }
}

/// A call of a built-in function that has a shape of its own.
private struct FunctionLowering {
  let context: LoweringContext
  let function: BuiltinFunction
  let arguments: [Expression]
  let whole: Expression

  private func argument(_ i: Int = 0) throws -> Lowered {
    guard i < arguments.count else {
      throw LoweringFailure(.missingArgument(function: function.rawValue), at: whole.span)
    }
    return try context.lower(arguments[i])
  }

  private func overLast(_ body: (Lowered, Int) -> Value) throws -> Lowered {
    let x = try argument()
    return Lowered(body(x, x.value.shape.rank - 1), axes: x.axes)
  }

  private func size(_ i: Int) throws -> Int {
    switch arguments[i].node {
    case .number(let x) where Int(exactly: x) != nil: return Int(x)
    case .size(let s): return try context.number(s, at: arguments[i].span)
    case .number, .variable, .previous, .previousRange, .map, .function, .arithmetic, .negate,
      .matrixProduct, .index, .array, .network:
      throw LoweringFailure(.sizeExpected, at: arguments[i].span)
    }
  }

  func lowered() throws -> Lowered {
    switch function {
    case .softmax:
      return try overLast { x, last in
        let lse = x.value.logSumExp(axes: [last])
        return (x.value - lse.reshape(lse.shape.dims + [1])).exp()
      }
    case .logsumexp:
      return try overLast { x, last in x.value.logSumExp(axes: [last]) }
    case .sum:
      return try argument().sumEvent()
    case .mean:
      let x = try argument()
      return x.sumEvent().map { $0 / Double(max(1, x.event.reduce(1, *))) }
    case .dot:
      return Lowered.contract(try argument(0), [0], try argument(1), [0], to: [])
    case .min, .max:
      if arguments.count == 2 {
        return Lowered.combine(try argument(0), try argument(1)) {
          $0.apply(function == .max ? .maximum : .minimum, $1)
        }
      }
      let x = try argument()
      let axes = x.event.indices.map { $0 + x.axes.count }
      return x.map { v in
        function == .max ? v.max(axes: axes) : -((-v).max(axes: axes))
      }
    case .norm:
      return try argument().map { $0.square() }.sumEvent().map { $0.sqrt() }
    case .transpose:
      return try argument().transpose(event: [1, 0])
    case .diag:
      let x = try argument()
      return x.map { x.event.count == 1 ? $0.diagonalMatrix() : $0.diagonal() }
    case .inverse:
      // Only symmetric positive definite matrices have an inverse op; others are refused.
      guard arguments[0].type.kind == .covariance || arguments[0].type.kind == .correlation else {
        throw LoweringFailure(.inverseOfOtherMatrix, at: whole.span)
      }
      return try argument().map { $0.builder.add(.spdInverse, [$0]) }
    case .cholesky:
      return try argument().map { $0.cholesky() }
    case .logdet:
      return try argument().map { v in
        let d = v.cholesky().diagonal().log()
        return d.sum(axes: [d.shape.rank - 1]) * 2.0
      }
    case .cumsum:
      return try overLast { x, last in
        x.value.builder.add(.cumsum(axis: last, reversed: false), [x.value])
      }
    case .concat:
      return context.concat(try arguments.map(context.lower))
    case .stack:
      return context.stack(try arguments.map(context.lower))
    case .oneHot:
      let x = try argument()
      guard let k = context.states(of: arguments[0].type) else {
        throw LoweringFailure(.oneHotOfNumber, at: whole.span)
      }
      return x.map { $0.builder.add(.oneHot(count: k), [$0]) }
    case .identity:
      let n = try size(0)
      return Lowered(context.identityMatrix(n))
    case .zeros, .ones:
      let dims = try arguments.indices.map(size)
      return Lowered(context.builder.constant(Tensor(repeating: function == .ones ? 1 : 0, dims)))
    }
  }
}
