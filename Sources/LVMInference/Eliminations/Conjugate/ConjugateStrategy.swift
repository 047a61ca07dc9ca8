import LVMCompute
import LVMModel
import LVMSyntax

/// The strategy of conjugate latents: one latent whose prior has a basis of statistics in which every
/// factor that reads it is linear.
enum ConjugateStrategy {
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
