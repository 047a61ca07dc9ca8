import LVMCompute
import LVMModel

/// The map between a constrained parameter and free numbers of the same count, for gradient steps.
///
/// positive: exp; unit: sigmoid; simplex: softmax; covariance: LLᵀ with L lower-triangular, its diagonal
/// through exp and its other entries in units of their row's, so that a column's unit is no matter; correlation: rows of L scaled to unit length; orthonormal: U(UᵀU)^(−½) by Cholesky. No
/// Jacobian enters: MAP maximises the density of the constrained value.
enum Transform {
  /// The constrained value of free numbers, as graph operations.
  static func constrain(_ free: Value, _ kind: ElementKind) -> Value {
    switch kind {
    case .real, .count, .integer, .binary, .category: return free
    case .positive: return free.exp()
    case .unit: return free.apply(.sigmoid)
    case .simplex:
      let lse = free.logSumExp(axes: [free.shape.rank - 1])
      return (free - lse.reshape(lse.shape.dims + [1])).exp()
    case .cholesky: return triangular(free)
    case .covariance: return timesTranspose(triangular(free))
    case .correlation:
      let lower = free.builder.add(.lowerTriangle(diagonalFactor: 0), [free])
      let raw = lower + identity(free)
      let norms = raw.square().sum(axes: [raw.shape.rank - 1]).sqrt()
      return timesTranspose(raw / norms.reshape(norms.shape.dims + [1]))
    case .orthonormal:
      let labels = batchLabels(free)
      let gram = free.contract(
        free, left: labels + [100, 101], right: labels + [100, 102], output: labels + [101, 102])
      let rank = free.shape.rank
      let swap = Array(0..<(rank - 2)) + [rank - 1, rank - 2]
      let solved = free.builder.add(
        .triangularSolve(transposed: false), [gram.cholesky(), free.transpose(swap)])
      return solved.transpose(swap)
    }
  }

  private static func batchLabels(_ v: Value) -> [Int] { Array(0..<(v.shape.rank - 2)) }

  private static func identity(_ v: Value) -> Value {
    let n = v.shape.dims[v.shape.rank - 1]
    var values = [Double](repeating: 0, count: n * n)
    for i in 0..<n { values[i * n + i] = 1 }
    return v.builder.constant(Tensor([n, n], values))
  }

  private static func triangular(_ free: Value) -> Value {
    let lower = free.builder.add(.lowerTriangle(diagonalFactor: 0), [free])
    let units = free.diagonal().exp()
    return (lower + identity(free)) * units.reshape(units.shape.dims + [1])
  }

  private static func timesTranspose(_ l: Value) -> Value {
    let labels = batchLabels(l)
    return l.contract(
      l, left: labels + [100, 101], right: labels + [102, 101], output: labels + [100, 102])
  }

  /// Free numbers of a constrained value; clips what lies on a boundary just inside.
  static func free(_ value: Tensor, _ kind: ElementKind) -> Tensor {
    var result = value
    switch kind {
    case .real, .count, .integer, .binary, .category, .orthonormal: break
    case .positive: result.values = value.values.map { max($0, 1e-300).logarithm }
    case .unit:
      result.values = value.values.map {
        let p = min(max($0, 1e-12), 1 - 1e-12)
        return (p / (1 - p)).logarithm
      }
    case .simplex: result.values = value.values.map { max($0, 1e-12).logarithm }
    case .cholesky, .covariance, .correlation:
      let n = value.dims.last ?? 1
      for start in stride(from: 0, to: value.count, by: n * n) {
        var block = Array(value.values[start..<(start + n * n)])
        if kind != .cholesky { block = choleskyFactor(block, n) }
        for i in 0..<n {
          if kind == .correlation {
            let d = max(block[i * n + i], 1e-12)
            for j in 0..<i { result.values[start + i * n + j] = block[i * n + j] / d }
            for j in i..<n { result.values[start + i * n + j] = 0 }
          } else {
            for j in 0..<n {
              let unit = max(block[i * n + i], 1e-300)
              result.values[start + i * n + j] =
                j < i ? block[i * n + j] / unit : (j == i ? unit.logarithm : 0)
            }
          }
        }
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
