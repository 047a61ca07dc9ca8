import LVMCompute
import LVMModel

/// The marginal likelihood and its gradient in the constrained parameters: exact, or by as many nodes of
/// quadrature as the first parameters it is asked at need.
public final class MarginalLikelihood {
  /// The plan, and where it gets its nodes.
  private let settled: SettledPlan
  private let differentiates: Bool
  private let estimated: [EstimatedParameter]
  private var executor: PlacedExecutor?

  public convenience init(_ plan: InferencePlan, data: ModelData, runtime: Runtime = .serial) throws
  {
    try self.init(plan, data: data, runtime: runtime, differentiates: true)
  }

  /// - Parameter differentiates: whether derivatives are wanted; they take most of the time.
  init(_ plan: InferencePlan, data: ModelData, runtime: Runtime, differentiates: Bool) throws {
    self.differentiates = differentiates
    settled = SettledPlan(plan, data: data, runtime: runtime)
    estimated = plan.model.estimatedParameters()
    if plan.quadrature.isEmpty { _ = try prepared(at: [:]) }
  }

  private func prepared(at parameters: [String: Tensor]) throws -> PlacedExecutor {
    if let executor { return executor }
    let (plan, data) = (try settled.plan { parameters }, settled.data)
    let lowered = try plan.lowered(masked: data.masked, weighted: data.isWeighted).fork()
    let builder = lowered.builder
    let root = lowered.root + (try lowered.context.logPrior())
    let values = estimated.map { builder.parameter($0.name, $0.dims) }
    let gradients = differentiates ? builder.gradient(of: root, with: values) : []
    builder.setOutput(ProgramDensity.root, root)
    for (p, g) in zip(estimated, gradients) {
      builder.setOutput(UnconstrainedSpace.gradientName(p.name), g)
    }
    let made = try PlacedExecutor(
      Program(builder.finish()), plan, data: data, runtime: settled.runtime)
    executor = made
    return made
  }

  /// log p(data | parameters) plus the log prior of parameters that have one.
  public func value(_ parameters: [String: Tensor]) throws -> Double {
    try prepared(at: parameters).run(parameters)[ProgramDensity.root]?.values.first ?? .nan
  }

  /// Whether the likelihood does not tell a positive number from a half of it: it may as well be zero.
  func isEdge(_ name: String, _ entry: Int, of parameters: [String: Tensor]) throws -> Bool {
    var halved = parameters
    halved[name]?.values[entry] *= 0.5
    return !(try Swift.abs(value(halved) - value(parameters)) > 1e-2)
  }

  /// Its derivative with respect to every constrained parameter entry; matrices entry by entry.
  public func gradient(_ parameters: [String: Tensor]) throws -> [String: Tensor] {
    try evaluate(parameters).gradient
  }

  /// Value and derivative in one pass over the data.
  func evaluate(_ parameters: [String: Tensor]) throws -> (
    value: Double, gradient: [String: Tensor]
  ) {
    let out = try prepared(at: parameters).run(parameters)
    let gradient = Dictionary(
      uniqueKeysWithValues: estimated.compactMap { p in
        out[UnconstrainedSpace.gradientName(p.name)].map { (p.name, $0) }
      })
    return (out[ProgramDensity.root]?.values.first ?? .nan, gradient)
  }
}
