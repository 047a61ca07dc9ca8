import Foundation

/// log Γ(x).
func logGamma(_ x: Double) -> Double { lgamma(x).0 }

func logBeta(_ a: Double, _ b: Double) -> Double { logGamma(a) + logGamma(b) - logGamma(a + b) }

/// log Γ of dimension p: p(p − 1)/4 log π + Σ log Γ(a − i/2).
func logMultivariateGamma(_ a: Double, _ p: Int) -> Double {
  (0..<p).reduce(Double(p * (p - 1)) / 4 * log(Double.pi)) { $0 + logGamma(a - Double($1) / 2) }
}

func logSumExp(_ terms: [Double]) -> Double {
  guard let top = terms.max(), top > -.infinity else { return -.infinity }
  return top + log(terms.reduce(0) { $0 + exp($1 - top) })
}

/// x · y, where zero wins over infinity: a factor of weight zero does not matter.
func weighted(_ x: Double, _ y: Double) -> Double { x == 0 ? 0 : x * y }

/// A piece of an axis with the Kronrod points and the error estimate on it.
struct AdaptivePiece {
  var nodes: [(x: Double, weight: Double)]
  var low: Double
  var high: Double
  var integral: Double
  var error: Double
}

private let kronrodNodes: [Double] = [
  0.991455371120812639206854697526329, 0.949107912342758524526189684047851,
  0.864864423359769072789712788640926, 0.741531185599394439863864773280788,
  0.586087235467691130294144691693013, 0.405845151377397166906606412076961,
  0.207784955007898467600689403773245, 0,
]
private let kronrodWeights: [Double] = [
  0.022935322010529224963732008058970, 0.063092092629978553290700663189204,
  0.104790010322250183839876322541518, 0.140653259715525918745189590510238,
  0.169004726639267902826583426598550, 0.190350578064785409913256402421014,
  0.204432940075298892414161999234649, 0.209482141084727828012999174891714,
]
private let gaussWeights: [Double] = [
  0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
  0.381830050505118944950369775488975, 0.417959183673469387755102040816327,
]

/// Adaptive Gauss–Kronrod (7, 15) rule over [low, high]; returns the pieces in order.
func adaptivePieces(
  _ low: Double, _ high: Double, tolerance: Double, initial: Int = 16,
  _ f: (Double) throws -> Double
) throws -> [AdaptivePiece] {
  func piece(_ a: Double, _ b: Double) throws -> AdaptivePiece {
    let middle = 0.5 * (a + b)
    let half = 0.5 * (b - a)
    var nodes: [(x: Double, weight: Double)] = []
    var kronrod = 0.0
    var gauss = 0.0
    for (i, t) in kronrodNodes.enumerated() {
      for sign in t == 0 ? [1.0] : [-1.0, 1.0] {
        let x = middle + sign * half * t
        let y = try f(x)
        nodes.append((x, half * kronrodWeights[i]))
        kronrod += half * kronrodWeights[i] * y
        if i % 2 == 1 { gauss += half * gaussWeights[i / 2] * y }
      }
    }
    return AdaptivePiece(
      nodes: nodes, low: a, high: b, integral: kronrod, error: Swift.abs(kronrod - gauss))
  }
  let width = (high - low) / Double(initial)
  var pieces = try (0..<initial).map {
    try piece(low + Double($0) * width, low + Double($0 + 1) * width)
  }
  for _ in 0..<4000 {
    let total = pieces.reduce(0) { $0 + $1.integral }
    let error = pieces.reduce(0) { $0 + $1.error }
    if error <= tolerance * Swift.abs(total) || error < 1e-300 { return pieces }
    guard let worst = pieces.indices.max(by: { pieces[$0].error < pieces[$1].error }) else { break }
    let p = pieces[worst]
    let middle = 0.5 * (p.low + p.high)
    if middle <= p.low || middle >= p.high || p.error <= 1e-16 * Swift.abs(total) { return pieces }
    pieces[worst] = try piece(p.low, middle)
    pieces.insert(try piece(middle, p.high), at: worst + 1)
  }
  throw OracleError.quadratureDidNotConverge
}

/// log ∫ exp(f) over [low, high], either end possibly infinite; `scale` sets the unit of the axis.
func logIntegral(
  _ low: Double, _ high: Double, center: Double, scale: Double,
  _ f: (Double) throws -> Double
) throws -> Double {
  guard low < high else { return -.infinity }
  // x = center + scale · sinh(u): far tails come near, heavy ones included.
  let limit = 40.0
  func back(_ x: Double) -> Double {
    x == -.infinity ? -limit : x == .infinity ? limit : asinh((x - center) / scale)
  }
  let a = max(back(low), -limit)
  let b = min(back(high), limit)
  guard a < b else { return -.infinity }
  func value(_ u: Double) throws -> Double {
    let x = min(max(center + scale * sinh(u), low), high)
    let y = try f(x) + log(scale * cosh(u))
    return y.isNaN ? -.infinity : y
  }
  let samples = try (1..<2000).map { try value(a + (b - a) * Double($0) / 2000) }
  guard let top = samples.filter({ $0 < .infinity }).max(), top > -.infinity else {
    return -.infinity
  }
  let pieces = try adaptivePieces(a, b, tolerance: 1e-13, initial: 64) { exp(try value($0) - top) }
  return top + log(pieces.reduce(0) { $0 + $1.integral })
}
