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
}
