/// A graph made ready to run: simplified, with dead nodes gone and number formats made explicit.
public struct Program: Sendable {
  /// What runs. Nodes that no output needs are gone.
  public let graph: Graph

  public init(_ graph: Graph) {
    Self.check(graph)
    self.init(unsimplified: simplify(graph))
  }

  /// A program of exactly these computations.
  init(unsimplified graph: Graph) {
    self.graph = pruned(legalized(graph))
    Self.check(self.graph)
  }

  /// In optimised builds too, which tests are: it costs little beside simplifying, and a broken graph
  /// could only give wrong numbers. `fatalError` says why there, `precondition` does not.
  private static func check(_ graph: Graph) {
    for finding in verify(graph) { fatalError("a broken graph: \(finding)") }
  }

  /// Names and dimensions of the parameters it reads.
  public var parameters: [String: [Int]] {
    var result: [String: [Int]] = [:]
    for node in graph.nodes {
      if case .parameter(let name) = node.op { result[name] = node.shape.dims }
    }
    return result
  }

  /// Names and shapes of the columns it reads.
  public var data: [String: Shape] {
    var result: [String: Shape] = [:]
    for node in graph.nodes {
      if case .data(let name) = node.op { result[name] = node.shape }
    }
    return result
  }
}

/// The nodes that outputs need, in the same order.
func pruned(_ graph: Graph) -> Graph {
  var live = [Bool](repeating: false, count: graph.nodes.count)
  for index in graph.outputs.values { live[index] = true }
  for index in graph.nodes.indices.reversed() where live[index] {
    for input in graph.nodes[index].inputs { live[input] = true }
  }
  var place = [Int](repeating: -1, count: graph.nodes.count)
  var nodes: [Node] = []
  for (index, node) in graph.nodes.enumerated() where live[index] {
    place[index] = nodes.count
    nodes.append(
      Node(op: node.op, inputs: node.inputs.map { place[$0] }, shape: node.shape, dtype: node.dtype)
    )
  }
  return Graph(nodes: nodes, outputs: graph.outputs.mapValues { place[$0] })
}
