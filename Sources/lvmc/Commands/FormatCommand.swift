import Foundation
import LVM

/// `lvmc fmt FILE…`: the one layout of a model's text.
enum FormatCommand: Command {
  static let name = "fmt"
  static let summary = "lays out model files in place"
  static let arguments = [Argument(name: "FILE", isRepeated: true)]
  static let options = [
    Option("check", help: "change nothing; exit with 1 if a file is laid out otherwise")
  ]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    var result = ExitCode.done
    for path in arguments.positional {
      let source = try ModelInput.source(path)
      let formatted: String
      do {
        formatted = try format(source)
      } catch {
        terminal.show(error)
        result = .model
        continue
      }
      let bytes = Array(formatted.utf8)
      if bytes == source.bytes { continue }
      if arguments.has("check") {
        terminal.complain("lvmc: `\(path)` is not laid out as `lvmc fmt` does it")
        result = .model
      } else {
        try Interruption.holding(whileReplacing: path) {
          try FileOutput.replace(path, with: bytes)
        }
      }
    }
    return result
  }
}
