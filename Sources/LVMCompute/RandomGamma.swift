#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Draws of the gamma family and of those made from it.
extension RandomStream {
  /// Exponential with rate 1.
  public mutating func exponential() -> Double { -log(uniform()) }

  /// Gamma with rate 1, by Marsaglia & Tsang (2000).
  public mutating func gamma(shape: Double) -> Double {
    shape >= 1 ? largeGamma(shape) : exp(logGamma(shape: shape))
  }

  /// The logarithm of a gamma draw with rate 1; finite for shapes so small that the draw underflows.
  public mutating func logGamma(shape: Double) -> Double {
    if shape >= 1 { return log(largeGamma(shape)) }
    // If X ~ Gamma(a + 1) and U is uniform, X·U^(1/a) ~ Gamma(a).
    let boosted = log(largeGamma(shape + 1))
    return boosted + log(uniform()) / shape
  }

  /// Beta, as the share of one of two gamma draws, on the log scale for small arguments.
  public mutating func beta(_ a: Double, _ b: Double) -> Double {
    let (x, y) = (logGamma(shape: a), logGamma(shape: b))
    return 1 / (1 + exp(y - x))
  }

  /// Dirichlet: gamma draws over their sum.
  public mutating func dirichlet(_ concentration: [Double]) -> [Double] {
    var draws: [Double] = []
    for shape in concentration { draws.append(logGamma(shape: shape)) }
    let top = draws.max() ?? 0
    let weights = draws.map { exp($0 - top) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  private mutating func largeGamma(_ shape: Double) -> Double {
    let d = shape - 1 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      if root <= 0 { continue }
      let v = root * root * root
      if log(uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }
}
