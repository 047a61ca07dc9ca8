import LVMCompute
import LVMModel

/// One order for components that the likelihood cannot tell apart.
///
/// Where permuting the values of a finite latent, and every parameter indexed by it, leaves the objective
/// unchanged, the values are put in ascending order of the first location parameter they index (its first
/// entries first), or of a probability in descending order if that is all there is. Whether a permutation
/// is a symmetry is not guessed from the model's form: it is tried, and kept only if the objective is the
/// same.
struct Relabelling {
  let structure: ModelStructure

  private var model: ModelGraph { structure.model }

  /// A dimension of a parameter that runs over a latent's values.
  private struct Place: Hashable {
    var parameter: VariableID
    var dimension: Int
  }

  /// Parameters in canonical order; `objective` evaluates the fit's objective.
  func canonical(
    _ parameters: [String: Tensor], objective: ([String: Tensor]) throws -> Double
  ) throws -> [String: Tensor] {
    var current = parameters
    for latent in structure.finite where latent.type.isScalar {
      guard case .category(let size, let labels) = latent.type.kind, labels == nil,
        let k = size.constant, k > 1, let places = places(of: latent.id), !places.isEmpty,
        let order = order(places, k, current, latent)
      else { continue }
      if order == Array(0..<k) { continue }
      var permuted = current
      for place in places {
        let name = model[place.parameter].name
        guard let value = permuted[name] else { continue }
        permuted[name] = Self.permute(value, place.dimension, order)
      }
      let before = try objective(current)
      let after = try objective(permuted)
      if Swift.abs(before - after) <= 1e-9 * (Swift.abs(before) + 1) { current = permuted }
    }
    return current
  }

  /// Every place a latent indexes a parameter; nil if it is read in any other way.
  private func places(of latent: VariableID) -> Set<Place>? {
    var result: Set<Place> = []
    var isPure = true
    func isLatent(_ e: Expression) -> Bool {
      switch e.node {
      case .variable(let id): return id == latent
      case .previous(let id, _): return id == latent
      case .number, .size, .previousRange, .map, .function, .arithmetic, .negate, .matrixProduct,
        .index, .array, .network:
        return false
      }
    }
    func look(_ e: Expression) {
      if case .index(let base, let indices) = e.node, case .variable(let p) = base.node {
        for (dimension, index) in indices.enumerated() {
          guard case .at(let position) = index else { continue }
          if isLatent(position) {
            result.insert(Place(parameter: p, dimension: dimension))
            if model[p].role != .param { isPure = false }
          } else {
            look(position)
          }
        }
        return
      }
      if isLatent(e) { isPure = false }
      e.children.forEach(look)
    }
    for v in model.variables { v.definition.expressions.forEach(look) }
    // The probabilities of the latent itself run over its values in their last dimension.
    for d in distributions(model[latent]) {
      guard case .family(.categorical, _, let arguments, _) = d, let e = arguments.first else {
        isPure = false
        continue
      }
      switch e.node {
      case .variable(let p) where model[p].role == .param:
        result.insert(Place(parameter: p, dimension: model[p].type.shape.count - 1))
      case .index(let base, let indices):
        guard case .variable(let p) = base.node, model[p].role == .param,
          indices.count == model[p].type.shape.count - 1
        else {
          isPure = false
          continue
        }
        result.insert(Place(parameter: p, dimension: model[p].type.shape.count - 1))
      case .number, .size, .variable, .previous, .previousRange, .map, .function, .arithmetic,
        .negate, .matrixProduct, .array, .network:
        // A constant prior is symmetric or not; the trial tells.
        break
      }
    }
    return isPure ? result : nil
  }

  private func distributions(_ v: Variable) -> [Distribution] {
    switch v.definition {
    case .drawn(let d): return [d]
    case .chain(let chain):
      return [chain.initially, chain.then].compactMap { step in
        if case .drawn(let d)? = step { return d }
        return nil
      }
    case .free, .equal: return []
    }
  }

  private func order(
    _ places: Set<Place>, _ k: Int, _ parameters: [String: Tensor], _ latent: Variable
  ) -> [Int]? {
    let own = Set(distributions(latent).flatMap(\.expressions).flatMap { structure.reads($0) })
    let candidates = places.sorted {
      ($0.parameter, $0.dimension) < ($1.parameter, $1.dimension)
    }
    let location = candidates.first {
      !own.contains($0.parameter) && model[$0.parameter].type.kind != .covariance
    }
    guard let chosen = location ?? candidates.first,
      let value = parameters[model[chosen.parameter].name]
    else { return nil }
    let descending = location == nil
    let keys = (0..<k).map { Self.slice(value, chosen.dimension, $0) }
    return (0..<k).sorted { a, b in
      for (x, y) in zip(keys[a], keys[b]) where x != y { return descending ? x > y : x < y }
      return a < b
    }
  }

  private static func slice(_ t: Tensor, _ dimension: Int, _ index: Int) -> [Double] {
    let inner = t.dims[(dimension + 1)...].reduce(1, *)
    let size = t.dims[dimension]
    var result: [Double] = []
    for outer in 0..<(t.count / (inner * size)) {
      let start = (outer * size + index) * inner
      result += t.values[start..<(start + inner)]
    }
    return result
  }

  private static func permute(_ t: Tensor, _ dimension: Int, _ order: [Int]) -> Tensor {
    let inner = t.dims[(dimension + 1)...].reduce(1, *)
    let size = t.dims[dimension]
    guard size == order.count else { return t }
    var result = t
    for outer in 0..<(t.count / (inner * size)) {
      for (to, from) in order.enumerated() {
        for i in 0..<inner {
          result.values[(outer * size + to) * inner + i] =
            t.values[(outer * size + from) * inner + i]
        }
      }
    }
    return result
  }
}
