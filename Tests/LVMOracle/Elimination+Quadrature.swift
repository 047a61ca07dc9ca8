import Foundation

/// Integration over one or two unbounded axes, everything else eliminated at each point.
///
/// Each axis is stretched about the mode, t = c + s·sinh(u): analytic integrands then die away doubly
/// exponentially, where the plain trapezoidal rule converges as fast as any. Where an axis has kinks it
/// is cut there and goes to an adaptive Gauss–Kronrod rule.
extension Elimination {
  func integrate(_ sites: [Int], _ part: Component) throws -> Eliminated {
    let axes = try Axes(world, sites)
    defer { axes.clear() }
    let fixed = Set(sites)
    let rest = part.unknown.filter { !fixed.contains($0) }
    func value(_ t: [Double]) throws -> Eliminated {
      let logJacobian = try axes.place(t)
      var result: Eliminated
      do {
        result = try solve(rest, part.factors, part.targets)
      } catch OracleError.notPositiveDefinite {
        result = Eliminated(logZ: -.infinity, moments: [:])
      }
      result.logZ += logJacobian
      if result.logZ.isNaN || result.logZ == .infinity { result.logZ = -.infinity }
      return result
    }
    switch axes.count {
    case 0: return try value([])
    case 1: return try oneAxis(kinks: try kinks(axes, part)) { try value([$0]) }
    case 2: return try twoAxes(value)
    default: throw OracleError.tooManyDimensions(names(sites))
    }
  }

  /// The highest point along an axis and the half-width at which the logarithm has dropped by half.
  private func peak(
    from start: Double, scale: Double?, _ g: (Double) throws -> Double
  ) throws -> (center: Double, scale: Double) {
    var low = -1.0
    var high = 1.0
    if let scale {
      (low, high) = (start - 4 * scale, start + 4 * scale)
    } else {
      var best = (u: 0.0, value: -Double.infinity)
      for i in -48...48 {
        let u = Double(i) / 4
        let y = try g(start + sinh(u))
        if y > best.value { best = (u, y) }
      }
      (low, high) = (start + sinh(best.u - 0.25), start + sinh(best.u + 0.25))
    }
    let golden = 0.6180339887498949
    var a = high - golden * (high - low)
    var b = low + golden * (high - low)
    var (ya, yb) = (try g(a), try g(b))
    for _ in 0..<40 {
      if ya > yb {
        (high, b, yb) = (b, a, ya)
        a = high - golden * (high - low)
        ya = try g(a)
      } else {
        (low, a, ya) = (a, b, yb)
        b = low + golden * (high - low)
        yb = try g(b)
      }
    }
    let center = 0.5 * (low + high)
    let top = try g(center)
    func width(_ sign: Double) throws -> Double {
      var w = scale ?? 1
      for _ in 0..<60 {
        if try g(center + sign * w) < top - 0.5 { break }
        w *= 2
      }
      for _ in 0..<100 {
        if try g(center + sign * w) >= top - 0.5 { break }
        w /= 1.5
      }
      return w
    }
    return (center, min(0.5 * (try width(-1) + (try width(1))), 1e6))
  }

  /// Where a Laplace density has its kink along the only axis: the zeros of value − location, which must be
  /// affine in the point on it.
  private func kinks(_ axes: Axes, _ part: Component) throws -> [Double] {
    defer { axes.clear() }
    func differences(_ t: Double) throws -> [Double] {
      _ = try axes.place([t])
      var result: [Double] = []
      for f in part.factors {
        let site = world.sites[f]
        guard case .drawn(.family(.laplace, _, let arguments, _)) = site.rule else { continue }
        let location = try world.evaluate(arguments[0], row: site.row).expanded(to: site.dims)
        result += zip(world.values[f], location.values).map { $0 - $1 }
      }
      return result
    }
    guard let zero = try? differences(0), !zero.isEmpty, let one = try? differences(1),
      let two = try? differences(2)
    else { return [] }
    return zip(zip(zero, one), two).compactMap { ends, two in
      let (a, b) = ends
      let slope = b - a
      guard slope != 0, slope.isFinite, Swift.abs(two - a - 2 * slope) < 1e-9 * Swift.abs(slope)
      else { return nil }
      return -a / slope
    }
  }

  private func oneAxis(kinks: [Double], _ f: (Double) throws -> Eliminated) throws -> Eliminated {
    let (center, scale) = try peak(from: 0, scale: nil) { try f($0).logZ }
    func at(_ u: Double) throws -> Eliminated {
      var e = try f(center + scale * sinh(u))
      e.logZ += log(scale * cosh(u))
      return e
    }
    // The trapezoidal rule creeps up on a kink, and may stand still before it is there.
    let rounds = kinks.isEmpty ? 5 : 0
    var step = 0.25
    let heights = try (-56...56).map { (u: Double($0) * step, y: try at(Double($0) * step).logZ) }
    guard let top = heights.map(\.y).max(), top > -.infinity else {
      return Eliminated(logZ: -.infinity, moments: [:])
    }
    let kept = heights.filter { $0.y > top - 46 }.map(\.u)
    let low = (kept.first ?? 0) - step
    let high = (kept.last ?? 0) + step
    var total = LogMixture()
    var points = Int(((high - low) / step).rounded())
    for i in 0...points {
      let e = try at(low + Double(i) * step)
      total.add(e.logZ, e.moments)
    }
    var last = log(step) + total.logTotal
    for _ in 0..<rounds {
      for i in 0..<points {
        let e = try at(low + (Double(i) + 0.5) * step)
        total.add(e.logZ, e.moments)
      }
      points *= 2
      step /= 2
      let now = log(step) + total.logTotal
      if Swift.abs(now - last) < 1e-12 { return Eliminated(logZ: now, moments: total.moments) }
      last = now
    }
    let inside = kinks.map { asinh(($0 - center) / scale) }.filter { low < $0 && $0 < high }
    let ends = [low] + Set(inside).sorted() + [high]
    let pieces = try zip(ends, ends.dropFirst()).flatMap { a, b in
      try adaptivePieces(a, b, tolerance: 1e-12, initial: 24) { exp(try at($0).logZ - top) }
    }
    var adaptive = LogMixture()
    for (x, weight) in pieces.flatMap(\.nodes) {
      let e = try at(x)
      adaptive.add(e.logZ + log(weight), e.moments)
    }
    return Eliminated(logZ: adaptive.logTotal, moments: adaptive.moments)
  }

  private func twoAxes(_ f: ([Double]) throws -> Eliminated) throws -> Eliminated {
    var center = [0.0, 0.0]
    var scales: [Double?] = [nil, nil]
    for round in 0..<6 {
      for axis in 0..<2 {
        let found = try peak(
          from: round < 2 ? 0 : center[axis], scale: round < 2 ? nil : scales[axis]
        ) { x in
          var t = center
          t[axis] = x
          return try f(t).logZ
        }
        center[axis] = found.center
        scales[axis] = found.scale
      }
    }
    let (s0, s1) = (scales[0] ?? 1, scales[1] ?? 1)
    let (v, logDeterminant) = try whitening(center, s0, s1) { try f($0).logZ }
    func at(_ u: Double, _ w: Double) throws -> Eliminated {
      let (a, b) = (sinh(u), sinh(w))
      var e = try f([
        center[0] + v[0, 0] * a + v[0, 1] * b, center[1] + v[1, 0] * a + v[1, 1] * b,
      ])
      e.logZ += logDeterminant + log(cosh(u)) + log(cosh(w))
      return e
    }
    // The box outside which nothing counts.
    var top = -Double.infinity
    var heights: [(u: Double, w: Double, y: Double)] = []
    for i in -16...16 {
      for j in -16...16 {
        let y = try at(Double(i) / 2, Double(j) / 2).logZ
        heights.append((Double(i) / 2, Double(j) / 2, y))
        top = max(top, y)
      }
    }
    let kept = heights.filter { $0.y > top - 42 }
    guard let lowU = kept.map(\.u).min(), let highU = kept.map(\.u).max(),
      let lowW = kept.map(\.w).min(), let highW = kept.map(\.w).max()
    else { return Eliminated(logZ: -.infinity, moments: [:]) }
    var step = 0.25
    var last = Double.nan
    for _ in 0..<4 {
      var total = LogMixture()
      for i in 0...Int(((highU - lowU + 0.5) / step).rounded()) {
        for j in 0...Int(((highW - lowW + 0.5) / step).rounded()) {
          let e = try at(lowU - 0.25 + Double(i) * step, lowW - 0.25 + Double(j) * step)
          total.add(e.logZ, e.moments)
        }
      }
      let now = 2 * log(step) + total.logTotal
      if Swift.abs(now - last) < 1e-10 { return Eliminated(logZ: now, moments: total.moments) }
      last = now
      step /= 2
    }
    throw OracleError.quadratureDidNotConverge
  }

  /// A root of the inverse negative Hessian at the mode, or plain scales where that is not definite.
  private func whitening(
    _ c: [Double], _ s0: Double, _ s1: Double, _ g: ([Double]) throws -> Double
  ) throws -> (Matrix, Double) {
    let (a, b) = (0.4 * s0, 0.4 * s1)
    let middle = try g(c)
    let h00 = try (g([c[0] + a, c[1]]) + g([c[0] - a, c[1]]) - 2 * middle) / (a * a)
    let h11 = try (g([c[0], c[1] + b]) + g([c[0], c[1] - b]) - 2 * middle) / (b * b)
    let h01 =
      try
      (g([c[0] + a, c[1] + b]) + g([c[0] - a, c[1] - b]) - g([c[0] + a, c[1] - b])
      - g([c[0] - a, c[1] + b])) / (4 * a * b)
    if let inverse = try? Matrix(2, 2, [-h00, -h01, -h01, -h11]).inverse(),
      inverse.values.allSatisfy(\.isFinite), let root = try? inverse.cholesky()
    {
      return (root, log(root[0, 0] * root[1, 1]))
    }
    return (Matrix(2, 2, [s0, 0, 0, s1]), log(s0 * s1))
  }
}
