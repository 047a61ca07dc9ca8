/// Solves A x = b for a symmetric positive definite matrix by its Cholesky factor.
///
/// - Parameters:
///   - matrix: row-major, n × n.
///   - b: n numbers, replaced by x.
/// - Returns: false where the matrix is not positive definite; `b` is then as it was.
public func solvePositive(_ matrix: [Double], _ b: inout [Double]) -> Bool {
  let n = b.count
  guard n > 0, matrix.count == n * n else { return false }
  _ = BLAS.pinned
  var factor = matrix
  return factor.withUnsafeMutableBufferPointer { a in
    b.withUnsafeMutableBufferPointer { x in
      guard let a = a.baseAddress, let x = x.baseAddress, BLAS.choleskyInPlace(a, n) else {
        return false
      }
      BLAS.triangularSolve(a, x, n, 1, transposed: false)
      BLAS.triangularSolve(a, x, n, 1, transposed: true)
      return true
    }
  }
}

/// Whether a symmetric matrix, row-major n × n, has a Cholesky factor.
public func isPositiveDefinite(_ matrix: [Double], _ n: Int) -> Bool {
  guard n > 0, matrix.count == n * n else { return false }
  _ = BLAS.pinned
  var factor = matrix
  return factor.withUnsafeMutableBufferPointer { a in
    a.baseAddress.map { BLAS.choleskyInPlace($0, n) } ?? false
  }
}
