/// Findings for tools: a JSON array of objects with stable keys.
///
/// Keys in order: `severity code message file line column endLine endColumn label secondary help`;
/// lines and columns count from 1 and in characters, the end is exclusive. `secondary` holds
/// objects with `line column endLine endColumn label`. Written by hand because the order of keys
/// is part of the format.
public struct DiagnosticJSON: Sendable {
  public init() {}

  /// One JSON array, an object a line.
  public func render(_ diagnostics: Diagnostics) -> String {
    let objects = diagnostics.items.map { object($0, in: diagnostics.source) }
    return objects.isEmpty ? "[]\n" : "[\n" + objects.joined(separator: ",\n") + "\n]\n"
  }

  /// One object a line, without an array round them.
  public func renderLines(_ diagnostics: Diagnostics) -> String {
    diagnostics.items.map { object($0, in: diagnostics.source) + "\n" }.joined()
  }

  private func object(_ diagnostic: Diagnostic, in source: SourceText) -> String {
    let secondary = diagnostic.secondary.map {
      "{" + place($0.span, in: source) + ",\"label\":" + quoted($0.text) + "}"
    }
    return "{\"severity\":" + quoted(diagnostic.severity.rawValue)
      + ",\"code\":" + quoted(diagnostic.code)
      + ",\"message\":" + quoted(diagnostic.message)
      + ",\"file\":" + quoted(source.name) + ","
      + place(diagnostic.primary.span, in: source)
      + ",\"label\":" + quoted(diagnostic.primary.text)
      + ",\"secondary\":[" + secondary.joined(separator: ",")
      + "],\"help\":[" + diagnostic.help.map(quoted).joined(separator: ",") + "]}"
  }

  private func place(_ span: Span, in source: SourceText) -> String {
    let start = source.position(span.lower)
    let end = source.position(max(span.lower, span.upper))
    return "\"line\":\(start.line),\"column\":\(start.column),"
      + "\"endLine\":\(end.line),\"endColumn\":\(end.column)"
  }

  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if scalar.value < 0x20 {
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}
