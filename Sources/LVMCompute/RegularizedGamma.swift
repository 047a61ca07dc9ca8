/// P(a, x) = γ(a, x)/Γ(a) and Q(a, x) = 1 − P(a, x): the distribution function of Gamma(a, 1) and its
/// upper tail, each with its own digits.
///
/// The series below the mode, Lentz's continued fraction above it (DLMF 8.11.4 and 8.9.2).
public func regularizedGamma(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
  guard x > 0 else { return (0, 1) }
  guard x.isFinite else { return (1, 0) }
  guard a > 0 else { return (1, 0) }
  guard a < 1e10 else {
    // Wilson & Hilferty (1931), whose error is of the order of 1/a.
    let z = 3 * a.squareRoot() * ((x / a).raised(to: 1 / 3) - 1 + 1 / (9 * a))
    let root = 0.5.squareRoot()
    return (0.5 * (-z * root).complementaryError, 0.5 * (z * root).complementaryError)
  }
  let front = (a * x.logarithm - x - a.logGamma).exponential
  let most = 500 + Int(20 * a.squareRoot().rounded())
  if x < a + 1 {
    var term = 1 / a
    var sum = term
    var n = a
    for _ in 0..<most {
      n += 1
      term *= x / n
      sum += term
      if term < sum * 1e-17 { break }
    }
    let p = min(1, front * sum)
    return (p, 1 - p)
  }
  var b = x + 1 - a
  var c = 1e300
  var d = 1 / b
  var h = d
  for i in 1...most {
    let an = -Double(i) * (Double(i) - a)
    b += 2
    d = an * d + b
    if Swift.abs(d) < 1e-300 { d = 1e-300 }
    c = b + an / c
    if Swift.abs(c) < 1e-300 { c = 1e-300 }
    d = 1 / d
    let step = d * c
    h *= step
    if Swift.abs(step - 1) < 1e-16 { break }
  }
  let q = min(1, front * h)
  return (1 - q, q)
}
