import LVMCompute
import LVMModel

/// What there is to say about where a fit ended: at a floor, at an edge of a range, or on the way to
/// infinity.
struct Diagnosis {
  let plan: InferencePlan
  let structure: ModelStructure
  let data: ModelData
  let runtime: Runtime

  func warnings(_ estimate: Estimate) throws -> [Warning] {
    let root = try MarginalLikelihood(plan, data: data, runtime: runtime)
    let gradient = try root.gradient(estimate.parameters)
    var result = floors(estimate, gradient)
    result += try edges(estimate, gradient, root)
    result += try endless(estimate.parameters, root)
    result += try separation(estimate.parameters, root)
    if let symmetry = symmetric(estimate.parameters) { result.append(symmetry) }
    return result
  }

  // MARK: Floors

  /// A spread on its floor: with a likelihood that still grows there, or one that has come to rest.
  private func floors(_ estimate: Estimate, _ gradient: [String: Tensor]) -> [Warning] {
    estimate.floored.sorted().map { name in
      guard let value = estimate.parameters[name], let slope = gradient[name],
        structure.model.variables.first(where: { $0.name == name })?.type.kind == .positive
      else {
        return .unboundedLikelihood(
          scale: name, floor: VarianceFloor.share, components: nil)
      }
      // dℓ/d log s: about minus the number of values that the spread fits, where it runs away.
      let slopes = zip(value.values, slope.values).map { Swift.abs($0 * $1) }
      return (slopes.max() ?? 0) > 0.1
        ? .unboundedLikelihood(scale: name, floor: VarianceFloor.share, components: nil)
        : .boundary(name, .unresolved)
    }
  }

  // MARK: Edges of ranges

  private func edges(
    _ estimate: Estimate, _ gradient: [String: Tensor], _ root: MarginalLikelihood
  ) throws -> [Warning] {
    var result: [Warning] = []
    var dataScale: Double?
    for p in structure.model.variables where p.role == .param {
      guard !estimate.floored.contains(p.name), let value = estimate.parameters[p.name],
        let slope = gradient[p.name]
      else { continue }
      switch p.type.kind {
      case .positive:
        // The smallest deviation is at most 1, so that most parameters need no look at the data.
        let small = value.values.indices.filter {
          value.values[$0] < 1e-4 && Swift.abs(value.values[$0] * slope.values[$0]) < 1e-4
        }
        guard !small.isEmpty else { break }
        let scale = dataScale ?? leastDeviation
        dataScale = scale
        // Of a number that is small by its unit the likelihood falls where it is halved.
        let isAtZero = try small.contains { i in
          try value.values[i] < 1e-4 * scale && root.isEdge(p.name, i, of: estimate.parameters)
        }
        if isAtZero { result.append(.boundary(p.name, .zero)) }
      case .unit:
        if value.values.contains(where: { $0 < 1e-7 || $0 > 1 - 1e-7 }) {
          result.append(.boundary(p.name, .zeroOrOne))
        }
      case .simplex:
        if !isInitial(p.id), value.values.contains(where: { $0 < 1e-7 }) {
          result.append(.boundary(p.name, .zeroEntries))
        }
      case .real, .count, .integer, .binary, .category, .covariance, .correlation, .cholesky,
        .orthonormal:
        break
      }
    }
    return result
  }

  /// Numbers of this size are looked at for having no end, at most so many of them.
  private static let endlessFrom = 1e4
  private static let endlessLimit = 16

  /// Positive numbers in whose size the likelihood has gone flat on both sides: they may as well be infinite.
  /// Each alone, or several together, as both numbers of a gamma or beta prior that grows ever surer.
  private func endless(_ parameters: [String: Tensor], _ root: MarginalLikelihood) throws
    -> [Warning]
  {
    guard data.rows <= Self.rowLimit else { return [] }
    var large: [(name: String, entry: Int)] = []
    for p in structure.model.variables where p.role == .param && p.type.kind == .positive {
      guard case .free = p.definition, let value = parameters[p.name] else { continue }
      large += value.values.indices.filter { value.values[$0] > Self.endlessFrom }.map {
        (p.name, $0)
      }
    }
    guard !large.isEmpty else { return [] }
    large = Array(large.prefix(Self.endlessLimit))
    let here = try root.value(parameters)
    func isFlat(_ entries: [(name: String, entry: Int)]) throws -> Bool {
      try [0.5, 2].allSatisfy { factor in
        var moved = parameters
        for e in entries { moved[e.name]?.values[e.entry] *= factor }
        let there = try root.value(moved)
        // Beyond what doubles resolve there is no value.
        return Swift.abs(there - here) < 1e-3 || factor > 1 && !there.isFinite
      }
    }
    var ends: [String] = []
    var tied: [(name: String, entry: Int)] = []
    for e in large where !ends.contains(e.name) {
      if try isFlat([e]) { ends.append(e.name) } else { tied.append(e) }
    }
    tied.removeAll { e in
      ends.contains(e.name)
        || plan.identifiability.symmetries.contains {
          $0.parameters.contains { structure.model[$0].name == e.name }
        }
    }
    if tied.count > 1, try isFlat(tied) { ends += tied.map(\.name) }
    return structure.model.variables.map(\.name).filter(ends.contains).map {
      .boundary($0, .infinite)
    }
  }

  /// Where a chain begins: few series tell little of it, and its estimate is nearly always at an edge.
  private func isInitial(_ id: VariableID) -> Bool {
    structure.model.variables.contains { v in
      guard case .chain(let chain) = v.definition, case .drawn(let d)? = chain.initially else {
        return false
      }
      return structure.reads(d).contains(id)
    }
  }

  /// A size that observed numbers have: the smallest deviation among them, at most 1.
  private var leastDeviation: Double {
    var least = 1.0
    for v in structure.observed where !v.type.kind.isFinite {
      guard let column = data.columns.columns[v.name] else { continue }
      let sd = runtime.fold(column, RunningMoments()) { moments, values in
        for x in values where !x.isNaN { moments.add(x) }
      }.deviation
      if sd > 0 { least = Swift.min(least, sd) }
    }
    return least
  }

  // MARK: Separation

  /// Tests entry by entry cost two passes each; larger regressions are not looked at.
  private static let entryLimit = 64
  private static let rowLimit = 200_000

  /// Coefficients of discrete responses whose likelihood has flattened out: what curved it where they are
  /// zero is gone where they are now, so that they may as well be infinite.
  private func separation(_ parameters: [String: Tensor], _ root: MarginalLikelihood) throws
    -> [Warning]
  {
    guard data.rows <= Self.rowLimit else { return [] }
    var names: [String] = []
    for v in structure.observed {
      guard v.type.kind.isFinite || v.type.kind == .count else { continue }
      for id in structure.reads(v).sorted() {
        let p = structure.model[id]
        if p.role == .param, p.type.kind == .real, case .free = p.definition,
          !names.contains(p.name), parameters[p.name] != nil
        {
          names.append(p.name)
        }
      }
    }
    let total = names.reduce(0) { $0 + (parameters[$1]?.count ?? 0) }
    guard total > 0, total <= Self.entryLimit else { return [] }
    var origin = parameters
    for name in names {
      if let value = origin[name] { origin[name] = Tensor(repeating: 0, value.dims) }
    }
    var flat: [String] = []
    for name in names {
      for i in 0..<(parameters[name]?.count ?? 0) {
        let here = try curvature(root, parameters, name, i)
        guard here.isFinite, Swift.abs(parameters[name]?.values[i] ?? 0) > 1e-6 else { continue }
        let there = try curvature(root, origin, name, i)
        guard there.isFinite, there != 0, Swift.abs(here) < 1e-4 * Swift.abs(there) else {
          continue
        }
        flat.append(name)
        break
      }
    }
    return flat.isEmpty ? [] : [.separation(flat)]
  }

  private func curvature(
    _ root: MarginalLikelihood, _ parameters: [String: Tensor], _ name: String, _ i: Int
  ) throws -> Double {
    func slope(_ shift: Double) throws -> Double {
      var moved = parameters
      moved[name]?.values[i] += shift
      return try root.gradient(moved)[name]?.values[i] ?? .nan
    }
    let h = 1e-4 * Swift.max(1, Swift.abs(parameters[name]?.values[i] ?? 0))
    return (try slope(h) - slope(-h)) / (2 * h)
  }

  // MARK: Symmetry

  /// States of a label that ended equal to each other in everything that they index: the start was a
  /// saddle, or the data show fewer kinds.
  private func symmetric(_ parameters: [String: Tensor]) -> Warning? {
    for latent in structure.finite where latent.type.isScalar {
      guard case .category(let size, _) = latent.type.kind, let k = size.constant, k > 1 else {
        continue
      }
      let slices = LabelSlices(structure, of: latent.id).slices(parameters, states: k)
      guard !slices.isEmpty else { continue }
      for a in 0..<k {
        for b in 0..<a
        where slices.allSatisfy({ zip($0[a], $0[b]).allSatisfy(Self.isSame) }) {
          return .equalStates(label: latent.name, b + 1, a + 1)
        }
      }
    }
    return nil
  }

  private static func isSame(_ a: Double, _ b: Double) -> Bool {
    Swift.abs(a - b) <= 1e-6 * (Swift.abs(a) + Swift.abs(b)) + 1e-12
  }
}

/// The parts of parameters that a label picks by its value, in distributions of what it explains.
struct LabelSlices {
  private var places: [(name: String, dimension: Int)] = []

  init(_ structure: ModelStructure, of latent: VariableID) {
    for reader in structure.readers(of: latent) where reader.role == .observe {
      guard case .drawn(let d) = reader.definition else { continue }
      for e in d.expressions {
        e.visit { part in
          guard case .index(let base, let indices) = part.node,
            case .variable(let p) = base.node, structure.model[p].role == .param
          else { return }
          for (dimension, index) in indices.enumerated() {
            if case .at(let position) = index, case .variable(latent) = position.node {
              places.append((structure.model[p].name, dimension))
            }
          }
        }
      }
    }
  }

  /// Per place, the numbers that each state picks.
  func slices(_ parameters: [String: Tensor], states k: Int) -> [[[Double]]] {
    places.compactMap { place in
      guard let value = parameters[place.name], place.dimension < value.dims.count,
        value.dims[place.dimension] == k
      else { return nil }
      let inner = value.dims.dropFirst(place.dimension + 1).reduce(1, *)
      let outer = value.dims.prefix(place.dimension).reduce(1, *)
      return (0..<k).map { state in
        (0..<outer).flatMap { o in
          (0..<inner).map { value.values[(o * k + state) * inner + $0] }
        }
      }
    }
  }
}
