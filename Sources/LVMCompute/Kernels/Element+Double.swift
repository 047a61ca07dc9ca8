import CLVMKernels

extension Double: Element {
  static var dtype: DType { .f64 }

  static func unary(_ function: UnaryFunction) -> Unary? {
    switch function {
    case .negate: { lvm_negate_f64($0, $1, $2) }
    case .exp: { lvm_exp_f64($0, $1, $2) }
    case .expm1: { lvm_expm1_f64($0, $1, $2) }
    case .log: { lvm_log_f64($0, $1, $2) }
    case .log1p: { lvm_log1p_f64($0, $1, $2) }
    case .sqrt: { lvm_sqrt_f64($0, $1, $2) }
    case .square: { lvm_square_f64($0, $1, $2) }
    case .reciprocal: { lvm_reciprocal_f64($0, $1, $2) }
    case .abs: { lvm_abs_f64($0, $1, $2) }
    case .sign: { lvm_sign_f64($0, $1, $2) }
    case .floor: { lvm_floor_f64($0, $1, $2) }
    case .tanh: { lvm_tanh_f64($0, $1, $2) }
    case .sigmoid: { lvm_sigmoid_f64($0, $1, $2) }
    case .softplus: { lvm_softplus_f64($0, $1, $2) }
    case .relu: { lvm_relu_f64($0, $1, $2) }
    case .step: { lvm_step_f64($0, $1, $2) }
    case .lgamma: { lvm_lgamma_f64($0, $1, $2) }
    case .digamma: { lvm_digamma_f64($0, $1, $2) }
    case .trigamma: { lvm_trigamma_f64($0, $1, $2) }
    case .normalCDF: { lvm_normal_cdf_f64($0, $1, $2) }
    case .logNormalCDF: { lvm_log_normal_cdf_f64($0, $1, $2) }
    }
  }

  static func binary(_ function: BinaryFunction) -> Binary? {
    switch function {
    case .add: { lvm_each_add_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .subtract: { lvm_each_subtract_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .multiply: { lvm_each_multiply_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .divide: { lvm_each_divide_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .power: { lvm_each_power_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .maximum: { lvm_each_maximum_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .minimum: { lvm_each_minimum_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .less: { lvm_each_less_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .lessEqual: { lvm_each_less_equal_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .equal: { lvm_each_equal_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .xlogy: { lvm_each_xlogy_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .xlog1py: { lvm_each_xlog1py_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .expDifference: { lvm_each_exp_difference_f64($0, $1, $2, $3, $4, $5, $6, $7) }
    case .logRising: { contiguously(lvm_log_rising_f64, $0, $1, $2, $3, $4, $5, $6, $7) }
    case .lbeta: { contiguously(lvm_lbeta_f64, $0, $1, $2, $3, $4, $5, $6, $7) }
    case .digammaRising: { contiguously(lvm_digamma_rising_f64, $0, $1, $2, $3, $4, $5, $6, $7) }
    }
  }

  static var timesLog: Binary { { lvm_each_times_log_f64($0, $1, $2, $3, $4, $5, $6, $7) } }

  static func select(
    _ a: UnsafePointer<Self>, _ aStride: Int, _ b: UnsafePointer<Self>, _ bStride: Int,
    _ condition: UnsafePointer<Self>, _ cStride: Int, _ out: UnsafeMutablePointer<Self>,
    _ rows: Int, _ columns: Int, _ inner: Int32
  ) {
    lvm_select_f64(a, aStride, b, bStride, condition, cStride, out, rows, columns, inner)
  }

  static func copy(
    _ a: UnsafePointer<Self>, _ stride: Int, _ out: UnsafeMutablePointer<Self>, _ rows: Int,
    _ columns: Int, _ inner: Int32
  ) {
    lvm_copy_f64(a, stride, out, rows, columns, inner)
  }

  static func sum(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int, adding: Bool
  ) {
    lvm_sum_f64(a, out, outer, middle, inner, adding ? 1 : 0)
  }

  static func max(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int
  ) {
    lvm_max_f64(a, out, outer, middle, inner)
  }

  static func logSumExp(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int
  ) {
    lvm_log_sum_exp_f64(a, out, outer, middle, inner)
  }

  static func softmax(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>,
    _ softmax: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int
  ) {
    lvm_softmax_f64(a, out, softmax, outer, middle)
  }

  static func patches(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ window: lvm_window,
    _ images: Int, _ channels: Int, fill: Self
  ) {
    lvm_patches_f64(a, out, window, images, channels, fill)
  }

  static func foldPatches(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ window: lvm_window,
    _ images: Int, _ channels: Int
  ) {
    lvm_fold_patches_f64(a, out, window, images, channels)
  }

  static func cumsum(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int, reversed: Bool
  ) {
    lvm_cumsum_f64(a, out, outer, middle, inner, reversed ? 1 : 0)
  }

  static func products(
    _ a: UnsafePointer<Self>, _ aStrides: (Int, Int, Int), _ b: UnsafePointer<Self>,
    _ bStrides: (Int, Int, Int), _ out: UnsafeMutablePointer<Self>, _ outStrides: (Int, Int, Int),
    _ batches: Int, _ sizes: (m: Int, n: Int, k: Int), adding: Bool
  ) {
    lvm_products_f64(
      a, aStrides.0, aStrides.1, aStrides.2, b, bStrides.0, bStrides.1, bStrides.2, out,
      outStrides.0, outStrides.1, outStrides.2, batches, sizes.m, sizes.n, sizes.k, adding ? 1 : 0)
  }

  static func multiply(
    _ a: BLAS.Matrix<Self>, _ b: BLAS.Matrix<Self>, _ c: UnsafeMutablePointer<Self>, leading: Int,
    adding: Bool
  ) {
    BLAS.multiply(a, b, c, leading: leading, adding: adding)
  }

  static func multiply(
    _ a: BLAS.Matrix<Self>, _ x: UnsafePointer<Self>, stride incx: Int,
    _ y: UnsafeMutablePointer<Self>, stride incy: Int, adding: Bool
  ) {
    BLAS.multiply(a, x, stride: incx, y, stride: incy, adding: adding)
  }
}

/// A kernel over equal contiguous buffers, called on operands that stretch: chunks of each row are
/// spread out on the stack first.
private func contiguously(
  _ kernel: (UnsafePointer<Double>?, UnsafePointer<Double>?, UnsafeMutablePointer<Double>?, Int) ->
    Void,
  _ a: UnsafePointer<Double>, _ aStride: Int, _ b: UnsafePointer<Double>, _ bStride: Int,
  _ out: UnsafeMutablePointer<Double>, _ rows: Int, _ columns: Int, _ inner: Int32
) {
  if inner == 3 && (rows == 1 || aStride == columns && bStride == columns) {
    return kernel(a, b, out, rows * columns)
  }
  let chunk = 256
  withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * chunk) { buffer in
    guard let x = buffer.baseAddress else { return }
    let y = x + chunk
    var start = 0
    while start < rows * columns {
      let count = min(chunk, rows * columns - start)
      for i in 0..<count {
        let (r, c) = ((start + i) / columns, (start + i) % columns)
        x[i] = a[r * aStride + (inner & 1 != 0 ? c : 0)]
        y[i] = b[r * bStride + (inner & 2 != 0 ? c : 0)]
      }
      kernel(x, y, out + start, count)
      start += count
    }
  }
}
