import LVMCompute
import LVMModel

/// The factor program: in which order the latents of a model are eliminated, and how.
///
/// It stands between the plan and the tensor program. Each step takes the factors that touch its latents
/// and returns factors without them; eliminating everything leaves log p(data), the root.
public struct FactorProgram: Sendable {
  public enum Step: Hashable, Sendable {
    /// Read the rows once and fit to their mean and scatter, for each pattern of missing cells.
    case compressRows
    /// Integrate linear-Gaussian latents of one plate, all at once.
    case integrateGaussian([VariableID], PlateID)
    /// Integrate one latent whose factors share its prior's conjugate form.
    case integrateConjugate(VariableID, PlateID)
    /// Integrate a block of the plan's, by its number, over nodes about each unit's mode.
    case integrateQuadrature(Int, [VariableID], PlateID, nodes: Int)
    /// Sum a finite latent out of the tables that have its axis.
    case sumOut(Axis, PlateID, cells: Double)
    /// Sum over all paths of a finite chain within each series.
    case scanFinite(VariableID)
    /// Filter a linear-Gaussian chain: the chain's variables, and fresh latents of each row it carries.
    case scanGaussian([VariableID])
    /// Multiply over a plate: sum log factors into its outer plate, or over all.
    case productOver(PlateID)
  }

  public var steps: [Step]

  public init(steps: [Step] = []) { self.steps = steps }

  /// One line a step, in the user's names.
  public func description(_ model: ModelGraph, _ nesting: PlateNesting) -> String {
    func names(_ ids: [VariableID]) -> String { ids.map { model[$0].name }.joined(separator: ", ") }
    func plate(_ p: PlateID) -> String {
      p.index < nesting.chain.count ? model[nesting.chain[p.index]].name : "model"
    }
    return steps.map { step in
      switch step {
      case .compressRows:
        "compress the rows of a fit: they enter once, as mean and scatter"
      case .integrateGaussian(let ids, let p): "integrate gaussian \(names(ids)) per \(plate(p))"
      case .integrateConjugate(let id, let p):
        "integrate conjugate \(model[id].name) per \(plate(p))"
      case .integrateQuadrature(_, let ids, let p, let nodes):
        "integrate by quadrature \(names(ids)) per \(plate(p)), \(nodes) nodes"
      case .sumOut(let axis, let p, let cells):
        "sum out \(model[axis.variable].name) per \(plate(p)), \(Int(cells)) cells"
      case .scanFinite(let id): "scan finite chain \(model[id].name)"
      case .scanGaussian(let ids): "scan gaussian chain \(names(ids))"
      case .productOver(let p): "multiply over \(plate(p))"
      }
    }.joined(separator: "\n")
  }
}
