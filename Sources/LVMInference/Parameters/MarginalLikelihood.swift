import LVMCompute
import LVMModel

/// The marginal likelihood and its gradient in the constrained parameters: exact, or by as many nodes of
/// quadrature as the first parameters it is asked at need.
public final class MarginalLikelihood {
  private let plan: Plan
  private let data: ModelData
  private let runtime: Runtime
  private let differentiates: Bool
  private var executor: PlacedExecutor?
  private var names: [String] = []

  public convenience init(_ plan: Plan, data: ModelData, runtime: Runtime = .serial) throws {
    try self.init(plan, data: data, runtime: runtime, differentiates: true)
  }

  /// - Parameter differentiates: whether derivatives are wanted; they take most of the time.
  init(_ plan: Plan, data: ModelData, runtime: Runtime, differentiates: Bool) throws {
    self.plan = plan
    self.differentiates = differentiates
    self.data = data
    self.runtime = runtime
    if plan.quadrature.isEmpty { executor = try make(plan) }
  }

  private func prepared(at parameters: [String: Tensor]) throws -> PlacedExecutor {
    if let executor { return executor }
    let fine = try plan.settled(
      data, parameters, runtime: runtime, tolerance: QuadratureAccuracy.fineTolerance)
    let made = try make(fine.plan)
    executor = made
    return made
  }

  private func make(_ plan: Plan) throws -> PlacedExecutor {
    let lowered = try plan.lowered(masked: data.masked, weighted: data.isWeighted).fork()
    let builder = lowered.builder
    let root = lowered.root + (try lowered.context.logPrior())
    let parameters = plan.model.variables.filter { v in
      guard v.role == .param else { return false }
      if case .equal = v.definition { return false }
      return true
    }
    let values = parameters.map { builder.parameter($0.name, $0.type.dims ?? []) }
    let gradients = differentiates ? builder.gradient(of: root, with: values) : []
    builder.setOutput("$root", root)
    for (p, g) in zip(parameters, gradients) { builder.setOutput("$d.\(p.name)", g) }
    names = parameters.map(\.name)
    return try PlacedExecutor(
      Program(builder.finish()), plan, data: data, runtime: runtime)
  }

  /// log p(data | parameters) plus the log prior of parameters that have one.
  public func value(_ parameters: [String: Tensor]) throws -> Double {
    try prepared(at: parameters).run(parameters)["$root"]?.values.first ?? .nan
  }

  /// Whether the likelihood does not tell a positive number from a half of it: it may as well be zero.
  func isEdge(_ name: String, _ entry: Int, of parameters: [String: Tensor]) throws -> Bool {
    var halved = parameters
    halved[name]?.values[entry] *= 0.5
    return !(try Swift.abs(value(halved) - value(parameters)) > 1e-2)
  }

  /// Its derivative with respect to every constrained parameter entry; matrices entry by entry.
  public func gradient(_ parameters: [String: Tensor]) throws -> [String: Tensor] {
    let out = try prepared(at: parameters).run(parameters)
    return Dictionary(
      uniqueKeysWithValues: names.compactMap { n in out["$d.\(n)"].map { (n, $0) } })
  }
}
