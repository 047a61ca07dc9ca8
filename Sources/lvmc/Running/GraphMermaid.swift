import LVM

/// The graph in Mermaid's notation, which many documents render.
extension ModelGraph {
  var mermaid: String {
    var lines = ["flowchart TB"]
    lines += mermaidBody(of: .global, indent: "  ")
    for variable in variables {
      for parent in parents(of: variable.id).sorted() {
        lines.append("  v\(parent.index) --> v\(variable.id.index)")
      }
      for parent in pastParents(of: variable.id).sorted() {
        lines.append("  v\(parent.index) -. previous .-> v\(variable.id.index)")
      }
    }
    lines.append("  classDef observed fill:#ddd,stroke:#333")
    let observed = variables.filter { $0.role == .observe || $0.role == .given }
    if !observed.isEmpty {
      lines.append(
        "  class " + observed.map { "v\($0.id.index)" }.joined(separator: ",") + " observed")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func mermaidBody(of plate: PlateIndex, indent: String) -> [String] {
    var lines: [String] = []
    for variable in variables where variable.plate == plate {
      let name = variable.name
      let shape =
        switch variable.role {
        case .latent, .observe, .given: "((\"\(name)\"))"
        case .param: "[\"\(name)\"]"
        case .binding: "(\"\(name)\")"
        }
      lines.append("\(indent)v\(variable.id.index)\(shape)")
    }
    for index in plates.indices where plates[index].parent == plate {
      let inner = PlateIndex(index)
      lines.append("\(indent)subgraph p\(index) [\"each \(label(of: inner))\"]")
      lines += mermaidBody(of: inner, indent: indent + "  ")
      lines.append("\(indent)end")
    }
    return lines
  }
}
