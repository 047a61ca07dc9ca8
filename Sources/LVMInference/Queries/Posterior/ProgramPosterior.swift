import LVMCompute
import LVMModel

/// A posterior that is read off the factor program: exact, or a sum over nodes of quadrature.
struct ProgramPosterior: Posterior {
  let plan: InferencePlan
  let data: ModelData
  let parameters: [String: Tensor]
  let runtime: Runtime

  init(_ plan: InferencePlan, data: ModelData, parameters: [String: Tensor], runtime: Runtime) {
    self.plan = plan
    self.data = data
    self.parameters = parameters
    self.runtime = runtime
  }

  var source: PosteriorSource { plan.quadrature.isEmpty ? .exact : .nodes(error: nil) }

  func query(_ quantity: Quantity) throws -> any PosteriorQuery {
    switch quantity {
    case .latents:
      try LatentLowering(plan, data: data, runtime: runtime).query(parameters)
    case .cells(let names): try ProgramCells(self, of: names, fromLatentsAlone: false)
    case .replicates(let names): try ProgramCells(self, of: names, fromLatentsAlone: true)
    }
  }

  func logEvidence() throws -> RowLogLikelihoods {
    if !plan.model.hasDensity {
      throw QueryError.noDensity(
        variable: plan.model.variables.first { $0.role == .observe }?.name ?? "")
    }
    let (plan, error) = try plan.settledForQuery(data, parameters, runtime: runtime)
    let source = plan.quadrature.isEmpty ? PosteriorSource.exact : .nodes(error: error)
    return RowLogLikelihoods(
      values: try values(of: plan), plate: plan.nesting.outermost.index, source: source)
  }

  private func values(of plan: InferencePlan) throws -> [Double] {
    let lowered = try plan.lowered(masked: data.masked).fork()
    let outermost = plan.nesting.outermost
    if plan.hasChain, outermost == .rows {
      return try ChainScores(plan, data: data, runtime: runtime).values(parameters)
    }
    guard let perUnit = lowered.perUnit else {
      return [Double](repeating: 0, count: data.columns.layout.count(outermost))
    }
    let builder = lowered.builder
    builder.setOutput("score", perUnit * lowered.context.ones(outermost))
    let program = Program(builder.finish())
    guard data.columns.layout.counts.count == 1, program.isRowwise, plan.quadrature.isEmpty else {
      let executor = try PlacedExecutor(program, plan, data: data, runtime: runtime)
      return try executor.run(parameters)["score"]?.values ?? []
    }
    var found: [Double] = []
    found.reserveCapacity(data.rows)
    try program.runPiecewise(data.columns, parameters: parameters, runtime: runtime) { _, out in
      found += out["score"]?.values ?? []
    }
    return found
  }
}
