import LVMCompute
import LVMModel

/// How the latents of a model are dealt with: what lowering carries out and queries ask.
public struct InferencePlan: Sendable {
  public var model: ModelGraph
  public var nesting: PlateNesting
  /// What is said of each latent and parameter, in the order of the model.
  public var entries: [PlanEntry]
  public var program: FactorProgram {
    didSet { proof = nil }
  }
  /// What leaves the likelihood as it is.
  public internal(set) var identifiability = Identifiability()
  /// What guides those that the model gives no guide, and the columns of guides of each row's own.
  public var guide = GuideKind.encoder
  public var locals: [LocalColumn] = []
  /// Whether it was asked for that continuous latents be integrated by quadrature wherever they can.
  public internal(set) var prefersQuadrature = false
  /// The lowered model that proved the plan; nil once the plan is another.
  var proof: PlanProof? = nil

  /// Whether a fit reads its rows once and then works on their mean and scatter.
  public var compressesRows: Bool { program.compressesRows }
}
