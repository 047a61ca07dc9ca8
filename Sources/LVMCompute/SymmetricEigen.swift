#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

/// Eigenvalues, ascending, and eigenvectors of a symmetric matrix, by LAPACK's dsyevd.
///
/// - Parameters:
///   - matrix: row-major, n × n; its lower triangle in LAPACK's order is read.
///   - n: the side.
/// - Returns: the values, and the vectors one after the other (vector k at k·n); nil if LAPACK did not
///   converge.
public func symmetricEigen(_ matrix: [Double], _ n: Int) -> (values: [Double], vectors: [Double])? {
  guard n > 0, matrix.count == n * n else { return nil }
  _ = BLAS.pinned
  var a = matrix
  var values = [Double](repeating: 0, count: n)
  var size = Int32(n)
  var lead = Int32(n)
  var info: Int32 = 0
  var workSize = Int32(1 + 6 * n + 2 * n * n)
  var integerSize = Int32(3 + 5 * n)
  var work = [Double](repeating: 0, count: Int(workSize))
  var integers = [Int32](repeating: 0, count: Int(integerSize))
  var job = CChar(UInt8(ascii: "V"))
  var triangle = CChar(UInt8(ascii: "L"))
  dsyevd_(
    &job, &triangle, &size, &a, &lead, &values, &work, &workSize, &integers, &integerSize, &info)
  return info == 0 ? (values, a) : nil
}
