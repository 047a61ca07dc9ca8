import LVMCompute

/// Limited-memory BFGS with a safeguarded line search, for maximising a smooth function.
///
/// Nocedal & Wright (2006), algorithm 7.4, with bracketing on the strong Wolfe conditions. A point where
/// the function is not finite counts as very bad, so that the search backs away from it.
struct LBFGS {
  var memory = 12
  var maximumIterations = 500
  /// Relative change of the value below which progress counts as none.
  var valueTolerance = 1e-12
  /// Largest gradient entry at which the point counts as stationary, relative to the value's scale.
  var gradientTolerance = 1e-7

  /// Gain that the quadratic model promises, relative to the value, below which nothing is left to gain.
  var gainTolerance = 1e-10

  /// Length of the first step in gradients, where coordinates are such that it is known.
  var firstStep: Double?

  /// A step s and the fall y of the gradient along it, with 1 / sᵀy.
  typealias Pair = (s: [Double], y: [Double], rho: Double)

  struct Outcome {
    var point: [Double]
    var value: Double
    var iterations: Int
    var converged: Bool
    /// What was learnt of the curvature, for another search near by.
    var pairs: [Pair] = []
    /// Whether no step gained anything although the gradient promises one, as at a kink.
    var isStuck = false
  }

  /// Maximises from a starting point; `step` is told each accepted value and may stop the search.
  ///
  /// `known` are pairs of an earlier search of a function like this one.
  func maximise(
    _ density: some LogDensity, from start: [Double], knowing known: [Pair] = [],
    step report: (Int, Double) throws -> Bool = { _, _ in true }
  ) throws -> Outcome {
    var x = start
    var (f, g) = try density.evaluate(at: x)
    guard f.isFinite else { return Outcome(point: x, value: f, iterations: 0, converged: false) }
    var pairs = known
    func outcome(_ iterations: Int, converged: Bool) -> Outcome {
      Outcome(point: x, value: f, iterations: iterations, converged: converged, pairs: pairs)
    }
    var quiet = 0
    for iteration in 1...max(1, maximumIterations) {
      let size = g.map { Swift.abs($0) }.max() ?? 0
      if size <= gradientTolerance * Swift.max(1, Swift.abs(f) * 1e-3) {
        return outcome(iteration - 1, converged: true)
      }
      var d = direction(g, pairs)
      var slope = dot(d, g)
      if slope <= 0 {
        pairs.removeAll()
        d = g
        slope = dot(g, g)
      }
      if pairs.count >= 3, 0.5 * slope <= 1e-13 * (Swift.abs(f) + 1) {
        return atRest(outcome(iteration - 1, converged: true), size)
      }
      let first =
        pairs.isEmpty ? firstStep ?? Swift.min(1, 1 / Swift.max(size, 1e-300)) : 1.0
      guard let found = try search(density, x, f, d, slope, first) else {
        // No step gains anything: at the precision of the sums that is a maximum if the quadratic model
        // promises no more than rounding.
        let gain = 0.5 * Swift.abs(slope)
        if !pairs.isEmpty, gain <= gainTolerance * (Swift.abs(f) + 1) {
          return atRest(outcome(iteration, converged: true), size)
        }
        if pairs.isEmpty {
          var last = outcome(
            iteration, converged: size <= 1e-6 * Swift.max(1, Swift.abs(f)))
          last.isStuck = !last.converged
          return last
        }
        pairs.removeAll()
        quiet += 1
        continue
      }
      let s = zip(found.x, x).map { $0 - $1 }
      // Curvature of −f: positive where f is concave.
      let y = zip(g, found.g).map { $0 - $1 }
      let sy = dot(s, y)
      if sy > 1e-12 * dot(y, y).squareRoot() * dot(s, s).squareRoot() {
        pairs.append((s, y, 1 / sy))
        if pairs.count > memory { pairs.removeFirst() }
      }
      let change = found.f - f
      x = found.x
      f = found.f
      g = found.g
      if try !report(iteration, f) {
        return outcome(iteration, converged: false)
      }
      quiet = change <= valueTolerance * (Swift.abs(f) + 1) ? quiet + 1 : 0
      if quiet >= 3 {
        return atRest(outcome(iteration, converged: true), g.map { Swift.abs($0) }.max() ?? 0)
      }
    }
    return outcome(maximumIterations, converged: false)
  }

  /// At a kink pairs promise little although the gradient is large: the search is stuck, not converged.
  private func atRest(_ outcome: Outcome, _ size: Double) -> Outcome {
    var result = outcome
    if size > 1e-4 * (Swift.abs(outcome.value) + 1) {
      result.converged = false
      result.isStuck = true
    }
    return result
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        // Four sums, so that the processor need not wait for one.
        var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
        let n = a.count
        var i = 0
        while i + 4 <= n {
          s0 += a[i] * b[i]
          s1 += a[i + 1] * b[i + 1]
          s2 += a[i + 2] * b[i + 2]
          s3 += a[i + 3] * b[i + 3]
          i += 4
        }
        while i < n {
          s0 += a[i] * b[i]
          i += 1
        }
        return (s0 + s1) + (s2 + s3)
      }
    }
  }

  /// y += t·x
  private func add(_ t: Double, _ x: [Double], to y: inout [Double]) {
    y.withUnsafeMutableBufferPointer { y in
      x.withUnsafeBufferPointer { x in
        for i in x.indices { y[i] += t * x[i] }
      }
    }
  }

  private func direction(_ g: [Double], _ pairs: [Pair])
    -> [Double]
  {
    var q = g
    var alphas = [Double](repeating: 0, count: pairs.count)
    for i in pairs.indices.reversed() {
      alphas[i] = pairs[i].rho * dot(pairs[i].s, q)
      add(-alphas[i], pairs[i].y, to: &q)
    }
    if let last = pairs.last {
      let scale = 1 / (last.rho * Swift.max(dot(last.y, last.y), 1e-300))
      for j in q.indices { q[j] *= scale }
    }
    for i in pairs.indices {
      let beta = pairs[i].rho * dot(pairs[i].y, q)
      add(alphas[i] - beta, pairs[i].s, to: &q)
    }
    return q
  }

  private struct Trial {
    var x: [Double]
    var f: Double
    var g: [Double]
    var slope: Double
  }

  /// A step that satisfies the strong Wolfe conditions, or at least increases enough.
  private func search(
    _ density: some LogDensity, _ x: [Double], _ f: Double, _ d: [Double], _ slope: Double,
    _ first: Double
  ) throws -> Trial? {
    func at(_ t: Double) throws -> Trial {
      var point = x
      for i in point.indices { point[i] += t * d[i] }
      let (value, gradient) = try density.evaluate(at: point)
      let fine = value.isFinite && gradient.allSatisfy(\.isFinite)
      return Trial(
        x: point, f: fine ? value : -.infinity, g: gradient,
        slope: fine ? dot(gradient, d) : -.infinity)
    }
    var low = 0.0
    var lowSlope = slope
    var lowValue = f
    var high: Double?
    var t = first
    var best: Trial?
    for _ in 0..<40 {
      let trial = try at(t)
      let enough = trial.f >= f + 1e-4 * t * slope
      if enough, trial.f > (best?.f ?? f) { best = trial }
      if !enough || trial.f < lowValue {
        high = t
      } else if Swift.abs(trial.slope) <= 0.9 * slope {
        return trial
      } else if trial.slope < 0 {
        high = t
      } else {
        low = t
        lowSlope = trial.slope
        lowValue = trial.f
      }
      if let top = high {
        guard top - low > 1e-16 * Swift.max(1, top) else { break }
        // Quadratic interpolation, kept well inside the bracket.
        var next = low + 0.5 * (top - low)
        if trial.f.isFinite, t == top {
          let width = top - low
          let curve = trial.f - lowValue - lowSlope * width
          if curve < 0 { next = low - 0.5 * lowSlope * width * width / curve }
        }
        t = Swift.min(Swift.max(next, low + 0.1 * (top - low)), low + 0.9 * (top - low))
      } else {
        t *= 2.5
      }
      if t * (d.map { Swift.abs($0) }.max() ?? 0) < 1e-300 { break }
    }
    return best
  }
}
