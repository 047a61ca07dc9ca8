import LVMCompute
import LVMModel

/// log p(row | past) of one long series, in one pass: the chain's own increments, and the share of each
/// row that no chain state touches.
final class ChainScores {
  private let executor: PlacedExecutor
  private let shapes: [[Shape]]
  private let isFinite: [Bool]
  private let rows: Int

  /// `prepare` as that of a fork.
  init(
    _ plan: InferencePlan, data: ModelData, runtime: Runtime,
    prepare: ((LoweringContext) -> Void)? = nil
  ) throws {
    let lowered = try plan.lowered(masked: data.masked).fork(prepare)
    let builder = lowered.builder
    let chains = builder.nodes.indices.filter { i in
      if case .finiteChain = builder.nodes[i].op { return true }
      if case .gaussianChain = builder.nodes[i].op { return true }
      return false
    }
    for (c, node) in chains.enumerated() {
      for (i, input) in builder.nodes[node].inputs.enumerated() {
        builder.setOutput("\(c).\(i)", Value(builder: builder, id: input))
      }
    }
    if let rest = lowered.perUnit {
      builder.setOutput("rest", rest * lowered.context.ones(.rows))
    }
    shapes = chains.map { builder.nodes[$0].inputs.map { builder.nodes[$0].shape } }
    isFinite = chains.map { node in
      if case .finiteChain = builder.nodes[node].op { return true }
      return false
    }
    rows = data.rows
    executor = try PlacedExecutor(
      Program(builder.finish()), plan, data: data, runtime: runtime, prepare: prepare)
  }

  func values(_ parameters: [String: Tensor]) throws -> [Double] {
    let out = try executor.run(parameters)
    var result = out["rest"]?.values ?? [Double](repeating: 0, count: rows)
    for c in shapes.indices {
      let inputs = shapes[c].enumerated().map { i, shape in
        ChainIncrements.Input(
          values: out["\(c).\(i)"]?.values ?? [],
          stride: shape.plate == nil ? 0 : shape.count, dims: shape.dims)
      }
      let own =
        isFinite[c]
        ? ChainIncrements.finite(inputs, rows: rows)
        : ChainIncrements.gaussian(inputs, rows: rows)
      for (i, x) in own.enumerated() { result[i] += x }
    }
    return result
  }
}

extension InferencePlan {
  /// Whether some latent runs along the rows.
  var hasChain: Bool { program.hasChain }
}
