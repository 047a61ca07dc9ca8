import Foundation
import LVMModel
import LVMSyntax
import Testing

/// Every fenced model of the documents is a whole model that checks without an error.
struct DocumentTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test(arguments: ["Grammar.md", "README.md"])
  func fencedModelsCheck(_ document: String) throws {
    let text = try String(
      contentsOf: Self.root.appendingPathComponent(document), encoding: .utf8)
    let models = Self.fenced(text)
    #expect(!models.isEmpty)
    for (number, model) in models.enumerated() {
      let source = SourceText(name: "\(document), model \(number + 1)", text: model)
      let parsed = parse(source)
      #expect(parsed.findings.isEmpty)
      let syntax = try #require(parsed.model)
      let errors = check(syntax, source: source).findings.filter { $0.severity == .error }
      #expect(errors.isEmpty, "\(Diagnostics(source: source, items: errors))")
    }
  }

  /// The blocks between ```lvm and ```.
  private static func fenced(_ text: String) -> [String] {
    var models: [String] = []
    var block: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let lines = block {
        if line == "```" {
          models.append(lines.joined(separator: "\n") + "\n")
          block = nil
        } else {
          block = lines + [line]
        }
      } else if line == "```lvm" {
        block = []
      }
    }
    return models
  }
}
