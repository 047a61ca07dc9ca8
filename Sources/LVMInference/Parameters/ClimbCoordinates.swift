import LVMCompute
import LVMModel

/// The parameters of a climb as one vector of free numbers, measured from the floors under spreads.
struct ClimbCoordinates {
  let parameters: [(name: String, kind: ElementKind, dims: [Int])]
  private let estimated: [Variable]
  /// Least values of spreads, which free numbers are measured from.
  private let floors: [String: Tensor]
  let sizes: [Int]
  /// Coordinates of real parameters in which their predictors move by about one.
  private let basis: PredictorBasis?
  /// Place in this vector of each entry of the basis.
  private let places: [Int]

  init(
    _ plan: Plan, floor: VarianceFloor?, only chosen: Set<VariableID>? = nil,
    basis: PredictorBasis? = nil
  ) {
    estimated = plan.model.variables.filter { v in
      guard v.role == .param, chosen?.contains(v.id) ?? true else { return false }
      if case .equal = v.definition { return false }
      return true
    }
    parameters = estimated.map { ($0.name, $0.type.kind, $0.type.dims ?? []) }
    sizes = parameters.map { $0.dims.reduce(1, *) }
    var floors: [String: Tensor] = [:]
    for v in estimated {
      floors[v.name] = floor?.lowest(v.name, v.type.dims ?? [])
    }
    self.floors = floors
    self.basis = basis
    var at = 0
    var places = [Int](repeating: 0, count: basis?.layout.count ?? 0)
    for (v, size) in zip(estimated, sizes) {
      if let offset = basis?.layout.offsets[v.id] {
        for i in 0..<size { places[offset + i] = at + i }
      }
      at += size
    }
    self.places = places
  }

  /// Entries of the basis in this vector replaced by what a function makes of them.
  private func mapped(_ x: [Double], _ body: (PredictorBasis, [Double]) -> [Double]) -> [Double] {
    guard let basis else { return x }
    var result = x
    for (place, value) in zip(places, body(basis, places.map { x[$0] })) { result[place] = value }
    return result
  }

  /// Puts constrained values of free inputs in place of the parameters.
  func place(in context: LoweringContext) {
    for v in estimated {
      let free = context.builder.parameter(Maximization.freeName(v.name), v.type.dims ?? [])
      let value = Transform.constrain(free, v.type.kind)
      context.replacements[v.id] = Lowered(
        floors[v.name].map { value + context.builder.constant($0) } ?? value)
    }
  }

  /// Adds the gradient of a scalar in the free coordinates to the outputs of its graph.
  func setGradientOutputs(of root: Value) {
    let builder = root.builder
    let frees = parameters.map { builder.parameter(Maximization.freeName($0.name), $0.dims) }
    for (p, g) in zip(parameters, builder.gradient(of: root, with: frees)) {
      builder.setOutput(Maximization.gradientName(p.name), g)
    }
  }

  func gradient(_ out: [String: Tensor]) -> [Double] {
    let own = parameters.flatMap { out[Maximization.gradientName($0.name)]?.values ?? [] }
    return own.count == sizes.reduce(0, +) ? mapped(own) { $0.gradient($1) } : own
  }

  func free(_ values: [String: Tensor]) -> [Double] {
    let own = parameters.flatMap { p in
      let value = values[p.name] ?? Tensor(repeating: 0, p.dims)
      return Transform.free(floors[p.name].map { Self.above($0, value, p.kind) } ?? value, p.kind)
        .values
    }
    return mapped(own) { $0.coordinates(of: $1) }
  }

  /// Inputs of a graph whose parameters were placed here, beside others.
  func inputs(_ x: [Double], beside others: [String: Tensor]) -> [String: Tensor] {
    let x = mapped(x) { $0.parameters(at: $1) }
    var at = 0
    var values = others
    for (p, n) in zip(parameters, sizes) {
      values[Maximization.freeName(p.name)] = Tensor(p.dims, Array(x[at..<(at + n)]))
      at += n
    }
    return values
  }

  /// Constrained values; parameters that are not climbed stay as they are.
  func constrained(_ x: [Double], over start: [String: Tensor]) throws -> [String: Tensor] {
    var result = start
    let free = inputs(x, beside: [:])
    for p in parameters {
      guard let u = free[Maximization.freeName(p.name)] else { continue }
      var value = try Constrained.value(u, p.kind)
      if let floor = floors[p.name] {
        for i in value.values.indices { value.values[i] += floor.values[i] }
      }
      result[p.name] = value
    }
    return result
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
