import LVMModel

/// How many numbers a model's parameters have.
///
/// Directions along which the likelihood does not change are not free; `Identifiability.directions` of a
/// plan takes them from the count: a white vector of L entries under a free linear map can be rotated with
/// it, which takes L(L − 1)/2.
enum ParameterCount {
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
