import LVMCompute
import LVMModel

/// An executor of a lowered plan that places the nodes of quadrature anew in each run.
final class PlacedExecutor {
  private let executor: Executor
  private let placement: NodePlacement?

  init(
    _ program: Program, _ plan: Plan, data: ModelData, threads: Int,
    prepare: (LoweringContext) -> Void = { _ in }
  ) throws {
    guard !plan.quadrature.isEmpty else {
      executor = Executor(program, data: data.columns, threads: threads)
      placement = nil
      return
    }
    placement = try NodePlacement(plan, data: data, threads: threads, prepare: prepare)
    executor = Executor(
      program, data: data.withNodes(plan).columns, threads: threads,
      varying: Set(
        plan.quadrature.flatMap { block in
          [block.centreColumn(plan.model), block.scaleColumn(plan.model)]
            + (block.outer == nil ? [] : [block.slopeColumn(plan.model)])
        }))
  }

  func run(_ parameters: [String: Tensor]) throws -> [String: Tensor] {
    guard let placement else { return try executor.run(parameters) }
    return try executor.run(parameters, varied: try placement.columns(at: parameters))
  }
}
