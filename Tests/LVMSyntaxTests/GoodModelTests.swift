import LVMSyntax
import Testing

struct GoodModelTests {
  @Test(arguments: GoodModels.all.map(\.name))
  func parsesWithoutFindings(name: String) throws {
    let source = try #require(Self.source(name))
    let result = parse(source)
    #expect(DiagnosticRenderer(colour: false).render(Self.all(result, source)) == "")
    #expect(result.model != nil)
  }

  @Test(arguments: GoodModels.all.map(\.name))
  func isInCanonicalStyle(name: String) throws {
    let source = try #require(Self.source(name))
    let text = source.text(Span(0, source.bytes.count))
    #expect(try format(source) == text)
  }

  /// Formatting the tokens without their blanks and comments gives the same tree.
  @Test(arguments: GoodModels.all.map(\.name))
  func formattingKeepsTheTree(name: String) throws {
    let source = try #require(Self.source(name))
    let before = try #require(parse(source).model)
    // One token a line where a line break does not count, wide blanks elsewhere.
    var text = ""
    for token in tokenize(source).0 {
      let isJoined = token.startsLine || text.isEmpty
      text += isJoined ? "\n" : "   "
      text += source.text(token.span)
    }
    let once = try format(SourceText(name: name, text: text))
    let twice = try format(SourceText(name: name, text: once))
    #expect(once == twice)
    let after = try #require(parse(SourceText(name: name, text: once)).model)
    #expect(dump(before) == dump(after))
  }

  private static func source(_ name: String) -> SourceText? {
    GoodModels.all.first { $0.name == name }.map { SourceText(name: name, text: $0.text) }
  }

  private static func all(_ result: ParseResult, _ source: SourceText) -> Diagnostics {
    Diagnostics(source: source, items: result.findings)
  }
}
