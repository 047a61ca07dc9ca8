import LVMCompute

extension Chart {
  /// The constrained value of free numbers.
  ///
  /// - Throws: `ExecutionError` where it takes a tensor program that the numbers do not fit.
  public func constrain(_ free: Tensor) throws -> Tensor {
    switch self {
    case .identity: return free
    case .exponential: return Tensor(free.dims, free.values.map(\.exponential))
    case .softmax:
      return Self.shares(of: free) { part in
        let top = part.max() ?? 0
        return part.map { ($0 - top).exponential }
      }
    case .squareRoot: return Self.shares(of: free) { $0.map { $0 * $0 } }
    case .squareRootShare:
      return Tensor(free.dims, free.values.map { $0 * $0 / ($0 * $0 + (1 - $0) * (1 - $0)) })
    case .logCholesky: return Self.triangles(of: free, isProduct: false)
    case .logCholeskyProduct: return Self.triangles(of: free, isProduct: true)
    case .logistic, .unitRows, .orthonormalColumns:
      let builder = GraphBuilder()
      builder.setOutput("v", constrain(builder.parameter("u", free.dims)))
      let out = try Runtime.serial.evaluator(Program(builder.finish())).run([
        "u": free
      ])
      return out["v"] ?? free
    }
  }

  /// Weights of the entries of each simplex over their sum.
  private static func shares(of free: Tensor, _ weights: ([Double]) -> [Double]) -> Tensor {
    var result = free
    let n = Swift.max(1, free.dims.last ?? 1)
    for start in stride(from: 0, to: free.count, by: n) {
      let own = weights(Array(free.values[start..<(start + n)]))
      let total = own.reduce(0, +)
      for (i, weight) in own.enumerated() { result.values[start + i] = weight / total }
    }
    return result
  }

  private static func triangles(of free: Tensor, isProduct: Bool) -> Tensor {
    var result = Tensor(repeating: 0, free.dims)
    let n = Swift.max(1, free.dims.last ?? 1)
    for start in stride(from: 0, to: free.count, by: n * n) {
      var l = [Double](repeating: 0, count: n * n)
      for i in 0..<n {
        let unit = free.values[start + i * n + i].exponential
        for j in 0..<i { l[i * n + j] = free.values[start + i * n + j] * unit }
        l[i * n + i] = unit
      }
      for i in 0..<n {
        for j in 0...i {
          guard isProduct else {
            result.values[start + i * n + j] = l[i * n + j]
            continue
          }
          var sum = 0.0
          for k in 0...j { sum += l[i * n + k] * l[j * n + k] }
          result.values[start + i * n + j] = sum
          result.values[start + j * n + i] = sum
        }
      }
    }
    return result
  }

  /// Free numbers of a constrained value; what lies on a boundary is taken from just inside.
  public func unconstrain(_ value: Tensor) -> Tensor {
    var result = value
    switch self {
    case .identity, .orthonormalColumns: break
    case .exponential: result.values = value.values.map { max($0, 1e-300).logarithm }
    case .logistic:
      result.values = value.values.map {
        let p = min(max($0, 1e-12), 1 - 1e-12)
        return (p / (1 - p)).logarithm
      }
    case .softmax: result.values = value.values.map { max($0, 1e-12).logarithm }
    case .squareRoot: result.values = value.values.map { max($0, 0).squareRoot() }
    case .squareRootShare:
      result.values = value.values.map {
        let p = min(max($0, 0), 1)
        let (a, b) = (p.squareRoot(), (1 - p).squareRoot())
        return a / (a + b)
      }
    case .logCholesky, .logCholeskyProduct, .unitRows:
      let n = value.dims.last ?? 1
      for start in stride(from: 0, to: value.count, by: n * n) {
        var block = Array(value.values[start..<(start + n * n)])
        if self != .logCholesky { block = Self.choleskyFactor(block, n) }
        result.values.replaceSubrange(start..<(start + n * n), with: freeTriangle(block, n))
      }
    }
    return result
  }

  /// Free numbers of one lower-triangular factor.
  private func freeTriangle(_ l: [Double], _ n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      if self == .unitRows {
        let d = max(l[i * n + i], 1e-12)
        for j in 0..<i { result[i * n + j] = l[i * n + j] / d }
      } else {
        let unit = max(l[i * n + i], 1e-300)
        for j in 0..<i { result[i * n + j] = l[i * n + j] / unit }
        result[i * n + i] = unit.logarithm
      }
    }
    return result
  }

  /// The lower factor of a small symmetric matrix; a pivot that is not positive becomes tiny.
  static func choleskyFactor(_ a: [Double], _ n: Int) -> [Double] {
    var l = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        var sum = a[i * n + j]
        for k in 0..<j { sum -= l[i * n + k] * l[j * n + k] }
        if i == j {
          l[i * n + i] = sum > 0 ? sum.squareRoot() : 1e-8
        } else {
          l[i * n + j] = sum / l[j * n + j]
        }
      }
    }
    return l
  }
}
