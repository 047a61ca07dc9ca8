/// A graph in which what depends on constants alone is a constant.
func folded(_ graph: Graph) -> Graph {
  let largest = 1 << 16
  var fixed = [Bool](repeating: false, count: graph.nodes.count)
  for (i, node) in graph.nodes.enumerated() {
    if case .constant = node.op {
      fixed[i] = true
    } else {
      fixed[i] =
        !node.inputs.isEmpty && node.inputs.allSatisfy { fixed[$0] } && node.shape.plate == nil
        && node.shape.count <= largest
    }
  }
  return replacing(edge(of: fixed, graph), in: graph, data: .none)
}

/// Nodes of a set that something outside it needs, other than leaves; on plates f64 alone, as columns are.
func edge(of fixed: [Bool], _ graph: Graph) -> [Int] {
  var needed = Set(graph.outputs.values.filter { fixed[$0] })
  for (i, node) in graph.nodes.enumerated() where !fixed[i] {
    for input in node.inputs where fixed[input] { needed.insert(input) }
  }
  return needed.filter {
    let node = graph.nodes[$0]
    return !node.inputs.isEmpty && (node.dtype == .f64 || node.shape.plate == nil)
  }.sorted()
}

/// Computes nodes that depend on no parameter and puts their values in their place: constants, or
/// columns of `columns` where they are on a plate.
func replacing(
  _ indices: [Int], in graph: Graph, data: DataColumns,
  columns: ((String, DataColumn) -> Void)? = nil
) -> Graph {
  guard !indices.isEmpty else { return graph }
  let outputs = Dictionary(uniqueKeysWithValues: indices.map { (computedName($0), $0) })
  let part = pruned(Graph(nodes: graph.nodes, outputs: outputs))
  let executor = Executor(Program(unsimplified: part), hoisted: data, threads: 1)
  guard let found = try? executor.run([:]) else { return graph }
  var nodes = graph.nodes
  for i in indices {
    guard let tensor = found[computedName(i)] else { continue }
    let node = nodes[i]
    if let plate = node.shape.plate {
      columns?(
        computedName(i), DataColumn(plate: plate, dims: node.shape.dims, values: tensor.values))
      nodes[i] = Node(op: .data(computedName(i)), inputs: [], shape: node.shape, dtype: .f64)
    } else {
      nodes[i] = Node(op: .constant(tensor), inputs: [], shape: node.shape, dtype: node.dtype)
    }
  }
  return pruned(Graph(nodes: nodes, outputs: graph.outputs))
}

/// A name no column of a table has.
private func computedName(_ node: Int) -> String { "\u{0}computed \(node)" }
