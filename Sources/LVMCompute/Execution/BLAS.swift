import CLVMKernels

#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

/// The platform's BLAS and LAPACK behind one name.
public enum BLAS {
  /// The library and what it was made for: `Accelerate`, or OpenBLAS and the name of the kind of processor
  /// whose kernels it took. It chooses by itself, whatever `KernelLevel` is in use, and different ones give
  /// different last digits.
  public static let core: String = {
    #if canImport(Accelerate)
      "Accelerate"
    #else
      "OpenBLAS " + String(cString: openblas_get_corename())
    #endif
  }()

  /// OpenBLAS gives other bits for other thread counts of its own: it is pinned to one thread, once and
  /// for the whole process. This is the package's one global effect.
  static let pinned: Void = {
    #if !canImport(Accelerate)
      openblas_set_num_threads(1)
    #endif
  }()

  /// A matrix in memory with one unit stride.
  struct Matrix<T> {
    var base: UnsafePointer<T>
    var rows, columns, rowStride, columnStride: Int

    var isRowMajor: Bool { columnStride == 1 || columns == 1 }
    var leading: Int32 {
      Int32(isRowMajor ? max(rowStride, columns, 1) : max(columnStride, rows, 1))
    }
  }

  /// c (row-major, rows `leading` apart) = a b, or + a b.
  static func multiply(
    _ a: Matrix<Double>, _ b: Matrix<Double>, _ c: UnsafeMutablePointer<Double>, leading: Int,
    adding: Bool
  ) {
    cblas_dgemm(
      CblasRowMajor, a.isRowMajor ? CblasNoTrans : CblasTrans,
      b.isRowMajor ? CblasNoTrans : CblasTrans, Int32(a.rows), Int32(b.columns),
      Int32(a.columns), 1, a.base, a.leading, b.base, b.leading, adding ? 1 : 0, c,
      Int32(max(leading, b.columns, 1)))
  }

  static func multiply(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ c: UnsafeMutablePointer<Float>, leading: Int,
    adding: Bool
  ) {
    // Where the machine allows it, by kernels that do not pack: see `products.c`.
    if b.columns >= 48 || b.columns % 16 == 0 {
      let add: Int32 = adding ? 1 : 0
      let done =
        b.isRowMajor
        ? lvm_sgemm(
          a.base, a.rowStride, a.columnStride, b.base, b.rowStride, c, leading, a.rows, b.columns,
          a.columns, add)
        : lvm_sgemm_transposed(
          a.base, a.rowStride, a.columnStride, b.base, b.columnStride, c, leading, a.rows,
          b.columns, a.columns, add)
      if done != 0 { return }
    }
    cblas_sgemm(
      CblasRowMajor, a.isRowMajor ? CblasNoTrans : CblasTrans,
      b.isRowMajor ? CblasNoTrans : CblasTrans, Int32(a.rows), Int32(b.columns),
      Int32(a.columns), 1, a.base, a.leading, b.base, b.leading, adding ? 1 : 0, c,
      Int32(max(leading, b.columns, 1)))
  }

  /// y = a x, or + a x.
  static func multiply(
    _ a: Matrix<Double>, _ x: UnsafePointer<Double>, stride incx: Int,
    _ y: UnsafeMutablePointer<Double>, stride incy: Int, adding: Bool
  ) {
    let (m, n) = a.isRowMajor ? (a.rows, a.columns) : (a.columns, a.rows)
    cblas_dgemv(
      CblasRowMajor, a.isRowMajor ? CblasNoTrans : CblasTrans, Int32(m), Int32(n), 1, a.base,
      a.leading, x, Int32(max(incx, 1)), adding ? 1 : 0, y, Int32(max(incy, 1)))
  }

  static func multiply(
    _ a: Matrix<Float>, _ x: UnsafePointer<Float>, stride incx: Int,
    _ y: UnsafeMutablePointer<Float>, stride incy: Int, adding: Bool
  ) {
    let (m, n) = a.isRowMajor ? (a.rows, a.columns) : (a.columns, a.rows)
    cblas_sgemv(
      CblasRowMajor, a.isRowMajor ? CblasNoTrans : CblasTrans, Int32(m), Int32(n), 1, a.base,
      a.leading, x, Int32(max(incx, 1)), adding ? 1 : 0, y, Int32(max(incy, 1)))
  }

  /// The lower Cholesky factor, row-major and in place; the upper triangle is left as it was. False
  /// where the matrix is not positive definite.
  static func choleskyInPlace(_ a: UnsafeMutablePointer<Double>, _ n: Int) -> Bool {
    // Row-major lower is column-major upper.
    var uplo = CChar(UInt8(ascii: "U"))
    var size = Int32(n)
    var leading = Int32(max(n, 1))
    var info: Int32 = 0
    dpotrf_(&uplo, &size, a, &leading, &info)
    return info == 0
  }

  /// x [n, m] = L⁻¹ x or L⁻ᵀ x in place.
  static func triangularSolve(
    _ l: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>, _ n: Int, _ m: Int,
    transposed: Bool
  ) {
    cblas_dtrsm(
      CblasRowMajor, CblasLeft, CblasLower, transposed ? CblasTrans : CblasNoTrans, CblasNonUnit,
      Int32(n), Int32(m), 1, l, Int32(max(n, 1)), x, Int32(max(m, 1)))
  }

  /// x [m, n], one vector a row: each becomes L⁻¹ x or L⁻ᵀ x.
  static func triangularSolveRows(
    _ l: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>, _ n: Int, _ m: Int,
    transposed: Bool
  ) {
    cblas_dtrsm(
      CblasRowMajor, CblasRight, CblasLower, transposed ? CblasNoTrans : CblasTrans, CblasNonUnit,
      Int32(m), Int32(n), 1, l, Int32(max(n, 1)), x, Int32(max(n, 1)))
  }
}
