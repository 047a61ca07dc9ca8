import LVMCompute
import LVMModel

/// A plan with the nodes of quadrature that the gradient at the first parameters it is asked at needs.
final class SettledPlan {
  /// The plan as it was made, with its first nodes.
  let planned: InferencePlan
  let data: ModelData
  let runtime: Runtime
  private var settled: InferencePlan?

  /// - Parameter settles: whether nodes are settled at all, or the plan's own serve.
  init(_ plan: InferencePlan, data: ModelData, runtime: Runtime, settles: Bool = true) {
    planned = plan
    self.data = data
    self.runtime = runtime
    if !settles || plan.quadrature.isEmpty { settled = plan }
  }

  func plan(at parameters: () throws -> [String: Tensor]) throws -> InferencePlan {
    if let settled { return settled }
    let found = try planned.settled(
      data, parameters(), runtime: runtime, tolerance: QuadratureAccuracy.fineTolerance
    ).plan
    settled = found
    return found
  }
}
