/// What is wrong with a graph, in words; nothing for one that is sound.
///
/// Checks that inputs come before their users, that shapes are those the ops give, and that outputs exist.
public func verify(_ graph: Graph) -> [String] {
  var findings: [String] = []
  for (i, node) in graph.nodes.enumerated() {
    guard node.inputs.allSatisfy({ $0 >= 0 && $0 < i }) else {
      findings.append("node \(i) (\(node.op)) uses a node that does not come before it")
      continue
    }
    switch node.op {
    case .parameter, .data, .constant, .ones:
      if !node.inputs.isEmpty { findings.append("node \(i) is a leaf with inputs") }
      if case .constant(let tensor) = node.op, tensor.dims != node.shape.dims {
        findings.append("node \(i) is a constant of another shape than its values")
      }
    default:
      let shape = inferShape(node.op, node.inputs.map { graph.nodes[$0].shape })
      if shape != node.shape {
        findings.append("node \(i) (\(node.op)) has shape \(node.shape), its inputs give \(shape)")
      }
    }
  }
  for (name, index) in graph.outputs.sorted(by: { $0.key < $1.key })
  where !graph.nodes.indices.contains(index) {
    findings.append("output '\(name)' is node \(index), which does not exist")
  }
  return findings
}
