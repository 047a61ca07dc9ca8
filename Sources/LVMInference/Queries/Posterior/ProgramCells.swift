import LVMCompute
import LVMModel

/// The distributions of observed variables' cells, read off the factor program.
///
/// Rows without a missing cell are left out where rows are independent of one another, but for fresh values.
struct ProgramCells: PosteriorQuery {
  private let plan: InferencePlan
  private let posterior: ProgramPosterior
  private let program: Program
  private let handles: [LoweredPredictive]
  let rows: [Int]?
  let step: Int

  /// Numbers of one block of rows that are held at a time.
  private static let block = 2_000_000

  /// - Throws: `QueryError` where a distribution has no closed form.
  init(_ posterior: ProgramPosterior, of names: [String], fromLatentsAlone: Bool) throws {
    self.posterior = posterior
    let data = posterior.data
    let ids = names.compactMap { posterior.plan.model.variable(named: $0)?.id }
    guard !ids.isEmpty else {
      (plan, program, handles) = (posterior.plan, Program(GraphBuilder().finish()), [])
      (rows, step) = ([], 1)
      return
    }
    plan = try posterior.plan.settledForQuery(
      data, posterior.parameters, runtime: posterior.runtime
    ).plan
    (program, handles) = try PredictiveLowering(
      plan, masked: data.masked, fromLatentsAlone: fromLatentsAlone
    ).program(ids)
    let width = handles.map { h in
      h.size * h.axes.reduce(1) { $0 * $1.values } * 4
    }.reduce(1, +)
    step = max(1, Self.block / width)
    if plan.nesting.count > 1 || plan.hasChain {
      rows = nil
    } else {
      rows = fromLatentsAlone ? Array(0..<data.rows) : data.incompleteRows(of: names)
    }
  }

  func mixtures(at some: ArraySlice<Int>) throws -> [Mixture] {
    let data = posterior.data
    guard rows != nil else {
      let out = try run(on: data)
      return try handles.enumerated().map { i, h in
        let plate = plan.nesting.compute(plan.model[h.variable].plate)
        return try mixture(h, i, out, plate.index, Array(0..<data.columns.layout.count(plate)))
      }
    }
    let out = some.isEmpty ? [:] : try run(on: data.selecting(rows: Array(some)))
    return try handles.enumerated().map { try mixture($1, $0, out, 0, Array(some)) }
  }

  private func run(on data: ModelData) throws -> [String: Tensor] {
    try PlacedExecutor(program, plan, data: data, runtime: posterior.runtime)
      .run(posterior.parameters)
  }

  private func mixture(
    _ h: LoweredPredictive, _ i: Int, _ out: [String: Tensor], _ plate: Int,
    _ instances: [Int]
  ) throws -> Mixture {
    func values(_ name: String) -> [Double] { out["\(i).\(name)"]?.values ?? [] }
    let content: Mixture.Content
    switch h.content {
    case .probabilities(_, let k): content = .probabilities(values("p"), values: k)
    case .normal:
      content = .normal(mean: values("m"), variance: values("v"))
    case .scalar(let form, let mean, _, let arguments):
      let numbers = arguments.indices.map { values("a\($0)") }
      if mean == nil, let form {
        let (m, v) = form.moments(numbers)
        content = .scalar(form, mean: m, variance: v, arguments: numbers)
      } else {
        content = .scalar(form, mean: values("m"), variance: values("v"), arguments: numbers)
      }
    case .drawn(let reason): content = .drawn(reason: reason)
    }
    let states = h.axes.reduce(1) { $0 * $1.values }
    return try Mixture(
      variable: h.variable, plate: plate, instances: instances, size: h.size,
      weights: h.weights == nil
        ? [Double](repeating: 1, count: instances.count) : values("w"),
      contexts: [.init(states: states, axes: h.axes, parameters: nil)], content: content,
      nodes: Dictionary(
        uniqueKeysWithValues: h.nodes.map { ($0.latent, values("n\($0.latent.index)")) })
    ).checked(plan.model)
  }
}
