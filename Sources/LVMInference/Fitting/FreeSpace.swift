import LVMCompute
import LVMModel

/// All estimated parameters as one vector of free numbers, and back.
struct FreeSpace {
  let parameters: [(name: String, kind: ElementKind, dims: [Int])]

  var sizes: [Int] { parameters.map { $0.dims.reduce(1, *) } }

  func free(_ values: [String: Tensor]) -> [Double] {
    parameters.flatMap { p in
      Transform.free(values[p.name] ?? Tensor(repeating: 0, p.dims), p.kind).values
    }
  }

  /// The constrained values of a vector, over others that stay; nil where they are not finite.
  func constrained(_ vector: [Double], over values: [String: Tensor]) -> [String: Tensor]? {
    var result = values
    var at = 0
    for p in parameters {
      let n = p.dims.reduce(1, *)
      let free = Tensor(p.dims, Array(vector[at..<(at + n)]))
      at += n
      guard let value = try? Constrained.value(free, p.kind),
        value.values.allSatisfy(\.isFinite)
      else { return nil }
      result[p.name] = value
    }
    return result
  }
}

/// The constrained value of free numbers, outside any model graph.
enum Constrained {
  static func value(_ free: Tensor, _ kind: ElementKind) throws -> Tensor {
    switch kind {
    case .real, .count, .integer, .binary, .category: return free
    case .positive: return Tensor(free.dims, free.values.map(\.exponential))
    case .simplex: return simplex(free)
    case .covariance, .cholesky: return triangular(free, isCovariance: kind == .covariance)
    case .unit, .correlation, .orthonormal:
      let builder = GraphBuilder()
      builder.setOutput("v", Transform.constrain(builder.parameter("u", free.dims), kind))
      let out = try Executor(Program(builder.finish()), data: .none, threads: 1).run(["u": free])
      return out["v"] ?? free
    }
  }

  private static func simplex(_ free: Tensor) -> Tensor {
    var result = free
    let n = Swift.max(1, free.dims.last ?? 1)
    for start in stride(from: 0, to: free.count, by: n) {
      let part = free.values[start..<(start + n)]
      let top = part.max() ?? 0
      let weights = part.map { ($0 - top).exponential }
      let total = weights.reduce(0, +)
      for i in 0..<n { result.values[start + i] = weights[i] / total }
    }
    return result
  }

  private static func triangular(_ free: Tensor, isCovariance: Bool) -> Tensor {
    var result = Tensor(repeating: 0, free.dims)
    let n = Swift.max(1, free.dims.last ?? 1)
    for start in stride(from: 0, to: free.count, by: n * n) {
      var l = [Double](repeating: 0, count: n * n)
      for i in 0..<n {
        for j in 0..<i { l[i * n + j] = free.values[start + i * n + j] }
        l[i * n + i] = free.values[start + i * n + i].exponential
      }
      for i in 0..<n {
        for j in 0...i {
          guard isCovariance else {
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
}
