import LVMCompute
import LVMModel
import LVMSyntax

/// The strategy of linear-Gaussian latents: a block is integrated exactly if every prior in it and every
/// factor that reads it is Gaussian, linear in the block, with a spread that does not depend on it.
enum GaussianStrategy {
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
        builder.data(Self.column(v), plate: plates.compute(v.plate), shape))
    }
  }
}
