import LVMCompute
import LVMModel
import LVMSyntax

/// Evaluates expressions on numbers: one row at a time, for draws.
///
/// Categories are zero-based, as in the data; other positions count from one, as in the source.
struct Evaluator {
  let model: ModelGraph
  private let networks: NetworkEvaluator
  /// Values of parameters and of everything drawn or given so far at the present row.
  var values: [VariableID: Tensor] = [:]
  /// Values of earlier rows of the series, the latest first.
  var past: [VariableID: [Tensor]] = [:]

  init(_ model: ModelGraph, parameters: [String: Tensor]) {
    self.model = model
    networks = NetworkEvaluator(model, parameters: parameters)
    for v in model.variables where v.role == .param {
      if let value = parameters[v.name] { values[v.id] = value }
    }
  }

  func evaluate(_ e: Expression) throws -> Tensor {
    switch e.node {
    case .number(let x): return Tensor(x)
    case .size(let s): return Tensor(Double(s.constant ?? 0))
    case .variable(let id): return try value(of: id)
    case .previous(let id, let lag): return previous(id, lag.constant ?? 1)
    case .previousRange(let id, let from, let to):
      let lags = Array((from.constant ?? 1)...max(from.constant ?? 1, to.constant ?? 1))
      return Tensor.stacked(lags.map { previous(id, $0) })
    case .map(let function, let a): return try evaluate(a).mapped { Self.apply(function, $0) }
    case .function(let function, let arguments):
      return try builtin(function, arguments, e)
    case .arithmetic(let op, let a, let b):
      return Tensor.combined(try evaluate(a), try evaluate(b)) { x, y in
        switch op {
        case .add: x + y
        case .subtract: x - y
        case .multiply: x * y
        case .divide: x / y
        case .power: x.raised(to: y)
        }
      }
    case .negate(let a): return try evaluate(a).mapped { -$0 }
    case .matrixProduct(let a, let b): return Tensor.product(try evaluate(a), try evaluate(b))
    case .index(let base, let indices): return try index(try evaluate(base), indices)
    case .array(let elements): return Tensor.stacked(try elements.map(evaluate))
    case .network(let id, let inputs, let output):
      return try networks.output(output, of: id, at: try inputs.map(evaluate))
    }
  }

  private func value(of id: VariableID) throws -> Tensor {
    if let known = values[id] { return known }
    if case .equal(let e) = model[id].definition { return try evaluate(e) }
    throw QueryError.noDraw(variable: model[id].name, reason: "it has no value yet")
  }

  /// Zero before the first row of a series, as in the data's own lags.
  private func previous(_ id: VariableID, _ lag: Int) -> Tensor {
    let known = past[id] ?? []
    if lag >= 1, lag <= known.count { return known[lag - 1] }
    return Tensor(repeating: 0, model[id].type.dims ?? [])
  }

  private func index(_ base: Tensor, _ indices: [ExpressionIndex]) throws -> Tensor {
    var result = base
    var dim = 0
    for index in indices {
      switch index {
      case .range(let from, let to):
        let start = (from.constant ?? 1) - 1
        result = result.sliced(dim, start, (to.constant ?? 1) - start)
        dim += 1
      case .at(let e):
        let raw = try evaluate(e).values.first ?? 0
        let position = Int(raw) - (e.type.kind.isCategory ? 0 : 1)
        guard position >= 0, position < result.dims[dim] else {
          throw QueryError.noDraw(
            variable: model.name, reason: "an index is outside 1…\(result.dims[dim])")
        }
        result = result.sliced(dim, position, 1)
        result.dims.remove(at: dim)
      }
    }
    return result
  }

  private func builtin(_ function: BuiltinFunction, _ arguments: [Expression], _ whole: Expression)
    throws -> Tensor
  {
    let a = try arguments.map(evaluate)
    switch function {
    case .softmax: return a[0].overLast { softmax($0) }
    case .logsumexp: return a[0].reducingLast { logSumExp($0) }
    case .sum: return Tensor(a[0].values.reduce(0, +))
    case .mean: return Tensor(a[0].values.reduce(0, +) / Double(max(1, a[0].count)))
    case .dot: return Tensor(zip(a[0].values, a[1].values).reduce(0) { $0 + $1.0 * $1.1 })
    case .min, .max:
      let isMax = function == .max
      if a.count == 2 {
        return Tensor.combined(a[0], a[1]) { isMax ? Swift.max($0, $1) : Swift.min($0, $1) }
      }
      return Tensor((isMax ? a[0].values.max() : a[0].values.min()) ?? 0)
    case .norm: return Tensor(a[0].values.reduce(0) { $0 + $1 * $1 }.squareRoot())
    case .transpose: return a[0].transposed
    case .diag: return a[0].dims.count == 1 ? a[0].diagonalMatrix : a[0].diagonal
    case .inverse:
      let n = a[0].dims[0]
      guard let inverse = invertSymmetric(a[0].values, n) else {
        throw QueryError.noDraw(variable: model.name, reason: "a matrix has no inverse")
      }
      return Tensor([n, n], inverse)
    case .cholesky:
      return Tensor(a[0].dims, Chart.choleskyFactor(a[0].values, a[0].dims[0]))
    case .logdet:
      let n = a[0].dims[0]
      let l = Chart.choleskyFactor(a[0].values, n)
      return Tensor((0..<n).reduce(0) { $0 + 2 * l[$1 * n + $1].logarithm })
    case .cumsum:
      return a[0].overLast { row in
        var sum = 0.0
        return row.map {
          sum += $0
          return sum
        }
      }
    case .concat: return Tensor.concatenated(a)
    case .stack: return Tensor.stacked(a)
    case .oneHot:
      let k = whole.type.dims?.last ?? 1
      var values = [Double](repeating: 0, count: a[0].count * k)
      for (i, x) in a[0].values.enumerated() { values[i * k + Int(x)] = 1 }
      return Tensor(a[0].dims + [k], values)
    case .identity:
      return Tensor(repeating: 1, [Int(a[0].values[0])]).diagonalMatrix
    case .zeros, .ones:
      return Tensor(repeating: function == .ones ? 1 : 0, a.map { Int($0.values[0]) })
    }
  }

  private static func apply(_ function: ElementwiseFunction, _ x: Double) -> Double {
    switch function {
    case .exp: x.exponential
    case .log: x.logarithm
    case .log1p: x.logarithmOfSuccessor
    case .expm1: x.exponentialLessOne
    case .sqrt: x.squareRoot()
    case .abs: Swift.abs(x)
    case .tanh: x.hyperbolicTangent
    case .sigmoid: 1 / (1 + (-x).exponential)
    case .logit: x.logarithm - (-x).logarithmOfSuccessor
    case .softplus: Swift.max(x, 0) + (-Swift.abs(x)).exponential.logarithmOfSuccessor
    }
  }

  private func softmax(_ x: [Double]) -> [Double] {
    let lse = logSumExp(x)
    return x.map { ($0 - lse).exponential }
  }

  private func logSumExp(_ x: [Double]) -> Double {
    let top = x.max() ?? -.infinity
    guard top.isFinite else { return top }
    return top + x.reduce(0) { $0 + ($1 - top).exponential }.logarithm
  }
}
