import LVMCompute

/// Points and weights for integrals over the real line or the plane, in units of a unit's own scale:
/// ∫ f(u) du = |L| Σ exp(w_q) f(m + L x_q).
struct QuadratureRule: Sendable {
  let dimension: Int
  /// [count × dimension], row-major.
  let points: [Double]
  let logWeights: [Double]

  var count: Int { logWeights.count }

  /// Gauss–Hermite with √2 and exp(x²) taken into the rule: exact for polynomials of degree 2n − 1
  /// times the normal density about m. In two dimensions, all pairs.
  static func gaussHermite(_ n: Int, dimension: Int) -> QuadratureRule {
    let (x, w) = hermite(n)
    var points: [Double] = []
    var logs: [Double] = []
    func extend(_ head: [Double], _ log: Double) {
      guard head.count < dimension else {
        points += head
        logs.append(log)
        return
      }
      for i in x.indices { extend(head + [x[i]], log + w[i]) }
    }
    extend([], 0)
    return QuadratureRule(dimension: dimension, points: points, logWeights: logs)
  }

  /// √2 times the roots of the Hermite polynomial of degree n, and log weights that hold √2 exp(x²).
  ///
  /// Roots are eigenvalues of the Jacobi matrix (Golub and Welsch 1969), then one Newton step; weights
  /// are Christoffel numbers, 1/Σψ_k(x)² over the orthonormal Hermite functions, which keeps small ones
  /// as accurate as large ones.
  private static func hermite(_ n: Int) -> (points: [Double], logWeights: [Double]) {
    var jacobi = [Double](repeating: 0, count: n * n)
    for k in 1..<max(1, n) {
      let off = (Double(k) / 2).squareRoot()
      jacobi[k * n + k - 1] = off
      jacobi[(k - 1) * n + k] = off
    }
    var roots = symmetricEigen(jacobi, n)?.values ?? [Double](repeating: 0, count: n)
    if n % 2 == 1 { roots[n / 2] = 0 }
    var logs: [Double] = []
    for i in roots.indices {
      var psi = functions(roots[i], upTo: n)
      let slope =
        (2 * Double(n)).squareRoot() * (n > 0 ? psi[n - 1] : 0) - roots[i] * psi[n]
      if slope != 0, roots[i] != 0 { roots[i] -= psi[n] / slope }
      psi = functions(roots[i], upTo: n)
      let sum = psi[..<n].reduce(0) { $0 + $1 * $1 }
      logs.append(0.5 * 0.6931471805599453 - sum.logarithm)
    }
    return (roots.map { $0 * 2.0.squareRoot() }, logs)
  }

  /// ψ_0 … ψ_n at a point: orthonormal on the line with weight 1.
  private static func functions(_ x: Double, upTo n: Int) -> [Double] {
    // π^(−1/4)
    var psi = [0.7511255444649425 * (-0.5 * x * x).exponential]
    if n >= 1 { psi.append(2.0.squareRoot() * x * psi[0]) }
    for k in stride(from: 2, through: n, by: 1) {
      let d = Double(k)
      psi.append((2 / d).squareRoot() * x * psi[k - 1] - ((d - 1) / d).squareRoot() * psi[k - 2])
    }
    return psi
  }
}
