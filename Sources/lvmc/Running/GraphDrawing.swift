import LVM

/// The model as a picture: variables in layers from parents to children, plates as nested boxes.
///
/// Each plate is laid out on its own, its variables by the longest path that leads to them, and the
/// plates inside it below them side by side. Earlier rows are dashed edges.
struct GraphDrawing {
  private let graph: ModelGraph
  private var places: [VariableID: (x: Double, y: Double)] = [:]
  private var boxes: [(label: String, x: Double, y: Double, width: Double, height: Double)] = []
  private let cell = (width: 110.0, height: 84.0)
  private let margin = 18.0

  init(_ graph: ModelGraph) { self.graph = graph }

  var svg: String {
    var drawing = self
    let size = drawing.lay(out: .global, x: margin, y: margin)
    return drawing.text(width: size.width + 2 * margin, height: size.height + 2 * margin)
  }

  /// Places what a plate holds with its corner at a point; the size that it takes.
  private mutating func lay(
    out plate: PlateIndex, x: Double, y: Double
  ) -> (width: Double, height: Double) {
    var layers: [Int: [VariableID]] = [:]
    let mine = graph.variables.filter { $0.plate == plate }
    var depth: [VariableID: Int] = [:]
    // Definitions have no cycles, so that as many rounds as variables settle every depth.
    for _ in mine {
      for variable in mine {
        let parents = graph.parents(of: variable.id).compactMap { depth[$0] }
        depth[variable.id] = (parents.max() ?? -1) + 1
      }
    }
    for variable in mine { layers[depth[variable.id] ?? 0, default: []].append(variable.id) }
    var width = 0.0
    var at = y
    for layer in layers.keys.sorted() {
      for (i, id) in (layers[layer] ?? []).enumerated() {
        // Layers are shifted against each other, so that edges pass between the nodes.
        let shift = layer % 2 == 0 ? 0 : cell.width / 3
        places[id] = (x + shift + (Double(i) + 0.5) * cell.width, at + cell.height / 2)
        width = max(width, shift + Double(i + 1) * cell.width)
      }
      at += cell.height
    }
    var right = x
    var tallest = 0.0
    for index in graph.plates.indices where graph.plates[index].parent == plate {
      let inner = PlateIndex(index)
      let box = boxes.count
      boxes.append(("each \(graph.label(of: inner))", right, at, 0, 0))
      let size = lay(out: inner, x: right + margin, y: at + margin)
      boxes[box].width = size.width + 2 * margin
      boxes[box].height = size.height + 2 * margin + 14
      tallest = max(tallest, boxes[box].height)
      right += boxes[box].width + margin
    }
    return (max(width, right - x), at - y + tallest)
  }

  private func text(width: Double, height: Double) -> String {
    let w = whole(width)
    let h = whole(height)
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(w)\" height=\"\(h)\""
        + " viewBox=\"0 0 \(w) \(h)\" font-family=\"sans-serif\" font-size=\"13\">",
      "<title>\(escaped(graph.name))</title>",
      "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\""
        + " markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>",
      "<rect width=\"\(w)\" height=\"\(h)\" fill=\"white\"/>",
    ]
    for box in boxes {
      lines.append(
        "<rect x=\"\(whole(box.x))\" y=\"\(whole(box.y))\" width=\"\(whole(box.width))\""
          + " height=\"\(whole(box.height))\" rx=\"6\" fill=\"none\" stroke=\"#666\"/>")
      lines.append(
        "<text x=\"\(whole(box.x + box.width - 8))\" y=\"\(whole(box.y + box.height - 7))\""
          + " text-anchor=\"end\" fill=\"#666\">\(escaped(box.label))</text>")
    }
    for variable in graph.variables {
      for parent in graph.parents(of: variable.id).sorted() {
        lines += edge(from: parent, to: variable.id, isDashed: false)
      }
      for parent in graph.pastParents(of: variable.id).sorted() {
        lines += edge(from: parent, to: variable.id, isDashed: true)
      }
    }
    for variable in graph.variables { lines += node(variable) }
    return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  private func edge(from parent: VariableID, to child: VariableID, isDashed: Bool) -> [String] {
    guard let a = places[parent], let b = places[child] else { return [] }
    let style = isDashed ? " stroke-dasharray=\"5 4\"" : ""
    if parent == child {
      // A loop at the right of the node.
      let path =
        "M\(whole(a.x + 20)) \(whole(a.y - 15))C\(whole(a.x + 62)) \(whole(a.y - 38))"
        + " \(whole(a.x + 62)) \(whole(a.y + 38)) \(whole(a.x + 20)) \(whole(a.y + 15))"
      return [
        "<path d=\"\(path)\" fill=\"none\" stroke=\"black\"\(style) marker-end=\"url(#tip)\"/>"
      ]
    }
    let length = ((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)).squareRoot()
    guard length > 52 else { return [] }
    let (dx, dy) = ((b.x - a.x) / length * 25, (b.y - a.y) / length * 25)
    return [
      "<line x1=\"\(whole(a.x + dx))\" y1=\"\(whole(a.y + dy))\" x2=\"\(whole(b.x - dx))\""
        + " y2=\"\(whole(b.y - dy))\" stroke=\"black\"\(style) marker-end=\"url(#tip)\"/>"
    ]
  }

  private func node(_ variable: Variable) -> [String] {
    guard let at = places[variable.id] else { return [] }
    let (x, y) = (whole(at.x), whole(at.y))
    let shape: String
    switch variable.role {
    case .latent:
      shape = "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"24\" fill=\"white\" stroke=\"black\"/>"
    case .observe, .given:
      shape = "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"24\" fill=\"#ddd\" stroke=\"black\"/>"
    case .param, .binding:
      shape =
        "<rect x=\"\(whole(at.x - 24))\" y=\"\(whole(at.y - 13))\" width=\"48\" height=\"26\""
        + " fill=\"white\" stroke=\"\(variable.role == .param ? "black" : "#999")\"/>"
    }
    return [
      shape,
      "<text x=\"\(x)\" y=\"\(whole(at.y + 4))\" text-anchor=\"middle\">\(escaped(variable.name))"
        + "</text>",
    ]
  }

  private func whole(_ value: Double) -> Int { Int(value.rounded()) }

  private func escaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      default: String(character)
      }
    }.joined()
  }
}
