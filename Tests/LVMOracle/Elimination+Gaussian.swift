import Foundation
import LVMModel

/// What is linear and Gaussian given everything assigned: one dense joint, conditioned by reflections.
extension Elimination {
  enum GaussianAttempt {
    case solved(Eliminated)
    /// These sites must be fixed first.
    case refused(Set<Int>)
  }

  /// Value of a site as mean + loading · ε, with ε independent standard normals.
  private struct Affine {
    var mean: [Double]
    var loading: Matrix
  }

  /// Writes every site of the component as an affine function of its noises, in order of dependence.
  func gaussian(_ part: Component) throws -> GaussianAttempt {
    let open = Set(part.unknown)
    var rest = 0.0
    var gaussians: [Int] = []
    var refused: Set<Int> = []
    for f in try ordered(part.factors) {
      let touched = (scope[f] ?? []).intersection(open)
      if touched.isEmpty {
        rest += try world.logDensity(of: f)
        continue
      }
      if let bad = scaleOrKindProblem(f, touched, open) {
        refused.formUnion(bad)
      } else {
        gaussians.append(f)
      }
    }
    guard refused.isEmpty else { return .refused(refused) }

    var offset: [Int: Int] = [:]
    var noises = 0
    for f in gaussians {
      offset[f] = noises
      noises += world.values[f].count
    }
    var known: [Int: Affine] = [:]
    var observed: [Double] = []
    var observedMean: [Double] = []
    var observedLoading: [Double] = []
    for f in gaussians {
      guard case .drawn(.family(let family, _, let arguments, _)) = world.sites[f].rule else {
        preconditionFailure("only families get here")
      }
      let site = world.sites[f]
      var value: Affine
      switch try affine(arguments[0], row: site.row, dims: site.dims, open, known, noises) {
      case .refused(let bad): return .refused(bad)
      case .affine(let a): value = a
      }
      try addNoise(&value, family, arguments[1], site, at: offset[f] ?? 0)
      known[f] = value
      for i in world.values[f].indices
      where !site.unknown.contains(i) && !world.values[f][i].isNaN {
        observed.append(world.values[f][i])
        observedMean.append(value.mean[i])
        observedLoading += value.loading.values[i * noises..<(i + 1) * noises]
      }
    }

    // Targets, as rows of mean and loading.
    var targetMean: [Double] = []
    var targetLoading: [Double] = []
    for t in part.targets {
      let value: Affine
      if let direct = known[t], !world.sites[t].isDerived {
        value = direct
      } else if case .equal(let e) = world.sites[t].rule {
        switch try affine(
          e, row: world.sites[t].row, dims: world.sites[t].dims, open, known, noises)
        {
        case .refused(let bad): return .refused(bad)
        case .affine(let a): value = a
        }
      } else {
        throw OracleError.unsupported("posterior of \(world.sites[t].variable.name)")
      }
      targetMean += value.mean
      targetLoading += value.loading.values
    }
    let joint = try condition(
      observed, observedMean, Matrix(observed.count, noises, observedLoading), targetMean,
      Matrix(targetMean.count, noises, targetLoading))
    var moments: [Int: Moments] = [:]
    var start = 0
    for t in part.targets {
      let n = Tensor.count(world.sites[t].dims)
      var covariance: [Double] = []
      for i in 0..<n {
        for j in 0..<n { covariance.append(joint.covariance[start + i, start + j]) }
      }
      moments[t] = Moments(mean: Array(joint.mean[start..<start + n]), covariance: covariance)
      if !world.sites[t].isDerived {
        // Known coordinates of a partly missing value are themselves.
        for i in 0..<n where !world.values[t][i].isNaN { moments[t]?.mean[i] = world.values[t][i] }
      }
      start += n
    }
    return .solved(Eliminated(logZ: rest + joint.logDensity, moments: moments))
  }

  /// Factors so that each comes after the unknown sites it reads.
  private func ordered(_ factors: [Int]) throws -> [Int] {
    let all = Set(factors)
    var done: Set<Int> = []
    var result: [Int] = []
    func visit(_ f: Int, _ path: Set<Int>) throws {
      if done.contains(f) { return }
      guard !path.contains(f) else { throw OracleError.unsupported("a cycle") }
      for parent in (scope[f] ?? []).sorted() where parent != f && all.contains(parent) {
        try visit(parent, path.union([f]))
      }
      done.insert(f)
      result.append(f)
    }
    for f in factors { try visit(f, []) }
    return result
  }

  /// The unknown sites that keep a factor from being Gaussian with a fixed scale.
  private func scaleOrKindProblem(_ f: Int, _ touched: Set<Int>, _ open: Set<Int>) -> Set<Int>? {
    let site = world.sites[f]
    guard case .drawn(.family(let family, _, let arguments, _)) = site.rule,
      family == .normal || family == .multivariateNormal, site.variable.type.kind == .real
    else { return touched }
    let inScale = world.reads(of: arguments[1], row: site.row).intersection(open)
    return inScale.isEmpty ? nil : inScale
  }

  private enum AffineAttempt {
    case affine(Affine)
    case refused(Set<Int>)
  }

  /// Probes an expression at zero, along each coordinate, and at one more point.
  private func affine(
    _ e: ModelExpression, row: Int, dims: [Int], _ open: Set<Int>, _ known: [Int: Affine],
    _ noises: Int
  ) throws -> AffineAttempt {
    let parents = world.reads(of: e, row: row).intersection(open).sorted()
    let slots = parents.flatMap { p in world.sites[p].unknown.map { (site: p, at: $0) } }
    defer { for s in slots { world.assign(s.site, s.at, .nan) } }
    func value() throws -> [Double] {
      try world.evaluate(e, row: row).expanded(to: dims).values
    }
    for s in slots { world.assign(s.site, s.at, 0) }
    let base = try value()
    // A large step keeps slopes exact beside large intercepts.
    let step = 1_048_576.0
    func close(_ a: Double, _ b: Double, _ size: Double) -> Bool {
      Swift.abs(a - b) <= 1e-9 * (size + 1e-300)
    }
    var slopes: [[Double]] = []
    var bad: Set<Int> = []
    for s in slots {
      world.assign(s.site, s.at, step)
      let up = try value()
      world.assign(s.site, s.at, -step)
      let down = try value()
      world.assign(s.site, s.at, 1)
      let one = try value()
      world.assign(s.site, s.at, 0)
      let slope = up.indices.map { (up[$0] - down[$0]) / (2 * step) }
      slopes.append(slope)
      for i in up.indices {
        let size = Swift.max(Swift.abs(up[i]), Swift.abs(down[i]), Swift.abs(base[i]))
        let unit = Swift.abs(base[i]) + Swift.abs(slope[i])
        if !size.isFinite || !close(0.5 * (up[i] + down[i]), base[i], size)
          || !close(one[i], base[i] + slope[i], unit)
        {
          bad.insert(s.site)
        }
      }
    }
    guard bad.isEmpty else { return .refused(bad) }
    let random = slots.indices.map { sin(Double($0 + 1) * 1.7) * 1.3 + 0.2 }
    for (s, x) in zip(slots, random) { world.assign(s.site, s.at, x) }
    let there = try value()
    for i in there.indices {
      var expected = base[i]
      var size = Swift.abs(base[i])
      for (j, x) in random.enumerated() {
        expected += slopes[j][i] * x
        size += Swift.abs(slopes[j][i] * x)
      }
      if !close(there[i], expected, size) { return .refused(Set(parents.prefix(1))) }
    }
    var result = Affine(mean: base, loading: Matrix(zeros: base.count, noises))
    for (j, s) in slots.enumerated() {
      guard let parent = known[s.site] else {
        throw OracleError.unsetValue(of: world.sites[s.site].variable.name)
      }
      for i in base.indices where slopes[j][i] != 0 {
        result.mean[i] += slopes[j][i] * parent.mean[s.at]
        for k in 0..<noises { result.loading[i, k] += slopes[j][i] * parent.loading[s.at, k] }
      }
    }
    return .affine(result)
  }

  private func addNoise(
    _ value: inout Affine, _ family: FamilyName, _ scale: ModelExpression, _ site: World.Site,
    at: Int
  ) throws {
    let tensor = try world.evaluate(scale, row: site.row)
    if family == .normal {
      let scales = try tensor.expanded(to: site.dims).values
      for (i, s) in scales.enumerated() { value.loading[i, at + i] += s }
      return
    }
    let n = site.dims.last ?? 1
    let all = try tensor.expanded(to: site.dims + [n]).values
    for b in 0..<Tensor.count(site.dims) / n {
      let root = try Matrix(n, n, Array(all[b * n * n..<(b + 1) * n * n]))
        .cholesky(semidefinite: true)
      for i in 0..<n { for j in 0...i { value.loading[b * n + i, at + b * n + j] += root[i, j] } }
    }
  }

  /// log N(y; m, L Lᵀ) and the targets given y: with Lᵀ = QR, the covariance is RᵀR, and what the
  /// reflections leave of the target loadings below R is their posterior root.
  private func condition(
    _ y: [Double], _ mean: [Double], _ loading: Matrix, _ targetMean: [Double],
    _ targetLoading: Matrix
  ) throws -> (logDensity: Double, mean: [Double], covariance: Matrix) {
    let n = y.count
    guard n <= loading.columns else { throw OracleError.degenerate }
    let (r, t) = loading.transpose.reduced(applyingTo: targetLoading.transpose)
    var logDensity = -0.5 * Double(n) * log(2 * Double.pi)
    var z = (0..<n).map { y[$0] - mean[$0] }
    for i in 0..<n {
      for k in 0..<i { z[i] -= r[k, i] * z[k] }
      let size = (0..<loading.columns).reduce(0.0) { hypot($0, loading[i, $1]) }
      guard Swift.abs(r[i, i]) > 1e-14 * size, size > 0 else { throw OracleError.degenerate }
      z[i] /= r[i, i]
      logDensity -= 0.5 * z[i] * z[i] + log(Swift.abs(r[i, i]))
    }
    let m = targetMean.count
    var posterior = targetMean
    var covariance = Matrix(zeros: m, m)
    for i in 0..<m {
      for k in 0..<n { posterior[i] += t[k, i] * z[k] }
      for j in 0..<m {
        for k in n..<max(loading.columns, n) { covariance[i, j] += t[k, i] * t[k, j] }
      }
    }
    return (logDensity, posterior, covariance)
  }
}
