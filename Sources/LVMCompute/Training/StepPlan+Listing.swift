extension StepPlan {
  /// The plan as text: inputs, then per phase what each tile computes, the panels and sums of the whole
  /// minibatch, and values without rows, with place and bytes of every buffer; then totals.
  var listing: String {
    var lines = [
      "step program: at most \(batchRows) rows, tiles of \(tileRows); \(memory.fixedBytes) bytes fixed, "
        + "\(memory.arenaBytes) bytes a worker"
    ]
    for (i, node) in graph.nodes.enumerated() {
      if case .parameter = node.op { lines.append("%\(i) = \(node.op.text) : \(type(i))") }
    }
    var flops = 0
    for (p, phase) in phases.enumerated() {
      if p > 0 {
        lines.append("phase \(p), each tile of rows:")
        for step in phase.steps {
          switch step {
          case .single(let i):
            lines.append("  \(line(i))")
          case .fused(let group):
            lines.append("  fused over \(group.shape), rows to dim \(group.split):")
            for i in group.members { lines.append("    \(line(i))") }
          }
        }
        if !phase.sums.isEmpty {
          let names = phase.sums.map { "%\($0.node)" }.joined(separator: " ")
          lines.append("  sums of tiles, merged in order: \(names)")
        }
        for i in schedule.phases[p].panels { lines.append("panels: \(line(i))") }
      }
      for i in schedule.phases[p].free where schedule.aliases[i] == nil {
        lines.append("free: \(line(i))")
      }
    }
    for node in graph.nodes.indices where schedule.roles[node] != .leaf {
      let rows = graph.nodes[node].shape.plate == nil ? 1 : batchRows
      var own = graph.flops(graph.nodes[node]) * rows
      if schedule.roles[node] == .reduction { own = graph.flops(graph.nodes[node]) * batchRows }
      flops += own
    }
    lines.append("\(flops) operations for \(batchRows) rows")
    return lines.joined(separator: "\n") + "\n"
  }

  private func type(_ i: Int) -> String { "\(graph.nodes[i].dtype)\(graph.nodes[i].shape)" }

  private func line(_ i: Int) -> String {
    let node = graph.nodes[i]
    let inputs = node.inputs.map { "%\($0)" }.joined(separator: " ")
    let call = node.inputs.isEmpty ? node.op.text : "\(node.op.text) \(inputs)"
    let bytes = node.shape.count * node.dtype.byteCount
    let root = schedule.root(i)
    let place =
      memory.offsets[root].map { offset in
        memory.bases[root] == nil ? "tile at \(offset)" : "at \(offset)"
      } ?? (memory.bases[root] == nil ? "register" : "parameters")
    return "%\(i) = \(call) : \(type(i))  \(graph.flops(node)) flops, \(bytes) bytes, \(place)"
  }
}
