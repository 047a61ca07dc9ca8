import LVMModel

/// Maximises the exact marginal likelihood over all rows by quasi-Newton steps, from several
/// starts.
struct MarginalAscent: Estimator {
  static let name = MethodName.gradient

  let reason: String
  let entries: [PlanEntry]
  let objective: ObjectiveName

  static func offer(_ inquiry: Inquiry) throws(Refusal) -> MarginalAscent {
    switch try inquiry.updates() {
    case .nodes: throw Refusal("latents are integrated over nodes")
    case .served(let step):
      guard !step.hasLatents, !step.numeric.isEmpty else {
        throw Refusal("statistics give each parameter its update")
      }
      return MarginalAscent(
        reason: "nothing is latent, and some parameters have no closed form",
        entries: step.entries, objective: inquiry.root)
    case .obstructed(let why, let obstacles):
      return MarginalAscent(
        reason: "the likelihood is exact and \(why); quasi-Newton steps climb it",
        entries: inquiry.parameters.map { p in
          PlanEntry(
            parameter: p.name, .gradient,
            "it climbs the exact marginal likelihood by quasi-Newton steps",
            refused: ["em: \(obstacles[p.id] ?? why)"])
        }, objective: inquiry.root)
    }
  }

  var steps: [EstimationStep] {
    [
      EstimationStep(
        "ascent", .maximise, objective, over: entries.map(\.variable), by: .lbfgs,
        .passes(most: nil))
    ]
  }

  func run(_ task: FitTask) throws -> Estimate {
    try AscentStarts.estimate(task.plan, task)
  }
}
