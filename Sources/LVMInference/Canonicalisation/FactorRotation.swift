import LVMCompute
import LVMModel

/// One rotation for white latents under free maps, of all that leave the likelihood unchanged.
///
/// The latent's axes are turned so that Σ WᵀΨ⁻¹W over everything that reads it is diagonal with decreasing
/// entries (each axis carries what the data say of it, independently of the others), and signs are set so
/// that the largest loading of each column is positive. Maps that labels choose from are turned one by
/// one. That a turn is a symmetry is tried, as with labels: it is kept only if the objective is the same.
struct FactorRotation {
  let structure: ModelStructure
  private let turned: [(latent: VariableID, maps: [LinearMap])]

  init(structure: ModelStructure) {
    self.structure = structure
    let uses = structure.useCounts
    turned = structure.continuous.compactMap { latent in
      guard structure.isWhite(latent), (latent.type.dims ?? []).count <= 1 else { return nil }
      let readers = structure.readers(of: latent.id)
      var maps: [LinearMap] = []
      for reader in readers {
        guard reader.role == .observe, let terms = MeanTerms(reader, structure) else { return nil }
        maps += terms.maps.filter { $0.latent == latent.id }
      }
      let model = structure.model
      guard !maps.isEmpty, Set(maps.map(\.isIndexed)).count == 1,
        Set(maps.map(\.parameter)).count == maps.count,
        maps.allSatisfy({ map in
          uses[map.parameter] == 1 && model[map.parameter].type.kind == .real
        })
      else { return nil }
      return (latent.id, maps)
    }
  }

  /// The latents that are turned.
  var latents: [VariableID] { turned.map(\.latent) }

  /// Whether any latent can be turned.
  var applies: Bool { !turned.isEmpty }

  /// Parameters in canonical form; `objective` evaluates the fit's objective.
  func canonical(
    _ parameters: [String: Tensor], objective: ([String: Tensor]) throws -> Double
  ) throws -> [String: Tensor] {
    guard applies else { return parameters }
    var current = parameters
    let before = try objective(current)
    for (latent, maps) in turned {
      guard let candidate = rotated(current, latent, maps) else { continue }
      let after = try objective(candidate)
      if Swift.abs(before - after) <= 1e-9 * (Swift.abs(before) + 1) { current = candidate }
    }
    return current
  }

  private func rotated(
    _ parameters: [String: Tensor], _ latent: VariableID, _ maps: [LinearMap]
  ) -> [String: Tensor]? {
    let model = structure.model
    let l = (model[latent].type.dims ?? []).reduce(1, *)
    var result = parameters
    // [parts of an indexed map or one, rows, L] each.
    var blocks: [(name: String, rows: Int, parts: Int)] = []
    for map in maps {
      let name = model[map.parameter].name
      guard let value = parameters[name], value.dims.last == l || model[latent].type.isScalar,
        let rows = model[map.observed].type.dims?.reduce(1, *), rows > 0,
        value.count % (rows * l) == 0
      else { return nil }
      blocks.append((name, rows, value.count / (rows * l)))
    }
    guard let parts = blocks.first?.parts, blocks.allSatisfy({ $0.parts == parts }) else {
      return nil
    }
    for part in 0..<parts {
      var quadratic = [Double](repeating: 0, count: l * l)
      var loadings: [[Double]] = []
      for (map, block) in zip(maps, blocks) {
        guard let value = result[block.name] else { return nil }
        let start = part * block.rows * l
        let w = Array(value.values[start..<(start + block.rows * l)])
        loadings.append(w)
        let precise = precision(of: map.observed, part, parts, block.rows, parameters)
        for i in 0..<block.rows {
          for a in 0..<l {
            for b in 0..<l { quadratic[a * l + b] += precise[i] * w[i * l + a] * w[i * l + b] }
          }
        }
      }
      guard quadratic.allSatisfy(\.isFinite), let (_, vectors) = symmetricEigen(quadratic, l) else {
        return nil
      }
      var signs = [Double](repeating: 1, count: l)
      var turned = loadings.map { [Double](repeating: 0, count: $0.count) }
      for c in 0..<l {
        let vector = (l - 1 - c) * l
        var largest = 0.0
        for (m, w) in loadings.enumerated() {
          for i in 0..<(w.count / l) {
            var sum = 0.0
            for a in 0..<l { sum += w[i * l + a] * vectors[vector + a] }
            turned[m][i * l + c] = sum
            if Swift.abs(sum) > Swift.abs(largest) { largest = sum }
          }
        }
        if largest < 0 { signs[c] = -1 }
      }
      for (m, block) in blocks.enumerated() {
        let start = part * block.rows * l
        for i in 0..<block.rows {
          for c in 0..<l {
            result[block.name]?.values[start + i * l + c] = signs[c] * turned[m][i * l + c]
          }
        }
      }
    }
    return result
  }

  /// 1/ψ² of each entry where the spread is a parameter; else 1.
  private func precision(
    of observed: VariableID, _ part: Int, _ parts: Int, _ rows: Int,
    _ parameters: [String: Tensor]
  ) -> [Double] {
    let one = [Double](repeating: 1, count: rows)
    let model = structure.model
    guard case .drawn(.family(.normal, _, let arguments, _)) = model[observed].definition else {
      return one
    }
    var e = MeanTerms.resolved(arguments[1], model)
    if case .index(let base, _) = e.node { e = base }
    guard case .variable(let s) = e.node, let value = parameters[model[s].name] else { return one }
    let own = Swift.max(1, value.count / Swift.max(1, value.count % parts == 0 ? parts : 1))
    let start = value.count == own ? 0 : part * own
    guard own == 1 || own == rows, start + own <= value.count else { return one }
    return (0..<rows).map { i in
      let s = value.values[start + (own == 1 ? 0 : i)]
      return 1 / Swift.max(s * s, 1e-300)
    }
  }
}
