import LVMCompute
import LVMModel
import LVMSyntax

/// Whether the rows of a model can be read once for all.
///
/// If, given the parameters, the log density of a row is c − ½ yᵀMy with y = (1, the data of the row) and
/// M the same in every row, then the sum over rows needs no more of them than Σ yyᵀ. That is so where
/// everything drawn in a row is Gaussian with a mean affine in latents and data and a spread that reads
/// neither; it is decided on these forms, not on the names of models.
enum RowCompression {
  /// Why the rows of a plan cannot be compressed; nil if they can.
  static func refusal(_ plan: InferencePlan, _ structure: ModelStructure, _ facts: DataFacts)
    -> String?
  {
    guard plan.nesting.count == 1 else { return "rows lie in groups" }
    if let label = structure.finite.first { return "`\(label.name)` is a label of each row" }
    guard plan.program.all(ConjugateIntegral.self).isEmpty, !plan.hasChain else {
      return "not every latent is linear-Gaussian within its row"
    }
    let context = LoweringContext(
      model: plan.model, builder: GraphBuilder(), plates: plan.nesting)
    for v in plan.model.variables where v.role == .observe || v.role == .latent {
      if v.role == .latent, case .equal = v.definition { continue }
      guard v.plate != .global else { return "`\(v.name)` does not belong to a row" }
      guard case .drawn(.family(let name, _, let arguments, _)) = v.definition,
        name == .normal || name == .multivariateNormal, v.type.kind == .real
      else { return "`\(v.name)` is not Gaussian" }
      if context.readsData(arguments[1]) { return "the spread of `\(v.name)` reads data" }
    }
    do {
      _ = try plan.lowered(masked: facts.masked, weighted: true)
    } catch let failure as LoweringFailure {
      return failure.reason
    } catch {
      return "\(error)"
    }
    return nil
  }
}
