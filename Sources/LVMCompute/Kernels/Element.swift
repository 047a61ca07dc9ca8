import CLVMKernels

/// A number format kernels come in.
protocol Element: BinaryFloatingPoint {
  typealias Unary = (UnsafePointer<Self>, UnsafeMutablePointer<Self>, Int) -> Void
  /// (a, row stride, b, row stride, out, rows, columns, inner strides as bits)
  typealias Binary = (
    UnsafePointer<Self>, Int, UnsafePointer<Self>, Int, UnsafeMutablePointer<Self>, Int, Int, Int32
  ) -> Void

  static var dtype: DType { get }
  /// Nil where the format has no kernel of its own and goes through f64.
  static func unary(_ function: UnaryFunction) -> Unary?
  static func binary(_ function: BinaryFunction) -> Binary?
  /// x·l, 0 where x is 0: `xlogy` with l = log y at hand, which must not be NaN.
  static var timesLog: Binary { get }
  static func select(
    _ a: UnsafePointer<Self>, _ aStride: Int, _ b: UnsafePointer<Self>, _ bStride: Int,
    _ condition: UnsafePointer<Self>, _ cStride: Int, _ out: UnsafeMutablePointer<Self>,
    _ rows: Int, _ columns: Int, _ inner: Int32)
  static func copy(
    _ a: UnsafePointer<Self>, _ stride: Int, _ out: UnsafeMutablePointer<Self>, _ rows: Int,
    _ columns: Int, _ inner: Int32)
  static func sum(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int, adding: Bool)
  static func max(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int)
  static func logSumExp(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int)
  /// Log-sum-exp and softmax of `outer` rows of `middle` numbers.
  static func softmax(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>,
    _ softmax: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int)
  static func patches(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ window: lvm_window,
    _ images: Int, _ channels: Int, fill: Self)
  static func foldPatches(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ window: lvm_window,
    _ images: Int, _ channels: Int)
  static func cumsum(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int, reversed: Bool)
  /// Small products; strides (batch, row, column) of a, b and out, then batches, m, n, k.
  static func products(
    _ a: UnsafePointer<Self>, _ aStrides: (Int, Int, Int), _ b: UnsafePointer<Self>,
    _ bStrides: (Int, Int, Int), _ out: UnsafeMutablePointer<Self>, _ outStrides: (Int, Int, Int),
    _ batches: Int, _ sizes: (m: Int, n: Int, k: Int), adding: Bool)
  static func multiply(
    _ a: BLAS.Matrix<Self>, _ b: BLAS.Matrix<Self>, _ c: UnsafeMutablePointer<Self>, leading: Int,
    adding: Bool)
  static func multiply(
    _ a: BLAS.Matrix<Self>, _ x: UnsafePointer<Self>, stride incx: Int,
    _ y: UnsafeMutablePointer<Self>, stride incy: Int, adding: Bool)
}
