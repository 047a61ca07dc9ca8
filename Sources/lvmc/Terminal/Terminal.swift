import Foundation
import LVM

/// Standard output and standard error, and what they can show.
struct Terminal: Sendable {
  let outputIsTerminal: Bool
  let errorIsTerminal: Bool
  /// Whether messages on standard error may be coloured.
  let colour: Bool

  init() {
    outputIsTerminal = isatty(1) == 1
    errorIsTerminal = isatty(2) == 1
    let environment = ProcessInfo.processInfo.environment
    // https://no-color.org: any value but an empty one turns colours off.
    let isForbidden = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    colour = errorIsTerminal && !isForbidden
  }

  /// Results: to standard output, at once.
  func print(_ text: String) throws {
    try FileOutput.write(Array((text + "\n").utf8), to: 1)
  }

  func write(_ bytes: [UInt8]) throws {
    try FileOutput.write(bytes, to: 1)
  }

  /// Messages: to standard error; where even that is closed there is nobody to tell.
  func complain(_ text: String) {
    let line = text.hasSuffix("\n") ? text : text + "\n"
    try? FileOutput.write(Array(line.utf8), to: 2, name: "standard error")
  }

  /// Writes to standard error as it is, for a line that rewrites itself.
  func writeError(_ text: String) {
    try? FileOutput.write(Array(text.utf8), to: 2, name: "standard error")
  }

  /// All findings about a model.
  func show(_ diagnostics: Diagnostics) {
    complain(DiagnosticRenderer(colour: colour).render(diagnostics))
  }

  /// What is legal about a table but worth knowing: a column that is not there is all missing.
  func warn(of bound: BoundModel, in table: Table) {
    for warning in bound.warnings { complain(warning.description) }
    for variable in bound.binding.variables where variable.role == .observed {
      let absent = variable.columns.filter { table.column(named: $0) == nil }
      guard let first = absent.first else { continue }
      let more = absent.count > 1 ? " and \(absent.count - 1) more" : ""
      complain(
        "warning: `\(table.name)` has no column `\(first)`\(more) of `\(variable.name)`:"
          + " it is taken as missing in every row [absent-column]")
    }
  }

  /// Names what killed programs left beside an output.
  func name(leftoversBeside path: String) {
    for leftover in FileOutput.leftovers(beside: path) {
      complain("lvmc: note: `\(leftover)` is what a killed lvmc had written; it can be removed")
    }
  }

  /// A finding about the command line, or about an output.
  func show(_ finding: any Finding) {
    complain(
      (["lvmc: error: \(finding.message) [\(finding.code)]"] + finding.help.map { "  help: \($0)" })
        .joined(separator: "\n"))
  }
}
