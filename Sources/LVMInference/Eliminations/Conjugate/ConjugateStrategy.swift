import LVMCompute
import LVMModel
import LVMSyntax

/// The strategy of conjugate latents: one latent whose prior has a basis of statistics in which every
/// factor that reads it is linear.
enum ConjugateStrategy: EliminationStrategy {
  static let name = "conjugate"

  static func claim(_ block: LatentBlock, _ inquiry: LatentInquiry) throws(BlockRefusal) -> Claim {
    guard block.drawn.isEmpty, block.finding == nil, !inquiry.asksForNodes(block) else {
      throw .silent
    }
    let latent = block.members[0]
    guard block.members.count == 1 else {
      let others = block.members.dropFirst().map { "`\($0.name)`" }.joined(separator: ", ")
      throw BlockRefusal("it shares factors with \(others)")
    }
    do {
      try consider(latent, inquiry.structure, inquiry.facts, given: block.given.latents)
    } catch {
      throw BlockRefusal(error.reason)
    }
    try inquiry.refuseLabelsInside(block)
    let plate = inquiry.nesting.compute(latent.plate)
    return Claim(
      eliminations: [ConjugateIntegral(latent: latent.id, plate: plate)],
      entries: [
        latent.id: inquiry.entry(
          latent, LatentStrategy.conjugate.rawValue,
          block.given.words
            + "its prior is conjugate to everything that reads it, so its integral has a closed form",
          refused: block.refused)
      ])
  }

  /// Throws why a latent is not conjugate to its readers, given latents whose values are known.
  static func consider(
    _ latent: Variable, _ structure: ModelStructure, _ facts: DataFacts,
    given known: [Variable] = []
  ) throws(LoweringFailure) {
    let context = LoweringContext(
      model: structure.model, builder: GraphBuilder(), plates: structure.nesting)
    context.masked = Set(
      structure.model.variables.filter { facts.masked.contains($0.name) }.map(\.id))
    var factors = WorkingFactors()
    do {
      try context.putColumns(inPlaceOf: known)
      let readers = try readers(of: latent, structure)
      for (reader, distribution) in readers where facts.torn.contains(reader.name) {
        if case .family(.multinomial, _, _, let span) = distribution {
          throw LoweringFailure(.countsInPart(reader.name), at: span)
        }
      }
      _ = try context.integrateConjugate(latent.id, readers: readers, in: &factors)
    } catch let failure as LoweringFailure {
      throw failure
    } catch {
      throw LoweringFailure(.other("\(error)"), at: latent.span)
    }
  }

  static func readers(of latent: Variable, _ structure: ModelStructure) throws
    -> [(Variable, Distribution)]
  {
    try structure.readers(of: latent.id).map { reader in
      guard case .drawn(let distribution) = reader.definition else {
        throw LoweringFailure(.readerIsChain(reader.name), at: reader.span)
      }
      return (reader, distribution)
    }
  }
}
