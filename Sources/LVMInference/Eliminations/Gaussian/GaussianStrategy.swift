import LVMCompute
import LVMModel
import LVMSyntax

/// The strategy of linear-Gaussian latents: a block is integrated exactly if every prior in it and every
/// factor that reads it is Gaussian, linear in the block, with a spread that does not depend on it.
enum GaussianStrategy: EliminationStrategy {
  static let name = "gaussian"

  static func claim(_ block: LatentBlock, _ inquiry: LatentInquiry) throws(BlockRefusal) -> Claim {
    guard block.drawn.isEmpty else { throw .silent }
    let structure = inquiry.structure
    if case .nothing = block.given, let chain = block.members.first(where: structure.isChain) {
      return try scan(block.members, chain, inquiry)
    }
    guard !inquiry.asksForNodes(block) else { throw .silent }
    do {
      try consider(block.members, structure, inquiry.facts, given: block.given.latents)
    } catch {
      throw BlockRefusal(error.reason)
    }
    try inquiry.refuseLabelsInside(block)
    let latents = structure.parentsFirst(block.members).map(\.id)
    var claim = Claim()
    claim.eliminations = [
      GaussianIntegral(latents: latents, plate: .rows, system: latents)
    ]
    let labels = if case .nodes = block.given { "" } else { " given the labels" }
    for member in block.members {
      claim.entries[member.id] = inquiry.entry(
        member, LatentStrategy.gaussian.rawValue,
        block.given.words
          + "everything that reads it is linear-Gaussian in it\(labels), so it is integrated exactly",
        refused: [])
    }
    return claim
  }

  private static func scan(
    _ component: [Variable], _ chain: Variable, _ inquiry: LatentInquiry
  ) throws(BlockRefusal) -> Claim {
    let structure = inquiry.structure
    let labels = component.flatMap { member in
      (structure.readers(of: member.id) + [member]).flatMap { structure.axes(of: $0) }
    }
    if let label = labels.sorted().first {
      let problem = PlanError.labelsBesideChain(
        label: inquiry.model[label.variable].name, chain: chain.name)
      throw BlockRefusal(nil, finding: problem.at(chain.nameSpan), isFinal: true)
    }
    if let group = component.first(where: { inquiry.nesting.compute($0.plate) != .rows }) {
      let problem = PlanError.unplannable(
        latent: group.name, reasons: ["it lasts a whole group beside the chain `\(chain.name)`"],
        advice: "make it a chain with a deterministic step: `then = previous(\(group.name))`")
      throw BlockRefusal(nil, finding: problem.at(group.nameSpan), isFinal: true)
    }
    let members = structure.parentsFirst(component)
    var claim = Claim()
    claim.eliminations = [GaussianScan(latents: members.map(\.id))]
    for member in members {
      claim.entries[member.id] = inquiry.entry(
        member, LatentStrategy.gaussian.rawValue,
        "its steps and everything observed of it are linear-Gaussian, so a Kalman filter integrates it exactly",
        refused: [])
    }
    return claim
  }

  /// Throws why a block of latents is not linear-Gaussian, given latents whose values are known.
  static func consider(
    _ component: [Variable], _ structure: ModelStructure, _ facts: DataFacts,
    given known: [Variable] = []
  ) throws(LoweringFailure) {
    let ids = Set(component.map(\.id))
    for member in component {
      guard member.type.kind == .real else {
        throw LoweringFailure(.notReal(member.name, member.type.kind), at: member.typeSpan)
      }
    }
    let readers = Set(component.flatMap { structure.readers(of: $0.id).map(\.id) }).subtracting(ids)
    for id in readers.sorted() {
      let reader = structure.model[id]
      guard case .drawn(.family(let name, _, _, let span)) = reader.definition,
        name == .normal || name == .multivariateNormal, reader.type.kind == .real
      else {
        throw LoweringFailure(.readerNotGaussian(reader.name), at: reader.span)
      }
      guard reader.role == .observe else {
        throw LoweringFailure(.readerOutside(reader.name), at: span)
      }
    }
    let context = LoweringContext(
      model: structure.model, builder: GraphBuilder(), plates: structure.nesting)
    context.masked = Set(
      structure.model.variables.filter { facts.masked.contains($0.name) }.map(\.id))
    do {
      try context.putColumns(inPlaceOf: known)
      let system = try context.gaussianSystem(structure.parentsFirst(component).map(\.id))
      for id in readers.sorted() {
        if case .drawn(let distribution) = structure.model[id].definition {
          _ = try context.reading(of: structure.model[id], distribution, system)
        }
      }
    } catch let failure as LoweringFailure {
      throw failure
    } catch {
      throw LoweringFailure(.other("\(error)"), at: component[0].span)
    }
  }
}

extension LoweringContext {
  /// Lets columns stand for latents whose values will be known.
  func putColumns(inPlaceOf latents: [Variable]) throws {
    for v in latents {
      let shape = try dims(v.type, at: v.typeSpan)
      replacements[v.id] = Lowered(
        builder.data(ModelColumn.values(v), plate: plates.compute(v.plate), shape))
    }
  }
}
