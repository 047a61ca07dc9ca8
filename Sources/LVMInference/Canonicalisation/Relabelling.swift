import LVMCompute
import LVMModel

/// One order for components that the likelihood cannot tell apart.
///
/// Where permuting the values of a finite latent, and every parameter indexed by it, leaves the objective
/// unchanged, the values are put in ascending order of the first location parameter they index (its first
/// entries first), or of a probability in descending order if that is all there is. The entries of a vector
/// of labels are ordered one by one where each has parameters of its own, else all alike. Whether a
/// permutation is a symmetry is not guessed from the model's form: it is tried, and kept only if the
/// objective is the same.
struct Relabelling {
  let structure: ModelStructure

  private var model: ModelGraph { structure.model }

  /// A dimension of a parameter that runs over a latent's values, where other dimensions stand at `fixed`
  /// positions (from 0).
  private struct Place: Hashable {
    var parameter: VariableID
    var dimension: Int
    var fixed: [Int: Int] = [:]

    /// What puts places in order.
    var ranks: [Int] {
      [parameter.index, dimension]
        + fixed.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
    }
  }

  /// Parameters in canonical order; `objective` evaluates the fit's objective.
  func canonical(
    _ parameters: [String: Tensor], objective: ([String: Tensor]) throws -> Double
  ) throws -> [String: Tensor] {
    var current = parameters
    for latent in structure.finite {
      guard case .category(let size, let labels) = latent.type.kind, labels == nil,
        let k = size.constant, k > 1
      else { continue }
      let count = latent.type.isScalar ? 0 : (latent.type.dims ?? []).reduce(1, *)
      // Entry by entry first: what is left is common to all.
      for entry in (0..<count).map(Optional.some) + [nil] {
        guard let places = places(of: latent, entry), !places.isEmpty,
          let order = order(places, k, current, latent), order != Array(0..<k)
        else { continue }
        var permuted = current
        for place in places {
          let name = model[place.parameter].name
          guard let value = permuted[name] else { continue }
          permuted[name] = Self.permute(value, place, order)
        }
        let before = try objective(current)
        let after = try objective(permuted)
        if Swift.abs(before - after) <= 1e-9 * (Swift.abs(before) + 1) { current = permuted }
      }
    }
    return current
  }

  /// What of a latent an expression is: all of it, or one entry, from 0.
  private enum Part: Equatable {
    case whole
    case entry(Int)
  }

  private func part(_ e: Expression, of latent: Variable) -> Part? {
    switch e.node {
    case .variable(let id), .previous(let id, _): return id == latent.id ? .whole : nil
    case .index(let base, let indices):
      guard case .whole? = part(base, of: latent), let dims = latent.type.dims else { return nil }
      var at = 0
      for (size, index) in zip(dims, indices) {
        guard case .at(let e) = index, let n = e.wholeNumber else { return .whole }
        at = at * size + n - 1
      }
      return indices.count == dims.count ? .entry(at) : .whole
    case .number, .size, .previousRange, .map, .function, .arithmetic, .negate, .matrixProduct,
      .array, .network:
      return nil
    }
  }

  /// Every place a latent, or one entry of it, indexes a parameter; nil if it is read in any other way.
  private func places(of latent: Variable, _ entry: Int?) -> Set<Place>? {
    var result: Set<Place> = []
    var isPure = true
    func look(_ e: Expression) {
      if case .index(let base, let indices) = e.node, case .variable(let p) = base.node,
        p != latent.id
      {
        for (dimension, index) in indices.enumerated() {
          guard case .at(let position) = index else { continue }
          switch part(position, of: latent) {
          case nil: look(position)
          case .entry(let own)? where entry != nil && own != entry: break
          case .whole? where entry != nil: isPure = false
          case .whole?, .entry?:
            var place = Place(parameter: p, dimension: dimension)
            if entry != nil {
              for (d, other) in indices.enumerated() where d != dimension {
                if case .at(let e) = other, let n = e.wholeNumber { place.fixed[d] = n - 1 }
              }
            }
            result.insert(place)
            if model[p].role != .param { isPure = false }
          }
        }
        return
      }
      switch part(e, of: latent) {
      case .whole?: isPure = false
      case .entry(let own)? where entry == nil || own == entry: isPure = false
      case .entry?, nil: e.children.forEach(look)
      }
    }
    for v in model.variables { v.definition.expressions.forEach(look) }
    // The probabilities of the latent itself run over its values in their last dimension.
    for d in structure.distributions(of: latent) {
      guard case .family(.categorical, _, let arguments, _) = d, let e = arguments.first else {
        isPure = false
        continue
      }
      switch e.node {
      case .variable(let p) where model[p].role == .param:
        result.insert(probabilities(p, of: latent, entry))
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

  /// Probabilities of all entries, or of one that has its own.
  private func probabilities(_ p: VariableID, of latent: Variable, _ entry: Int?) -> Place {
    let rank = model[p].type.shape.count
    var place = Place(parameter: p, dimension: rank - 1)
    guard var rest = entry, let dims = latent.type.dims, dims.count == rank - 1 else {
      return place
    }
    for d in dims.indices.reversed() {
      place.fixed[d] = rest % dims[d]
      rest /= dims[d]
    }
    return place
  }

  private func order(
    _ places: Set<Place>, _ k: Int, _ parameters: [String: Tensor], _ latent: Variable
  ) -> [Int]? {
    let own = Set(
      structure.distributions(of: latent).flatMap(\.expressions).flatMap { structure.reads($0) })
    let candidates = places.sorted { a, b in
      a.ranks.lexicographicallyPrecedes(b.ranks)
    }
    let location = candidates.first {
      !own.contains($0.parameter) && model[$0.parameter].type.kind != .covariance
    }
    guard let chosen = location ?? candidates.first,
      let value = parameters[model[chosen.parameter].name]
    else { return nil }
    let descending = location == nil
    let places = Self.places(value, chosen, k)
    return (0..<k).sorted { a, b in
      for (i, j) in zip(places[a], places[b]) where value.values[i] != value.values[j] {
        return descending
          ? value.values[i] > value.values[j] : value.values[i] < value.values[j]
      }
      return a < b
    }
  }

  /// For each of k values of a label, where its numbers stand in a parameter.
  private static func places(_ t: Tensor, _ place: Place, _ k: Int) -> [[Int]] {
    var result = [[Int]](repeating: [], count: k)
    for i in t.values.indices {
      var rest = i
      var position = [Int](repeating: 0, count: t.dims.count)
      for d in t.dims.indices.reversed() {
        position[d] = rest % t.dims[d]
        rest /= t.dims[d]
      }
      guard place.fixed.allSatisfy({ position[$0.key] == $0.value }),
        position[place.dimension] < k
      else { continue }
      result[position[place.dimension]].append(i)
    }
    return result
  }

  private static func permute(_ t: Tensor, _ place: Place, _ order: [Int]) -> Tensor {
    guard t.dims[place.dimension] == order.count else { return t }
    let places = places(t, place, order.count)
    var result = t
    for (to, from) in order.enumerated() {
      for (i, j) in zip(places[to], places[from]) { result.values[i] = t.values[j] }
    }
    return result
  }
}
