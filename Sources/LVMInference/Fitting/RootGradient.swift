import LVMCompute
import LVMModel

/// The marginal likelihood and its gradient in the constrained parameters: exact, or by as many nodes of
/// quadrature as the first parameters it is asked at need.
public final class RootGradient {
  private let plan: Plan
  private let data: ModelData
  private let threads: Int
  private var executor: PlacedExecutor?
  private var names: [String] = []

  public init(_ plan: Plan, data: ModelData, threads: Int = 1) throws {
    self.plan = plan
    self.data = data
    self.threads = threads
    if plan.quadrature.isEmpty { executor = try make(plan) }
  }

  private func prepared(at parameters: [String: Tensor]) throws -> PlacedExecutor {
    if let executor { return executor }
    let fine = try plan.settled(
      data, parameters, threads: threads, tolerance: QuadratureAccuracy.fineTolerance)
    let made = try make(fine.plan)
    executor = made
    return made
  }

  private func make(_ plan: Plan) throws -> PlacedExecutor {
    let lowered = try LoweredModel(plan, masked: data.masked, weighted: data.isWeighted)
    let builder = lowered.builder
    let root = lowered.root + (try lowered.context.logPrior())
    let parameters = plan.model.variables.filter { v in
      guard v.role == .param else { return false }
      if case .equal = v.definition { return false }
      return true
    }
    let values = parameters.map { builder.parameter($0.name, $0.type.dims ?? []) }
    let gradients = builder.gradient(of: root, with: values)
    builder.setOutput("$root", root)
    for (p, g) in zip(parameters, gradients) { builder.setOutput("$d.\(p.name)", g) }
    names = parameters.map(\.name)
    return try PlacedExecutor(
      Program(builder.finish()), plan, data: data, threads: threads)
  }

  /// log p(data | parameters) plus the log prior of parameters that have one.
  public func value(_ parameters: [String: Tensor]) throws -> Double {
    try prepared(at: parameters).run(parameters)["$root"]?.values.first ?? .nan
  }

  /// Its derivative with respect to every constrained parameter entry; matrices entry by entry.
  public func gradient(_ parameters: [String: Tensor]) throws -> [String: Tensor] {
    let out = try prepared(at: parameters).run(parameters)
    return Dictionary(
      uniqueKeysWithValues: names.compactMap { n in out["$d.\(n)"].map { (n, $0) } })
  }
}

/// Quasi-Newton ascent on the marginal likelihood (plus log prior) in free coordinates.
final class GradientAscent {
  private let executor: PlacedExecutor
  private let parameters: [(name: String, kind: ElementKind, dims: [Int])]
  /// Least values of spreads, which free numbers are measured from.
  private let floors: [String: Tensor]

  init(
    _ plan: Plan, data: ModelData, threads: Int, floor: VarianceFloor? = nil,
    seeds: Bool = false, only chosen: Set<VariableID>? = nil
  ) throws {
    let estimated = plan.model.variables.filter { v in
      guard v.role == .param, chosen?.contains(v.id) ?? true else { return false }
      if case .equal = v.definition { return false }
      return true
    }
    parameters = estimated.map { ($0.name, $0.type.kind, $0.type.dims ?? []) }
    var floors: [String: Tensor] = [:]
    for v in estimated {
      floors[v.name] = floor?.lowest(v.name, v.type.dims ?? [])
    }
    self.floors = floors
    let prepare = { (context: LoweringContext) in
      for v in estimated {
        let free = context.builder.parameter(Maximization.freeName(v.name), v.type.dims ?? [])
        let value = Transform.constrain(free, v.type.kind)
        context.replacements[v.id] = Lowered(
          floors[v.name].map { value + context.builder.constant($0) } ?? value)
      }
    }
    let lowered = try LoweredModel(
      plan, masked: data.masked, weighted: data.isWeighted, seeds: seeds, prepare: prepare)
    let builder = lowered.builder
    let frees = estimated.map {
      builder.parameter(Maximization.freeName($0.name), $0.type.dims ?? [])
    }
    let root = lowered.root + (try lowered.context.logPrior())
    let gradients = builder.gradient(of: root, with: frees)
    builder.setOutput("$root", root)
    for (p, g) in zip(parameters, gradients) {
      builder.setOutput(Maximization.gradientName(p.name), g)
    }
    executor = try PlacedExecutor(
      Program(builder.finish()), plan, data: data, threads: threads, prepare: prepare)
  }

  /// Climbs from a point; parameters that are not climbed stay as they are.
  ///
  /// `scales`: units of free coordinates, entry by entry, where 1 is far from what they vary by.
  func climb(
    from start: [String: Tensor], search: QuasiNewton, scales: [String: [Double]] = [:],
    step: (Int, Double) throws -> Bool = { _, _ in true }
  ) throws -> (parameters: [String: Tensor], outcome: QuasiNewton.Outcome) {
    let sizes = parameters.map { $0.dims.reduce(1, *) }
    let units = zip(parameters, sizes).flatMap { p, n in
      scales[p.name].flatMap { $0.count == n ? $0 : nil } ?? [Double](repeating: 1, count: n)
    }
    func tensors(_ scaled: [Double]) -> [String: Tensor] {
      let x = zip(scaled, units).map { $0 * $1 }
      var at = 0
      var values = start
      for (p, n) in zip(parameters, sizes) {
        values[Maximization.freeName(p.name)] = Tensor(p.dims, Array(x[at..<(at + n)]))
        at += n
      }
      return values
    }
    let free0 = parameters.flatMap { p in
      let value = start[p.name] ?? Tensor(repeating: 0, p.dims)
      return Transform.free(floors[p.name].map { Self.above($0, value, p.kind) } ?? value, p.kind)
        .values
    }
    let x0 = zip(free0, units).map { $0 / $1 }
    let outcome = try search.maximise(
      from: x0,
      { x in
        let out = try executor.run(tensors(x))
        let gradient = parameters.flatMap { out[Maximization.gradientName($0.name)]?.values ?? [] }
        return (out["$root"]?.values.first ?? .nan, zip(gradient, units).map { $0 * $1 })
      }, step: step)
    var result = start
    let free = tensors(outcome.point)
    for p in parameters {
      if let u = free[Maximization.freeName(p.name)] {
        var value = try Constrained.value(u, p.kind)
        if let floor = floors[p.name] {
          for i in value.values.indices { value.values[i] += floor.values[i] }
        }
        result[p.name] = value
      }
    }
    return (result, outcome)
  }

  /// What a value has above its floor.
  private static func above(_ floor: Tensor, _ value: Tensor, _ kind: ElementKind) -> Tensor {
    var result = value
    for i in value.values.indices {
      let rest = value.values[i] - floor.values[i]
      result.values[i] = kind == .positive ? Swift.max(rest, 1e-12 * floor.values[i]) : rest
    }
    return result
  }
}
