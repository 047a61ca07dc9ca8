import LVMCompute
import LVMModel

/// The factor program: in which order the latents of a model are eliminated, and how.
///
/// It stands between the plan and the tensor program. Each step takes the factors that touch its latents
/// and returns factors without them; eliminating everything leaves the log likelihood.
public struct FactorProgram: Sendable {
  package enum Step: Sendable {
    /// Read the rows once and fit to their mean and scatter, for each pattern of missing cells.
    case compressRows
    /// Put functions of other things in place of variables, before factors are lowered.
    case substitute(Substitution)
    case eliminate(any Elimination)
    /// Multiply over a plate: sum log factors into its outer plate, or over all.
    case multiply(over: PlateID)
  }

  package var steps: [Step]

  package init(steps: [Step] = []) { self.steps = steps }

  /// Whether a fit reads its rows once.
  var compressesRows: Bool {
    steps.contains { if case .compressRows = $0 { true } else { false } }
  }

  /// Whether some latent runs along the rows.
  var hasChain: Bool { eliminations.contains(where: \.runsAlongRows) }

  /// One line a step, in the user's names.
  public func description(_ model: ModelGraph, _ nesting: PlateNesting) -> String {
    steps.compactMap { step in
      switch step {
      case .compressRows:
        "compress the rows of a fit: they enter once, as mean and scatter"
      case .substitute(let substitution): substitution.rule.words(model)
      case .eliminate(let elimination): elimination.words(model, nesting)
      case .multiply(let p): "multiply over \(nesting.name(p, model))"
      }
    }.joined(separator: "\n")
  }
}
