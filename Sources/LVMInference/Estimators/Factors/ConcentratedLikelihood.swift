import Foundation
import LVMCompute

/// The likelihood of a factor model at its maximum over means and loadings, as a function of the noise
/// variances alone.
///
/// With S the covariance, Ψ the noise variances, θ and ω the eigenvalues and unit eigenvectors of
/// Ψ^−½ S Ψ^−½, the loadings that maximise are Ψ^½ ω (θ − 1)^½ for the L largest θ above 1, and
/// −2ℓ/N − D log 2π = f = Σ log ψ + Σ_kept (log θ + 1) + Σ_rest θ (Lawley and Maxwell 1971, chapter 4;
/// Jöreskog 1967). Derivatives are taken with respect to log ψ, one number per group of entries that share
/// a scale.
struct ConcentratedLikelihood {
  /// Rows B with BᵀB = N S, row-major.
  let deviations: Deviations
  let covariance: [Double]
  let factors: Int
  /// Per entry, which of the scales it has.
  let groups: [Int]
  let groupCount: Int

  /// What is known at one set of noise variances.
  struct Point {
    /// log ψ per group.
    var logs: [Double]
    var value: Double
    var gradient: [Double]
    /// θ descending, and ω, vector m at m · D.
    var roots: [Double]
    var vectors: [Double]
    /// How many of the latents' directions are kept.
    var kept: Int
  }

  init(_ deviations: Deviations, factors: Int, groups: [Int]) {
    self.deviations = deviations
    covariance = deviations.covariance()
    self.factors = factors
    self.groups = groups
    groupCount = (groups.max() ?? -1) + 1
  }

  /// ℓ = −N/2 (D log 2π + f).
  func likelihood(_ f: Double) -> Double {
    -0.5 * deviations.total * (Double(groups.count) * log(2 * Double.pi) + f)
  }

  /// Mean variances of the entries of each group.
  var variances: [Double] { pooled { covariance[$0 * (groups.count + 1)] }.mean }

  /// Sums and means over the entries of each group.
  func pooled(_ number: (Int) -> Double) -> (sum: [Double], mean: [Double]) {
    var sum = [Double](repeating: 0, count: groupCount)
    var count = [Double](repeating: 0, count: groupCount)
    for (i, g) in groups.enumerated() {
      sum[g] += number(i)
      count[g] += 1
    }
    return (sum, zip(sum, count).map { $0 / $1 })
  }

  /// Nil where the eigenvectors cannot be had.
  func point(at logs: [Double]) -> Point? {
    let d = groups.count
    let inverse = groups.map { exp(-0.5 * logs[$0]) }
    guard let (roots, vectors) = spectrum(inverse) else { return nil }
    var kept = 0
    while kept < Swift.min(factors, d), roots[kept] > 1 { kept += 1 }
    var value = 0.0
    for g in groups { value += logs[g] }
    for m in 0..<kept { value += log(roots[m]) + 1 }
    for m in kept..<d { value += roots[m] }
    // ∂f/∂log ψᵢ = Σ_rest (1 − θ) ω².
    var own = [Double](repeating: 0, count: d)
    for m in kept..<d {
      let h = 1 - roots[m]
      for i in 0..<d { own[i] += h * vectors[m * d + i] * vectors[m * d + i] }
    }
    guard value.isFinite else { return nil }
    return Point(
      logs: logs, value: value, gradient: pooled { own[$0] }.sum, roots: roots, vectors: vectors,
      kept: kept)
  }

  /// Eigenvalues and vectors of Ψ^−½ S Ψ^−½; by singular values of B Ψ^−½ where a noise is so small beside
  /// the others that the product would lose its digits.
  private func spectrum(_ inverse: [Double]) -> (roots: [Double], vectors: [Double])? {
    let d = groups.count
    var largest = 0.0
    for i in 0..<d {
      largest = Swift.max(largest, covariance[i * d + i] * inverse[i] * inverse[i])
    }
    if largest > 1e4 {
      let rows = Swift.max(deviations.count, d)
      var scaled = [Double](repeating: 0, count: rows * d)
      let share = 1 / deviations.total.squareRoot()
      for i in 0..<deviations.count {
        for j in 0..<d { scaled[i * d + j] = deviations.rows[i * d + j] * inverse[j] * share }
      }
      guard let (values, vectors) = singularValues(scaled, rows, d) else { return nil }
      return (values.map { $0 * $0 }, vectors)
    }
    var scaled = covariance
    for i in 0..<d {
      for j in 0..<d { scaled[i * d + j] *= inverse[i] * inverse[j] }
    }
    guard let (values, vectors) = symmetricEigen(scaled, d) else { return nil }
    var ordered: [Double] = []
    ordered.reserveCapacity(d * d)
    for m in (0..<d).reversed() { ordered += vectors[(m * d)..<((m + 1) * d)] }
    return (values.reversed().map { Swift.max($0, 0) }, ordered)
  }

  /// The second derivatives in log ψ per entry (Clarke 1970), summed over groups.
  ///
  /// With F′ = Σ g′(θ) ωωᵀ, g′ = 1/θ for what is kept and 1 for the rest, and h = θ g′, the entries are
  /// ½ δᵢⱼ Σ h ωᵢ² + ½ F′ᵢⱼ S*ᵢⱼ + ¼ Σ_mn Δg′_mn (θ_m + θ_n)² ω_mi ω_ni ω_mj ω_nj with divided differences
  /// Δg′.
  func curvature(_ p: Point) -> [Double] {
    let d = groups.count
    // F′ and S*.
    let slope = weighted(p) { m in m < p.kept ? 1 / p.roots[m] : 1 }
    let product = weighted(p) { m in p.roots[m] }
    var result = [Double](repeating: 0, count: d * d)
    for k in result.indices { result[k] = 0.5 * slope[k] * product[k] }
    for i in 0..<d {
      for m in 0..<d {
        let h = m < p.kept ? 1 : p.roots[m]
        result[i * d + i] += 0.5 * h * p.vectors[m * d + i] * p.vectors[m * d + i]
      }
    }
    for m in 0..<p.kept {
      let theta = p.roots[m]
      // −Δg′ (θ_m + θ_n)² / 4, never negative; what is kept is met in both orders, the rest in one.
      let mixed = weighted(p) { n in
        let other = p.roots[n]
        let square = (theta + other) * (theta + other)
        if n < p.kept { return 0.25 * square / (theta * other) }
        guard theta - other > 1e-12 * theta else { return 0 }
        return 0.5 * square * (1 - 1 / theta) / (theta - other)
      }
      let own = Array(p.vectors[(m * d)..<((m + 1) * d)])
      result.withUnsafeMutableBufferPointer { result in
        for i in 0..<d {
          for j in 0..<d { result[i * d + j] -= own[i] * own[j] * mixed[i * d + j] }
        }
      }
    }
    var pooled = [Double](repeating: 0, count: groupCount * groupCount)
    for i in 0..<d {
      for j in 0..<d {
        pooled[groups[i] * groupCount + groups[j]] += result[i * d + j]
      }
    }
    return pooled
  }

  /// Σ c_m ω_m ω_mᵀ for weights that are not negative.
  private func weighted(_ p: Point, _ weight: (Int) -> Double) -> [Double] {
    let d = groups.count
    var rows = p.vectors
    for m in 0..<d {
      let root = weight(m).squareRoot()
      for i in 0..<d { rows[m * d + i] *= root }
    }
    return gram(rows, d, d, transposed: true)
  }
}
