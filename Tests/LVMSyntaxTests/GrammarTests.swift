import Foundation
import LVMSyntax
import Testing

/// The reference page says what is true: its models parse, its productions name models on it, and
/// its lists are complete.
struct GrammarTests {
  static let page: String =
    (try? String(
      contentsOf: BadModelTests.tests.deletingLastPathComponent()
        .appendingPathComponent("Grammar.md"), encoding: .utf8)) ?? ""

  /// The fenced blocks of a kind.
  static func blocks(_ kind: String) -> [String] {
    var blocks: [String] = []
    var open: [Substring]?
    for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "```\(kind)" {
        open = []
      } else if line == "```", let lines = open {
        blocks.append(lines.joined(separator: "\n") + "\n")
        open = nil
      } else {
        open?.append(line)
      }
    }
    return blocks
  }

  @Test(arguments: blocks("lvm"))
  func modelsParseAndAreCanonical(text: String) throws {
    let source = SourceText(name: "Grammar.md", text: text)
    let found = Diagnostics(source: source, items: parse(source).findings)
    #expect(DiagnosticRenderer(colour: false).render(found) == "")
    guard found.items.isEmpty else { return }
    // `.5e-1` is shown on purpose; the formatter writes `0.5e-1`.
    #expect(try format(source) == text.replacingOccurrences(of: "(.5e", with: "(0.5e"))
  }

  @Test func productionsNameModelsOfThePage() {
    let models = Set(
      Self.blocks("lvm").compactMap { parse(SourceText(name: "", text: $0)).model?.name.text })
    #expect(models.count > 10)
    let lines = Self.blocks("ebnf").flatMap { $0.split(separator: "\n") }
    #expect(lines.count > 30)
    for (i, line) in lines.enumerated() {
      guard let open = line.range(of: "(* "), let close = line.range(of: " *)") else {
        // A production over two lines names its model on the second.
        #expect(i + 1 < lines.count && lines[i + 1].contains("(* "), "\(line)")
        continue
      }
      #expect(models.contains(String(line[open.upperBound..<close.lowerBound])), "\(line)")
    }
  }

  @Test func listsAreComplete() {
    let lists =
      Vocabulary.families + Vocabulary.typeKinds + Vocabulary.functions + Vocabulary.layers
      + Vocabulary.preparations + Vocabulary.fitKeys + Keyword.allCases.map(\.rawValue)
    for word in lists {
      let isNamed = ["`", "(", "["].contains { Self.page.contains("`\(word)\($0)") }
      #expect(isNamed || Self.page.contains("`\(word) "), "\(word) is not in Grammar.md")
    }
  }
}
