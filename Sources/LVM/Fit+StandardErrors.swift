import LVMCompute
import LVMData
import LVMInference
import LVMModel

extension Fit {
  /// Standard errors of the parameters from the observed information at the estimate, however long that
  /// takes; `parameterErrors` holds those that a fit came with.
  ///
  /// - Parameters:
  ///   - table: the table the fit was made from; a fit keeps none of its rows.
  /// - Throws: `DataErrors` of the binding.
  public func standardErrors(_ table: Table, runtime: Runtime = .serial) throws -> StandardErrors {
    let bound = try bound(to: table)
    let plan = try plan(bound)
    return try StandardErrors.compute(
      plan: plan, data: bound.data, parameters: parameters, runtime: runtime)
  }

  /// Numbers that a model may have for its fit to come with standard errors.
  public static let standardErrorLimit = 1000
  /// Multiplications that standard errors may take for a fit to come with them: well under a second.
  public static let standardErrorBudget = 3e7

  /// The standard errors that a fit comes with, or why it comes without.
  func ownStandardErrors(_ data: ModelData, runtime: Runtime) -> StandardErrors {
    if let reason = whyNoStandardErrors(data) { return omitting(reason) }
    do {
      return try StandardErrors.compute(
        plan: plan.inference, data: data, parameters: parameters, runtime: runtime)
    } catch {
      return omitting("the likelihood has no gradient at the estimate: \(error)")
    }
  }

  private func omitting(_ reason: String) -> StandardErrors {
    StandardErrors(values: [:], omitted: parameters.mapValues { _ in reason })
  }

  /// Why none of the parameters has an error; nil if each is to be looked at.
  private func whyNoStandardErrors(_ data: ModelData) -> String? {
    if objective.name == .logJoint {
      return
        "a parameter has a prior: the estimate is the mode of a posterior, not maximum likelihood"
    }
    if objective.name != .logLikelihood { return "the objective is not a likelihood" }
    if plan.isTrained { return "the networks' weights have no standard errors" }
    let nodesDiffer = warnings.contains {
      if case .quadratureError = $0 { true } else { false }
    }
    if nodesDiffer {
      return "nodes of quadrature do not settle the likelihood, nor its curvature"
    }
    if !converged { return "the fit did not converge" }
    let count = parameters.values.reduce(0) { $0 + $1.count }
    if count > Self.standardErrorLimit {
      return "the model has \(count) numbers, more than \(Self.standardErrorLimit)"
    }
    let cost = StandardErrors.cost(plan: plan.inference, data: data, parameters: parameters)
    if cost > Self.standardErrorBudget {
      return
        "\(count) numbers and \(data.rows) rows would take too long; the library computes them on request"
    }
    return nil
  }
}
