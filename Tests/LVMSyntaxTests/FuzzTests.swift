import Foundation
import LVMSyntax
import Testing

/// Random changes to good models: nothing crashes or hangs, findings lie within the text, and what
/// parses also formats. `LVM_FUZZ` sets the number of texts.
struct FuzzTests {
  static let snippets = [
    "(", ")", "[", "]", "{", "}", "~", "=", "->", ",", ":", "..", ".", "-", "^", "\"", "//", ";",
    "#", "\n", " ", "\t", "each row {", "param", "latent", "network", "guide {", "fit {", "model",
    "from", "not", "initially", "then", "1.2.3", "1e", "…", "é", "\u{FEFF}", "x", "by", "in order",
    "then", "from not", ".5", "let", "invertible", "residual {", "'", "/*", "\\",
  ]

  /// SplitMix64 of a counter: the same numbers in every run.
  struct Draws {
    var counter: UInt64

    mutating func next(below bound: Int) -> Int {
      counter &+= 0x9E37_79B9_7F4A_7C15
      var z = counter
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ (z >> 31)) % UInt64(max(1, bound)))
    }
  }

  static func mutated(_ bytes: [UInt8], _ draws: inout Draws) -> [UInt8] {
    var bytes = bytes
    for _ in 0...draws.next(below: 4) {
      let at = draws.next(below: bytes.count + 1)
      let end = min(bytes.count, at + draws.next(below: 12))
      switch draws.next(below: 6) {
      case 0: bytes.removeSubrange(at..<end)
      case 1: bytes.insert(contentsOf: bytes[at..<end], at: draws.next(below: bytes.count + 1))
      case 2: bytes.insert(UInt8(draws.next(below: 256)), at: at)
      case 3: bytes.removeSubrange(at...)
      case 4 where at < bytes.count: bytes[at] = UInt8(32 + draws.next(below: 95))
      default:
        bytes.insert(contentsOf: Array(snippets[draws.next(below: snippets.count)].utf8), at: at)
      }
    }
    return bytes
  }

  @Test func changedModelsAreReadOrReported() throws {
    let count = ProcessInfo.processInfo.environment["LVM_FUZZ"].flatMap(Int.init) ?? 600
    var draws = Draws(counter: 1)
    for i in 0..<count {
      let model = GoodModels.all[i % GoodModels.all.count]
      let source = SourceText(name: "fuzz", bytes: Self.mutated(Array(model.text.utf8), &draws))
      let shown = source.text(Span(0, source.bytes.count))
      let result = parse(source)
      for finding in result.findings {
        for label in [finding.primary] + finding.secondary {
          let span = label.span
          #expect(
            0 <= span.lower && span.lower <= span.upper && span.upper <= source.bytes.count,
            "\(finding.code) \(span) in\n\(shown)")
        }
      }
      let rendered = DiagnosticRenderer(colour: false).render(
        Diagnostics(source: source, items: result.findings))
      #expect(rendered.isEmpty == result.findings.isEmpty)
      guard result.findings.isEmpty else { continue }
      let before = try #require(result.model, "\(shown)")
      let once = try format(source)
      let again = SourceText(name: "fuzz", text: once)
      let parsed = parse(again)
      #expect(parsed.findings.map(\.message) == [], "\(shown)\nformatted:\n\(once)")
      guard let after = parsed.model, parsed.findings.isEmpty else { continue }
      #expect(dump(before) == dump(after), "\(shown)\nformatted:\n\(once)")
      #expect(result.comments.count == parsed.comments.count, "\(shown)\nformatted:\n\(once)")
      let twice = try format(again)
      #expect(twice == once, "\(shown)\nformatted:\n\(once)\nagain:\n\(twice)")
    }
  }
}
