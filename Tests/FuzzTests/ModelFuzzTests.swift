import Foundation
import LVM
import Testing

/// Mutated models go through lexer, parser, formatter and checker: nothing crashes or hangs, findings lie
/// within the text, what parses also formats, and what checks is a sound graph.
@Suite struct ModelFuzzTests {
  static let snippets =
    [
      "(", ")", "[", "]", "{", "}", "~", "=", "->", ",", ":", "..", ".", "-", "^", "\"", "//", ";",
      "#", "\n", " ", "\t", "each row {", "each g by (id, \"p*\") {", "each row in order {",
      "param",
      "latent", "observe", "given", "network", "guide {", "fit {", "model", "from", "not",
      "initially", "then", "1.2.3", "1e", "…", "é", "\u{FEFF}", "x", "by", "in order", "from not",
      ".5", "let", "invertible", "residual {", "'", "/*", "\\", "real[1000000000, 1000000000]",
      "category[99999999999]", "simplex[1]", "covariance[1000000]", "previous(x)",
      "previous(x, 1..1000000000)", "previous(x, 1000000000)", "x[1]", "x[1..3]", "x.mean",
      "(K = D, D = K)", "(K = K)", ".*", "./", "**", "<-", ":=",
    ] + Vocabulary.families.sorted() + Vocabulary.functions.sorted()
    + Vocabulary.typeKinds.sorted()

  static let mutation = Mutation(snippets: snippets, others: Seeds.models)

  @Test func mutatedModelsAreReadOrReported() throws {
    #expect(Seeds.models.count > 300)
    try Fuzzing("models", usually: 4_000).run { draws in
      Self.mutation(draws.one(of: Seeds.models), &draws)
    } _: { bytes, _ in
      try Self.attempt(SourceText(name: "fuzz", bytes: bytes))
    }
  }

  /// What the engine makes of every checked model.
  @Test func mutatedModelsHaveAPlanOrAReason() throws {
    try Fuzzing("plans", usually: 4_000).run { draws in
      Self.mutation(draws.one(of: Seeds.models), &draws)
    } _: { bytes, _ in
      let source = SourceText(name: "fuzz", bytes: bytes)
      do {
        let plan = try Model(source: source).plan()
        try demand(plan.model.verify() == [], "\(plan.model.verify())")
      } catch let refusal as Diagnostics {
        try demand(!refusal.items.isEmpty, "a plan is refused without a word")
        try Self.inspect(refusal.items, source)
      }
    }
  }

  /// Frames of every checked model, and the model that an element of theirs makes of it.
  @Test func mutatedModelsHaveFrames() throws {
    try Fuzzing("frames", usually: 2_000).run { draws in
      Self.mutation(draws.one(of: Seeds.models), &draws)
    } _: { bytes, _ in
      let source = SourceText(name: "fuzz", bytes: bytes)
      guard let syntax = parse(source).model, let graph = check(syntax, source: source).model else {
        return
      }
      var sizes: [String: Int] = [:]
      for (i, name) in graph.unresolvedSizes.enumerated() { sizes[name] = 2 + i }
      let model = graph.sized(sizes)
      guard model.sizeFindings.isEmpty, model.variables.allSatisfy({ $0.type.dims != nil }) else {
        return
      }
      let frames = Frames(model)
      let element = FrameElement(
        frames, scales: frames.scales.map(\.granularity), shifts: frames.shifts.map { _ in 1 })
      try demand(element.model.verify() == [], "\(element.model.verify())")
      try demand(!frames.description.contains("\n\n"), "an empty line")
    }
  }

  static func attempt(_ source: SourceText) throws {
    let parsed = parse(source)
    try Self.inspect(parsed.findings, source)
    if parsed.findings.isEmpty { try Self.layOut(source, parsed) }
    guard let syntax = parsed.model else { return }
    let checked = check(syntax, source: source, afterSyntaxErrors: !parsed.findings.isEmpty)
    try Self.inspect(checked.findings, source)
    guard let graph = checked.model else {
      try demand(
        !(parsed.findings + checked.findings).isEmpty, "a model is refused without a word")
      return
    }
    try demand(graph.verify() == [], "\(graph.verify())")
    try demand(!graph.sourceWithSizes.isEmpty, "a model without text")
  }

  /// Findings can be shown, and point into the text.
  private static func inspect(_ findings: [Diagnostic], _ source: SourceText) throws {
    for finding in findings {
      for span in [finding.primary.span] + finding.secondary.map(\.span) {
        try demand(
          0 <= span.lower && span.lower <= span.upper && span.upper <= source.bytes.count,
          "\(finding.code) at \(span)")
      }
    }
    let shown = Diagnostics(source: source, items: findings)
    try demand(
      DiagnosticRenderer(colour: false).render(shown).isEmpty == findings.isEmpty, "not shown")
    try demand(!DiagnosticJSON().render(shown).isEmpty, "no JSON")
  }

  /// Formatting changes no meaning, loses no comment, and is done in one go.
  private static func layOut(_ source: SourceText, _ parsed: ParseResult) throws {
    guard let before = parsed.model else { throw Mistreated("neither a model nor a finding") }
    let once = try format(source)
    let again = SourceText(name: "fuzz", text: once)
    let reread = parse(again)
    try demand(reread.findings.isEmpty, "formatted:\n\(once)")
    guard let after = reread.model else { throw Mistreated("formatted:\n\(once)") }
    try demand(dump(before) == dump(after), "another meaning, formatted:\n\(once)")
    try demand(parsed.comments.count == reread.comments.count, "comments lost:\n\(once)")
    try demand(try format(again) == once, "formatted twice differs:\n\(once)")
  }
}
