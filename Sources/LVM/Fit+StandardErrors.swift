import LVMData
import LVMInference
import LVMModel

extension Fit {
  /// Standard errors of the parameters from the observed information at the estimate.
  ///
  /// - Parameters:
  ///   - table: the table the fit was made from; a fit keeps none of its rows.
  /// - Throws: `DataErrors` of the binding.
  public func standardErrors(_ table: Table, threads: Int = 1) throws -> StandardErrors {
    let bound = try bound(to: table)
    let plan = try Planner.plan(bound.graph, facts: facts(bound.data.masked))
    return try StandardErrors.compute(
      plan: plan, data: bound.data, parameters: parameters, threads: threads)
  }
}
