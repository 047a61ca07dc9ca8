import LVMData
import LVMInference
import LVMModel

extension Fit {
  /// The most probable joint values of the labels given a table: the best path of a chain through each
  /// series.
  ///
  /// - Throws: `DataErrors` of the binding; `QueryError.noPath` where there is no such thing.
  public func mostProbablePath(given table: Table, runtime: Runtime = .serial) throws -> (
    path: MostProbablePath, bound: BoundModel
  ) {
    let bound = try bound(to: table)
    let plan = try plan(bound)
    let path = try MostProbablePath(
      posterior(plan, bound.data, runtime: runtime), runtime: runtime)
    return (path, bound)
  }
}
