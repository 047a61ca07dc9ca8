#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The platform's elementary functions under one name, for code that works on single numbers.
extension Double {
  public var logarithm: Double { log(self) }
  public var exponential: Double { exp(self) }
  public var cosine: Double { cos(self) }
  /// erfc(x) = 1 − erf(x), accurate where it is small.
  public var complementaryError: Double { erfc(self) }
  /// log(1 + x), and exp(x) − 1, accurate near zero.
  public var logarithmOfSuccessor: Double { log1p(self) }
  public var exponentialLessOne: Double { expm1(self) }
  /// log |Γ(x)|.
  public var logGamma: Double {
    var sign: Int32 = 0
    return lgamma_r(self, &sign)
  }
  /// The angle in 0…π whose tangent is this number over `x`.
  public func arcTangent(over x: Double) -> Double { atan2(self, x) }
  public var hyperbolicTangent: Double { tanh(self) }
  public func raised(to power: Double) -> Double { pow(self, power) }
}

/// Φ(z), by the error function of the platform.
public func normalCDF(_ z: Double) -> Double { 0.5 * (-z * 0.5.squareRoot()).complementaryError }
