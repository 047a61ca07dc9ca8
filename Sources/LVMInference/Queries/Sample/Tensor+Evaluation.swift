import LVMCompute

/// Arithmetic on small arrays of numbers, for evaluation row by row.
extension Tensor {
  func mapped(_ body: (Double) -> Double) -> Tensor { Tensor(dims, values.map(body)) }

  /// Elementwise with broadcasting from the right.
  static func combined(_ a: Tensor, _ b: Tensor, _ body: (Double, Double) -> Double) -> Tensor {
    if a.dims == b.dims { return Tensor(a.dims, zip(a.values, b.values).map(body)) }
    if b.dims.isEmpty { return a.mapped { body($0, b.values[0]) } }
    if a.dims.isEmpty { return b.mapped { body(a.values[0], $0) } }
    let dims = Shape.broadcast(Shape(a.dims), Shape(b.dims))?.dims ?? a.dims
    let x = a.broadcast(to: dims)
    let y = b.broadcast(to: dims)
    return Tensor(dims, zip(x.values, y.values).map(body))
  }

  func broadcast(to target: [Int]) -> Tensor {
    if dims == target { return self }
    let own = [Int](repeating: 1, count: target.count - dims.count) + dims
    var result = Tensor(repeating: 0, target)
    for i in result.values.indices {
      var rest = i
      var at = 0
      var stride = 1
      for d in target.indices.reversed() {
        let position = rest % target[d]
        rest /= target[d]
        if own[d] > 1 { at += position * stride }
        stride *= own[d]
      }
      result.values[i] = values[at]
    }
    return result
  }

  /// Matrix times matrix or vector, vector times matrix.
  static func product(_ a: Tensor, _ b: Tensor) -> Tensor {
    let n = a.dims.count == 1 ? 1 : a.dims[0]
    let k = a.dims[a.dims.count - 1]
    let m = b.dims.count == 1 ? 1 : b.dims[1]
    var result = [Double](repeating: 0, count: n * m)
    for i in 0..<n {
      for j in 0..<m {
        for l in 0..<k { result[i * m + j] += a.values[i * k + l] * b.values[l * m + j] }
      }
    }
    return Tensor((a.dims.count == 1 ? [] : [n]) + (b.dims.count == 1 ? [] : [m]), result)
  }

  func sliced(_ dim: Int, _ start: Int, _ count: Int) -> Tensor {
    let outer = dims[..<dim].reduce(1, *)
    let inner = dims[(dim + 1)...].reduce(1, *)
    var result: [Double] = []
    for o in 0..<outer {
      let from = (o * dims[dim] + start) * inner
      result += values[from..<(from + count * inner)]
    }
    var shape = dims
    shape[dim] = count
    return Tensor(shape, result)
  }

  static func stacked(_ parts: [Tensor]) -> Tensor {
    let shape = parts.map(\.dims).max { $0.count < $1.count } ?? []
    return Tensor([parts.count] + shape, parts.flatMap { $0.broadcast(to: shape).values })
  }

  /// Joined along the first dim; scalars count as vectors of one.
  static func concatenated(_ parts: [Tensor]) -> Tensor {
    let wide = parts.map { $0.dims.isEmpty ? Tensor([1], $0.values) : $0 }
    let rest = Array(wide.first?.dims.dropFirst() ?? [])
    return Tensor([wide.reduce(0) { $0 + $1.dims[0] }] + rest, wide.flatMap(\.values))
  }

  func overLast(_ body: ([Double]) -> [Double]) -> Tensor {
    let n = dims.last ?? 1
    var result: [Double] = []
    for start in stride(from: 0, to: count, by: n) {
      result += body(Array(values[start..<(start + n)]))
    }
    return Tensor(dims, result)
  }

  func reducingLast(_ body: ([Double]) -> Double) -> Tensor {
    let n = dims.last ?? 1
    let result = stride(from: 0, to: count, by: n).map { body(Array(values[$0..<($0 + n)])) }
    return Tensor(Array(dims.dropLast()), result)
  }

  var transposed: Tensor {
    let (n, m) = (dims[0], dims[1])
    var result = [Double](repeating: 0, count: n * m)
    for i in 0..<n { for j in 0..<m { result[j * n + i] = values[i * m + j] } }
    return Tensor([m, n], result)
  }

  var diagonalMatrix: Tensor {
    let n = dims[0]
    var result = Tensor(repeating: 0, [n, n])
    for i in 0..<n { result.values[i * n + i] = values[i] }
    return result
  }

  var diagonal: Tensor {
    let n = dims[0]
    return Tensor([n], (0..<n).map { values[$0 * n + $0] })
  }
}
