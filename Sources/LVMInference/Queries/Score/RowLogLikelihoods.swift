import LVMCompute
import LVMModel

/// log p of each unit at given parameters: of a row, of a group, or in a chain of a row given its past.
public struct RowLogLikelihoods: Sendable {
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
    runtime: Runtime = .serial
  ) throws {
    if plan.isTrained {
      let query = try TrainedQuery(plan, data: data, parameters: parameters, runtime: runtime)
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
    let plan = try plan.settledForQuery(data, parameters, runtime: runtime)
    let lowered = try plan.lowered(masked: data.masked).fork()
    isExact = plan.quadrature.isEmpty
    let outermost = plan.nesting.outermost
    plate = outermost.index
    if plan.hasChain, outermost == .rows {
      values = try ChainScores(plan, data: data, runtime: runtime).values(parameters)
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
      let executor = try PlacedExecutor(program, plan, data: data, runtime: runtime)
      values = try executor.run(parameters)["score"]?.values ?? []
      return
    }
    var found: [Double] = []
    found.reserveCapacity(data.rows)
    try program.runPiecewise(data.columns, parameters: parameters, runtime: runtime) { _, out in
      found += out["score"]?.values ?? []
    }
    values = found
  }
}
