import LVMCompute
import LVMModel

/// Estimated parameters as one vector of free numbers, its points, and back.
///
/// Free numbers lie parameter by parameter, each through its chart. Those that are not held are the
/// coordinates of a point; a preconditioner and units may turn and scale them.
public struct UnconstrainedSpace: Sendable {
  public private(set) var blocks: [Block]
  /// Of real parameters, whose free numbers are then its coordinates.
  private let preconditioner: Preconditioner?
  /// Place among all free numbers of each number of the preconditioner.
  private let preconditioned: [Int]
  /// Place among all free numbers of each coordinate; nil if that is all of them.
  private var places: [Int]?
  /// All free numbers of which the held ones count; empty where none is held.
  private var anchor: [Double] = []
  /// Units of the coordinates; empty if they are all 1.
  private var units: [Double] = []

  static func inputName(_ parameter: String) -> String { "$u.\(parameter)" }
  static func gradientName(_ parameter: String) -> String { "$d.\(parameter)" }

  /// How many coordinates a point has.
  public var dimension: Int { places?.count ?? size }
  /// How many free numbers there are.
  private var size: Int { blocks.reduce(0) { $0 + $1.count } }
  /// Whether the coordinates are as many as the degrees of freedom that are not held.
  public var isMinimal: Bool { blocks.allSatisfy(\.isMinimal) }

  /// The space of some parameters; under the policy `minimal` redundant entries are held, the last of each simplex
  /// among them, so long as there is a chart without them.
  ///
  /// - Parameters:
  ///   - floors: the least values of spreads, by the name of the parameter; free numbers are measured from them.
  ///   - values: constrained values, of whose simplexes the largest entries are held; the last ones where none are
  ///     given.
  public init(
    _ parameters: [EstimatedParameter], policy: ChartPolicy, floors: [String: Tensor] = [:],
    at values: [String: Tensor] = [:]
  ) {
    self.init(parameters, policy: policy, floors: floors, at: values, preconditioner: nil)
  }

  init(
    _ parameters: [EstimatedParameter], policy: ChartPolicy, floors: [String: Tensor] = [:],
    at values: [String: Tensor] = [:], preconditioner: Preconditioner?
  ) {
    self.preconditioner = preconditioner
    var at = 0
    var preconditioned = [Int](repeating: 0, count: preconditioner?.count ?? 0)
    blocks = parameters.map { p in
      let range = at..<(at + p.count)
      if let offset = preconditioner?.layout.offsets[p.id] {
        for (i, place) in range.enumerated() { preconditioned[offset + i] = place }
      }
      at = range.upperBound
      return Block(
        id: p.id, name: p.name, chart: policy.chart(of: p.kind), dims: p.dims,
        floor: floors[p.name], range: range)
    }
    self.preconditioned = preconditioned
    if policy == .minimal {
      var redundant: [String: Set<Int>] = [:]
      for b in blocks { redundant[b.name] = b.chart.redundant(b.dims, at: values[b.name]) }
      hold(redundant, at: values)
    }
  }

  // MARK: Spaces that hold some entries, or have other units

  /// The space with some more free entries held where values put them, in units of 1.
  public func holding(_ entries: [String: Set<Int>], at values: [String: Tensor]) -> Self {
    var result = self
    result.hold(entries, at: values)
    return result
  }

  private mutating func hold(_ entries: [String: Set<Int>], at values: [String: Tensor]) {
    units = []
    var (all, at) = (0, 0)
    var free: [Int] = []
    for i in blocks.indices {
      blocks[i].held.formUnion(entries[blocks[i].name] ?? [])
      let own = blocks[i].entries
      free += own.map { all + $0 }
      blocks[i].range = at..<(at + own.count)
      all += blocks[i].count
      at += own.count
    }
    places = free.count == all ? nil : free
    self = anchored(at: values)
  }

  /// The same coordinates, with what is held where some values put it.
  public func anchored(at values: [String: Tensor]) -> Self {
    guard places != nil else { return self }
    var result = self
    result.anchor = whole(values)
    return result
  }

  /// The same space in coordinates of which one is so many free numbers: `units` has a positive number for each
  /// coordinate of a parameter; those of a parameter that is not named stay.
  public func scaled(by units: [String: [Double]]) -> Self {
    var result = self
    guard !units.isEmpty else { return result }
    let own = self.units.isEmpty ? [Double](repeating: 1, count: dimension) : self.units
    result.units = blocks.flatMap { b -> [Double] in
      guard let given = units[b.name], given.count == b.range.count else {
        return Array(own[b.range])
      }
      return zip(own[b.range], given).map { $0 * $1 }
    }
    return result
  }

  /// Coordinates of a point without units, and back.
  func withoutUnits(_ point: [Double]) -> [Double] {
    units.isEmpty ? point : zip(point, units).map { $0 * $1 }
  }

  func inUnits(_ point: [Double]) -> [Double] {
    units.isEmpty ? point : zip(point, units).map { $0 / $1 }
  }

  // MARK: Points and values

  /// All free numbers of some values, preconditioned; those of a value that is not given are zero.
  private func whole(_ values: [String: Tensor]) -> [Double] {
    let own = blocks.flatMap { b -> [Double] in
      guard let value = values[b.name] else { return [Double](repeating: 0, count: b.count) }
      return b.chart.unconstrain(b.aboveFloor(value)).values
    }
    return mapped(own) { $0.coordinates(of: $1) }
  }

  /// All free numbers with those of the preconditioner replaced by what a function makes of them.
  private func mapped(_ all: [Double], _ body: (Preconditioner, [Double]) -> [Double]) -> [Double] {
    guard let preconditioner else { return all }
    var result = all
    let own = preconditioned.map { all[$0] }
    for (place, value) in zip(preconditioned, body(preconditioner, own)) { result[place] = value }
    return result
  }

  /// The coordinates of constrained values.
  public func point(of values: [String: Tensor]) -> [Double] {
    let all = atAnchor(whole(values))
    return inUnits(places.map { $0.map { all[$0] } } ?? all)
  }

  /// Free numbers of each simplex moved together, so that its held entry is where it is held: a softmax does not
  /// change with what all of them have in common.
  private func atAnchor(_ all: [Double]) -> [Double] {
    guard !anchor.isEmpty else { return all }
    var result = all
    var at = 0
    for b in blocks {
      defer { at += b.count }
      guard b.chart == .softmax, let k = b.dims.last, k > 0 else { continue }
      for start in stride(from: 0, to: b.count, by: k) {
        guard let held = (start..<(start + k)).first(where: b.held.contains) else { continue }
        let shift = anchor[at + held] - all[at + held]
        guard shift != 0, shift.isFinite else { continue }
        for i in start..<(start + k) { result[at + i] += shift }
      }
    }
    return result
  }

  /// The free numbers of each block at a point.
  private func freeTensors(at point: [Double]) -> [Tensor] {
    let own = withoutUnits(point)
    var all = own
    if let places {
      all = anchor
      for (place, x) in zip(places, own) { all[place] = x }
    }
    all = mapped(all) { $0.parameters(at: $1) }
    var at = 0
    return blocks.map { b in
      defer { at += b.count }
      return Tensor(b.dims, Array(all[at..<(at + b.count)]))
    }
  }

  /// The free numbers of each parameter at a point, by its name.
  func freeNumbers(at point: [Double]) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: zip(blocks.map(\.name), freeTensors(at: point)))
  }

  /// The constrained values at a point, in place of those in `others`; values of what is no part of the space stay.
  ///
  /// - Throws: `ExecutionError` where a chart takes a tensor program that its numbers do not fit.
  public func values(
    at point: [Double], over others: [String: Tensor] = [:]
  ) throws -> [String: Tensor] {
    var result = others
    for (b, free) in zip(blocks, freeTensors(at: point)) { result[b.name] = try b.value(of: free) }
    return result
  }

  /// Inputs of a graph that the space was placed in, beside others.
  func inputs(at point: [Double], beside others: [String: Tensor] = [:]) -> [String: Tensor] {
    var result = others
    for (b, free) in zip(blocks, freeTensors(at: point)) { result[b.inputName] = free }
    return result
  }

  // MARK: Graphs

  /// Puts constrained values of free inputs in place of the parameters of a model that is going to be lowered.
  func place(in context: LoweringContext) {
    for b in blocks {
      let value = b.chart.constrain(context.builder.parameter(b.inputName, b.dims))
      context.replacements[b.id] = Lowered(
        b.floor.map { value + context.builder.constant($0) } ?? value)
    }
  }

  /// log |∂ values / ∂ coordinates| less that of the preconditioner, which is constant; nil where a chart is not minimal.
  func logJacobian(in builder: GraphBuilder) -> Value? {
    var total = builder.constant(0)
    for b in blocks where !b.range.isEmpty {
      let free = builder.parameter(b.inputName, b.dims)
      guard let own = b.chart.logJacobian(free, holding: b.held) else { return nil }
      total = total + own
    }
    return total
  }

  /// Adds the gradient of a scalar by the free numbers to the outputs of its graph.
  func setGradientOutputs(of root: Value) {
    let builder = root.builder
    let frees = blocks.map { builder.parameter($0.inputName, $0.dims) }
    for (b, g) in zip(blocks, builder.gradient(of: root, with: frees)) {
      builder.setOutput(b.gradientName, g)
    }
  }

  /// The gradient by the coordinates, from the outputs of a graph.
  func gradient(_ outputs: [String: Tensor]) -> [Double] {
    let own = blocks.flatMap { outputs[$0.gradientName]?.values ?? [] }
    guard own.count == size else { return own }
    let all = mapped(own) { $0.gradient($1) }
    return withoutUnits(places.map { $0.map { all[$0] } } ?? all)
  }
}
