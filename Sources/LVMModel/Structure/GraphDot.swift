import LVMSyntax

/// The graph for Graphviz: plates as boxes, observed variables shaded, dashed edges from earlier
/// rows.
extension ModelGraph {
  public var dot: String {
    var lines = [
      "digraph \(quoted(name)) {", "  rankdir = TB;", "  node [fontname = \"Helvetica\"];",
    ]
    lines += body(of: .global, indent: "  ")
    for variable in variables {
      for parent in parents(of: variable.id).sorted() {
        lines.append("  \(node(parent)) -> \(node(variable.id));")
      }
      for parent in pastParents(of: variable.id).sorted() {
        lines.append("  \(node(parent)) -> \(node(variable.id)) [style = dashed];")
      }
    }
    return lines.joined(separator: "\n") + "\n}\n"
  }

  private func node(_ id: VariableID) -> String { "v\(id.index)" }

  private func body(of plate: PlateIndex, indent: String) -> [String] {
    var lines: [String] = []
    for variable in variables where variable.plate == plate {
      lines.append("\(indent)\(node(variable.id)) [\(style(of: variable))];")
    }
    for index in plates.indices where plates[index].parent == plate {
      let inner = PlateIndex(index)
      lines.append("\(indent)subgraph cluster_\(index) {")
      lines.append("\(indent)  label = \(quoted("each " + label(of: inner)));")
      lines += body(of: inner, indent: indent + "  ")
      lines.append("\(indent)}")
    }
    return lines
  }

  private func style(of variable: Variable) -> String {
    let label = "label = \(quoted(variable.name)), tooltip = \(quoted(variable.type.description))"
    switch variable.role {
    case .latent: return label + ", shape = ellipse"
    case .observe: return label + ", shape = ellipse, style = filled, fillcolor = lightgray"
    case .given: return label + ", shape = ellipse, style = filled, fillcolor = gray95"
    case .param: return label + ", shape = point, xlabel = \(quoted(variable.name))"
    case .binding: return label + ", shape = box, style = rounded"
    }
  }

  private func quoted(_ text: String) -> String {
    "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
  }
}
