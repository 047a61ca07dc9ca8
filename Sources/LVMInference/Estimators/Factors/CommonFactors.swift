import LVMCompute
import LVMModel

/// Everything observed is a sum of free linear maps of the same white latents, a mean, and independent
/// noise of free scales: given the scales, the maximum over all else is known.
///
/// The maps side by side are one map, and so are observed variables one above the other: columns as one
/// vector or each with a name of its own, with noise of their own or shared within a vector, or across
/// vectors, latents split or joined, are all the same form. It does not apply where anything is tied, has
/// a prior, or reaches only some of the columns.
struct CommonFactors: Sendable {
  /// One observed variable.
  struct Block: Sendable {
    var observed: VariableID
    /// The map of each of `latents`.
    var maps: [VariableID]
    var mean: VariableID?
    var scale: VariableID
    var count: Int
  }

  /// Beyond as many entries eigenvectors cost more than many quasi-Newton steps.
  static let limit = 400

  var latents: [VariableID]
  /// Entries of all latents together, and of each.
  var factors: Int
  var widths: [Int]
  var blocks: [Block] = []
  /// The free scales in the order of the model, and for each entry of all blocks its scale's entry.
  var scales: [VariableID]
  var entries: [(scale: VariableID, index: Int)] = []

  init?(_ structure: ModelStructure) {
    let model = structure.model
    let white = structure.latents
    guard !white.isEmpty, !structure.observed.isEmpty,
      white.allSatisfy({
        structure.isWhite($0) && $0.type.kind == .real && ($0.type.dims ?? [0, 0]).count <= 1
      }),
      model.variables.allSatisfy({ v in
        guard v.role != .given else { return false }
        if v.role == .param, case .drawn = v.definition { return false }
        return true
      })
    else { return nil }
    latents = white.map(\.id)
    widths = white.map { ($0.type.dims ?? []).reduce(1, *) }
    factors = widths.reduce(0, +)
    scales = []
    let uses = structure.useCounts
    for x in structure.observed {
      guard let block = Self.block(x, white, structure, uses) else { return nil }
      blocks.append(block)
      if !scales.contains(block.scale) { scales.append(block.scale) }
      let isOwn = !(model[block.scale].type.dims ?? []).isEmpty
      entries += (0..<block.count).map { (block.scale, isOwn ? $0 : 0) }
    }
    guard Set(blocks.map { $0.mean == nil }).count == 1, entries.count > factors else { return nil }
    scales.sort()
  }

  private static func block(
    _ x: Variable, _ white: [Variable], _ structure: ModelStructure, _ uses: [VariableID: Int]
  ) -> Block? {
    let model = structure.model
    guard case .drawn(.family(.normal, _, _, _)) = x.definition, x.type.kind == .real,
      let shape = x.type.dims, shape.count <= 1, white.allSatisfy({ $0.plate == x.plate }),
      let terms = MeanTerms(x, structure), terms.maps.count == white.count,
      let scale = structure.bareSpread(x), structure.isFree(scale),
      model[scale].type.kind == .positive,
      model[scale].type.dims.map({ $0 == [] || $0 == shape })
        ?? false
    else { return nil }
    var maps: [VariableID] = []
    for z in white {
      guard let map = terms.maps.first(where: { $0.latent == z.id }), !map.isIndexed,
        structure.isFree(map.parameter), uses[map.parameter] == 1,
        model[map.parameter].type.kind == .real,
        model[map.parameter].type.dims == shape + (z.type.dims ?? [])
      else { return nil }
      maps.append(map.parameter)
    }
    var mean: VariableID?
    switch terms.rest.count {
    case 0: break
    case 1:
      guard case .variable(let mu) = terms.rest[0].node, structure.isFree(mu),
        uses[mu] == 1, model[mu].type.dims == shape, model[mu].type.kind == .real
      else { return nil }
      mean = mu
    default: return nil
    }
    return Block(
      observed: x.id, maps: maps, mean: mean, scale: scale, count: shape.reduce(1, *))
  }
}
