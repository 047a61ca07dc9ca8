/// A graph with the same outputs and fewer nodes: constants computed, identities gone, chains of moves
/// made one, equal nodes shared, dead nodes dropped.
///
/// No rule changes where a value is NaN or infinite.
public func simplify(_ graph: Graph) -> Graph {
  pruned(rewritten(pruned(folded(pruned(rewritten(graph))))))
}

/// One pass of the rewriting rules, from inputs to outputs.
private func rewritten(_ graph: Graph) -> Graph {
  let builder = GraphBuilder()
  var values: [Value] = []
  for node in graph.nodes {
    let inputs = node.inputs.map { values[$0] }
    if node.inputs.isEmpty {
      values.append(builder.addLeaf(node))
      continue
    }
    let new = replacement(node, inputs, builder)
    if let new, new.shape == node.shape, new.dtype == node.dtype {
      values.append(new)
    } else {
      values.append(builder.add(node.op, inputs))
    }
  }
  for (name, index) in graph.outputs { builder.setOutput(name, values[index]) }
  return builder.finish()
}
