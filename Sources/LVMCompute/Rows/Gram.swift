#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

/// AᵀA (`transposed`) or AAᵀ of a row-major matrix, both triangles filled.
public func gram(_ a: [Double], _ rows: Int, _ columns: Int, transposed: Bool) -> [Double] {
  _ = BLAS.pinned
  let n = transposed ? columns : rows
  var c = [Double](repeating: 0, count: n * n)
  guard rows > 0, columns > 0 else { return c }
  cblas_dsyrk(
    CblasRowMajor, CblasUpper, transposed ? CblasTrans : CblasNoTrans, Int32(n),
    Int32(transposed ? rows : columns), 1, a, Int32(columns), 0, &c, Int32(n))
  for i in 0..<n {
    for j in 0..<i { c[i * n + j] = c[j * n + i] }
  }
  return c
}
