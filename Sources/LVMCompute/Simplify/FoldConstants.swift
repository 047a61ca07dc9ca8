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
  _ indices: [Int], in graph: Graph, data: DataColumns, runtime: Runtime = .serial,
  columns: ((String, DataColumn) -> Void)? = nil
) -> Graph {
  guard !indices.isEmpty else { return graph }
  func part(_ members: [Int]) -> Program {
    let outputs = Dictionary(uniqueKeysWithValues: members.map { (computedName($0), $0) })
    return Program(unsimplified: pruned(Graph(nodes: graph.nodes, outputs: outputs)))
  }
  var nodes = graph.nodes
  let totals = indices.filter { nodes[$0].shape.plate == nil }
  if !totals.isEmpty {
    let executor = Executor(part(totals), hoisted: data, runtime: runtime)
    guard let found = try? executor.run([:]) else { return graph }
    for i in totals {
      guard let tensor = found[computedName(i)] else { continue }
      nodes[i] = Node(
        op: .constant(tensor), inputs: [], shape: nodes[i].shape, dtype: nodes[i].dtype)
    }
  }
  let wide = indices.filter { graph.nodes[$0].shape.plate != nil }
  if !wide.isEmpty, let columns {
    guard let found = try? computed(wide, part(wide), data, runtime) else { return graph }
    for (i, column) in found {
      columns(computedName(i), column)
      nodes[i] = Node(
        op: .data(computedName(i)), inputs: [], shape: nodes[i].shape, dtype: .f64)
    }
  }
  return pruned(Graph(nodes: nodes, outputs: graph.outputs))
}

/// Columns computed from data, in memory or where `data.spill` puts them.
private func computed(
  _ indices: [Int], _ program: Program, _ data: DataColumns, _ runtime: Runtime
) throws -> [(node: Int, column: DataColumn)] {
  let shapes = program.graph.outputs.mapValues { program.graph.nodes[$0].shape }
  func column(_ i: Int, _ values: [Double]) -> DataColumn {
    let shape = shapes[computedName(i)]
    return DataColumn(plate: shape?.plate ?? .rows, dims: shape?.dims ?? [], values: values)
  }
  guard let spill = data.spill, program.isRowwise, data.layout.counts.count == 1 else {
    let found = try Executor(program, hoisted: data, runtime: runtime).run([:])
    return indices.compactMap { i in found[computedName(i)].map { (i, column(i, $0.values)) } }
  }
  let sinks = try indices.map { i in (i, try spill(shapes[computedName(i)]?.count ?? 1)) }
  try program.runPiecewise(data, parameters: [:], runtime: runtime) { _, found in
    for (i, sink) in sinks { try sink.append(found[computedName(i)]?.values ?? []) }
  }
  return try sinks.map { i, sink in
    let shape = shapes[computedName(i)]
    return (
      i,
      DataColumn(
        plate: .rows, dims: shape?.dims ?? [], source: try sink.finish(),
        instances: data.layout.count(.rows))
    )
  }
}

/// A name no column of a table has.
private func computedName(_ node: Int) -> String { "\u{0}computed \(node)" }
