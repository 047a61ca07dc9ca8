import Foundation
import LVMModel

/// Continuous sites: sums over counts, changes of variables, Gaussian parts, quadrature over the rest.
extension Elimination {
  func eliminateContinuous(_ part: Component) throws -> Eliminated {
    if let count = part.unknown.first(where: { isCount($0) }) { return try sum(count, part) }
    let equations = part.factors.filter { f in
      if case .equal = world.sites[f].rule { return true }
      return false
    }
    if !equations.isEmpty { return try changeOfVariables(equations, part) }

    let all = Set(part.unknown)
    var fixed = plans[all] ?? []
    while true {
      let open = part.unknown.filter { !fixed.contains($0) }
      if fixed.isEmpty {
        switch try gaussian(part) {
        case .solved(let result): return result
        case .refused(let more): fixed.formUnion(more)
        }
        continue
      }
      if plans[all] != nil || open.isEmpty { break }
      // See whether the rest is Gaussian once these are fixed, at any point.
      let axes = try Axes(world, try inOrder(fixed))
      _ = try axes.place(Array(repeating: 0, count: axes.count))
      let rest = Set(open)
      let trial = Component(
        unknown: open, factors: part.factors,
        targets: part.targets.filter { !(scope[$0] ?? []).isDisjoint(with: rest) })
      let attempt = try gaussianOrNil(trial)
      axes.clear()
      guard case .refused(let more)? = attempt else { break }
      fixed.formUnion(more)
    }
    plans[all] = fixed
    let freedoms = try fixed.reduce(0) { $0 + (try freedom($1)) }
    if freedoms <= 2 { return try integrate(try inOrder(fixed), part) }
    let outer = try outermost(Array(fixed))
    guard outer.count < fixed.count else { throw OracleError.tooManyDimensions(names(outer)) }
    return try integrate(try inOrder(Set(outer)), part)
  }

  /// A trial point may lie where a scale is not one; then nothing is learnt there.
  private func gaussianOrNil(_ part: Component) throws -> GaussianAttempt? {
    do {
      return try gaussian(part)
    } catch OracleError.notPositiveDefinite {
      return nil
    } catch OracleError.degenerate {
      return nil
    }
  }

  private func isCount(_ site: Int) -> Bool {
    switch world.sites[site].variable.type.kind {
    case .count, .integer: true
    case .real, .positive, .unit, .binary, .category, .simplex, .covariance, .correlation,
      .cholesky, .orthonormal:
      false
    }
  }

  /// Sites so that each comes after those of the set it reads.
  private func inOrder(_ sites: Set<Int>) throws -> [Int] {
    var result: [Int] = []
    var waiting = sites.sorted()
    while !waiting.isEmpty {
      let left = Set(waiting)
      guard
        let next = waiting.first(where: {
          (scope[$0] ?? []).subtracting([$0]).isDisjoint(with: left)
        })
      else { throw OracleError.unsupported("a cycle") }
      result.append(next)
      waiting.removeAll { $0 == next }
    }
    return result
  }

  /// Number of free coordinates of a continuous site.
  func freedom(_ site: Int) throws -> Int {
    let s = world.sites[site]
    switch s.variable.type.kind {
    case .real, .positive, .unit, .count, .integer: return s.unknown.count
    case .simplex: return s.unknown.count - s.unknown.count / (s.dims.last ?? 1)
    case .binary, .category, .covariance, .correlation, .cholesky, .orthonormal:
      throw OracleError.unsupported("quadrature over \(s.variable.name)")
    }
  }

  /// Σ over a count from zero, until the terms have died away.
  private func sum(_ site: Int, _ part: Component) throws -> Eliminated {
    let open = world.sites[site].unknown.filter { world.values[site][$0].isNaN }
    guard let slot = open.first else { throw OracleError.unsetValue(of: names([site])[0]) }
    defer { world.assign(site, slot, .nan) }
    var total = LogMixture()
    var top = -Double.infinity
    var low = 0
    for k in 0..<100_000 {
      world.assign(site, slot, Double(k))
      let inner: Eliminated
      if open.count > 1 {
        inner = try sum(site, part)
      } else {
        inner = try solve(part.unknown.filter { $0 != site }, part.factors, part.targets)
      }
      total.add(inner.logZ, inner.moments)
      top = Swift.max(top, inner.logZ)
      low = inner.logZ < top - 42 || inner.logZ == -.infinity ? low + 1 : 0
      if low > 60 { return Eliminated(logZ: total.logTotal, moments: total.moments) }
    }
    throw OracleError.quadratureDidNotConverge
  }

  /// Observed values that equal an affine, square function of latents: p(s) / |det A|.
  private func changeOfVariables(_ equations: [Int], _ part: Component) throws -> Eliminated {
    let slots = part.unknown.flatMap { s in world.sites[s].unknown.map { (site: s, at: $0) } }
    defer { for s in slots { world.assign(s.site, s.at, .nan) } }
    func image() throws -> [Double] {
      try equations.flatMap { f -> [Double] in
        guard case .equal(let e) = world.sites[f].rule else { return [] }
        let site = world.sites[f]
        return try world.evaluate(e, row: site.row).expanded(to: site.dims).values
      }
    }
    let y = equations.flatMap { world.values[$0] }
    guard y.count == slots.count, !y.contains(where: \.isNaN) else { throw OracleError.degenerate }
    for s in slots { world.assign(s.site, s.at, 0) }
    let base = try image()
    var a = Matrix(zeros: y.count, y.count)
    for (j, s) in slots.enumerated() {
      world.assign(s.site, s.at, 1)
      let there = try image()
      world.assign(s.site, s.at, 0)
      for i in y.indices { a[i, j] = there[i] - base[i] }
    }
    let difference = Matrix(y.count, 1, zip(y, base).map { $0 - $1 })
    let (solution, logDeterminant, _) = try a.solving(difference)
    for (j, s) in slots.enumerated() { world.assign(s.site, s.at, solution.values[j]) }
    for (x, expected) in zip(try image(), y)
    where Swift.abs(x - expected) > 1e-8 * (1 + Swift.abs(expected)) {
      throw OracleError.notAffine(names(part.unknown))
    }
    var result = Eliminated(logZ: -logDeterminant, moments: [:])
    for f in part.factors where !equations.contains(f) {
      result.logZ += try world.logDensity(of: f)
    }
    for t in part.targets { result.moments[t] = try point(t) }
    return result
  }
}
