extension GraphBuilder {
  /// Adds the nodes of another graph in their order, other values in place of some of its leaves.
  ///
  /// - Parameter replaced: the value that stands for a leaf, if any.
  /// - Returns: for each node of the graph its number here.
  public func addNodes(of graph: Graph, replacing replaced: (Op) -> Value?) -> [Int] {
    var numbers: [Int] = []
    numbers.reserveCapacity(graph.nodes.count)
    for node in graph.nodes {
      if node.inputs.isEmpty {
        numbers.append((replaced(node.op) ?? addLeaf(node)).id)
      } else {
        numbers.append(add(node.op, node.inputs.map { Value(builder: self, id: numbers[$0]) }).id)
      }
    }
    return numbers
  }
}
