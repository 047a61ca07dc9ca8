/// I_x(a, b) and 1 − I_x(a, b): the distribution function of Beta(a, b) and its upper tail, each with its
/// own digits. `y` is 1 − x, given apart so that an x near 1 keeps what it has.
///
/// Lentz's continued fraction on the side of the mean where it converges (DLMF 8.17.22).
public func regularizedBeta(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> (
  lower: Double, upper: Double
) {
  guard x > 0 else { return (0, 1) }
  guard y > 0 else { return (1, 0) }
  // A parameter of zero is a point at that end.
  guard b > 0 else { return (0, 1) }
  guard a > 0 else { return (1, 0) }
  // The fraction takes about as many terms as the root of its parameters: beyond this it is not known.
  guard max(a, b) < 1e8 else { return (.nan, .nan) }
  let logFront =
    a * x.logarithm + b * y.logarithm + (a + b).logGamma - a.logGamma - b.logGamma
  if x < (a + 1) / (a + b + 2) {
    let p = min(1, (logFront - a.logarithm).exponential * betaFraction(x, a, b))
    return (p, 1 - p)
  }
  let q = min(1, (logFront - b.logarithm).exponential * betaFraction(y, b, a))
  return (1 - q, q)
}

private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
  func away(_ v: Double) -> Double { Swift.abs(v) < 1e-300 ? 1e-300 : v }
  var c = 1.0
  var d = 1 / away(1 - (a + b) * x / (a + 1))
  var h = d
  let terms = 1000 + Int(min(20 * max(a, b, 0).squareRoot(), 19_000))
  for m in 1...terms {
    let n = Double(m)
    let even = n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n))
    d = 1 / away(1 + even * d)
    c = away(1 + even / c)
    h *= d * c
    let odd = -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1))
    d = 1 / away(1 + odd * d)
    c = away(1 + odd / c)
    let step = d * c
    h *= step
    if Swift.abs(step - 1) < 1e-16 || !h.isFinite { break }
  }
  return h
}
