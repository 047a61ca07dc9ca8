import LVMCompute
import LVMModel

extension Estimator {
  /// All starts with few nodes, then the best of them with as many as the likelihood needs where it ends.
  func quadrature() throws -> Estimate {
    var estimate = try ascent(plan.nodes(plan.hasNodePlanes ? 7 : 11))
    var (settled, accuracy) = try plan.settled(
      data, estimate.parameters, runtime: options.runtime)
    var iterations = estimate.iterations
    let basis = try PredictorBasis(plan, data: data, runtime: options.runtime)
    for _ in 0..<4 {
      let climb = try MarginalMaximisation(
        settled, data: data, runtime: options.runtime,
        floor: VarianceFloor(structure, data: data), basis: basis)
      var search = LBFGS()
      search.maximumIterations = options.maximumIterations
      // Panels change from point to point, and the last digits with them.
      if settled.hasPanels { search.valueTolerance = QuadratureAccuracy.tolerance }
      // Values with other nodes are other numbers: the trace is of the last number of nodes alone.
      var trace: [Double] = []
      let (parameters, outcome) = try climb.climb(from: estimate.parameters, search: search) {
        trace.append($1)
        if progress(
          FitProgress(
            stage: "\(accuracy.nodes) nodes", iteration: $0,
            maximumIterations: search.maximumIterations, objective: $1, rate: 0)) == .stop
        {
          throw FitError.stopped
        }
        try Task.checkCancellation()
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
    // Where nodes go wrong by as much, a climb finds the places where they go wrong.
    if accuracy.isGross { estimate.converged = false }
    if let warning = accuracy.warning { estimate.warnings.append(warning) }
    return estimate
  }
}
