import LVMModel

extension ChartPolicy {
  /// The chart of a kind of parameter.
  public func chart(of kind: ElementKind) -> Chart {
    switch kind {
    case .real, .count, .integer, .binary, .category: .identity
    case .positive: .exponential
    case .unit: self == .acceleration ? .squareRootShare : .logistic
    case .simplex: self == .acceleration ? .squareRoot : .softmax
    case .covariance: .logCholeskyProduct
    case .cholesky: .logCholesky
    case .correlation: .unitRows
    case .orthonormal: .orthonormalColumns
    }
  }
}
