/// Expressions, types and columns on one line in the canonical style.
struct FlatPrinter {
  let source: SourceText

  /// `K = 2 * (D - 1)`: operators have blanks round them, but not `^`, not a quotient of two
  /// numbers (`1/255`) and not the ends of a range (`1..S-1`).
  func print(_ expression: ExpressionSyntax, isTight: Bool = false) -> String {
    switch expression {
    case .number(_, let span):
      let written = source.text(span)
      return written.hasPrefix(".") ? "0" + written : written
    case .text(_, let span), .invalid(let span): return source.text(span)
    case .name(let name): return name.text
    case .call(let name, let arguments, _): return name.text + print(arguments)
    case .index(let base, let indices, _):
      return print(base, isTight: isTight) + "[\(indices.map(print).joined(separator: ", "))]"
    case .member(let base, let name, _): return print(base, isTight: isTight) + "." + name.text
    case .negate(let value, _): return "-" + print(value, isTight: isTight)
    case .binary(let operation, let left, let right, _, _):
      let sides = (print(left, isTight: isTight), print(right, isTight: isTight))
      let sign = operation.rawValue
      if isTight || operation == .power || isFraction(operation, left, right) {
        return sides.0 + sign + sides.1
      }
      return "\(sides.0) \(sign) \(sides.1)"
    case .array(let elements, _):
      return "[\(elements.map { print($0) }.joined(separator: ", "))]"
    case .group(let inner, _): return "(\(print(inner, isTight: isTight)))"
    }
  }

  private func isFraction(
    _ operation: BinaryOperator, _ left: ExpressionSyntax, _ right: ExpressionSyntax
  ) -> Bool {
    guard operation == .divide, case .number = left, case .number = right else { return false }
    return true
  }

  func print(_ arguments: [ArgumentSyntax]) -> String {
    let printed = arguments.map { argument in
      let label = argument.label.map { $0.text + ": " } ?? ""
      guard let end = argument.rangeEnd else { return label + print(argument.value) }
      return label + range(argument.value, end)
    }
    return "(\(printed.joined(separator: ", ")))"
  }

  private func print(_ index: IndexSyntax) -> String {
    switch index {
    case .at(let value): print(value)
    case .range(let lower, let upper): range(lower, upper)
    }
  }

  private func range(_ lower: ExpressionSyntax, _ upper: ExpressionSyntax) -> String {
    print(lower, isTight: true) + ".." + print(upper, isTight: true)
  }

  func print(_ type: TypeSyntax) -> String {
    let arguments = type.arguments.map { print($0) }.joined(separator: ", ")
    return type.arguments.isEmpty ? type.kind.text : "\(type.kind.text)[\(arguments)]"
  }

  func print(_ port: PortSyntax) -> String { "\(port.name.text) : \(print(port.type))" }

  func print(_ size: SizeSyntax) -> String {
    size.name.text + (size.defaultValue.map { " = " + print($0) } ?? "")
  }

  func print(_ column: ColumnSyntax) -> String {
    switch column {
    case .name(let name): return name.text
    case .pattern(let name): return source.text(name.span)
    case .list(let columns, _): return list(columns)
    case .not(let columns, let span):
      // `not (x)` keeps its parentheses: without them some names would read differently.
      let rest = source.text(span).dropFirst(3).drop { $0.isWhitespace }
      if rest.first == "(" || columns.count > 1 { return "not " + list(columns) }
      return "not " + columns.map(print).joined()
    case .prepared(let function, let column, let arguments, _):
      let parts = [print(column)] + arguments.map { print($0) }
      return "\(function.text)(\(parts.joined(separator: ", ")))"
    }
  }

  private func list(_ columns: [ColumnSyntax]) -> String {
    "(\(columns.map(print).joined(separator: ", ")))"
  }

  /// The columns after `by`.
  func print(by columns: [ColumnSyntax]) -> String {
    if columns.count == 1, let only = columns.first {
      guard case .list = only else { return print(only) }
    }
    return list(columns)
  }

  func print(_ step: StepSyntax) -> String {
    switch step {
    case .drawn(let family): "~ " + print(family)
    case .equal(let value): "= " + print(value)
    }
  }

  /// A step of a chain: a family stands without `~`.
  func print(chain step: StepSyntax) -> String {
    switch step {
    case .drawn(let family): print(family)
    case .equal(let value): "= " + print(value)
    }
  }

  func print(_ layer: LayerSyntax) -> String {
    let head = layer.name.text + (layer.arguments.isEmpty ? "" : print(layer.arguments))
    guard let body = layer.body else { return head }
    return head + " " + block(body.map(print), separator: " ")
  }

  func block(_ parts: [String], separator: String) -> String {
    parts.isEmpty ? "{ }" : "{ \(parts.joined(separator: separator)) }"
  }

  /// The lines of a long text: broken after commas inside brackets, the rest indented.
  func fill(_ text: String, indent: Int, hanging: Int, width: Int) -> [String] {
    if indent + text.count <= width { return [text] }
    var pieces: [String] = []
    var piece = ""
    var depth = 0
    var isQuoted = false
    var escapes = false
    for character in text {
      if depth > 0, !isQuoted, character == " ", piece.last == "," {
        pieces.append(piece)
        piece = ""
        continue
      }
      piece.append(character)
      if isQuoted {
        if character == "\"" && !escapes { isQuoted = false }
        escapes = character == "\\" && !escapes
      } else if character == "\"" {
        isQuoted = true
      } else if "([".contains(character) {
        depth += 1
      } else if ")]".contains(character) {
        depth -= 1
      }
    }
    pieces.append(piece)
    var lines: [String] = []
    var line = ""
    for piece in pieces {
      let lead = lines.isEmpty ? indent : indent + hanging
      if line.isEmpty {
        line = piece
      } else if lead + line.count + 1 + piece.count <= width {
        line += " " + piece
      } else {
        lines.append(lines.isEmpty ? line : String(repeating: " ", count: hanging) + line)
        line = piece
      }
    }
    lines.append(lines.isEmpty ? line : String(repeating: " ", count: hanging) + line)
    return lines
  }
}
