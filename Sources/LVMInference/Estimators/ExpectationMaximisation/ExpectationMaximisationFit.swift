import LVMCompute
import LVMModel

/// EM from several starts; without latents statistics are those of the data, and one M-step is the maximum.
struct ExpectationMaximisationFit: Estimator {
  static let name = MethodName.em

  let step: MStep
  let method: MethodName
  let reason: String
  let objective: ObjectiveName
  let names: [String]
  var entries: [PlanEntry] { step.entries }

  static func offer(_ inquiry: Inquiry) throws(Refusal) -> ExpectationMaximisationFit {
    switch try inquiry.updates() {
    case .nodes: throw Refusal("latents are integrated over nodes")
    case .obstructed(let why, _): throw Refusal(why)
    case .served(let step):
      guard step.hasLatents || step.numeric.isEmpty else {
        throw Refusal("nothing is latent, and some parameters have no closed form")
      }
      let isEM = step.hasLatents && !inquiry.parameters.isEmpty
      let reason =
        inquiry.parameters.isEmpty
        ? "there is no parameter to estimate"
        : isEM
          ? "every latent is summed exactly, and expected statistics give each parameter its update"
          : "nothing is latent, and the statistics of the data give each parameter its maximum"
      return ExpectationMaximisationFit(
        step: step, method: isEM ? .em : .closedForm, reason: reason, objective: inquiry.root,
        names: inquiry.names)
    }
  }

  var steps: [EstimationStep] {
    step.hasLatents
      ? [
        EstimationStep(
          "EM", .maximise, .expectedLogJoint, over: names, by: .blocks, .passes(most: nil))
      ]
      : [EstimationStep("maximum", .maximise, objective, over: names, by: .closedForm, .once)]
  }

  func run(_ task: FitTask) throws -> Estimate {
    let em = try ExpectationMaximization(task.plan, step, data: task.data, options: task.options)
    let part =
      em.hasLatents ? Subsample(task.data, task.structure, seed: task.options.seed) : nil
    let trial = try part.map {
      try ExpectationMaximization(task.plan, step, data: $0.data, options: task.options)
    }
    let whole = EMStarts(em, task, trial == nil ? .whole : .wholeAfterPart)
    let (run, count) = try MultiStart.run(whole, part: trial.map { EMStarts($0, task, .part) })
    return Estimate(
      parameters: run.parameters, objective: run.objective, iterations: run.trace.count,
      converged: run.converged, restarts: trial == nil ? count : whole.policy.count,
      trace: run.trace, warnings: [], floored: run.floored,
      open: try em.open(at: run.parameters))
  }
}
