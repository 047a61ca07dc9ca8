import LVMCompute
import LVMModel

extension ElementKind {
  /// What a parameter's numbers lack to be of this kind, in words that follow "and"; nil if they are.
  ///
  /// Elimination and queries rely on it: quantiles of labels whose probabilities do not sum to 1, say,
  /// are looked for without end.
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
        let matrix = values[start..<min(values.count, start + side * side)]
        if let wish = wish(of: Array(matrix), side) { return wish }
      }
      return nil
    }
  }

  /// The same of one matrix, row-major.
  private func wish(of matrix: [Double], _ side: Int) -> String? {
    for i in 0..<side where matrix[i * side + i] <= 0 { return "its diagonal is not positive" }
    for i in 0..<side {
      for j in 0..<i {
        let (a, b) = (matrix[i * side + j], matrix[j * side + i])
        if self == .cholesky {
          if b != 0 { return "it is not zero above the diagonal" }
          continue
        }
        // In units of the two deviations: an entry may be zero on one side to rounding.
        let unit = (matrix[i * side + i] * matrix[j * side + j]).squareRoot()
        if abs(a - b) > 1e-6 * unit { return "it is not symmetric" }
      }
      if self == .correlation, abs(matrix[i * side + i] - 1) > 1e-6 {
        return "its diagonal is not 1"
      }
    }
    return self == .cholesky || isRegular(matrix, side) ? nil : "it is singular, or not positive"
  }

  /// Whether each pivot of the Cholesky factor is more than what rounding leaves of its diagonal entry.
  private func isRegular(_ matrix: [Double], _ side: Int) -> Bool {
    var factor = matrix
    for j in 0..<side {
      var pivot = matrix[j * side + j]
      for k in 0..<j { pivot -= factor[j * side + k] * factor[j * side + k] }
      guard pivot > 4e-16 * Double(side) * matrix[j * side + j] else { return false }
      factor[j * side + j] = pivot.squareRoot()
      for i in (j + 1)..<max(j + 1, side) {
        var sum = matrix[i * side + j]
        for k in 0..<j { sum -= factor[i * side + k] * factor[j * side + k] }
        factor[i * side + j] = sum / factor[j * side + j]
      }
    }
    return true
  }
}
