import LVMData
import LVMModel
import LVMSyntax

/// Why a text is no column specification, in words that follow a colon.
public struct ColumnTextError: Error, Sendable, Hashable {
  public var reason: String
}

extension ColumnSpec {
  /// Columns as one writes them after `from` in a model, or as a shell hands them over: a text without
  /// quotes and parentheses is the name of a column (`Sepal.Length`), a pattern (`p*`), or a list of
  /// them (`a,b`).
  public init(text: String) throws(ColumnTextError) {
    let isLanguage = text.contains { "(\"".contains($0) } || text.hasPrefix("not ")
    guard isLanguage else {
      let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
      guard parts.allSatisfy({ !$0.isEmpty }) else {
        throw ColumnTextError(reason: "a column's name is missing")
      }
      let specs = parts.map { $0.contains("*") ? ColumnSpec.pattern($0) : .name($0) }
      self = specs.count == 1 ? specs[0] : .list(specs)
      return
    }
    // The language's own parser and checker read it, as part of a model that has nothing else.
    let type = text.hasPrefix("sum") ? "real" : "real[D]"
    let source = SourceText(
      name: "--bind",
      text: "model Bind(D)\neach row { observe x : \(type) from \(text) ~ Normal(0, 1) }\n")
    let parsed = parse(source)
    if let finding = parsed.findings.first { throw ColumnTextError(reason: finding.message) }
    let checked = parsed.model.map { check($0, source: source) }
    if let finding = checked?.findings.first(where: { $0.severity == .error }) {
      throw ColumnTextError(reason: finding.message)
    }
    guard let columns = checked?.model?.variables.first?.columns else {
      throw ColumnTextError(reason: "it does not say which columns")
    }
    self = ColumnSpec(columns)
  }

  private init(_ source: ColumnSource) {
    switch source {
    case .name(let name, _): self = .name(name)
    case .pattern(let pattern, _): self = .pattern(pattern)
    case .list(let parts, _): self = .list(parts.map { ColumnSpec($0) })
    case .not(let parts, _): self = .not(parts.map { ColumnSpec($0) })
    case .prepared(let preparation, let inner, let arguments, _):
      self = .prepared(function: preparation.rawValue, ColumnSpec(inner), arguments)
    }
  }
}
