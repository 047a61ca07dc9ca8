import LVMCompute
import LVMModel

/// One sign for latents whose mirror image the likelihood cannot tell: abilities with free discriminations,
/// random effects with free weights.
///
/// Where a latent's distribution is symmetric and free weights multiply it everywhere, the weights are
/// turned so that their sum is positive, entry of the latent by entry. Loadings that are rotated have
/// their signs from `FactorRotation`. As with the order of labels a turn is kept only if the objective is
/// the same.
struct LatentSigns {
  private let structure: ModelStructure
  private let mirrored: [(latent: VariableID, weights: [VariableID], moved: [VariableID])]

  init(_ structure: ModelStructure, _ identifiability: Identifiability) {
    self.structure = structure
    let model = structure.model
    let rotated = Set(FactorRotation(structure: structure).latents)
    mirrored = identifiability.symmetries.compactMap { s in
      guard s.extent == .sign, s.latents.count == 1, !rotated.contains(s.latents[0]) else {
        return nil
      }
      let latent = s.latents[0]
      let moved = s.parameters.filter {
        model[$0].type.kind == .real || model[$0].type.kind == .orthonormal
      }
      let own = structure.reads(model[latent])
      let weights = moved.filter { !own.contains($0) }
      return weights.isEmpty ? nil : (latent, weights, moved)
    }
  }

  /// Whether any latent can be mirrored.
  var applies: Bool { !mirrored.isEmpty }

  /// The weights that decide the sign of a latent; nil where none is chosen here.
  func weights(of latent: VariableID) -> [VariableID]? {
    mirrored.first { $0.latent == latent }?.weights
  }

  /// Parameters in canonical form; `objective` evaluates the fit's objective.
  func canonical(
    _ parameters: [String: Tensor], objective: ([String: Tensor]) throws -> Double
  ) throws -> [String: Tensor] {
    guard applies else { return parameters }
    let model = structure.model
    var current = parameters
    for (latent, weights, moved) in mirrored {
      let l = (model[latent].type.dims ?? []).reduce(1, *)
      for entry in 0..<l {
        let sum = weights.reduce(0.0) { total, id in
          guard let value = current[model[id].name] else { return total }
          return total + places(value, entry, l).reduce(0) { $0 + value.values[$1] }
        }
        guard sum < 0 else { continue }
        var turned = current
        for id in moved {
          guard let value = current[model[id].name] else { continue }
          for i in places(value, entry, l) { turned[model[id].name]?.values[i] = -value.values[i] }
        }
        let (before, after) = (try objective(current), try objective(turned))
        if Swift.abs(before - after) <= 1e-9 * (Swift.abs(before) + 1) { current = turned }
      }
    }
    return current
  }

  /// Where a parameter stands beside an entry of a latent of l entries: all of it for one entry, else
  /// every l-th number.
  private func places(_ value: Tensor, _ entry: Int, _ l: Int) -> [Int] {
    if l == 1 { return Array(value.values.indices) }
    guard value.dims.last == l else { return [] }
    return Array(stride(from: entry, to: value.count, by: l))
  }
}

/// In words, which member of each group of equally likely parameters a fit reports.
struct CanonicalForms {
  private let structure: ModelStructure
  private let identifiability: Identifiability
  private let rotated: Set<VariableID>
  private let signs: LatentSigns

  init(_ structure: ModelStructure, _ identifiability: Identifiability) {
    self.structure = structure
    self.identifiability = identifiability
    rotated = Set(FactorRotation(structure: structure).latents)
    signs = LatentSigns(structure, identifiability)
  }

  /// Of a latent or a parameter; nil where nothing is chosen.
  func words(for id: VariableID) -> String? {
    var found: [String] = []
    for s in identifiability.symmetries where s.latents.contains(id) || s.parameters.contains(id) {
      if let form = form(of: s), !found.contains(form) { found.append(form) }
    }
    return found.isEmpty ? nil : found.joined(separator: ", ")
  }

  private func form(of s: Identifiability.Symmetry) -> String? {
    let model = structure.model
    guard let latent = s.latents.first else { return nil }
    switch s.extent {
    case .rotation:
      guard rotated.contains(latent) else { return nil }
      return
        "with the precision that the data add to `\(model[latent].name)` diagonal and decreasing, the "
        + "largest loading of each column positive"
    case .sign:
      if rotated.contains(latent) { return "with the largest loading positive" }
      return signs.weights(of: latent).map { ids in
        let names = ids.map { "`\(model[$0].name)`" }.joined(separator: " and ")
        return "with a positive sum of \(names)"
      }
    case .permutation:
      let v = model[latent]
      guard case .category(_, let labels) = v.type.kind, labels == nil else {
        return nil
      }
      return
        "with the first location that the labels choose ascending, else with probabilities descending"
    case .identified, .scale, .shift, .tradeOff: return nil
    }
  }
}
