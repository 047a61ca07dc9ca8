import LVMModel
import LVMSyntax

extension ModelGraph {
  /// The model's text with the values that its sizes and constants took written into its header:
  /// `model Mixture(K = 2, D)` becomes `model Mixture(K = 2, D = 4)`. Nothing else changes.
  public var sourceWithSizes: String {
    let tokens = tokenize(source).0
    var bytes = source.bytes
    for (name, span) in Self.headerEntries(tokens).reversed() {
      guard let value = sizes.first(where: { $0.name == name })?.value else { continue }
      bytes.replaceSubrange(
        span.lower..<span.upper, with: Array("\(name) = \(JSONValue.text(of: value))".utf8))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Each name between the header's parentheses, with the span of its whole entry.
  private static func headerEntries(_ tokens: [Token]) -> [(name: String, span: Span)] {
    guard let model = tokens.firstIndex(where: { $0.kind == .keyword(.model) }),
      model + 2 < tokens.count, tokens[model + 2].kind == .mark(.leftParenthesis)
    else { return [] }
    var entries: [(name: String, span: Span)] = []
    var depth = 1
    var startsEntry = true
    for token in tokens[(model + 3)...] {
      switch token.kind {
      case .mark(.leftParenthesis), .mark(.leftBracket): depth += 1
      case .mark(.rightParenthesis), .mark(.rightBracket): depth -= 1
      case .keyword, .word, .number, .text, .mark, .invalid, .end: break
      }
      if depth == 0 || token.kind == .end { break }
      if depth == 1, token.kind == .mark(.comma) {
        startsEntry = true
      } else if startsEntry, case .word(let name) = token.kind {
        entries.append((name, token.span))
        startsEntry = false
      } else if let last = entries.indices.last, !startsEntry {
        entries[last].span = entries[last].span.union(token.span)
      }
    }
    return entries
  }
}
