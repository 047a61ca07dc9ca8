/// A JSON value whose objects keep the order of their keys, which is part of the format of `fit.json`.
indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  /// Written as the shortest text that reads back to the same bits; a number that is not finite has no
  /// place in JSON and is written as null.
  case number(Double)
  case text(String)
  case array([JSONValue])
  case object([(key: String, value: JSONValue)])

  /// On one line.
  var compact: String {
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let value): return String(value)
    case .number(let value): return Self.text(of: value)
    case .text(let text): return Self.quoted(text)
    case .array(let items): return "[" + items.map(\.compact).joined(separator: ", ") + "]"
    case .object(let pairs):
      return "{"
        + pairs.map { "\(Self.quoted($0.key)): \($0.value.compact)" }.joined(separator: ", ") + "}"
    }
  }

  /// A key a line at the top, an item a line in arrays of objects below it, and a line break at the end.
  var document: String {
    guard case .object(let pairs) = self else { return compact + "\n" }
    let lines = pairs.map { key, value in "  \(Self.quoted(key)): \(Self.block(value))" }
    return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
  }

  private static func block(_ value: JSONValue) -> String {
    switch value {
    case .array(let items):
      guard case .object? = items.first else { return value.compact }
      return "[\n" + items.map { "    \($0.compact)" }.joined(separator: ",\n") + "\n  ]"
    case .object(let pairs):
      let oneLine = value.compact
      if oneLine.count <= 90 { return oneLine }
      let lines = pairs.map { "    \(quoted($0.key)): \($0.value.compact)" }
      return "{\n" + lines.joined(separator: ",\n") + "\n  }"
    case .null, .bool, .integer, .number, .text: return value.compact
    }
  }

  static func text(of value: Double) -> String {
    guard value.isFinite else { return "null" }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  static func quoted(_ text: String) -> String {
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
