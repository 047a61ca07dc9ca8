import LVMSyntax
import Testing

struct RendererTests {
  private func render(
    _ text: String, _ span: Span, secondary: [Diagnostic.Label] = [], width: Int = 100
  ) -> String {
    DiagnosticRenderer(colour: false, width: width).render(
      Diagnostic(
        .warning, code: "test", message: "a message", primary: .init(span, "here"),
        secondary: secondary, help: ["do this"]),
      in: SourceText(name: "t.lvm", text: text))
  }

  @Test func marksOtherPlaces() {
    #expect(
      render("one\ntwo\nthree\nfour", Span(14, 18), secondary: [.init(Span(0, 3), "declared")])
        == """
        t.lvm:4:1: warning: a message [test]
          |
        1 | one
          | --- declared
        ...
        4 | four
          | ^^^^ here
          = help: do this

        """)
  }

  @Test func tabsWideAndCombiningCharactersKeepTheCaretInPlace() {
    let text = "\t日本 e\u{301} x"
    let at = text.utf8.count - 1
    #expect(
      render(text, Span(at, at + 1)).contains(
        "1 |     日本 e\u{301} x\n  |            ^ here\n"))
  }

  @Test func aSpanOverLinesIsMarkedToTheEndOfItsFirst() {
    #expect(render("one two\nthree", Span(4, 13)).contains("1 | one two\n  |     ^^^ here\n"))
  }

  @Test func theEndOfTheFileHasACaret() {
    #expect(render("one", Span(3, 3)).contains("1 | one\n  |    ^ here\n"))
    #expect(render("one\n", Span(4, 4)).contains("t.lvm:2:1:"))
    #expect(render("", Span(0, 0)) == "t.lvm:1:1: warning: a message [test]\n  = help: do this\n")
  }

  @Test func longLinesAreCutRoundTheCaret() {
    let text = String(repeating: "a", count: 500) + "X" + String(repeating: "b", count: 500)
    #expect(
      render(text, Span(500, 501), width: 20).contains(
        "1 | …aaaaaaXbbbbbbbbbbbbb…\n  |        ^ here\n"))
  }

  @Test func controlCharactersDoNotReachTheTerminal() {
    #expect(!render("a\u{1B}[31mb", Span(0, 1)).contains("\u{1B}"))
  }

  @Test func coloursOnlyWhereAsked() {
    let source = SourceText(name: "t.lvm", text: "model T\nparam a")
    let found = Diagnostics(source: source, items: parse(source).findings)
    let plain = DiagnosticRenderer(colour: false).render(found)
    let coloured = DiagnosticRenderer(colour: true).render(found)
    #expect(!plain.contains("\u{1B}"))
    #expect(coloured.contains("\u{1B}[31;1m"))
  }

  @Test func jsonHasStableKeys() {
    let source = SourceText(name: "a\"b.lvm", text: "model T\nparam W : real[2, 3)")
    let found = Diagnostics(source: source, items: parse(source).findings)
    let object =
      #"{"severity":"error","code":"wrong-bracket","message":"expected `]`, found `)`","#
      + #""file":"a\"b.lvm","line":2,"column":20,"endLine":2,"endColumn":21,"label":"","#
      + #""secondary":[{"line":2,"column":15,"endLine":2,"endColumn":16,"label":"opened here"}],"#
      + #""help":[]}"#
    #expect(DiagnosticJSON().render(found) == "[\n\(object)\n]\n")
    #expect(DiagnosticJSON().renderLines(found) == "\(object)\n")
    #expect(DiagnosticJSON().render(Diagnostics(source: source, items: [])) == "[]\n")
  }
}
