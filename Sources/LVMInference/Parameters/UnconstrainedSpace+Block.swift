import LVMCompute
import LVMModel

extension UnconstrainedSpace {
  /// One parameter's part.
  public struct Block: Sendable {
    public let id: VariableID
    public let name: String
    public let chart: Chart
    public let dims: [Int]
    /// What is added to the chart's value: the least spread.
    public let floor: Tensor?
    /// Entries of its free numbers that are not coordinates.
    public internal(set) var held: Set<Int> = []
    /// Where its coordinates lie in a point.
    public internal(set) var range: Range<Int>

    public var count: Int { dims.reduce(1, *) }
    /// Its free numbers that are coordinates, in order.
    public var entries: [Int] {
      held.isEmpty ? Array(0..<count) : (0..<count).filter { !held.contains($0) }
    }
    /// Whether its coordinates are as many as its degrees of freedom; true where none is left.
    public var isMinimal: Bool { range.isEmpty || chart.isMinimal(dims, holding: held) }
    /// Names of its free numbers in a graph, and of a gradient's output by them.
    public var inputName: String { UnconstrainedSpace.inputName(name) }
    public var gradientName: String { UnconstrainedSpace.gradientName(name) }
  }
}

extension UnconstrainedSpace.Block {
  /// The constrained value of free numbers.
  func value(of free: Tensor) throws -> Tensor {
    var value = try chart.constrain(free)
    guard let floor else { return value }
    for i in value.values.indices { value.values[i] += floor.values[i] }
    return value
  }

  /// What a value has above its floor.
  func aboveFloor(_ value: Tensor) -> Tensor {
    guard let floor else { return value }
    var result = value
    for i in value.values.indices {
      let rest = value.values[i] - floor.values[i]
      result.values[i] = chart == .exponential ? Swift.max(rest, 1e-12 * floor.values[i]) : rest
    }
    return result
  }

  /// ∂ value / ∂ free number at some free numbers: for each coordinate the derivative of each entry of the value.
  ///
  /// - Throws: `ExecutionError` if the numbers do not fit.
  public func jacobian(at free: Tensor) throws -> [[Double]] {
    let executor = Runtime.serial.evaluator(pullback)
    let columns = try (0..<count).map { e in
      var g = Tensor(repeating: 0, dims)
      g.values[e] = 1
      return try executor.run(["u": free, "g": g])["pull"]?.values ?? []
    }
    return entries.map { entry in columns.map { $0[entry] } }
  }

  /// From free numbers `u` and a gradient `g` by the value: the `value`, and `pull`, the gradient by the free numbers.
  var pullback: Program {
    let builder = GraphBuilder()
    let u = builder.parameter("u", dims)
    let value = chart.constrain(u)
    builder.setOutput("value", floor.map { value + builder.constant($0) } ?? value)
    let weight = builder.parameter("g", dims)
    builder.setOutput("pull", builder.gradient(of: (value * weight).sumAll(), with: [u])[0])
    return Program(builder.finish())
  }
}
