import LVMSyntax
import Testing

/// Texts as long as a model can be: one finding or a hundred, in time that grows with the length.
struct LongTextTests {
  /// A text of 200 kilobytes, in which a square would be noticed: a start, as often as possible a piece, and an end.
  private func long(_ piece: String, start: String = "model M\n", end: String = "") -> SourceText {
    let count = (200_000 - start.utf8.count - end.utf8.count) / piece.utf8.count
    return SourceText(name: "m", text: start + String(repeating: piece, count: count) + end)
  }

  private func shown(_ source: SourceText) -> (findings: [Diagnostic], bytes: Int) {
    let findings = parse(source).findings
    let all = Diagnostics(source: source, items: findings)
    let text = DiagnosticRenderer(colour: false).render(all)
    return (findings, text.utf8.count + DiagnosticJSON().render(all).utf8.count)
  }

  @Test(arguments: [
    "(", "[", "{", "-", "((1)", "network f(x : real) -> y : real {\nparam ", "each row { ",
    "each row {\n", "param a : real ", "# ", "; ", "\" ", "' ", "“", "¿ ", "é", "x ", "1", "1. ",
    "fit { let ", "guide { model ", "residual { ", "let a = (", "let a = b + ", "} ", "/* ", "\r",
    "param a : real[", "observe x : real from not ", "\t", "let a = f(f(", "…",
  ])
  func oneLineOrMany(_ piece: String) {
    for start in ["model M\n", "model M\neach row {\nobserve x : real ~ Normal("] {
      let (findings, bytes) = shown(long(piece, start: start))
      #expect(findings.count <= 101)
      #expect(bytes < 1_000_000)
    }
  }

  @Test func deepNestingIsReported() {
    for (open, close) in [("(", ")"), ("[", "]"), ("f(", ")"), ("-", ""), ("x[", "]")] {
      for depth in [99, 101, 10_000, 100_000] {
        let nested =
          String(repeating: open, count: depth) + "1"
          + String(repeating: close, count: depth)
        let source = SourceText(name: "m", text: "model M\nlet a = \(nested)\n")
        let findings = parse(source).findings
        #expect(findings.map(\.code) == (depth < 100 ? [] : ["too-deep"]), "\(open) \(depth)")
      }
    }
  }

  @Test func tooLongTextsAreRefusedUnread() {
    let text = String(repeating: "param a : real\n", count: SourceText.sizeLimit / 14)
    let result = parse(SourceText(name: "m", text: "model M\n" + text))
    #expect(result.findings.map(\.code) == ["model-too-large"])
    #expect(result.model == nil)
  }

  /// A very long line is cut round the mark, and the column is still told.
  @Test func veryLongLinesAreCut() {
    let text = "model M\nparam a : real " + String(repeating: "é", count: 50_000) + " ¿ b\n"
    let source = SourceText(name: "m", text: text)
    let findings = parse(source).findings
    #expect(findings.contains { $0.code == "stray-character" })
    let shown = DiagnosticRenderer(colour: false).render(
      Diagnostics(source: source, items: findings))
    #expect(shown.contains("¿"))
    #expect(shown.utf8.count < 4_000)
  }

  @Test func veryLongNamesAreCutInMessages() {
    let name = String(repeating: "a", count: 100_000)
    let source = SourceText(name: "m", text: "model M\n\(name) x\n")
    let findings = parse(source).findings
    #expect(!findings.isEmpty)
    #expect(findings.allSatisfy { $0.message.utf8.count < 1_000 })
  }
}
