import Foundation
import LVM

/// `lvmc encode FIT DATA`: the posterior of the latents given a table.
enum EncodeCommand: Command {
  static let name = "encode"
  static let summary = "the posterior of the latents, a row each, as CSV"
  static let details = [
    "A model with latents per row gives a line a row. One whose latents all belong to groups gives",
    "a line for each of the innermost groups that have some. With -o, tables of further groups are",
    "written beside FILE, as FILE with the group's name before its extension. An observed label with",
    "empty cells is inferred like a latent one: its most probable value and y_p1…; a cell that is there",
    "has probability 1.",
  ]
  static let arguments = [Argument(name: "FIT"), Argument(name: "DATA")]
  static let options = [
    Option("output", short: "o", .text(placeholder: "FILE"), help: "write to a file"),
    Threads.option, Memory.option,
    EncodePath.option,
  ]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    let fit = try Fit(contentsOf: URL(fileURLWithPath: arguments.positional[0]))
    let table = try Table.read(path: arguments.positional[1], memory: try Memory.bytes(arguments))
    if arguments.has("path") {
      let csv = try EncodePath.csv(fit, table, runtime: Threads.runtime(arguments))
      try TableOutput.write(csv, arguments, terminal)
      return .done
    }
    let path = arguments.text("output")
    var pieces: [String: TablePieces] = [:]
    var first: String?
    var others: [String] = []
    var known: Set<String> = []
    let bound = try fit.writePosteriors(given: table, runtime: Threads.runtime(arguments)) {
      part, isFirst, text in
      let isMain = first == nil || first == part.fileName
      if isFirst, first == nil { first = part.fileName }
      if isFirst { known.formUnion(part.variables) }
      guard isMain || path != nil else {
        // Standard output takes one table.
        if isFirst { others.append(part.group ?? "") }
        return
      }
      if isFirst {
        let name = path.map { path in isMain ? path : part.group.map { beside(path, $0) } ?? path }
        pieces[part.fileName] = try TablePieces(to: name, arguments, terminal)
      }
      try pieces[part.fileName]?.write(text)
    }
    for piece in pieces.values { try piece.finish() }
    terminal.warn(of: bound, in: table)
    for label in Fit.incompleteLabels(in: bound) where !known.contains(label) {
      terminal.complain(
        "lvmc: note: empty cells of `\(label)` are not inferred: what they depend on leaves no closed form"
      )
    }
    if first == nil {
      terminal.complain(
        "lvmc: the model has no latents, and no cell of an observed label is empty: there is nothing to"
          + " encode")
    }
    for group in others {
      terminal.complain(
        "lvmc: the latents of `\(group)` are another table; `-o FILE` writes it too")
    }
    return .done
  }

  /// `out.csv` for the group `subject` becomes `out.subject.csv`.
  private static func beside(_ path: String, _ group: String) -> String {
    let url = URL(fileURLWithPath: path)
    let stem = url.deletingPathExtension().path
    return url.pathExtension.isEmpty
      ? "\(stem).\(group)" : "\(stem).\(group).\(url.pathExtension)"
  }
}
