import LVMModel

/// Trains networks, guides and parameters by stochastic gradients on minibatches.
struct MinibatchTraining: Estimator {
  static let name = MethodName.vi

  /// What is maximised.
  enum Kind: Sendable, Hashable {
    /// The evidence lower bound of latents drawn from guides; whether the divergence of guides from priors
    /// stands apart, so that it can be weighted.
    case bound(weighsDivergence: Bool)
    /// The log joint density at points.
    case points
    /// The exact likelihood.
    case exact(ObjectiveName)
  }

  let kind: Kind
  let reason: String
  let entries: [PlanEntry]
  /// Whether rows that are held out have a guide.
  let holdsOut: Bool

  static func offer(_ inquiry: Inquiry) throws(Refusal) -> MinibatchTraining {
    guard case .variational(_, let splits) = inquiry.proof else {
      throw Refusal("every latent is eliminated, and no network is applied")
    }
    let plan = inquiry.plan
    let drawn = plan.entries.filter { $0.strategy == LatentStrategy.sampled.rawValue }
    let kind: Kind
    let reason: String
    if !drawn.isEmpty {
      kind = .bound(weighsDivergence: splits)
      let names = drawn.map { "`\($0.variable)`" }.joined(separator: ", ")
      reason =
        "\(names) cannot be eliminated exactly; stochastic gradients climb the evidence lower bound"
    } else if !plan.sampled.isEmpty {
      kind = .points
      reason =
        plan.locals.isEmpty
        ? "its guides are points; stochastic gradients climb the log joint there"
        : "latents are at their most probable values; stochastic gradients climb the log joint there"
    } else {
      kind = .exact(inquiry.root)
      reason = "nothing is sampled; stochastic gradients climb the exact likelihood"
    }
    let why =
      inquiry.structure.usesNetworks
      ? "it is trained with the networks by stochastic gradients"
      : "it is trained with what belongs to each row, by stochastic gradients"
    return MinibatchTraining(
      kind: kind, reason: reason,
      entries: inquiry.names.map { PlanEntry(parameter: $0, method(of: kind), why) },
      holdsOut: plan.locals.isEmpty)
  }

  private static func method(of kind: Kind) -> MethodName {
    switch kind {
    case .bound: .vi
    case .points: .map
    case .exact: .gradient
    }
  }

  var method: MethodName { Self.method(of: kind) }

  var objective: ObjectiveName {
    switch kind {
    case .bound: .elbo
    case .points: .logJoint
    case .exact(let root): root
    }
  }

  var steps: [EstimationStep] {
    [
      EstimationStep(
        "training", .maximise, objective, over: entries.map(\.variable), by: .stochasticGradient,
        .minibatches)
    ]
  }

  var settings: Set<FitEntry.Key> {
    var result: Set<FitEntry.Key> = [.epochs, .batch, .optimizer]
    if holdsOut { result.insert(.patience) }
    if case .bound(let weighsDivergence) = kind {
      result.insert(.samples)
      if weighsDivergence { result.formUnion([.kl, .warmup]) }
    }
    return result
  }

  func run(_ task: FitTask) throws -> Estimate {
    try Trainer(
      task.plan, objective, data: task.data, options: task.options, progress: task.reporter.progress
    ).estimate()
  }
}
