#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

/// Singular values, descending, and right singular vectors of a matrix, by LAPACK's dgesdd.
///
/// Their squares are the eigenvalues of AᵀA, with errors relative to the largest singular value rather
/// than to its square.
///
/// - Parameters:
///   - matrix: row-major, rows × columns, at least as many rows as columns.
/// - Returns: the values, and the vectors one after the other (vector k at k · columns); nil if LAPACK did
///   not converge.
public func singularValues(_ matrix: [Double], _ rows: Int, _ columns: Int) -> (
  values: [Double], vectors: [Double]
)? {
  guard columns > 0, rows >= columns, matrix.count == rows * columns else { return nil }
  _ = BLAS.pinned
  // Row-major A is column-major Aᵀ, whose left singular vectors are the right ones of A.
  var a = matrix
  var values = [Double](repeating: 0, count: columns)
  var left = [Double](repeating: 0, count: columns * columns)
  var right = [Double](repeating: 0, count: columns * rows)
  var (m, n, lead) = (Int32(columns), Int32(rows), Int32(columns))
  var info: Int32 = 0
  var workSize = Int32(4 * columns * columns + 7 * columns + rows * 64)
  var work = [Double](repeating: 0, count: Int(workSize))
  var integers = [Int32](repeating: 0, count: 8 * columns)
  var job = CChar(UInt8(ascii: "S"))
  var (leftLead, rightLead) = (lead, lead)
  dgesdd_(
    &job, &m, &n, &a, &lead, &values, &left, &leftLead, &right, &rightLead, &work, &workSize,
    &integers, &info)
  return info == 0 ? (values, left) : nil
}
