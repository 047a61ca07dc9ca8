import Foundation
import LVMModel
import LVMSyntax
import Testing

/// The models of the language's documentation: they pass without a word, verify, and print alike.
@Suite struct GoodModelTests {
  @Test func modelsPassWithoutFindings() throws {
    let models = try Corpus.goodModels()
    #expect(models.count >= 38)
    for model in models {
      #expect(Corpus.rendering(of: model) == "", "\(model.lastPathComponent)")
    }
  }

  @Test func graphsAreAsRecorded() throws {
    let isRecording = ProcessInfo.processInfo.environment["RECORD"] == "1"
    for model in try Corpus.goodModels() {
      let graph = try #require(Corpus.graph(of: model), "\(model.lastPathComponent)")
      let golden = model.deletingPathExtension().appendingPathExtension("graph")
      if isRecording {
        try graph.description.write(to: golden, atomically: true, encoding: .utf8)
      } else {
        let recorded = try? String(contentsOf: golden, encoding: .utf8)
        #expect(graph.description == recorded, "\(model.lastPathComponent)")
      }
    }
    #expect(!isRecording, "recorded; run again without RECORD")
  }

  @Test func graphsVerifyBeforeAndAfterSizing() throws {
    let numbers = ["D": 5, "G": 6, "Q": 3]
    for model in try Corpus.goodModels() {
      let graph = try #require(Corpus.graph(of: model))
      #expect(graph.verify() == [], "\(model.lastPathComponent)")
      let sized = graph.sized(numbers)
      #expect(sized.verify() == [], "\(model.lastPathComponent)")
      #expect(sized.unresolvedSizes == [], "\(model.lastPathComponent)")
      for variable in sized.variables {
        #expect(variable.type.dims != nil, "\(variable.name) in \(model.lastPathComponent)")
        for expression in variable.definition.expressions {
          var allKnown = true
          expression.visit { if $0.type.dims == nil { allKnown = false } }
          #expect(allKnown, "\(variable.name) in \(model.lastPathComponent)")
        }
      }
    }
  }

  /// The graph's print is text of the language: read again it gives the same graph.
  @Test func definitionsReadBack() throws {
    for model in try Corpus.goodModels() {
      let graph = try #require(Corpus.graph(of: model))
      for variable in graph.variables where !variable.name.contains(".") {
        let text = graph.text(of: variable.definition)
        guard variable.role != .binding, !text.isEmpty, !text.contains("o.") else { continue }
        let written = "model M\neach row in order {\n  latent v : \(variable.type) \(text)\n}\n"
        let parsed = parse(SourceText(name: "m", text: written))
        #expect(parsed.findings.isEmpty, "\(text)")
      }
    }
  }

  // MARK: Invariance

  /// Renaming every variable changes nothing but the names.
  @Test func renamingChangesNamesAlone() throws {
    for model in try Corpus.goodModels() {
      let source = Corpus.source(model)
      let graph = try #require(Corpus.graph(of: model))
      let names = Set(graph.variables.map(\.name).filter { !$0.contains(".") })
      let reserved = Set(Vocabulary.functions + Vocabulary.layers + ["label", "row", "o"])
      // A word that is also a port, a column or a function would be renamed by mistake.
      let ports = Set(graph.networks.flatMap { ($0.inputs + $0.outputs).map(\.name) })
      let columns = graph.variables.compactMap(\.columns).map(\.description).joined(separator: " ")
      let safe = names.filter {
        !reserved.contains($0) && !ports.contains($0) && !columns.contains($0)
      }
      let text = String(decoding: source.bytes, as: UTF8.self)
      let renamed = Corpus.replacingWords(in: text) { safe.contains($0) ? $0 + "_new" : $0 }
      let other = try #require(
        Corpus.graph(of: SourceText(name: source.name, text: renamed)),
        "\(model.lastPathComponent)")
      let expected = Corpus.replacingWords(in: graph.description) {
        safe.contains($0) ? $0 + "_new" : $0
      }
      #expect(other.description == expected, "\(model.lastPathComponent)")
    }
  }

  /// The order of the statements in a block says nothing.
  @Test func reorderingChangesTheOrderAlone() throws {
    for model in try Corpus.goodModels() {
      let source = Corpus.source(model)
      var syntax = try #require(parse(source).model)
      let graph = try #require(Corpus.graph(of: model))
      syntax.statements = Corpus.reversed(syntax.statements)
      let result = check(syntax, source: source)
      let other = try #require(result.model, "\(model.lastPathComponent)")
      #expect(Corpus.lines(of: other) == Corpus.lines(of: graph), "\(model.lastPathComponent)")
    }
  }
}

extension Corpus {
  static func graph(of model: URL) -> ModelGraph? { graph(of: source(model)) }

  static func graph(of source: SourceText) -> ModelGraph? {
    guard let syntax = parse(source).model else { return nil }
    return check(syntax, source: source).model
  }

  static func graph(_ text: String) -> ModelGraph? {
    graph(of: SourceText(name: "m.lvm", text: text))
  }

  static func codes(_ text: String) -> [String] {
    let source = SourceText(name: "m.lvm", text: text)
    let parsed = parse(source)
    guard let syntax = parsed.model else { return parsed.findings.map(\.code) }
    return (parsed.findings + check(syntax, source: source).findings).map(\.code)
  }

  /// The lines of a graph's print, sorted, and what each variable reads sorted too.
  static func lines(of graph: ModelGraph) -> [String] {
    graph.description.split(separator: "\n").map { line in
      let parts = line.components(separatedBy: "  <- ")
      guard parts.count == 2 else { return String(line) }
      return parts[0] + "  <- "
        + parts[1].components(separatedBy: ", ").sorted().joined(separator: ", ")
    }.sorted()
  }

  static func reversed(_ statements: [StatementSyntax]) -> [StatementSyntax] {
    statements.reversed().map { statement in
      guard case .each(var each) = statement else { return statement }
      each.statements = reversed(each.statements)
      return .each(each)
    }
  }

  /// Every word of a text, changed.
  static func replacingWords(in text: String, _ change: (String) -> String) -> String {
    var result = ""
    var word = ""
    func isPart(_ character: Character) -> Bool {
      character.isLetter || character.isNumber || character == "_"
    }
    for character in text {
      if isPart(character) {
        word.append(character)
      } else {
        result += change(word)
        word = ""
        result.append(character)
      }
    }
    return result + change(word)
  }
}
