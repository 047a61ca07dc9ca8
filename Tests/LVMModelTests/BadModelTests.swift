import Foundation
import LVMModel
import LVMSyntax
import Testing

/// Every model in `bad/` against the messages recorded beside it; `bad/syntax` belongs to the
/// parser's own tests.
///
/// `RECORD=1 swift test` rewrites the recordings, and fails once so that it is never mistaken for
/// a pass.
@Suite struct BadModelTests {
  @Test func messagesAreAsRecorded() throws {
    let isRecording = ProcessInfo.processInfo.environment["RECORD"] == "1"
    let models = try Corpus.badModels()
    #expect(models.count >= 70)
    for model in models {
      let rendered = Corpus.rendering(of: model)
      let expected = model.deletingPathExtension().appendingPathExtension("expected")
      if isRecording {
        try rendered.write(to: expected, atomically: true, encoding: .utf8)
      } else {
        let recorded = try? String(contentsOf: expected, encoding: .utf8)
        #expect(rendered == recorded, "\(model.lastPathComponent)")
      }
    }
    #expect(!isRecording, "recorded; run again without RECORD")
  }

  @Test func everyFindingHasABadModel() throws {
    var seen: Set<String> = []
    for model in try Corpus.badModels() {
      seen.formUnion(Corpus.findings(of: model).map(\.code))
    }
    // It comes from the command line, not from a model.
    seen.insert(FindingCode.unknownSetting.rawValue)
    // The parser refuses these first.
    for code in Corpus.refusedByParser { seen.insert(code.rawValue) }
    let missing = FindingCode.allCases.map(\.rawValue).filter { !seen.contains($0) }
    #expect(missing == [])
  }

  @Test func eachModelIsSmallAndHasOneMistake() throws {
    for model in try Corpus.badModels() {
      let text = try String(contentsOf: model, encoding: .utf8)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      #expect(lines.count <= 8, "\(model.lastPathComponent) has \(lines.count) lines")
      let findings = Corpus.findings(of: model)
      // A latent that informs nothing leaves what is behind it uninformed too.
      let isLint = model.path.contains("/lints/")
      #expect(
        findings.count == 1 || isLint && findings.count == 2,
        "\(model.lastPathComponent): \(findings.map(\.code))")
    }
  }

  @Test func anUnknownSettingIsNamed() throws {
    let source = SourceText(
      name: "m.lvm", text: "model M(K = 2)\neach row { observe y : real[K] ~ Normal(0, 1) }\n")
    let syntax = try #require(parse(source).model)
    let result = check(syntax, source: source, settings: ["k2": 3])
    #expect(result.findings.map(\.code) == ["unknown-setting"])
    #expect(result.model == nil)
  }
}

/// The models that the tests read.
enum Corpus {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  /// Cases that guard trees the parser does not produce from text.
  static let refusedByParser: [FindingCode] = [.letDrawn, .notAFamily]

  static func badModels() throws -> [URL] {
    try models(in: "bad").filter { !$0.path.contains("/syntax/") }
  }

  static func goodModels() throws -> [URL] { try models(in: "good") }

  private static func models(in folder: String) throws -> [URL] {
    let start = root.appendingPathComponent(folder)
    guard let all = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil)
    else { return [] }
    return all.compactMap { $0 as? URL }.filter { $0.pathExtension == "lvm" }
      .sorted { $0.path < $1.path }
  }

  static func source(_ model: URL) -> SourceText {
    let data = FileManager.default.contents(atPath: model.path) ?? Data()
    return SourceText(name: model.lastPathComponent, bytes: Array(data))
  }

  static func findings(of model: URL) -> [Diagnostic] {
    let source = source(model)
    let parsed = parse(source)
    guard let syntax = parsed.model else { return parsed.findings }
    return parsed.findings + check(syntax, source: source).findings
  }

  static func rendering(of model: URL) -> String {
    let renderer = DiagnosticRenderer(colour: false)
    let source = source(model)
    return findings(of: model).map { renderer.render($0, in: source) }.joined(separator: "\n")
  }
}
