import Foundation
import LVMModel
import LVMSyntax
import Testing

/// Pages of the documentation that are made from the compiler itself.
@Suite struct DocumentationTests {
  private func compare(_ text: String, _ name: String) throws {
    let page = Corpus.root.resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("docs/\(name)")
    if ProcessInfo.processInfo.environment["RECORD"] == "1" {
      try text.write(to: page, atomically: true, encoding: .utf8)
      Issue.record("recorded; run again without RECORD")
    } else {
      let written = try? String(contentsOf: page, encoding: .utf8)
      #expect(text == written, "docs/\(name) is out of date")
    }
  }

  @Test func kindsAreAsDocumented() throws {
    try compare(KindTable.markdown, "kinds.md")
  }

  /// One line a code: the message that one bad model gets.
  @Test func diagnosticsAreAsDocumented() throws {
    var examples: [String: (model: String, finding: Diagnostic)] = [:]
    for model in try Corpus.badModels() {
      let topic = model.deletingLastPathComponent().lastPathComponent
      for finding in Corpus.findings(of: model) where examples[finding.code] == nil {
        examples[finding.code] = ("\(topic)/\(model.lastPathComponent)", finding)
      }
    }
    var text = """
      # What the compiler says about a model

      Every finding about the meaning of a model by its code, with the message that one model gets;
      the models are in `Tests/LVMModelTests/bad`. Mistakes of syntax are not listed here.

      | code | example | model |
      |---|---|---|

      """
    for code in FindingCode.allCases {
      guard let example = examples[code.rawValue] else { continue }
      let message = example.finding.message.replacing("|", with: "\\|")
      let mark = example.finding.severity == .warning ? "warning: " : ""
      text += "| `\(code.rawValue)` | \(mark)\(message) | `\(example.model)` |\n"
    }
    try compare(text, "diagnostics.md")
  }
}
