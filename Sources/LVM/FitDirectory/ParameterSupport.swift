import LVMCompute
import LVMModel

extension ElementKind {
  /// What a parameter's numbers lack to be of this kind, in words that follow "and"; nil if they are.
  ///
  /// Elimination and queries rely on it: quantiles of labels whose probabilities do not sum to 1, say,
  /// are looked for without end. Whether a covariance is positive definite shows where it is used.
  func wish(of tensor: Tensor) -> String? {
    let values = tensor.values
    switch self {
    case .real, .count, .integer, .binary, .category, .orthonormal: return nil
    case .positive: return values.allSatisfy { $0 >= 0 } ? nil : "a number is below 0"
    case .unit: return values.allSatisfy { 0...1 ~= $0 } ? nil : "a number is not from 0 to 1"
    case .simplex:
      let width = max(1, tensor.dims.last ?? 1)
      let isSimplex = stride(from: 0, to: values.count, by: width).allSatisfy { start in
        let part = values[start..<min(values.count, start + width)]
        return part.allSatisfy { $0 >= 0 } && abs(part.reduce(0, +) - 1) <= 1e-6
      }
      return isSimplex ? nil : "probabilities do not sum to 1"
    case .covariance, .correlation, .cholesky:
      let side = max(1, tensor.dims.last ?? 1)
      for start in stride(from: 0, to: values.count, by: side * side) {
        for i in 0..<side where values[start + i * side + i] < 0 {
          return "its diagonal is not positive"
        }
        if self == .cholesky { continue }
        for i in 0..<side {
          for j in 0..<i {
            let (a, b) = (values[start + i * side + j], values[start + j * side + i])
            if abs(a - b) > 1e-6 * max(abs(a), abs(b)) { return "it is not symmetric" }
          }
        }
      }
      return nil
    }
  }
}
