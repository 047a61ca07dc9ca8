/// The tree as indented lines, a statement each, for `--emit ast`; places are left out.
///
/// Expressions print in prefix form, `(+ (* W z) mu)`, so that precedence can be seen.
public func dump(_ model: ModelSyntax) -> String {
  var printer = TreePrinter()
  printer.print(model)
  return printer.lines.joined(separator: "\n") + "\n"
}

/// An expression in prefix form, as `dump` of a model prints it.
public func dump(_ expression: ExpressionSyntax) -> String {
  TreePrinter.prefix(expression)
}

private struct TreePrinter {
  var lines: [String] = []
  var indent = 0

  mutating func line(_ text: String) {
    lines.append(String(repeating: "  ", count: indent) + text)
  }

  mutating func indented(_ body: (inout TreePrinter) -> Void) {
    indent += 1
    body(&self)
    indent -= 1
  }

  mutating func print(_ model: ModelSyntax) {
    line("model \(model.name.text)")
    indented { printer in
      for size in model.sizes {
        let value = size.defaultValue.map { " = " + Self.prefix($0) } ?? ""
        printer.line("size \(size.name.text)\(value)")
      }
      for statement in model.statements { printer.print(statement) }
    }
  }

  mutating func print(_ statement: StatementSyntax) {
    switch statement {
    case .variable(let variable): print(variable)
    case .each(let each):
      let by = each.by.isEmpty ? "" : " by " + each.by.map(Self.column).joined(separator: " ")
      line("each \(each.unit.text)\(by)\(each.inOrder ? " in order" : "")")
      indented { printer in
        for statement in each.statements { printer.print(statement) }
      }
    case .network(let network): print(network)
    case .guide(let guide):
      line("guide")
      indented { printer in
        for entry in guide.entries {
          printer.line("\(entry.variable.text) \(Self.step(entry.definition))")
        }
      }
    case .fit(let fit):
      line("fit")
      indented { printer in
        for entry in fit.entries {
          printer.line("\(entry.key.text) = \(Self.prefix(entry.value))")
        }
      }
    }
  }

  mutating func print(_ variable: VariableSyntax) {
    let type = variable.type.map { " : " + Self.type($0) } ?? ""
    line("\(variable.role.rawValue) \(variable.name.text)\(type)")
    indented { printer in
      if let from = variable.from { printer.line("from " + Self.column(from)) }
      switch variable.definition {
      case .drawn(let family): printer.line("~ " + Self.prefix(family))
      case .equal(let value): printer.line("= " + Self.prefix(value))
      case .chain(let initially, let then):
        if let initially { printer.line("initially " + Self.step(initially)) }
        printer.line("then " + Self.step(then))
      case nil: break
      }
    }
  }

  mutating func print(_ network: NetworkSyntax) {
    line((network.invertible ? "invertible " : "") + "network \(network.name.text)")
    indented { printer in
      for port in network.inputs {
        printer.line("input \(port.name.text) : \(Self.type(port.type))")
      }
      for port in network.outputs {
        printer.line("output \(port.name.text) : \(Self.type(port.type))")
      }
      printer.print(network.layers)
    }
  }

  mutating func print(_ layers: [LayerSyntax]) {
    for layer in layers {
      let parts = [layer.name.text] + layer.arguments.map(Self.argument)
      line("layer " + parts.joined(separator: " "))
      if let body = layer.body { indented { $0.print(body) } }
    }
  }

  static func step(_ step: StepSyntax) -> String {
    switch step {
    case .drawn(let family): "~ " + prefix(family)
    case .equal(let value): "= " + prefix(value)
    }
  }

  static func type(_ type: TypeSyntax) -> String {
    type.arguments.isEmpty
      ? type.kind.text
      : "\(type.kind.text)[\(type.arguments.map(prefix).joined(separator: ", "))]"
  }

  static func column(_ column: ColumnSyntax) -> String {
    switch column {
    case .name(let name): name.text
    case .pattern(let name): "\"\(name.text)\""
    case .list(let columns, _): "(" + columns.map(Self.column).joined(separator: " ") + ")"
    case .not(let columns, _): "(not " + columns.map(Self.column).joined(separator: " ") + ")"
    case .prepared(let function, let source, let arguments, _):
      "(\(([function.text, Self.column(source)] + arguments.map(prefix)).joined(separator: " ")))"
    }
  }

  static func argument(_ argument: ArgumentSyntax) -> String {
    let label = argument.label.map { $0.text + ": " } ?? ""
    let value = prefix(argument.value)
    return label + (argument.rangeEnd.map { "(.. \(value) \(prefix($0)))" } ?? value)
  }

  static func prefix(_ expression: ExpressionSyntax) -> String {
    switch expression {
    case .number(let value, _):
      // As written in source where it is whole: 2, not 2.0.
      value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
    case .text(let text, _): "\"\(text)\""
    case .name(let name): name.text
    case .call(let name, let arguments, _):
      "(" + (["call", name.text] + arguments.map(argument)).joined(separator: " ") + ")"
    case .index(let base, let indices, _):
      "(" + (["index", prefix(base)] + indices.map(index)).joined(separator: " ") + ")"
    case .member(let base, let name, _): "(member \(prefix(base)) \(name.text))"
    case .negate(let value, _): "(- \(prefix(value)))"
    case .binary(let operation, let left, let right, _, _):
      "(\(operation.rawValue) \(prefix(left)) \(prefix(right)))"
    case .array(let elements, _):
      "(" + (["array"] + elements.map(prefix)).joined(separator: " ") + ")"
    case .group(let inner, _): "(group \(prefix(inner)))"
    case .invalid: "invalid"
    }
  }

  static func index(_ index: IndexSyntax) -> String {
    switch index {
    case .at(let value): prefix(value)
    case .range(let lower, let upper): "(.. \(prefix(lower)) \(prefix(upper)))"
    }
  }
}
