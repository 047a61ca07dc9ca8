import CLVMKernels

extension Float: Element {
  static var dtype: DType { .f32 }

  static func unary(_ function: UnaryFunction) -> Unary? {
    switch function {
    case .negate: { lvm_negate_f32($0, $1, $2) }
    case .exp: { lvm_exp_f32($0, $1, $2) }
    case .expm1: { lvm_expm1_f32($0, $1, $2) }
    case .log: { lvm_log_f32($0, $1, $2) }
    case .log1p: { lvm_log1p_f32($0, $1, $2) }
    case .sqrt: { lvm_sqrt_f32($0, $1, $2) }
    case .square: { lvm_square_f32($0, $1, $2) }
    case .reciprocal: { lvm_reciprocal_f32($0, $1, $2) }
    case .abs: { lvm_abs_f32($0, $1, $2) }
    case .sign: { lvm_sign_f32($0, $1, $2) }
    case .floor: { lvm_floor_f32($0, $1, $2) }
    case .tanh: { lvm_tanh_f32($0, $1, $2) }
    case .sigmoid: { lvm_sigmoid_f32($0, $1, $2) }
    case .softplus: { lvm_softplus_f32($0, $1, $2) }
    case .relu: { lvm_relu_f32($0, $1, $2) }
    case .step: { lvm_step_f32($0, $1, $2) }
    case .lgamma, .digamma, .trigamma, .normalCDF, .logNormalCDF: nil
    }
  }

  static func binary(_ function: BinaryFunction) -> Binary? {
    switch function {
    case .add: { lvm_each_add_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .subtract: { lvm_each_subtract_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .multiply: { lvm_each_multiply_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .divide: { lvm_each_divide_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .power: { lvm_each_power_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .maximum: { lvm_each_maximum_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .minimum: { lvm_each_minimum_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .less: { lvm_each_less_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .lessEqual: { lvm_each_less_equal_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .equal: { lvm_each_equal_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .xlogy: { lvm_each_xlogy_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .xlog1py: { lvm_each_xlog1py_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .expDifference: { lvm_each_exp_difference_f32($0, $1, $2, $3, $4, $5, $6, $7) }
    case .logRising, .lbeta, .digammaRising: nil
    }
  }

  static var timesLog: Binary { { lvm_each_times_log_f32($0, $1, $2, $3, $4, $5, $6, $7) } }

  static func select(
    _ a: UnsafePointer<Self>, _ aStride: Int, _ b: UnsafePointer<Self>, _ bStride: Int,
    _ condition: UnsafePointer<Self>, _ cStride: Int, _ out: UnsafeMutablePointer<Self>,
    _ rows: Int, _ columns: Int, _ inner: Int32
  ) {
    lvm_select_f32(a, aStride, b, bStride, condition, cStride, out, rows, columns, inner)
  }

  static func copy(
    _ a: UnsafePointer<Self>, _ stride: Int, _ out: UnsafeMutablePointer<Self>, _ rows: Int,
    _ columns: Int, _ inner: Int32
  ) {
    lvm_copy_f32(a, stride, out, rows, columns, inner)
  }

  static func sum(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int, adding: Bool
  ) {
    lvm_sum_f32(a, out, outer, middle, inner, adding ? 1 : 0)
  }

  static func max(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int
  ) {
    lvm_max_f32(a, out, outer, middle, inner)
  }

  static func logSumExp(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int
  ) {
    lvm_log_sum_exp_f32(a, out, outer, middle, inner)
  }

  static func softmax(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>,
    _ softmax: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int
  ) {
    lvm_softmax_f32(a, out, softmax, outer, middle)
  }

  static func patches(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ window: lvm_window,
    _ images: Int, _ channels: Int, fill: Self
  ) {
    lvm_patches_f32(a, out, window, images, channels, fill)
  }

  static func foldPatches(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ window: lvm_window,
    _ images: Int, _ channels: Int
  ) {
    lvm_fold_patches_f32(a, out, window, images, channels)
  }

  static func cumsum(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, _ outer: Int, _ middle: Int,
    _ inner: Int, reversed: Bool
  ) {
    lvm_cumsum_f32(a, out, outer, middle, inner, reversed ? 1 : 0)
  }

  static func products(
    _ a: UnsafePointer<Self>, _ aStrides: (Int, Int, Int), _ b: UnsafePointer<Self>,
    _ bStrides: (Int, Int, Int), _ out: UnsafeMutablePointer<Self>, _ outStrides: (Int, Int, Int),
    _ batches: Int, _ sizes: (m: Int, n: Int, k: Int), adding: Bool
  ) {
    lvm_products_f32(
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
