import LVMInference
import LVMModel

/// How many free numbers a model's parameters have.
///
/// Directions along which the likelihood does not change are not free: a white vector of L entries under
/// a free linear map can be rotated with it, which takes L(L − 1)/2 numbers from the count for each map.
enum ParameterCount {
  /// Numbers that rotations of Gaussian latents take from the count.
  static func rotations(_ plan: Plan) -> Int {
    plan.entries.reduce(0) { total, entry in
      guard entry.identified?.hasPrefix("up to rotation") == true,
        let latent = plan.model.variable(named: entry.variable), let l = latent.type.dims?.first
      else { return total }
      return total + maps(of: latent.id, plan.model) * l * (l - 1) / 2
    }
  }

  /// The number of different linear maps a latent goes through together: one, or one a label.
  private static func maps(of latent: VariableID, _ model: ModelGraph) -> Int {
    var most = 1
    for v in model.variables {
      for e in v.definition.expressions {
        e.visit { part in
          guard case .matrixProduct(let w, let z) = part.node, z.variables.contains(latent) else {
            return
          }
          for p in w.variables where model[p].role == .param {
            let dims = model[p].type.dims ?? []
            most = max(most, dims.dropLast(2).reduce(1, *))
          }
        }
      }
    }
    return most
  }

  static func of(_ model: ModelGraph, used: Set<String>) -> Int {
    model.variables.reduce(0) { total, v in
      guard v.role == .param, used.contains(v.name), let dims = v.type.dims else { return total }
      if case .equal = v.definition { return total }
      let batch = dims.dropLast(v.type.kind.eventRank).reduce(1, *)
      let event = Array(dims.suffix(v.type.kind.eventRank))
      return total + batch * free(v.type.kind, event)
    }
  }

  private static func free(_ kind: ElementKind, _ event: [Int]) -> Int {
    switch kind {
    case .real, .positive, .unit, .count, .integer, .binary, .category: return 1
    case .simplex: return max(0, event[0] - 1)
    case .covariance, .cholesky: return event[0] * (event[0] + 1) / 2
    case .correlation: return event[0] * (event[0] - 1) / 2
    case .orthonormal: return event[0] * event[1] - event[1] * (event[1] + 1) / 2
    }
  }
}
