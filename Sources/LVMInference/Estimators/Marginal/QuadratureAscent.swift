import LVMCompute
import LVMModel

/// Maximises a likelihood that is integrated over nodes: all starts with few nodes, then the best
/// of them with as many as the likelihood needs where it ends.
struct QuadratureAscent: Estimator {
  static let name = MethodName.quadrature

  let reason: String
  let entries: [PlanEntry]
  let objective: ObjectiveName

  static func offer(_ inquiry: Inquiry) throws(Refusal) -> QuadratureAscent {
    guard case .nodes = try inquiry.updates() else {
      throw Refusal("no latent is integrated over nodes")
    }
    let names = inquiry.plan.quadrature.flatMap(\.members).map { "`\(inquiry.model[$0].name)`" }
    return QuadratureAscent(
      reason: "the integral over \(names.joined(separator: ", ")) is taken over nodes about each "
        + "unit's mode, and quasi-Newton steps climb the likelihood",
      entries: inquiry.names.map {
        PlanEntry(
          parameter: $0, .gradient, "it climbs the marginal likelihood by quasi-Newton steps")
      }, objective: inquiry.root)
  }

  var steps: [EstimationStep] {
    [
      EstimationStep(
        "ascent", .maximise, objective, over: entries.map(\.variable), by: .lbfgs,
        .passes(most: nil))
    ]
  }

  func run(_ task: FitTask) throws -> Estimate {
    let (plan, data, options) = (task.plan, task.data, task.options)
    var estimate = try AscentStarts.estimate(
      plan.nodes(plan.hasNodePlanes ? 7 : 11), task)
    var (settled, accuracy) = try plan.settled(
      data, estimate.parameters, runtime: options.runtime)
    var iterations = estimate.iterations
    let basis = try PredictorBasis(plan, data: data, runtime: options.runtime)
    for _ in 0..<4 {
      let climb = try MarginalMaximisation(
        settled, data: data, runtime: options.runtime,
        floor: VarianceFloor(task.structure, data: data), basis: basis)
      var search = LBFGS()
      search.maximumIterations = options.maximumIterations
      // Panels change from point to point, and the last digits with them.
      if settled.hasPanels { search.valueTolerance = QuadratureAccuracy.tolerance }
      // Values with other nodes are other numbers: the trace is of the last number of nodes alone.
      var trace: [Double] = []
      let (parameters, outcome) = try climb.climb(from: estimate.parameters, search: search) {
        trace.append($1)
        try task.reporter.report(
          "\(accuracy.nodes) nodes", $0, of: search.maximumIterations, objective: $1)
        return true
      }
      guard outcome.value.isFinite else {
        throw FitError.notFinite(stage: "with \(accuracy.nodes) nodes", parameter: nil)
      }
      iterations += outcome.iterations
      estimate.parameters = parameters
      estimate.objective = outcome.value
      estimate.converged = outcome.converged
      estimate.trace = trace.isEmpty ? [outcome.value] : trace
      let again = try settled.settled(data, parameters, runtime: options.runtime)
      let isEnough =
        again.plan.nodesPerDimension <= settled.nodesPerDimension
        && again.plan.spansPriors == settled.spansPriors
      (settled, accuracy) = again
      if isEnough { break }
    }
    estimate.iterations = iterations
    estimate.accuracy = accuracy
    estimate.nodesPerDimension = settled.nodesPerDimension
    estimate.hasPanels = settled.hasPanels
    estimate.spansPriors = settled.spansPriors
    // Where nodes go wrong by as much, a maximisation finds those places.
    if accuracy.isGross { estimate.converged = false }
    if let warning = accuracy.warning { estimate.warnings.append(warning) }
    return estimate
  }
}
