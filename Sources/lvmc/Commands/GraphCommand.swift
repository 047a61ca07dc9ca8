import LVM

/// `lvmc graph MODEL`: the model as a graph.
enum GraphCommand: Command {
  static let name = "graph"
  static let summary = "draws the model as a graph"
  static let arguments = [Argument(name: "MODEL")]
  static let options = [
    Option(
      "format", .choice(["text", "dot", "svg", "mermaid"]),
      help: "how to write it; text if not said"
    ),
    ModelInput.setOption,
    Option("output", short: "o", .text(placeholder: "FILE"), help: "write to a file"),
  ]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    let graph = try ModelInput(arguments.positional[0], arguments).model.graph
    let text =
      switch arguments.text("format") {
      case "dot": graph.dot
      case "svg": GraphDrawing(graph).svg
      case "mermaid": graph.mermaid
      default: graph.description
      }
    if let path = arguments.text("output") {
      try FileOutput.replace(path, with: Array(text.utf8))
    } else {
      try terminal.write(Array(text.utf8))
    }
    return .done
  }
}
