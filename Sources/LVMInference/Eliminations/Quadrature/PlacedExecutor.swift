import LVMCompute
import LVMModel

/// An executor of a lowered plan that places the nodes of quadrature anew in each run.
final class PlacedExecutor {
  private let executor: Executor
  private let placement: NodePlacement?
  /// Where nodes were placed last.
  private var placed: [String: Tensor]?

  /// `varying`: further columns that a run may be given anew; nodes must not depend on them.
  init(
    _ program: Program, _ plan: InferencePlan, data: ModelData, runtime: Runtime,
    varying: Set<String> = [],
    prepare: ((LoweringContext) -> Void)? = nil
  ) throws {
    guard !plan.quadrature.isEmpty else {
      executor = runtime.evaluator(program, data: data.columns, varying: varying)
      placement = nil
      return
    }
    placement = try NodePlacement(plan, data: data, runtime: runtime, prepare: prepare)
    executor = runtime.evaluator(
      program, data: data.withNodes(plan).columns,
      varying: varying.union(
        plan.quadrature.flatMap { block in
          [block.centreColumn(plan.model), block.scaleColumn(plan.model)]
            + (block.rule == .panels
              ? [block.pointColumn(plan.model), block.weightColumn(plan.model)] : [])
            + (block.outer == nil ? [] : [block.slopeColumn(plan.model)])
        }))
  }

  func run(_ parameters: [String: Tensor], varied: [String: [Double]] = [:]) throws
    -> [String: Tensor]
  {
    guard let placement else { return try executor.run(parameters, varied: varied) }
    // Nodes that are asked for again where they were stay.
    if !varied.isEmpty, parameters == placed {
      return try executor.run(parameters, varied: varied)
    }
    placed = parameters
    return try executor.run(
      parameters, varied: try placement.columns(at: parameters).merging(varied) { $1 })
  }
}
