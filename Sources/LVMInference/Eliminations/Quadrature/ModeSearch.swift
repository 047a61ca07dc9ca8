import LVMCompute

/// Newton's method for the modes of many functions of one or two variables at once, each with its own
/// damping.
///
/// Where a function does not curve down, its Hessian's eigenvalues are taken by their size, so that every
/// step goes up; a step that does not gain is shortened.
struct ModeSearch {
  let dimension: Int
  private(set) var modes: [Double]
  /// The points to evaluate next.
  private(set) var trial: [Double]
  private var value: [Double]
  private var gradient: [Double]
  /// Minus the Hessian, [cells × d × d].
  private var curvature: [Double]
  private var step: [Double]
  private var length: [Double]
  private var gain: [Double]
  private var isSettled: [Bool]

  /// Half the squared distance to the mode, in units of the scale, that is left.
  private static let tolerance = 1e-9
  private static let shortest = 1e-9
  /// Starting points where the first has no finite value.
  private static let starts = [1.0, -1, 3, -3, 10, -10]
  private var tried: [Int]

  init(modes: [Double], dimension: Int) {
    self.dimension = dimension
    self.modes = modes
    trial = modes
    let n = modes.count / dimension
    value = [Double](repeating: -.infinity, count: n)
    gradient = [Double](repeating: 0, count: n * dimension)
    curvature = [Double](repeating: 0, count: n * dimension * dimension)
    step = gradient
    length = [Double](repeating: 1, count: n)
    gain = [Double](repeating: 0, count: n)
    isSettled = [Bool](repeating: false, count: n)
    tried = [Int](repeating: -1, count: n)
  }

  var isDone: Bool { isSettled.allSatisfy { $0 } }

  /// Takes what the functions are at `trial`, and proposes the next points.
  mutating func take(
    value h: [Double], gradient g: [Double], hessian rows: [[Double]], isFirst: Bool
  ) {
    let d = dimension
    for c in value.indices where !isSettled[c] {
      let fine = h[c].isFinite && (0..<d).allSatisfy { g[c * d + $0].isFinite }
      if value[c] == -.infinity {
        // No foothold yet: the origin, then points about it.
        if !fine {
          tried[c] += isFirst && modes[c * d] != 0 ? 0 : 1
          if tried[c] >= Self.starts.count { isSettled[c] = true }
          for j in 0..<d {
            trial[c * d + j] = tried[c] < 0 || isSettled[c] ? 0 : Self.starts[tried[c]]
            modes[c * d + j] = 0
          }
          continue
        }
        accept(c, h, g, rows)
      } else if fine,
        h[c] >= value[c] + 1e-4 * length[c] * gain[c] - 1e-13 * (Swift.abs(value[c]) + 1)
      {
        accept(c, h, g, rows)
      } else {
        length[c] *= 0.25
        if length[c] < Self.shortest {
          isSettled[c] = true
          for j in 0..<d { trial[c * d + j] = modes[c * d + j] }
          continue
        }
      }
      for j in 0..<d { trial[c * d + j] = modes[c * d + j] + length[c] * step[c * d + j] }
    }
  }

  private mutating func accept(_ c: Int, _ h: [Double], _ g: [Double], _ rows: [[Double]]) {
    let d = dimension
    value[c] = h[c]
    for j in 0..<d {
      modes[c * d + j] = trial[c * d + j]
      gradient[c * d + j] = g[c * d + j]
      for k in 0..<d { curvature[(c * d + j) * d + k] = -rows[j][c * d + k] }
    }
    length[c] = 1
    let s = covariance(c)
    gain[c] = 0
    for j in 0..<d {
      var p = 0.0
      for k in 0..<d { p += s[j * d + k] * gradient[c * d + k] }
      step[c * d + j] = p
      gain[c] += p * gradient[c * d + j]
    }
    if !(gain[c] > Self.tolerance) { isSettled[c] = true }
    if isSettled[c] { for j in 0..<d { step[c * d + j] = 0 } }
  }

  /// The inverse of a cell's curvature, made positive.
  private func covariance(_ c: Int) -> [Double] {
    func positive(_ x: Double, _ top: Double) -> Double {
      guard x.isFinite else { return 1 }
      return Swift.max(Swift.abs(x), 1e-10 * top, 1e-30)
    }
    if dimension == 1 {
      let a = curvature[c]
      return [a == 0 || !a.isFinite ? 1 : 1 / positive(a, 0)]
    }
    let (a, b, e) = (
      curvature[4 * c], 0.5 * (curvature[4 * c + 1] + curvature[4 * c + 2]), curvature[4 * c + 3]
    )
    guard a.isFinite, b.isFinite, e.isFinite, a != 0 || b != 0 || e != 0 else {
      return [1, 0, 0, 1]
    }
    let middle = 0.5 * (a + e)
    let radius = (0.25 * (a - e) * (a - e) + b * b).squareRoot()
    let top = Swift.max(Swift.abs(middle + radius), Swift.abs(middle - radius))
    let (high, low) = (positive(middle + radius, top), positive(middle - radius, top))
    guard radius > 0 else { return [1 / high, 0, 0, 1 / high] }
    // Projections onto the two eigenvectors: ½(I ± (A − middle)/radius).
    let (u, v) = (0.5 * (a - e) / radius, b / radius)
    let (p, q) = (0.5 * (1 / high + 1 / low), 0.5 * (1 / high - 1 / low))
    return [p + q * u, q * v, q * v, p - q * u]
  }

  /// Per cell, the lower Cholesky factor of the inverse curvature.
  var scales: [Double] {
    var result = [Double](repeating: 0, count: curvature.count)
    for c in value.indices {
      let s = covariance(c)
      if dimension == 1 {
        result[c] = s[0].squareRoot()
      } else {
        let l = s[0].squareRoot()
        let m = s[1] / l
        result[4 * c] = l
        result[4 * c + 2] = m
        result[4 * c + 3] = Swift.max(s[3] - m * m, 1e-300).squareRoot()
      }
    }
    return result
  }
}
