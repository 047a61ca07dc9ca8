import LVMCompute
import LVMModel
import LVMSyntax

/// The strategy of few continuous latents with any density: one or two real numbers of one plate are
/// integrated numerically, over nodes placed about each unit's mode.
enum QuadratureStrategy: EliminationStrategy {
  static let name = "quadrature"

  static func claim(_ block: LatentBlock, _ inquiry: LatentInquiry) throws(BlockRefusal) -> Claim {
    guard block.drawn.isEmpty, case .nothing = block.given else { throw .silent }
    let structure = inquiry.structure
    if block.members.contains(where: structure.feedsNetwork), inquiry.canSample(block.members) {
      throw .silent
    }
    if let split = inquiry.nodeSplit(block.members) { return claim(split, block, inquiry) }
    let blocks: [QuadratureBlock]
    do { blocks = try Self.blocks(block.members, structure) } catch {
      throw BlockRefusal(error.reason)
    }
    var claim = Claim(eliminations: blocks, entries: [:])
    for member in block.members {
      guard let own = blocks.first(where: { $0.members.contains(member.id) }) else { continue }
      claim.entries[member.id] = inquiry.entry(
        member, LatentStrategy.quadrature.rawValue,
        "its integral has no closed form that serves, and nodes about the mode of each "
          + "\(own.plateName) give it to nearly all digits"
          + (own.outer.map { ", for each node of `\(inquiry.model[$0].name)`" } ?? ""),
        refused: block.reasons)
    }
    return claim
  }

  /// Takes few latents of a block to nodes; the rest has a closed form given each.
  private static func claim(
    _ split: NodeSplit, _ block: LatentBlock, _ inquiry: LatentInquiry
  ) -> Claim {
    let rest = (split.gaussian + split.conjugate).map { inquiry.model[$0] }
    var claim = Claim(eliminations: [split.block], entries: [:])
    for id in split.block.members {
      claim.entries[id] = inquiry.entry(
        inquiry.model[id], LatentStrategy.quadrature.rawValue,
        "nodes about the mode of each \(split.block.plateName) integrate it to nearly all digits, and given "
          + "a node \(rest.map { "`\($0.name)`" }.joined(separator: ", ")) go in closed form",
        refused: block.reasons)
    }
    let known = Set(split.block.members)
    claim.rest = block.members.filter { !known.contains($0.id) }
    claim.given = .nodes(split.block.members.map { inquiry.model[$0] })
    return claim
  }

  /// Cells of labels up to which each has nodes of its own.
  static let labelLimit = 32
  /// Nodes along each dimension in the plan, before a fit or a query has found how many it takes.
  static let nodes = 15

  /// The blocks that some latents make, outer ones first: one for all, or one for a group and one for the
  /// units inside; throws why they make none.
  static func blocks(_ component: [Variable], _ structure: ModelStructure) throws(LoweringFailure)
    -> [QuadratureBlock]
  {
    let byPlate = Dictionary(grouping: component) { structure.nesting.compute($0.plate) }
    guard byPlate.count == 2, let outer = byPlate.keys.max(), let inner = byPlate.keys.min(),
      let above = byPlate[outer], let below = byPlate[inner]
    else { return [try block(component, structure)] }
    var blocks = [try block(above, structure), try block(below, structure)]
    guard blocks[0].dimension + blocks[1].dimension <= 2 else {
      let names = component.map { "`\($0.name)`" }.joined(separator: ", ")
      throw LoweringFailure(
        .nestedDimensions(names, blocks[0].dimension + blocks[1].dimension),
        at: component[0].nameSpan)
    }
    for member in component {
      let axes = (structure.readers(of: member.id) + [member]).flatMap { structure.axes(of: $0) }
      if let axis = axes.min() {
        throw LoweringFailure(
          .labelBesideNestedNodes(structure.model[axis.variable].name), at: member.nameSpan)
      }
    }
    for i in blocks.indices {
      guard blocks[i].rule != .kinked else {
        let v = structure.model[blocks[i].members[0]]
        throw LoweringFailure(.kinkInNestedNodes(v.name), at: v.nameSpan)
      }
      blocks[i].limit = 63
    }
    blocks[1].outer = blocks[0].members[0]
    return blocks
  }

  /// One block of latents of one plate, beside others that are integrated at each of its nodes.
  static func block(
    _ component: [Variable], _ structure: ModelStructure, beside integrated: [Variable] = []
  ) throws(LoweringFailure) -> QuadratureBlock {
    let model = structure.model
    let nesting = structure.nesting
    let first = component[0]
    let plate = nesting.compute(first.plate)
    var dimension = 0
    for member in component {
      guard nesting.compute(member.plate) == plate else {
        throw LoweringFailure(.plateNotShared(first.name, member.name), at: member.nameSpan)
      }
      switch member.type.kind {
      case .real, .positive, .unit: break
      case .count, .integer:
        throw LoweringFailure(.endlessCount(member.name), at: member.typeSpan)
      case .binary, .category, .simplex, .covariance, .correlation, .cholesky, .orthonormal:
        throw LoweringFailure(
          .notOnLine(member.name, member.type.kind), at: member.typeSpan)
      }
      guard let dims = member.type.dims else {
        throw LoweringFailure(.sizeUnknown(of: "`\(member.name)`"), at: member.typeSpan)
      }
      dimension += dims.reduce(1, *)
      guard case .drawn = member.definition else {
        throw LoweringFailure(.isChain(member.name), at: member.nameSpan)
      }
    }
    guard dimension <= 2 else {
      throw LoweringFailure(
        .tooManyDimensions(component.map(\.name), dimension), at: first.nameSpan)
    }
    let labels = try labels(component + integrated, structure, plate)
    let cells = labels.reduce(1) { $0 * structure.states(of: $1) }
    // Few labels: each has nodes about its own mode. Many: they are summed at shared nodes.
    return QuadratureBlock(
      members: structure.parentsFirst(component).map(\.id), plateName: model[first.plate].name,
      plate: plate, dimension: dimension, nodes: nodes,
      labels: cells <= labelLimit ? labels : [], rule: rule(component, dimension),
      limit: dimension == 2 ? 63 : 255)
  }

  /// A rule for the heaviest tails among some priors, or for the kink of a Laplace density.
  private static func rule(_ component: [Variable], _ dimension: Int) -> QuadratureRule.Kind {
    var result = QuadratureRule.Kind.gaussHermite
    for member in component {
      guard case .drawn(.family(let name, _, _, _)) = member.definition else { continue }
      let family = LVMModel.family(name)
      let isPositive = member.type.kind == .positive
      switch family.tailWeight {
      case .kinked:
        if dimension == 1, member.type.kind == .real { return .kinked }
      case .heavy:
        result = isPositive ? .exponentialTails : .heavyTails
      case .exponential:
        if result == .gaussHermite { result = .exponentialTails }
      case .light:
        // The logarithm of a positive number with mass near 0 has an exponential tail.
        if isPositive, !family.isLogarithmic, result == .gaussHermite {
          result = .exponentialTails
        }
      }
    }
    return result
  }

  /// The labels, of the block's own plate or outside it, that its factors depend on.
  private static func labels(
    _ component: [Variable], _ structure: ModelStructure, _ plate: PlateID
  ) throws(LoweringFailure) -> [Axis] {
    let model = structure.model
    let ids = Set(component.map(\.id))
    var axes: Set<Axis> = []
    for reader in Set(component.flatMap { structure.readers(of: $0.id) }.map(\.id)).sorted() {
      if structure.isChain(model[reader]) {
        throw LoweringFailure(.chainReads(model[reader].name), at: model[reader].nameSpan)
      }
      axes.formUnion(structure.axes(of: model[reader]))
    }
    for member in component { axes.formUnion(structure.axes(of: member)) }
    for v in model.variables where v.role == .observe || v.role == .latent {
      if !structure.readsBefore(v).isDisjoint(with: ids) {
        throw LoweringFailure(.readsAtEarlierRow(v.name), at: v.nameSpan)
      }
    }
    for axis in axes.sorted() {
      let label = model[axis.variable]
      guard structure.nesting.compute(label.plate) < plate else { continue }
      if structure.isChain(label) {
        throw LoweringFailure(
          .chainInGroup(label.name, plate: model[component[0].plate].name), at: label.nameSpan)
      }
    }
    return axes.filter { structure.nesting.compute(model[$0.variable].plate) >= plate }.sorted()
  }
}

extension ModelStructure {
  /// How many values a finite latent takes.
  func states(of axis: Axis) -> Int {
    switch model[axis.variable].type.kind {
    case .category(let size, _): size.constant ?? 1
    case .binary: 2
    case .real, .positive, .unit, .count, .integer, .simplex, .covariance, .correlation, .cholesky,
      .orthonormal:
      1
    }
  }

  /// Whether some label of a block's own plate shares its nodes with others.
  func sharesNodes(_ block: QuadratureBlock) -> Bool {
    guard block.labels.isEmpty else { return false }
    let factors = Set(block.members + block.members.flatMap { readers(of: $0).map(\.id) })
    return factors.contains { id in
      axes(of: model[id]).contains { nesting.compute(model[$0.variable].plate) == block.plate }
    }
  }

  /// Variables that a definition reads at earlier rows.
  func readsBefore(_ v: Variable) -> Set<VariableID> {
    v.definition.expressions.reduce(into: []) { $0.formUnion($1.previousVariables) }
  }
}
