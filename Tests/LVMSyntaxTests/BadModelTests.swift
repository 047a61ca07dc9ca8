import Foundation
import LVMSyntax
import Testing

/// Every file of the corpus gives the message beside it; `RECORD=1` writes the messages anew.
struct BadModelTests {
  static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
  static let folder = tests.appendingPathComponent("LVMModelTests/bad/syntax")

  static let names: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".lvm") }.map { String($0.dropLast(4)) }.sorted()

  private func source(_ name: String) throws -> SourceText {
    let data = try Data(contentsOf: Self.folder.appendingPathComponent("\(name).lvm"))
    return SourceText(name: "\(name).lvm", bytes: [UInt8](data))
  }

  @Test func theCorpusIsThere() {
    #expect(Self.names.count > 50)
  }

  @Test(arguments: names)
  func givesTheExpectedMessage(name: String) throws {
    let source = try source(name)
    let result = parse(source)
    let rendered = DiagnosticRenderer(colour: false).render(
      Diagnostics(source: source, items: result.findings))
    let place = Self.folder.appendingPathComponent("\(name).expected")
    let expected = (try? String(contentsOf: place, encoding: .utf8)) ?? ""
    if ProcessInfo.processInfo.environment["RECORD"] == "1", rendered != expected {
      try rendered.write(to: place, atomically: true, encoding: .utf8)
    }
    #expect(rendered == expected)
    #expect(result.findings.count == 1, "one mistake each")
    #expect(source.lineStarts.count <= 9, "at most eight lines")
  }

  /// The codes are read from the sources, so that a new case cannot lack a model unnoticed.
  @Test func everyErrorHasAModel() throws {
    let sources = Self.tests.deletingLastPathComponent()
      .appendingPathComponent("Sources/LVMSyntax")
    var codes: Set<String> = []
    for file in ["SyntaxError+Words.swift", "LexicalError.swift"] {
      let text = try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8)
      let start = try #require(text.range(of: "public var code"))
      let end = try #require(text.range(of: "public var message"))
      let pieces = text[start.upperBound..<end.lowerBound].split(
        separator: "\"", omittingEmptySubsequences: false)
      for i in stride(from: 1, to: pieces.count, by: 2) { codes.insert(String(pieces[i])) }
    }
    #expect(codes.count > 40)
    var shown: Set<String> = []
    for name in Self.names { shown.formUnion(parse(try source(name)).findings.map(\.code)) }
    // This one needs a hundred mistakes; `RecoveryTests` has it.
    shown.insert("too-many-findings")
    // And this one a megabyte; `LongTextTests` has it.
    shown.insert("model-too-large")
    #expect(codes.subtracting(shown) == [])
  }
}
