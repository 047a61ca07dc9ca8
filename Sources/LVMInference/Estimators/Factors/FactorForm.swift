import LVMModel

/// An observed vector that is a sum of free linear maps of white latents, a free mean, and noise of one
/// scale: the marginal has its maximum in closed form.
///
/// Latents split in two, named otherwise or written in another order are the same form: the maps side by
/// side are one map of all the noise. It does not apply where anything is tied, has a prior or varies
/// from row to row.
struct FactorForm: Sendable {
  enum Noise: Sendable, Hashable {
    case free(VariableID)
    /// `Normal(…, 0)`: the zero-noise limit, principal components.
    case none
  }

  var observed: VariableID
  var latents: [VariableID]
  /// The map of each latent.
  var maps: [VariableID]
  var mean: VariableID?
  var noise: Noise
  /// Entries of the observed vector, and of all latents together.
  var dimensions: Int
  var factors: Int

  /// The form of a model's only observed vector, if it has it.
  init?(_ structure: ModelStructure) {
    let model = structure.model
    let latents = structure.latents
    let uses = structure.useCounts
    guard structure.observed.count == 1, let x = structure.observed.first,
      model.variables.allSatisfy({ $0.role != .given }),
      case .drawn(.family(.normal, _, let arguments, _)) = x.definition,
      x.type.kind == .real, let shape = x.type.dims, shape.count == 1,
      latents.allSatisfy({ $0.plate == x.plate && structure.isWhite($0) && $0.type.kind == .real }),
      !latents.isEmpty, let terms = MeanTerms(x, structure), terms.maps.count == latents.count,
      Set(terms.maps.map(\.latent)) == Set(latents.map(\.id))
    else { return nil }
    for map in terms.maps {
      guard !map.isIndexed, structure.isFree(map.parameter), uses[map.parameter] == 1,
        model[map.parameter].type.kind == .real,
        let l = model[map.latent].type.dims, l.count <= 1,
        model[map.parameter].type.dims == [shape[0]] + l
      else { return nil }
    }
    switch terms.rest.count {
    case 0: mean = nil
    case 1:
      guard case .variable(let mu) = terms.rest[0].node, structure.isFree(mu),
        uses[mu] == 1, model[mu].type.dims == shape, model[mu].type.kind == .real
      else { return nil }
      mean = mu
    default: return nil
    }
    let spread = MeanTerms.resolved(arguments[1], model)
    switch spread.node {
    case .number(0): noise = .none
    case .variable(let s):
      guard structure.isFree(s), uses[s] == 1, model[s].type.dims == [],
        model[s].type.kind == .positive
      else { return nil }
      noise = .free(s)
    case .number, .size, .previous, .previousRange, .map, .function, .arithmetic, .negate,
      .matrixProduct, .index, .array, .network:
      return nil
    }
    observed = x.id
    self.latents = terms.maps.map(\.latent)
    maps = terms.maps.map(\.parameter)
    dimensions = shape[0]
    factors = latents.reduce(0) { $0 + ($1.type.dims ?? []).reduce(1, *) }
  }
}

/// More factors than a covariance can tell apart.
enum FactorBound {
  /// A finding for white latents that all reach every entry of what is observed through free maps, if
  /// they are more than the entries' covariance determines.
  ///
  /// With free noise of each entry: L ≤ (2D + 1 − √(8D + 1))/2 (Ledermann 1937); with one noise for all,
  /// L < D; without noise, L ≤ D.
  static func finding(_ structure: ModelStructure) -> (PlanError, VariableID)? {
    let model = structure.model
    let latents = structure.continuous
    guard structure.finite.isEmpty, let first = latents.first,
      latents.allSatisfy({ structure.isWhite($0) && $0.plate == first.plate })
    else { return nil }
    let readers = structure.observed.filter {
      !structure.reads($0).isDisjoint(with: latents.map(\.id))
    }
    let all = Set(latents.map(\.id))
    let uses = structure.useCounts
    var entries = 0
    var spreads: Set<VariableID> = []
    var isOwn = true
    var isZero = true
    for x in readers {
      guard x.plate == first.plate, let terms = MeanTerms(x, structure),
        Set(terms.maps.map(\.latent)) == all, terms.maps.count == all.count,
        terms.maps.allSatisfy({
          !$0.isIndexed && structure.isFree($0.parameter) && uses[$0.parameter] == 1
        }), let dims = x.type.dims,
        case .drawn(.family(.normal, _, let arguments, _)) = x.definition
      else { return nil }
      entries += dims.reduce(1, *)
      if case .number(0) = MeanTerms.resolved(arguments[1], model).node { continue }
      isZero = false
      guard let s = structure.bareSpread(x), structure.isFree(s), spreads.insert(s).inserted,
        uses[s] == 1
      else { return nil }
      isOwn = isOwn && model[s].type.dims == dims && dims.reduce(1, *) > 0
    }
    guard entries > 1 else { return nil }
    let factors = latents.reduce(0) { $0 + ($1.type.dims ?? []).reduce(1, *) }
    let d = Double(entries)
    let limit: Int
    let rule: PlanError.FactorRule
    if isZero {
      (limit, rule) = (entries, .noNoise)
    } else if isOwn {
      limit = Int(((2 * d + 1 - (8 * d + 1).squareRoot()) / 2 + 1e-9).rounded(.down))
      rule = .ownNoise
    } else if spreads.count == 1, readers.count == 1, let s = spreads.first,
      model[s].type.dims == []
    {
      (limit, rule) = (entries - 1, .sharedNoise)
    } else {
      return nil
    }
    guard factors > limit else { return nil }
    return (
      .tooManyFactors(
        latents: latents.map(\.name), factors: factors, entries: entries, limit: limit, rule: rule),
      first.id
    )
  }
}
