import CLVMKernels

/// The special functions of the kernels over whole buffers.
///
/// NaN in gives NaN out. Relative errors measured against mpmath are below 3e-15 away from the zeros of
/// a function; `Tests/LVMComputeTests/Reference/special.py` makes the references.
public enum SpecialFunctions {
  /// log |Γ(x)|, +∞ at its poles.
  public static func lgamma(_ x: [Double]) -> [Double] { map(x, lvm_lgamma_f64) }

  /// ψ(x); −∞ at its poles, the limit from the right.
  public static func digamma(_ x: [Double]) -> [Double] { map(x, lvm_digamma_f64) }

  /// ψ′(x), +∞ at its poles.
  public static func trigamma(_ x: [Double]) -> [Double] { map(x, lvm_trigamma_f64) }

  /// Φ(x), the standard normal distribution function.
  public static func normalCDF(_ x: [Double]) -> [Double] { map(x, lvm_normal_cdf_f64) }

  /// log Φ(x), accurate in both tails.
  public static func logNormalCDF(_ x: [Double]) -> [Double] { map(x, lvm_log_normal_cdf_f64) }

  /// log Γ(x + n) − log Γ(x) without cancellation, for n ≥ 0.
  public static func logRising(_ x: [Double], _ n: [Double]) -> [Double] {
    map(x, n, lvm_log_rising_f64)
  }

  /// ψ(x + n) − ψ(x) without cancellation, for n ≥ 0: the derivative of `logRising` in x.
  public static func digammaRising(_ x: [Double], _ n: [Double]) -> [Double] {
    map(x, n, lvm_digamma_rising_f64)
  }

  /// log B(a, b) without cancellation; NaN where an argument is negative.
  public static func lbeta(_ a: [Double], _ b: [Double]) -> [Double] { map(a, b, lvm_lbeta_f64) }

  /// x·log y, 0 where x is 0.
  public static func xlogy(_ x: [Double], _ y: [Double]) -> [Double] { map(x, y, lvm_xlogy_f64) }

  /// x·log(1 + y), 0 where x is 0.
  public static func xlog1py(_ x: [Double], _ y: [Double]) -> [Double] {
    map(x, y, lvm_xlog1py_f64)
  }

  private static func map(
    _ x: [Double],
    _ kernel: (UnsafePointer<Double>?, UnsafeMutablePointer<Double>?, Int) -> Void
  ) -> [Double] {
    [Double](unsafeUninitializedCapacity: x.count) { out, count in
      kernel(x, out.baseAddress, x.count)
      count = x.count
    }
  }

  private static func map(
    _ x: [Double], _ y: [Double],
    _ kernel: (
      UnsafePointer<Double>?, UnsafePointer<Double>?, UnsafeMutablePointer<Double>?, Int
    ) -> Void
  ) -> [Double] {
    precondition(x.count == y.count)
    return [Double](unsafeUninitializedCapacity: x.count) { out, count in
      kernel(x, y, out.baseAddress, x.count)
      count = x.count
    }
  }
}
