/// One node of a tensor program: an operation, its inputs (indices of earlier nodes), its shape.
public struct Node: Hashable, Sendable {
  public let op: Op
  public let inputs: [Int]
  public let shape: Shape
  public let dtype: DType

  /// A node as it stands: only `verify` checks that its shape is the one its op gives.
  public init(op: Op, inputs: [Int], shape: Shape, dtype: DType) {
    self.op = op
    self.inputs = inputs
    self.shape = shape
    self.dtype = dtype
  }
}

/// A tensor program: nodes in an order where inputs come before their users.
///
/// Immutable once built; gradient, simplification and fusion are functions from graph to graph.
public struct Graph: Sendable {
  public let nodes: [Node]
  /// Named results, by node index.
  public let outputs: [String: Int]

  public init(nodes: [Node], outputs: [String: Int]) {
    self.nodes = nodes
    self.outputs = outputs
  }

  /// The same nodes with some of the outputs.
  func keeping(_ names: [String]) -> Graph {
    Graph(nodes: nodes, outputs: outputs.filter { names.contains($0.key) })
  }
}

/// Builds a graph. Equal operations on equal inputs become one node as they are added.
///
/// Shapes that do not fit are programming errors here (preconditions); user-visible shape errors are
/// found earlier, by the model checker.
public final class GraphBuilder {
  public private(set) var nodes: [Node] = []
  public private(set) var outputs: [String: Int] = [:]
  private var known: [Node: Int] = [:]

  public init() {}

  /// Goes on from a graph; its nodes keep their indices, its outputs stay.
  public init(_ graph: Graph) {
    nodes = graph.nodes
    outputs = graph.outputs
    for (i, node) in graph.nodes.enumerated() where known[node] == nil { known[node] = i }
  }

  /// Adds a node unless an equal one exists.
  public func add(_ op: Op, _ inputs: [Value]) -> Value {
    let inferred = inferShape(op, inputs.map { nodes[$0.id].shape })
    let dtype = inferType(op, inputs.map { nodes[$0.id].dtype })
    return append(Node(op: op, inputs: inputs.map(\.id), shape: inferred, dtype: dtype))
  }

  /// A named parameter, without a plate.
  public func parameter(_ name: String, _ dims: [Int], dtype: DType = .f64) -> Value {
    append(Node(op: .parameter(name), inputs: [], shape: Shape(dims), dtype: dtype))
  }

  /// A named column of data on a plate.
  public func data(_ name: String, plate: PlateID = .rows, _ dims: [Int], dtype: DType = .f64)
    -> Value
  {
    append(Node(op: .data(name), inputs: [], shape: Shape(plate: plate, dims), dtype: dtype))
  }

  public func constant(_ tensor: Tensor) -> Value {
    append(Node(op: .constant(tensor), inputs: [], shape: Shape(tensor.dims), dtype: .f64))
  }

  public func constant(_ scalar: Double) -> Value { constant(Tensor(scalar)) }

  /// A constant in a given number format.
  public func constant(_ tensor: Tensor, dtype: DType) -> Value {
    let value = constant(tensor)
    return dtype == .f64 ? value : add(.cast(dtype), [value])
  }

  /// 1 for each instance of a plate.
  public func ones(_ plate: PlateID) -> Value {
    append(Node(op: .ones, inputs: [], shape: Shape(plate: plate), dtype: .f64))
  }

  /// Adds a leaf of another graph.
  func addLeaf(_ node: Node) -> Value { append(node) }

  public func setOutput(_ name: String, _ value: Value) { outputs[name] = value.id }

  public func shape(_ value: Value) -> Shape { nodes[value.id].shape }

  /// The graph of everything added so far.
  public func finish() -> Graph { Graph(nodes: nodes, outputs: outputs) }

  /// The nodes that one value is computed from, as a graph with a single output; the others are not
  /// looked at.
  public func graph(of value: Value, named name: String) -> Graph {
    var places: [Int: Int] = [value.id: 0]
    var open = [value.id]
    while let next = open.popLast() {
      for input in nodes[next].inputs where places.updateValue(0, forKey: input) == nil {
        open.append(input)
      }
    }
    var result: [Node] = []
    for id in places.keys.sorted() {
      let node = nodes[id]
      places[id] = result.count
      result.append(
        Node(
          op: node.op, inputs: node.inputs.map { places[$0] ?? 0 }, shape: node.shape,
          dtype: node.dtype))
    }
    return Graph(nodes: result, outputs: [name: result.count - 1])
  }

  private func append(_ node: Node) -> Value {
    if let index = known[node] { return Value(builder: self, id: index) }
    nodes.append(node)
    known[node] = nodes.count - 1
    return Value(builder: self, id: nodes.count - 1)
  }
}

/// The number format an operation gives: f32 where all inputs are, else f64.
func inferType(_ op: Op, _ inputs: [DType]) -> DType {
  if case .cast(let type) = op { return type }
  return inputs.contains(.f32) && !inputs.contains(.f64) ? .f32 : .f64
}

/// A handle on a node under construction; arithmetic on handles adds nodes.
public struct Value {
  public let builder: GraphBuilder
  public let id: Int

  public init(builder: GraphBuilder, id: Int) {
    self.builder = builder
    self.id = id
  }

  public var shape: Shape { builder.shape(self) }
  public var dtype: DType { builder.nodes[id].dtype }
}

extension Value {
  public static func + (a: Value, b: Value) -> Value { a.builder.add(.binary(.add), [a, b]) }
  public static func - (a: Value, b: Value) -> Value { a.builder.add(.binary(.subtract), [a, b]) }
  public static func * (a: Value, b: Value) -> Value { a.builder.add(.binary(.multiply), [a, b]) }
  public static func / (a: Value, b: Value) -> Value { a.builder.add(.binary(.divide), [a, b]) }
  public static prefix func - (a: Value) -> Value { a.builder.add(.unary(.negate), [a]) }

  public static func + (a: Value, b: Double) -> Value { a + a.builder.constant(b) }
  public static func - (a: Value, b: Double) -> Value { a - a.builder.constant(b) }
  public static func * (a: Value, b: Double) -> Value { a * a.builder.constant(b) }
  public static func / (a: Value, b: Double) -> Value { a / a.builder.constant(b) }
  public static func + (a: Double, b: Value) -> Value { b.builder.constant(a) + b }
  public static func - (a: Double, b: Value) -> Value { b.builder.constant(a) - b }
  public static func * (a: Double, b: Value) -> Value { b.builder.constant(a) * b }
  public static func / (a: Double, b: Value) -> Value { b.builder.constant(a) / b }

  public func apply(_ function: UnaryFunction) -> Value { builder.add(.unary(function), [self]) }
  public func apply(_ function: BinaryFunction, _ other: Value) -> Value {
    builder.add(.binary(function), [self, other])
  }

  public func exp() -> Value { apply(.exp) }
  public func log() -> Value { closedLog ?? apply(.log) }
  public func log1p() -> Value { closedLog1p ?? apply(.log1p) }
  public func sqrt() -> Value { apply(.sqrt) }
  public func square() -> Value { apply(.square) }
  public func lgamma() -> Value { apply(.lgamma) }
  public func softplus() -> Value { apply(.softplus) }

  public func reshape(_ dims: [Int]) -> Value {
    shape.dims == dims ? self : builder.add(.reshape(dims), [self])
  }
  public func transpose(_ permutation: [Int]) -> Value {
    permutation == Array(permutation.indices)
      ? self : builder.add(.transpose(permutation), [self])
  }
  public func broadcast(_ dims: [Int]) -> Value {
    shape.dims == dims ? self : builder.add(.broadcast(dims), [self])
  }
  public func slice(axis: Int, start: Int, count: Int) -> Value {
    builder.add(.slice(axis: axis, start: start, count: count), [self])
  }
  /// Sum over static dims, which disappear.
  public func sum(axes: [Int]) -> Value {
    axes.isEmpty ? self : builder.add(.sum(axes: axes), [self])
  }
  /// Sum over all static dims; the plate stays.
  public func sumAll() -> Value { sum(axes: Array(shape.dims.indices)) }
  public func max(axes: [Int]) -> Value {
    axes.isEmpty ? self : builder.add(.max(axes: axes), [self])
  }
  public func logSumExp(axes: [Int]) -> Value {
    axes.isEmpty ? self : builder.add(.logSumExp(axes: axes), [self])
  }
  public func sumPlate() -> Value { shape.plate == nil ? self : builder.add(.sumPlate, [self]) }
  public func segmentSum(_ outer: PlateID) -> Value { builder.add(.segmentSum(outer), [self]) }
  public func spread(_ inner: PlateID) -> Value { builder.add(.spread(inner), [self]) }
  public func cast(_ type: DType) -> Value {
    dtype == type ? self : builder.add(.cast(type), [self])
  }
  public func stopGradient() -> Value { builder.add(.stopGradient, [self]) }
  /// self where `condition` is not zero, else `other`.
  public func selected(where condition: Value, else other: Value) -> Value {
    builder.add(.select, [condition, self, other])
  }
  public func cholesky() -> Value { builder.add(.cholesky, [self]) }
  public func diagonal() -> Value { builder.add(.diagonal, [self]) }
  public func diagonalMatrix() -> Value { builder.add(.diagonalMatrix, [self]) }

  /// A contraction; see `ContractSpec`.
  public func contract(
    _ other: Value, left: [Int], right: [Int], output: [Int], keepsPlate: Bool = true
  ) -> Value {
    builder.add(
      .contract(ContractSpec(left: left, right: right, output: output, keepsPlate: keepsPlate)),
      [self, other])
  }
}
