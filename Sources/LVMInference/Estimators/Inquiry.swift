import LVMModel

/// What an estimator is asked about: a model whose latents have been dealt with, as it was proved by lowering
/// it, what is known of the data, and how each parameter might be updated.
public struct Inquiry {
  /// The eliminations; nothing is decided on the estimation.
  public let plan: InferencePlan
  public let facts: DataFacts
  /// Parameters to estimate, in the order of the model.
  public let parameters: [Variable]
  let structure: ModelStructure
  let proof: Proof

  /// The lowering that showed that the plan can be carried out.
  enum Proof {
    /// Every latent is eliminated.
    case exact(LoweredModel, ParameterUpdates)
    /// Latents are drawn, or networks applied; whether the divergence of guides from priors stands apart.
    case variational(LoweredModel, splits: Bool)
  }

  public var model: ModelGraph { plan.model }

  /// The lowered model that is the proof.
  var lowered: LoweredModel {
    switch proof {
    case .exact(let lowered, _), .variational(let lowered, _): lowered
    }
  }

  /// Whether a parameter that is estimated has a prior.
  public var hasPrior: Bool {
    model.variables.contains { v in
      if v.role == .param, case .drawn = v.definition { return true }
      return false
    }
  }

  /// What the log likelihood of a model is called where it is the objective, by whether it has
  /// priors.
  public var root: ObjectiveName { hasPrior ? .logJoint : .logLikelihood }

  /// Lowers a plan, with the errors of doing so.
  ///
  /// - Parameter updates: how parameters of the lowered model might be updated from statistics.
  init(
    _ plan: InferencePlan, _ structure: ModelStructure, _ facts: DataFacts,
    updates: (Fork) throws -> ParameterUpdates
  ) throws {
    self.plan = plan
    self.structure = structure
    self.facts = facts
    if plan.isTrained {
      parameters = plan.model.variables.filter { v in
        guard v.role == .param else { return false }
        if case .equal = v.definition { return false }
        return true
      }
      let lowered = try plan.lowered(masked: facts.masked, mode: .training)
      var proved = plan
      proved.proof = PlanProof(lowered)
      let bound = try VariationalModel(proved, masked: facts.masked, mode: .training)
      proof = .variational(lowered, splits: bound.split != nil)
    } else {
      let lowered = try plan.lowered(masked: facts.masked)
      parameters = plan.model.estimatedParameters(readBy: .variables).map { plan.model[$0.id] }
      proof = .exact(lowered, try updates(lowered.fork()))
    }
  }

  /// How parameters might be updated from statistics.
  ///
  /// - Throws: `Refusal` where latents are drawn or networks applied.
  func updates() throws(Refusal) -> ParameterUpdates {
    switch proof {
    case .exact(_, let updates): return updates
    case .variational: throw Refusal("latents are drawn, or networks are applied")
    }
  }

  /// Why the rows cannot be compressed; nil if they can.
  var whyRowsStay: String? { RowCompression.refusal(plan, structure, facts) }

  /// Names of the parameters.
  var names: [String] { parameters.map(\.name) }
}
