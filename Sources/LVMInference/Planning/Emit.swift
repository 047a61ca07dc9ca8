import LVMCompute
import LVMModel
import LVMSyntax

/// The tensor program of a plan as text, a node a line: number, operation, inputs, shape.
///
/// It is the program of the root log p(data | parameters) before any gradient is taken.
public func emitCompute(plan: Plan, masked: Set<String> = []) throws -> String {
  let lowered: LoweredModel
  do {
    lowered = try LoweredModel(plan, masked: masked)
  } catch let failure as LoweringFailure {
    throw Diagnostics(
      source: plan.model.source,
      items: [
        PlanError.lowering(variable: plan.model.name, reason: failure.reason).at(failure.span)
      ])
  }
  lowered.builder.setOutput("log p", lowered.root)
  let graph = lowered.builder.finish()
  var lines: [String] = []
  for (i, node) in graph.nodes.enumerated() {
    let inputs = node.inputs.map { "%\($0)" }.joined(separator: ", ")
    lines.append("%\(i) = \(name(of: node.op))(\(inputs)) : \(node.shape) \(node.dtype.rawValue)")
  }
  for (output, node) in graph.outputs.sorted(by: { $0.key < $1.key }) {
    lines.append("output \(output) = %\(node)")
  }
  return lines.joined(separator: "\n") + "\n"
}

/// An operation as text; a constant of many numbers is cut short.
private func name(of op: Op) -> String {
  let text = "\(op)"
  return text.count <= 120 ? text : text.prefix(117) + "…"
}
