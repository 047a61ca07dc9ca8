import LVMCompute

/// Points and weights for integrals over the real line or the plane, in units of a unit's own scale:
/// ∫ f(u) du = |L| Σ exp(w_q) f(m + L x_q).
struct QuadratureRule: Sendable {
  let dimension: Int
  /// [count × dimension], row-major.
  let points: [Double]
  let logWeights: [Double]

  var count: Int { logWeights.count }

  /// What a rule is made for.
  enum Kind: Sendable {
    /// Tails like those of a normal density.
    case gaussHermite
    /// Heavier tails: x = sinh t by the trapezoidal rule, whose reach grows with the number of nodes.
    case heavyTails
    /// Tails that fall like exp(−|t|), as those of the logarithm of a positive number: the trapezoidal
    /// rule, whose reach grows with the root of the number of nodes.
    case exponentialTails
    /// All of a normal density: the trapezoidal rule from −9 to 9.
    case normalSpan
    /// A kink at a known place, from which both sides are integrated: ±x = exp(t − exp(−t)) (Takahasi
    /// and Mori 1974).
    case kinked
    /// Kinks or several modes anywhere: panels that are halved where the integrand asks for it
    /// (`PanelMesh`), other ones for each unit.
    case panels
  }

  static func of(_ kind: Kind, _ n: Int, dimension: Int) -> QuadratureRule {
    switch kind {
    case .gaussHermite: product(hermite(n), dimension)
    case .heavyTails: product(hyperbolic(n), dimension)
    case .exponentialTails: product(uniform(n), dimension)
    case .normalSpan: product(uniform(n, reach: 9), dimension)
    case .kinked: product(twoSided(n), dimension)
    // Only their number is the rule's: points and weights are each unit's own.
    case .panels: product(uniform(n), dimension)
    }
  }

  private static func uniform(_ n: Int) -> (points: [Double], logWeights: [Double]) {
    // What lies beyond the reach and the error of the step fall alike.
    uniform(n, reach: 3.141592653589793 * (Double(n) / 2).squareRoot())
  }

  private static func uniform(_ n: Int, reach: Double) -> (
    points: [Double], logWeights: [Double]
  ) {
    let h = 2 * reach / Double(Swift.max(1, n - 1))
    return (
      (0..<n).map { (Double($0) - Double(n - 1) / 2) * h },
      [Double](repeating: h.logarithm, count: n)
    )
  }

  private static func hyperbolic(_ n: Int) -> (points: [Double], logWeights: [Double]) {
    // 5 for 15 nodes, 25 for 255.
    let reach = 5 * (0.57 * (Double(n) / 15).logarithm).exponential
    let h = 2 * reach / Double(Swift.max(1, n - 1))
    let grid = (0..<n).map { (Double($0) - Double(n - 1) / 2) * h }
    return (
      grid.map { 0.5 * ($0.exponential - (-$0).exponential) },
      grid.map { (h * 0.5 * ($0.exponential + (-$0).exponential)).logarithm }
    )
  }

  private static func twoSided(_ n: Int) -> (points: [Double], logWeights: [Double]) {
    let side = Swift.max(2, n / 2)
    let (low, high) = (-3.5, 4.2)
    let h = (high - low) / Double(side - 1)
    var points: [Double] = []
    var logs: [Double] = []
    for i in 0..<side {
      let t = low + Double(i) * h
      let away = (-t).exponential
      let log = h.logarithm + t - away + away.logarithmOfSuccessor
      points += [(t - away).exponential, -(t - away).exponential]
      logs += [log, log]
    }
    return (points, logs)
  }

  /// Gauss–Hermite with √2 and exp(x²) taken into the rule: exact for polynomials of degree 2n − 1
  /// times the normal density about m. In two dimensions, all pairs.
  static func gaussHermite(_ n: Int, dimension: Int) -> QuadratureRule {
    product(hermite(n), dimension)
  }

  /// All combinations of one rule's points along each dimension.
  private static func product(
    _ rule: (points: [Double], logWeights: [Double]), _ dimension: Int
  ) -> QuadratureRule {
    let (x, w) = rule
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
