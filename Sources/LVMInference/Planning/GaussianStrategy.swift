import LVMCompute
import LVMModel
import LVMSyntax

/// The strategy of linear-Gaussian latents: a block is integrated exactly if every prior in it and every
/// factor that reads it is Gaussian, linear in the block, with a spread that does not depend on it.
enum GaussianStrategy {
  /// Throws why a block of latents is not linear-Gaussian.
  static func consider(
    _ component: [Variable], _ structure: ModelStructure, _ facts: DataFacts
  ) throws(LoweringFailure) {
    let ids = Set(component.map(\.id))
    for member in component {
      guard member.type.kind == .real else {
        throw LoweringFailure(
          "`\(member.name)` is \(member.type.kind.word), not real", at: member.typeSpan)
      }
    }
    let readers = Set(component.flatMap { structure.readers(of: $0.id).map(\.id) }).subtracting(ids)
    for id in readers.sorted() {
      let reader = structure.model[id]
      guard case .drawn(.family(let name, _, _, let span)) = reader.definition,
        name == .normal || name == .multivariateNormal, reader.type.kind == .real
      else {
        throw LoweringFailure("`\(reader.name)`, which reads it, is not Gaussian", at: reader.span)
      }
      guard reader.role == .observe else {
        throw LoweringFailure("`\(reader.name)` reads it from another block", at: span)
      }
    }
    let context = LoweringContext(
      model: structure.model, builder: GraphBuilder(), plates: structure.nesting)
    context.masked = Set(
      structure.model.variables.filter { facts.masked.contains($0.name) }.map(\.id))
    do {
      let system = try context.gaussianSystem(structure.parentsFirst(component).map(\.id))
      for id in readers.sorted() {
        if case .drawn(let distribution) = structure.model[id].definition {
          _ = try context.reading(of: structure.model[id], distribution, system)
        }
      }
    } catch let failure as LoweringFailure {
      throw failure
    } catch {
      throw LoweringFailure("\(error)", at: component[0].span)
    }
  }
}

/// What leaves the likelihood of a Gaussian latent unchanged.
enum Rotation {
  /// A white vector under a free linear map can be rotated with it; a scalar can change sign.
  static func identification(of latent: Variable, _ structure: ModelStructure) -> String? {
    guard case .drawn(.family(.normal, _, let arguments, _)) = latent.definition,
      arguments.allSatisfy({ structure.reads($0).isEmpty })
    else { return nil }
    for reader in structure.readers(of: latent.id) {
      guard case .drawn(let d) = reader.definition else { continue }
      for e in d.expressions {
        var free = false
        e.visit { part in
          guard case .matrixProduct(let w, _) = part.node else { return }
          free = free || structure.reads(w).contains { structure.model[$0].role == .param }
        }
        if free {
          let l = latent.type.dims?.first ?? 1
          return l > 1
            ? "up to rotation; its axes are the principal ones, largest first, each with its largest loading positive"
            : "up to sign; its largest loading is positive"
        }
      }
    }
    return nil
  }
}
