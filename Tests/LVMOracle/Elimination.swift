import LVMModel

/// Sums and integrates unknown sites out of products of factors, one connected component at a time.
///
/// Every site with a distribution is a factor. The method is found from what is left: finite sites are
/// enumerated; what is then linear and Gaussian is conditioned densely; the rest goes to quadrature.
final class Elimination {
  let world: World
  /// Sites whose posterior moments are asked for.
  let targets: Set<Int>
  /// Configurations that may be enumerated before an outer continuous site is integrated first.
  static let configurationLimit = 300_000.0

  /// Unknown sites each factor touches, its own included; also for targets.
  private(set) var scope: [Int: Set<Int>] = [:]
  /// Sites found to need quadrature, by the unknown sites of the component.
  var plans: [Set<Int>: Set<Int>] = [:]

  init(world: World, targets: Set<Int>) {
    self.world = world
    self.targets = targets
    for i in world.sites.indices {
      var touched = world.reads(of: i)
      touched.insert(i)
      scope[i] = touched.filter { !world.sites[$0].unknown.isEmpty }
    }
  }

  /// Indices of all factors: every site with a distribution or an observed equation but parameters.
  var factors: [Int] {
    world.sites.indices.filter { i in
      let site = world.sites[i]
      guard site.variable.role != .param, !site.isDerived else { return false }
      if case .known = site.rule { return false }
      return true
    }
  }

  var unknowns: [Int] { world.sites.indices.filter { !world.sites[$0].unknown.isEmpty } }

  // MARK: Components

  /// Connected parts: unknown sites, the factors that touch them, the targets that need them.
  struct Component {
    var unknown: [Int]
    var factors: [Int]
    var targets: [Int]
  }

  func components(_ unknown: [Int], _ factors: [Int], _ targets: [Int]) -> [Component] {
    let open = Set(unknown)
    var root: [Int: Int] = [:]
    for u in unknown { root[u] = u }
    func find(_ u: Int) -> Int {
      var u = u
      while let next = root[u], next != u { u = next }
      return u
    }
    for f in factors + targets {
      let touched = (scope[f] ?? []).intersection(open).sorted()
      for u in touched.dropFirst() {
        let (a, b) = (find(touched[0]), find(u))
        if a != b { root[max(a, b)] = min(a, b) }
      }
    }
    var found: [Int: Component] = [:]
    let none = -1
    func place(_ i: Int) -> Int {
      (scope[i] ?? []).intersection(open).min().map(find) ?? none
    }
    let empty = Component(unknown: [], factors: [], targets: [])
    for u in unknown { found[find(u), default: empty].unknown.append(u) }
    for f in factors { found[place(f), default: empty].factors.append(f) }
    for t in targets { found[place(t), default: empty].targets.append(t) }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  // MARK: Recursion

  /// Eliminates `unknown` from the product of `factors`.
  func solve(_ unknown: [Int], _ factors: [Int], _ targets: [Int]) throws -> Eliminated {
    var result = Eliminated(logZ: 0, moments: [:])
    for part in components(unknown, factors, targets) {
      let one = try part.unknown.isEmpty ? settled(part) : connected(part)
      result.logZ += one.logZ
      result.moments.merge(one.moments) { a, _ in a }
      if result.logZ == -.infinity { return Eliminated(logZ: -.infinity, moments: [:]) }
    }
    return result
  }

  /// Everything is assigned: factors are numbers, targets are points.
  private func settled(_ part: Component) throws -> Eliminated {
    var result = Eliminated(logZ: 0, moments: [:])
    for f in part.factors {
      if case .equal = world.sites[f].rule {
        throw OracleError.unsupported(
          "the observed equation of \(world.sites[f].variable.name) without latents of its own")
      }
      result.logZ += try world.logDensity(of: f)
    }
    for t in part.targets { result.moments[t] = try point(t) }
    return result
  }

  /// The statistic of an assigned site, with no spread.
  func point(_ site: Int) throws -> Moments {
    let value = try world.value(of: site).values
    if let count = Self.finiteCount(world.sites[site].variable.type.kind) {
      return Moments(
        mean: value.flatMap { x in (0..<count).map { Double($0) == x ? 1 : 0 } }, covariance: [])
    }
    return Moments(
      mean: value, covariance: Array(repeating: 0, count: value.count * value.count))
  }

  /// Number of values of a finite kind.
  static func finiteCount(_ kind: ElementKind) -> Int? {
    switch kind {
    case .binary: 2
    case .category(let size, _): size.constant
    case .real, .positive, .unit, .count, .integer, .simplex, .covariance, .correlation, .cholesky,
      .orthonormal:
      nil
    }
  }

  func finiteCount(_ site: Int) -> Int? {
    Self.finiteCount(world.sites[site].variable.type.kind)
  }

  private func connected(_ part: Component) throws -> Eliminated {
    let finite = part.unknown.filter { finiteCount($0) != nil }
    let continuous = part.unknown.filter { finiteCount($0) == nil }
    if finite.isEmpty { return try eliminateContinuous(part) }
    let configurations = finite.reduce(1.0) { product, site in
      world.sites[site].unknown.reduce(product) { p, _ in p * Double(finiteCount(site) ?? 1) }
    }
    if configurations > Self.configurationLimit {
      guard !continuous.isEmpty else { throw OracleError.tooManyConfigurations(configurations) }
      return try integrate(outermost(continuous), part)
    }
    return try enumerate(finite, continuous, part)
  }

  /// The sites of the least depth, which must be few enough for quadrature.
  func outermost(_ sites: [Int]) throws -> [Int] {
    func depth(_ s: Int) -> Int { world.depth(of: world.sites[s].variable.plate) }
    let least = sites.map(depth).min() ?? 0
    let outer = sites.filter { depth($0) == least }
    guard try outer.reduce(0, { $0 + (try freedom($1)) }) <= 2 else {
      throw OracleError.tooManyDimensions(names(outer))
    }
    return outer
  }

  func names(_ sites: [Int]) -> [String] {
    Set(sites.map { world.sites[$0].variable.name }).sorted()
  }

  /// Depth-first over the coordinates of the finite sites; a factor joins once its sites are set.
  private func enumerate(_ finite: [Int], _ continuous: [Int], _ part: Component) throws
    -> Eliminated
  {
    let open = Set(continuous)
    let slots = finite.flatMap { s in
      world.sites[s].unknown.map { (site: s, at: $0, count: finiteCount(s) ?? 1) }
    }
    var last: [Int: Int] = [:]
    for (i, slot) in slots.enumerated() { last[slot.site] = i }
    var ready: [[Int]] = Array(repeating: [], count: slots.count)
    var rest: [Int] = []
    for f in part.factors {
      let touched = scope[f] ?? []
      if touched.isDisjoint(with: open), let at = touched.compactMap({ last[$0] }).max() {
        ready[at].append(f)
      } else {
        rest.append(f)
      }
    }
    var total = LogMixture()
    func walk(_ depth: Int, _ soFar: Double) throws {
      if depth == slots.count {
        let inner =
          rest.isEmpty && part.targets.isEmpty && continuous.isEmpty
          ? Eliminated(logZ: 0, moments: [:]) : try solve(continuous, rest, part.targets)
        total.add(soFar + inner.logZ, inner.moments)
        return
      }
      let slot = slots[depth]
      for k in 0..<slot.count {
        world.assign(slot.site, slot.at, Double(k))
        var next = soFar
        for f in ready[depth] where next > -.infinity { next += try world.logDensity(of: f) }
        if next > -.infinity { try walk(depth + 1, next) }
      }
      world.assign(slot.site, slot.at, .nan)
    }
    try walk(0, 0)
    return Eliminated(logZ: total.logTotal, moments: total.moments)
  }
}
