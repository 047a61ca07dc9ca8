import LVMCompute
import LVMModel

/// log p of each unit at given parameters: of a row, of a group, or in a chain of a row given its past.
public struct RowScores: Sendable {
  /// One number per unit of `plate`.
  public var values: [Double]
  /// 0 for rows, else the plate of the outermost group.
  public var plate: Int
  /// Where values are importance-weighted estimates: draws a row, and their standard errors.
  public var estimate: (samples: Int, errors: [Double])?
  /// False where latents were integrated by quadrature.
  public var isExact: Bool
  /// True where latents are points: values are then the log joint density at them, neither log p nor a bound.
  public var isJoint = false

  /// - Parameter samples: draws a row where a score is an estimate.
  public init(
    _ plan: Plan, data: ModelData, parameters: [String: Tensor], samples: Int = 100,
    threads: Int = 1
  ) throws {
    if plan.isTrained {
      let query = try TrainedQuery(plan, data: data, parameters: parameters, threads: threads)
      let count = query.isEstimate ? samples : 1
      let (scores, errors) = try query.scores(samples: count)
      isJoint = !query.isEstimate && !plan.sampled.isEmpty
      (values, plate, isExact) = (scores, 0, !query.isEstimate && !isJoint)
      if query.isEstimate { estimate = (count, errors) }
      return
    }
    if plan.isReconstruction, let form = plan.factorForm {
      throw QueryError.noDensity(variable: plan.model[form.observed].name)
    }
    let plan = try plan.settledForQuery(data, parameters, threads: threads)
    let lowered = try LoweredModel(plan, masked: data.masked)
    isExact = plan.quadrature.isEmpty
    let outermost = plan.nesting.outermost
    plate = outermost.index
    let isChain = plan.program.steps.contains { step in
      switch step {
      case .scanFinite, .scanGaussian: true
      case .compressRows, .integrateGaussian, .integrateConjugate, .integrateQuadrature, .sumOut,
        .productOver:
        false
      }
    }
    if isChain, outermost == .rows {
      values = try Self.chained(plan, data, parameters, threads)
      return
    }
    guard let perUnit = lowered.perUnit else {
      values = [Double](repeating: 0, count: data.columns.layout.count(outermost))
      return
    }
    let builder = lowered.builder
    builder.setOutput("score", perUnit * lowered.context.ones(outermost))
    let program = Program(builder.finish())
    guard data.columns.layout.counts.count == 1, program.isRowwise, plan.quadrature.isEmpty else {
      let executor = try PlacedExecutor(program, plan, data: data, threads: threads)
      values = try executor.run(parameters)["score"]?.values ?? []
      return
    }
    var found: [Double] = []
    found.reserveCapacity(data.rows)
    try program.runPiecewise(data.columns, parameters: parameters, threads: threads) { _, out in
      found += out["score"]?.values ?? []
    }
    values = found
  }

  /// log p(row | past) of one long series, in one pass: the chain's own increments, and the share of
  /// each row that no chain state touches.
  private static func chained(
    _ plan: Plan, _ data: ModelData, _ parameters: [String: Tensor], _ threads: Int
  ) throws -> [Double] {
    let lowered = try LoweredModel(plan, masked: data.masked)
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
    let shapes = chains.map { builder.nodes[$0].inputs.map { builder.nodes[$0].shape } }
    let isFinite = chains.map { node in
      if case .finiteChain = builder.nodes[node].op { return true }
      return false
    }
    let executor = try PlacedExecutor(
      Program(builder.finish()), plan, data: data, threads: threads)
    let out = try executor.run(parameters)
    var result = out["rest"]?.values ?? [Double](repeating: 0, count: data.rows)
    for c in chains.indices {
      let inputs = shapes[c].enumerated().map { i, shape in
        ChainIncrements.Input(
          values: out["\(c).\(i)"]?.values ?? [],
          stride: shape.plate == nil ? 0 : shape.count, dims: shape.dims)
      }
      let own =
        isFinite[c]
        ? ChainIncrements.finite(inputs, rows: data.rows)
        : ChainIncrements.gaussian(inputs, rows: data.rows)
      for (i, x) in own.enumerated() { result[i] += x }
    }
    return result
  }
}
