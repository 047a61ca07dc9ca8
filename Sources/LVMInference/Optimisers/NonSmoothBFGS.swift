import LVMCompute

/// BFGS with a full matrix and a search for the weak Wolfe conditions, for functions with kinks.
///
/// Lewis & Overton (2013): the method finds maxima that lie on kinks, as those of absolute values do,
/// where the gradient of no single point vanishes. Such a point is a maximum if zero is in the convex
/// hull of the gradients close about it.
struct NonSmoothBFGS {
  var maximumIterations = 500
  /// Most coordinates; the matrix has their square.
  static let limit = 200

  private struct Point {
    var x: [Double]
    var f: Double
    var g: [Double]
  }

  /// Goes on from where smooth steps were stuck. On a kink itself the gradient of one side says nothing,
  /// so that the search begins a little beside it, and again nearer by.
  func maximise(
    _ density: some LogDensity, from stuck: LBFGS.Outcome,
    step report: (Int, Double) throws -> Bool
  ) throws -> LBFGS.Outcome {
    func at(_ x: [Double]) throws -> Point? {
      let (f, g) = try density.evaluate(at: x)
      return f.isFinite && g.allSatisfy(\.isFinite) ? Point(x: x, f: f, g: g) : nil
    }
    guard stuck.point.count <= Self.limit, var best = try at(stuck.point) else { return stuck }
    var iterations = stuck.iterations
    for (attempt, distance) in [3e-2, 1e-2, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6].enumerated() {
      var random = RandomStream(
        seed: 0, purpose: "beside a kink", site: 0, row: 0, step: 0, sample: attempt)
      let beside = best.x.map {
        $0 + distance * Swift.max(1, Swift.abs($0)) * (random.uniform() - 0.5)
      }
      guard var now = try at(beside) else { continue }
      iterations += try climb(&now, at)
      if now.f > best.f {
        best = now
        if try !report(iterations - stuck.iterations, best.f) { break }
      }
    }
    return LBFGS.Outcome(
      point: best.x, value: best.f, iterations: iterations,
      converged: try isMaximum(best, at))
  }

  /// Steps until nothing is gained; how many.
  private func climb(_ now: inout Point, _ at: ([Double]) throws -> Point?) throws -> Int {
    let n = now.x.count
    var inverse = Self.identity(n, 1e-2 / Swift.max(Self.size(now.g), 1e-300))
    var isFresh = true
    var quiet = 0
    for iteration in 0..<maximumIterations {
      let d = (0..<n).map { i in
        var sum = 0.0
        for j in 0..<n { sum += inverse[i * n + j] * now.g[j] }
        return sum
      }
      let slope = Self.dot(d, now.g)
      guard slope > 0, let next = try search(now, d, slope, at) else { return iteration }
      let s = zip(next.x, now.x).map { $0 - $1 }
      let y = zip(now.g, next.g).map { $0 - $1 }
      let sy = Self.dot(s, y)
      if sy > 0 {
        if isFresh { inverse = Self.identity(n, sy / Swift.max(Self.dot(y, y), 1e-300)) }
        Self.update(&inverse, s, y, sy)
        isFresh = false
      }
      quiet = next.f - now.f <= 1e-13 * (Swift.abs(next.f) + 1) ? quiet + 1 : 0
      now = next
      if quiet >= 5 { return iteration }
    }
    return maximumIterations
  }

  /// A point with enough gain from which the function rises less steeply.
  private func search(
    _ now: Point, _ d: [Double], _ slope: Double, _ at: ([Double]) throws -> Point?
  ) throws -> Point? {
    var (low, high, t) = (0.0, Double.infinity, 1.0)
    var best: Point?
    for _ in 0..<50 {
      let trial = try at(zip(now.x, d).map { $0 + t * $1 })
      if let trial, trial.f > now.f + 1e-4 * t * slope {
        best = trial
        if Self.dot(trial.g, d) <= 0.9 * slope { return trial }
        low = t
      } else {
        high = t
      }
      t = high.isFinite ? 0.5 * (low + high) : 2 * t
      if high - low <= 1e-15 * high { break }
    }
    return best
  }

  /// Whether gradients close about a point balance, in one neighbourhood or a wider one.
  private func isMaximum(_ here: Point, _ at: ([Double]) throws -> Point?) throws -> Bool {
    for distance in [1e-6, 1e-5] {
      guard let gradients = try gradients(about: here, within: distance, at) else { return false }
      let largest = gradients.map(Self.size).max() ?? 0
      let balance = Self.size(Self.shortest(in: gradients))
      if balance <= 0.05 * largest + 1e-6 * Swift.max(1, Swift.abs(here.f)) { return true }
    }
    return false
  }

  /// Gradients at points on either side along each coordinate and at random (Burke, Lewis & Overton 2005);
  /// nil where one of them gains, so that this is no maximum.
  private func gradients(
    about here: Point, within distance: Double, _ at: ([Double]) throws -> Point?
  ) throws -> [[Double]]? {
    let n = here.x.count
    var random = RandomStream(
      seed: 0, purpose: "about a kink", site: 0, row: 0, step: 0, sample: 0)
    var steps: [[Double]] = []
    for i in 0..<n {
      for sign in [-1.0, 1.0] {
        steps.append((0..<n).map { $0 == i ? sign : 0 })
      }
    }
    for _ in 0..<(4 * n + 8) { steps.append((0..<n).map { _ in 2 * random.uniform() - 1 }) }
    var result = [here.g]
    for step in steps {
      let x = zip(here.x, step).map { $0 + distance * Swift.max(1, Swift.abs($0)) * $1 }
      guard let near = try at(x), near.f <= here.f + 1e-8 * (Swift.abs(here.f) + 1) else {
        return nil
      }
      result.append(near.g)
    }
    return result
  }

  /// The shortest vector of a convex hull, by Frank and Wolfe's steps.
  private static func shortest(in gradients: [[Double]]) -> [Double] {
    var v = gradients[0]
    for _ in 0..<2000 {
      guard let far = gradients.min(by: { dot($0, v) < dot($1, v) }) else { break }
      let change = zip(far, v).map { $0 - $1 }
      let length = dot(change, change)
      guard length > 0 else { break }
      let t = Swift.min(1, -dot(v, change) / length)
      guard t > 0 else { break }
      for i in v.indices { v[i] += t * change[i] }
    }
    return v
  }

  private static func identity(_ n: Int, _ scale: Double) -> [Double] {
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<n { result[i * n + i] = scale }
    return result
  }

  private static func size(_ v: [Double]) -> Double { v.map { Swift.abs($0) }.max() ?? 0 }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
  }

  /// H ← (I − ρsyᵀ) H (I − ρysᵀ) + ρssᵀ
  private static func update(
    _ h: inout [Double], _ s: [Double], _ y: [Double], _ sy: Double
  ) {
    let n = s.count
    let hy = (0..<n).map { i in
      var sum = 0.0
      for j in 0..<n { sum += h[i * n + j] * y[j] }
      return sum
    }
    let factor = (1 + dot(y, hy) / sy) / sy
    for i in 0..<n {
      for j in 0..<n {
        h[i * n + j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / sy
      }
    }
  }
}
