import LVMModel

/// A parameter that multiplies a latent in the mean of an observed variable: `W * z`, `w * z`, `W[k] * z`.
struct LinearMap: Hashable {
  var parameter: VariableID
  var latent: VariableID
  var observed: VariableID
  /// Whether labels or numbers choose a part of the parameter.
  var isIndexed: Bool
}

/// A mean as a sum of linear maps of latents and a rest without latents.
struct MeanTerms {
  var maps: [LinearMap] = []
  var rest: [Expression] = []

  /// Nil where a latent enters in any other way.
  init?(_ observed: Variable, _ structure: ModelStructure) {
    guard case .drawn(.family(let name, _, let arguments, _)) = observed.definition,
      name == .normal || name == .multivariateNormal,
      add(arguments[0], observed.id, structure)
    else { return nil }
  }

  private mutating func add(
    _ e: Expression, _ observed: VariableID, _ structure: ModelStructure
  ) -> Bool {
    let e = Self.resolved(e, structure.model)
    guard Self.readsLatent(e, structure) else {
      rest.append(e)
      return true
    }
    switch e.node {
    case .arithmetic(.add, let a, let b):
      return add(a, observed, structure) && add(b, observed, structure)
    case .arithmetic(.subtract, let a, let b):
      guard !Self.readsLatent(b, structure) else { return false }
      rest.append(Expression(.negate(b), b.type, b.span))
      return add(a, observed, structure)
    case .matrixProduct(let a, let b):
      return add(a, times: b, observed, structure)
    case .arithmetic(.multiply, let a, let b):
      let (map, latent) = Self.readsLatent(a, structure) ? (b, a) : (a, b)
      guard latent.type.isScalar else { return false }
      return add(map, times: latent, observed, structure)
    case .number, .size, .variable, .previous, .previousRange, .map, .function, .arithmetic,
      .negate, .index, .array, .network:
      return false
    }
  }

  private mutating func add(
    _ map: Expression, times latent: Expression, _ observed: VariableID,
    _ structure: ModelStructure
  ) -> Bool {
    let (map, latent) = (
      Self.resolved(map, structure.model), Self.resolved(latent, structure.model)
    )
    guard case .variable(let z) = latent.node, structure.model[z].role == .latent else {
      return false
    }
    switch map.node {
    case .variable(let w) where structure.model[w].role == .param:
      maps.append(LinearMap(parameter: w, latent: z, observed: observed, isIndexed: false))
      return true
    case .index(let base, _):
      guard case .variable(let w) = base.node, structure.model[w].role == .param,
        !Self.readsContinuousLatent(map, structure)
      else { return false }
      maps.append(LinearMap(parameter: w, latent: z, observed: observed, isIndexed: true))
      return true
    case .number, .size, .variable, .previous, .previousRange, .map, .function, .arithmetic,
      .negate, .matrixProduct, .array, .network:
      return false
    }
  }

  /// An expression behind names for expressions.
  static func resolved(_ e: Expression, _ model: ModelGraph) -> Expression {
    guard case .variable(let id) = e.node, case .equal(let inner) = model[id].definition else {
      return e
    }
    return resolved(inner, model)
  }

  private static func readsLatent(_ e: Expression, _ structure: ModelStructure) -> Bool {
    readsContinuousLatent(e, structure)
  }

  private static func readsContinuousLatent(_ e: Expression, _ structure: ModelStructure) -> Bool {
    structure.reads(e).contains { id in
      let v = structure.model[id]
      guard v.role == .latent, !v.type.kind.isFinite else { return false }
      if case .equal = v.definition { return false }
      return true
    }
  }
}

extension ModelStructure {
  /// How often each variable is named in the model's definitions.
  var useCounts: [VariableID: Int] {
    var counts: [VariableID: Int] = [:]
    for v in model.variables {
      for e in v.definition.expressions {
        e.visit { part in
          switch part.node {
          case .variable(let id), .previous(let id, _), .previousRange(let id, _, _):
            counts[id, default: 0] += 1
          case .number, .size, .map, .function, .arithmetic, .negate, .matrixProduct, .index,
            .array, .network:
            break
          }
        }
      }
    }
    return counts
  }

  /// Whether a latent is standard normal noise.
  func isWhite(_ latent: Variable) -> Bool {
    guard case .drawn(.family(.normal, _, let arguments, _)) = latent.definition,
      case .number(0) = arguments[0].node, case .number(1) = arguments[1].node
    else { return false }
    return true
  }

  /// A parameter with no prior and no definition.
  func isFree(_ id: VariableID) -> Bool {
    guard model[id].role == .param, case .free = model[id].definition else { return false }
    return true
  }

  /// The scale of an observed variable: the parameter it is, through names; nil for anything else.
  func bareSpread(_ observed: Variable) -> VariableID? {
    guard case .drawn(.family(_, _, let arguments, _)) = observed.definition,
      case .variable(let id) = MeanTerms.resolved(arguments[1], model).node,
      model[id].role == .param
    else { return nil }
    return id
  }
}
