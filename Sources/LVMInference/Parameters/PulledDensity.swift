import LVMCompute
import LVMModel

/// The marginal likelihood over an unconstrained space, its gradient by the constrained parameters carried back
/// through their charts: where a program in constrained parameters is there already, it need not be lowered again.
struct PulledDensity: LogDensity {
  /// Without a preconditioner and units.
  let space: UnconstrainedSpace
  private let root: MarginalLikelihood
  /// Values of parameters that are no part of the space.
  private let fixed: [String: Tensor]
  private let charts: [Executor]

  init(_ root: MarginalLikelihood, space: UnconstrainedSpace, beside fixed: [String: Tensor]) {
    self.root = root
    self.space = space
    self.fixed = fixed
    charts = space.blocks.map { Runtime.serial.evaluator($0.pullback) }
  }

  var dimension: Int { space.dimension }

  func evaluate(at point: [Double]) throws -> (value: Double, gradient: [Double]) {
    let free = space.freeNumbers(at: point)
    var parameters = fixed
    for (b, chart) in zip(space.blocks, charts) {
      guard let u = free[b.name] else { continue }
      parameters[b.name] = try chart.run(["u": u, "g": Tensor(repeating: 0, b.dims)])["value"]
    }
    let (value, constrained) = try root.evaluate(parameters)
    var gradient: [Double] = []
    for (b, chart) in zip(space.blocks, charts) {
      guard let u = free[b.name], let g = constrained[b.name] else { continue }
      let pulled = try chart.run(["u": u, "g": g])["pull"]?.values ?? []
      gradient += b.entries.map { pulled[$0] }
    }
    return (value, gradient)
  }
}
