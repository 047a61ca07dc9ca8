import Foundation
import LVMModel

/// The interpreter: one direct reading of every node.
extension World {
  func evaluate(_ e: ModelExpression, row: Int) throws -> Tensor {
    switch e.node {
    case .number(let x): return Tensor(x)
    case .size(let size): return Tensor(Double(try number(size)))
    case .variable(let v): return try value(of: site(of: v, row: row))
    case .previous(let v, let lag):
      return try value(of: previousSite(of: v, lag: try number(lag), row: row))
    case .previousRange(let v, let from, let to):
      let (a, b) = (try number(from), try number(to))
      guard a <= b else { return Tensor([0], []) }
      return try stack(
        try (a...b).map { try value(of: previousSite(of: v, lag: $0, row: row)) })
    case .map(let f, let x): return try evaluate(x, row: row).map { Self.apply(f, $0) }
    case .function(let f, let arguments):
      return try apply(f, try arguments.map { try evaluate($0, row: row) }, e.type)
    case .arithmetic(let op, let a, let b):
      return try Tensor.combine(evaluate(a, row: row), evaluate(b, row: row)) {
        Self.apply(op, $0, $1)
      }
    case .negate(let x): return try evaluate(x, row: row).map { -$0 }
    case .matrixProduct(let a, let b):
      return try product(try evaluate(a, row: row), try evaluate(b, row: row))
    case .index(let base, let indices):
      return try index(try evaluate(base, row: row), indices[...], row)
    case .array(let elements): return try stack(try elements.map { try evaluate($0, row: row) })
    case .network: throw OracleError.networksAreOutOfScope
    }
  }

  private func number(_ size: Size) throws -> Int {
    guard let value = size.constant else { throw OracleError.unsizedModel(size.description) }
    return value
  }

  private static func apply(_ op: Arithmetic, _ a: Double, _ b: Double) -> Double {
    switch op {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: pow(a, b)
    }
  }

  private static func apply(_ f: ElementwiseFunction, _ x: Double) -> Double {
    switch f {
    case .exp: Foundation.exp(x)
    case .log: Foundation.log(x)
    case .log1p: Foundation.log1p(x)
    case .expm1: Foundation.expm1(x)
    case .sqrt: x.squareRoot()
    case .abs: Swift.abs(x)
    case .tanh: Foundation.tanh(x)
    case .sigmoid:
      x >= 0 ? 1 / (1 + Foundation.exp(-x)) : Foundation.exp(x) / (1 + Foundation.exp(x))
    case .logit: Foundation.log(x) - Foundation.log1p(-x)
    case .softplus:
      x > 0 ? x + Foundation.log1p(Foundation.exp(-x)) : Foundation.log1p(Foundation.exp(x))
    }
  }

  private func stack(_ parts: [Tensor]) throws -> Tensor {
    let dims = parts.max { $0.rank < $1.rank }?.dims ?? []
    return Tensor([parts.count] + dims, try parts.flatMap { try $0.expanded(to: dims).values })
  }

  private func product(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    guard a.rank >= 1, a.rank <= 2, b.rank >= 1, b.rank <= 2,
      a.dims[a.rank - 1] == b.dims[0]
    else { throw OracleError.shape("\(a.dims) * \(b.dims)") }
    let x = Matrix(a.rank == 2 ? a.dims[0] : 1, b.dims[0], a.values)
    let y = Matrix(b.dims[0], b.rank == 2 ? b.dims[1] : 1, b.values)
    return Tensor(Array(a.dims.dropLast() + b.dims.dropFirst()), (x * y).values)
  }

  /// Takes one index a leading dimension; a vector of positions keeps a dimension of its own.
  private func index(_ base: Tensor, _ indices: ArraySlice<ExpressionIndex>, _ row: Int) throws
    -> Tensor
  {
    guard let first = indices.first else { return base }
    let rest = indices.dropFirst()
    switch first {
    case .range(let from, let to):
      let (a, b) = (try number(from), try number(to))
      guard a <= b else { return Tensor([0] + base.dims.dropFirst(), []) }
      return try stack(try (a...b).map { try index(try base.leading($0 - 1), rest, row) })
    case .at(let e):
      let positions = try evaluate(e, row: row)
      var shift = 1
      if case .category = e.type.kind { shift = 0 }
      let parts = try positions.values.map { x in
        guard x == x.rounded(), Swift.abs(x) < 1e9 else {
          throw OracleError.shape("the index \(x) is not whole")
        }
        return try index(try base.leading(Int(x) - shift), rest, row)
      }
      if positions.rank == 0 { return parts[0] }
      return Tensor(positions.dims + (parts.first?.dims ?? []), parts.flatMap(\.values))
    }
  }

  private func apply(_ f: BuiltinFunction, _ a: [Tensor], _ type: ValueType) throws -> Tensor {
    guard let dims = type.dims else { throw OracleError.unsizedModel(f.rawValue) }
    switch f {
    case .softmax:
      return alongLast(a[0]) { row in
        let total = logSumExp(row)
        return row.map { Foundation.exp($0 - total) }
      }
    case .cumsum:
      return alongLast(a[0]) { row in
        var total = 0.0
        return row.map {
          total += $0
          return total
        }
      }
    case .logsumexp: return try reduce(a[0], dims, logSumExp)
    case .sum: return try reduce(a[0], dims) { $0.reduce(0, +) }
    case .mean: return try reduce(a[0], dims) { $0.reduce(0, +) / Double($0.count) }
    case .norm:
      return try reduce(a[0], dims) { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    case .min:
      if a.count == 2 { return try Tensor.combine(a[0], a[1]) { Swift.min($0, $1) } }
      return try reduce(a[0], dims) { $0.min() ?? .nan }
    case .max:
      if a.count == 2 { return try Tensor.combine(a[0], a[1]) { Swift.max($0, $1) } }
      return try reduce(a[0], dims) { $0.max() ?? .nan }
    case .dot:
      return try reduce(try Tensor.combine(a[0], a[1]) { $0 * $1 }, dims) { $0.reduce(0, +) }
    case .transpose:
      return try eachMatrix(a[0]) { Tensor([$0.columns, $0.rows], $0.transpose.values) }
    case .inverse:
      return try eachMatrix(a[0]) { Tensor([$0.rows, $0.rows], try $0.inverse().values) }
    case .cholesky:
      return try eachMatrix(a[0]) { Tensor([$0.rows, $0.rows], try $0.cholesky().values) }
    case .logdet:
      return try eachMatrix(a[0]) {
        Tensor(try $0.solving(Matrix(identity: $0.rows)).logAbsDeterminant)
      }
    case .diag:
      if dims.count > a[0].rank {
        let n = a[0].dims.last ?? 0
        let parts = a[0].values.indices.map { i in
          (0..<n).map { $0 == i % max(n, 1) ? a[0].values[i] : 0 }
        }
        return Tensor(a[0].dims + [n], parts.flatMap { $0 })
      }
      return try eachMatrix(a[0]) { m in Tensor([m.rows], (0..<m.rows).map { m[$0, $0] }) }
    case .concat:
      let rest = Array(dims.dropFirst())
      let values = a.flatMap(\.values)
      guard values.count == Tensor.count(dims) else { throw OracleError.shape("concat") }
      return Tensor([values.count / max(Tensor.count(rest), 1)] + rest, values)
    case .stack: return try stack(a)
    case .oneHot:
      let n = dims.last ?? 0
      return Tensor(dims, a[0].values.flatMap { x in (0..<n).map { Double($0) == x ? 1 : 0 } })
    case .identity: return Tensor(dims, Matrix(identity: dims[0]).values)
    case .zeros: return Tensor(dims, Array(repeating: 0, count: Tensor.count(dims)))
    case .ones: return Tensor(dims, Array(repeating: 1, count: Tensor.count(dims)))
    }
  }

  private func alongLast(_ t: Tensor, _ f: ([Double]) -> [Double]) -> Tensor {
    let n = max(t.dims.last ?? 1, 1)
    return Tensor(
      t.dims, (0..<t.values.count / n).flatMap { f(Array(t.values[$0 * n..<($0 + 1) * n])) })
  }

  /// Reduces trailing dimensions, as many as the result lacks.
  private func reduce(_ t: Tensor, _ dims: [Int], _ f: ([Double]) -> Double) throws -> Tensor {
    guard Array(t.dims.prefix(dims.count)) == dims else {
      throw OracleError.shape("\(t.dims) to \(dims)")
    }
    let n = Tensor.count(Array(t.dims.dropFirst(dims.count)))
    return Tensor(
      dims, (0..<Tensor.count(dims)).map { f(Array(t.values[$0 * n..<($0 + 1) * n])) })
  }

  private func eachMatrix(_ t: Tensor, _ f: (Matrix) throws -> Tensor) throws -> Tensor {
    guard t.rank >= 2 else { throw OracleError.shape("\(t.dims) is not a matrix") }
    let (r, c) = (t.dims[t.rank - 2], t.dims[t.rank - 1])
    let parts = try (0..<t.values.count / (r * c)).map {
      try f(Matrix(r, c, Array(t.values[$0 * r * c..<($0 + 1) * r * c])))
    }
    return Tensor(
      Array(t.dims.dropLast(2)) + (parts.first?.dims ?? []), parts.flatMap(\.values))
  }
}
