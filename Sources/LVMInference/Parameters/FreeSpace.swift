import LVMCompute
import LVMModel

/// All estimated parameters as one vector of free numbers, and back.
///
/// Probabilities are their square roots here, the coordinates in which a step of a certain length is as easy
/// to tell wherever it is made: logarithms of those that go to zero run away for ever.
struct FreeSpace {
  let parameters: [(name: String, kind: ElementKind, dims: [Int])]

  var sizes: [Int] { parameters.map { $0.dims.reduce(1, *) } }

  func free(_ values: [String: Tensor]) -> [Double] {
    parameters.flatMap { p in
      let value = values[p.name] ?? Tensor(repeating: 0, p.dims)
      switch p.kind {
      case .simplex: return value.values.map { Swift.max($0, 0).squareRoot() }
      case .unit:
        return value.values.map {
          let p = Swift.min(Swift.max($0, 0), 1)
          let (a, b) = (p.squareRoot(), (1 - p).squareRoot())
          return a / (a + b)
        }
      case .real, .positive, .count, .integer, .binary, .category, .covariance, .correlation,
        .cholesky, .orthonormal:
        return Transform.free(value, p.kind).values
      }
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
      guard let value = Self.constrained(free, p.kind), value.values.allSatisfy(\.isFinite)
      else { return nil }
      result[p.name] = value
    }
    return result
  }

  private static func constrained(_ free: Tensor, _ kind: ElementKind) -> Tensor? {
    var result = free
    switch kind {
    case .simplex:
      let n = Swift.max(1, free.dims.last ?? 1)
      for start in stride(from: 0, to: free.count, by: n) {
        let squares = free.values[start..<(start + n)].map { $0 * $0 }
        let total = squares.reduce(0, +)
        for (i, square) in squares.enumerated() { result.values[start + i] = square / total }
      }
      return result
    case .unit:
      result.values = free.values.map { $0 * $0 / ($0 * $0 + (1 - $0) * (1 - $0)) }
      return result
    case .real, .positive, .count, .integer, .binary, .category, .covariance, .correlation,
      .cholesky, .orthonormal:
      return try? Constrained.value(free, kind)
    }
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
      let out = try Runtime.serial.evaluator(Program(builder.finish())).run([
        "u": free
      ])
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
        let unit = free.values[start + i * n + i].exponential
        for j in 0..<i { l[i * n + j] = free.values[start + i * n + j] * unit }
        l[i * n + i] = unit
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
