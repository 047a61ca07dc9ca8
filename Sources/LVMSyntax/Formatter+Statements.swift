extension Formatter {
  /// What is aligned in consecutive declarations.
  private struct Columns {
    var role = 0
    var name = 0
    var type = 0
  }

  mutating func printStatements(_ statements: [StatementSyntax]) {
    var at = 0
    while at < statements.count {
      let run = declarations(from: at, in: statements)
      if run.isEmpty {
        print(statements[at])
        at += 1
      } else {
        let columns = self.columns(of: run)
        for variable in run { print(variable, columns) }
        at += run.count
      }
    }
  }

  /// The declarations from an index on that no blank line separates.
  private func declarations(
    from start: Int, in statements: [StatementSyntax]
  ) -> [VariableSyntax] {
    var run: [VariableSyntax] = []
    for statement in statements[start...] {
      guard case .variable(let variable) = statement else { break }
      if let last = run.last {
        let between = (lineNumber(last.span.upper - 1)..<lineNumber(variable.span.lower))
        if between.dropFirst().contains(where: { isBlank($0) }) { break }
      }
      run.append(variable)
    }
    return run
  }

  private func isBlank(_ line: Int) -> Bool {
    source.line(line).allSatisfy(\.isWhitespace)
  }

  private func columns(of run: [VariableSyntax]) -> Columns {
    var columns = Columns()
    for variable in run {
      columns.role = max(columns.role, variable.role.rawValue.count)
      columns.name = max(columns.name, variable.name.text.count)
      if let type = variable.type, isAligned(variable) {
        columns.type = max(columns.type, flat.print(type).count)
      }
    }
    return columns
  }

  /// Whether the `~` or `=` is aligned: not after `from`, in a chain, or on a line of its own.
  private func isAligned(_ variable: VariableSyntax) -> Bool {
    switch variable.definition {
    case .drawn, .equal: variable.from == nil && fitsAlone(variable)
    case .chain, nil: false
    }
  }

  /// Whether the declaration fits on a line if nothing is aligned.
  private func fitsAlone(_ variable: VariableSyntax) -> Bool {
    let words = [variable.role.rawValue, variable.name.text]
    let type = variable.type.map { [":", flat.print($0)] } ?? []
    let whole = words + type + parts(of: variable.definition)
    return indent + whole.joined(separator: " ").count <= Self.width
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func parts(of definition: DefinitionSyntax?) -> [String] {
    switch definition {
    case .drawn(let family): ["~ " + flat.print(family)]
    case .equal(let value): ["= " + flat.print(value)]
    case .chain(let initially, let then):
      (initially.map { ["initially " + flat.print(chain: $0)] } ?? [])
        + ["then " + flat.print(chain: then)]
    case nil: []
    }
  }

  private mutating func print(_ variable: VariableSyntax, _ columns: Columns) {
    begin(at: variable.span.lower, hoistingUntil: variable.span.upper)
    emit(declaration(variable, columns, indent: indent))
    end(at: variable.span.upper)
  }

  private func declaration(
    _ variable: VariableSyntax, _ columns: Columns, indent: Int
  ) -> [String] {
    var head = padded(variable.role.rawValue, columns.role) + " "
    let parts = parts(of: variable.definition)
    if let type = variable.type {
      head += padded(variable.name.text, columns.name) + " : "
      let printed = flat.print(type)
      head += isAligned(variable) ? padded(printed, columns.type) : printed
    } else {
      head += parts.isEmpty ? variable.name.text : padded(variable.name.text, columns.name)
    }
    if let from = variable.from { head += " from " + flat.print(from) }
    let whole = ([head] + parts).joined(separator: " ")
    if indent + whole.count <= Self.width { return [whole] }
    while head.last == " " { head.removeLast() }
    let first = flat.fill(head, indent: indent, hanging: 4, width: Self.width)
    return first
      + parts.flatMap { part in
        flat.fill(part, indent: indent + 2, hanging: 2, width: Self.width).map { "  " + $0 }
      }
  }

  private mutating func print(_ statement: StatementSyntax) {
    switch statement {
    case .variable(let variable): print(variable, columns(of: [variable]))
    case .each(let each): print(each)
    case .network(let network): print(network)
    case .guide(let guide):
      let entries = guide.entries.map {
        Entry(
          name: $0.variable.text, text: "\($0.variable.text) \(flat.print($0.definition))",
          span: $0.span)
      }
      print(entries, of: "guide", span: guide.span, isShort: entries.count <= 1)
    case .fit(let fit):
      let entries = fit.entries.map {
        Entry(
          name: $0.key.text, text: "\($0.key.text) = \(flat.print($0.value))",
          span: $0.key.span.union($0.value.span))
      }
      print(entries, of: "fit", span: fit.span, isShort: true)
    }
  }

  private mutating func print(_ each: EachSyntax) {
    var head = "each \(each.unit.text)"
    if !each.by.isEmpty { head += " by " + flat.print(by: each.by) }
    if each.inOrder { head += " in order" }
    if each.statements.count == 1, case .variable(let only) = each.statements[0],
      isOneLine(each.span), hasNoComment(in: each.span)
    {
      let inner = declaration(only, columns(of: [only]), indent: 0)
      let line = head + " " + flat.block(inner, separator: " ")
      if inner.count == 1, indent + line.count <= Self.width {
        begin(at: each.span.lower, hoistingUntil: each.span.upper)
        emit([line])
        end(at: each.span.upper)
        return
      }
    }
    let brace = braceEnd(after: each.span.lower)
    begin(at: each.span.lower, hoistingUntil: brace)
    emit([head + " {"])
    end(at: brace)
    printBody(of: each.span) { $0.printStatements(each.statements) }
  }

  private mutating func print(_ network: NetworkSyntax) {
    let inputs = network.inputs.map { flat.print($0) }.joined(separator: ", ")
    let outputs = network.outputs.map { flat.print($0) }.joined(separator: ", ")
    let head =
      (network.invertible ? "invertible " : "")
      + "network \(network.name.text)(\(inputs)) -> \(outputs)"
    let brace = braceEnd(after: network.span.lower)
    let line = head + " " + flat.block(network.layers.map { flat.print($0) }, separator: " ")
    let isShort = isOneLine(Span(brace, network.span.upper)) || network.layers.isEmpty
    begin(at: network.span.lower, hoistingUntil: brace)
    if isShort, hasNoComment(in: network.span), indent + line.count <= Self.width {
      emit([line])
      end(at: network.span.upper)
      return
    }
    emit(flat.fill(head + " {", indent: indent, hanging: 4, width: Self.width))
    end(at: brace)
    printBody(of: network.span) { $0.printLayers(network.layers) }
  }

  /// Layers that share a line of the source share one here, as far as they fit.
  private mutating func printLayers(_ layers: [LayerSyntax]) {
    var at = 0
    while at < layers.count {
      let layer = layers[at]
      var text = flat.print(layer)
      if layer.body != nil,
        !isOneLine(layer.span) || !hasNoComment(in: layer.span)
          || indent + text.count > Self.width
      {
        let brace = braceEnd(after: layer.span.lower)
        begin(at: layer.span.lower, hoistingUntil: brace)
        let head = layer.name.text + (layer.arguments.isEmpty ? "" : flat.print(layer.arguments))
        emit([head + " {"])
        end(at: brace)
        printBody(of: layer.span) { $0.printLayers(layer.body ?? []) }
        at += 1
        continue
      }
      begin(at: layer.span.lower, hoistingUntil: layer.span.upper)
      var last = layer
      at += 1
      while at < layers.count, isOneLine(last.span.union(layers[at].span)) {
        let next = flat.print(layers[at])
        guard indent + text.count + 1 + next.count <= Self.width else { break }
        text += " " + next
        last = layers[at]
        at += 1
      }
      emit(flat.fill(text, indent: indent, hanging: 2, width: Self.width))
      end(at: last.span.upper)
    }
  }

  /// A line of a `guide` or `fit` block.
  private struct Entry {
    var name: String
    var text: String
    var span: Span
  }

  private mutating func print(
    _ entries: [Entry], of word: String, span: Span, isShort: Bool
  ) {
    let brace = braceEnd(after: span.lower)
    let line = word + " " + flat.block(entries.map(\.text), separator: ", ")
    begin(at: span.lower, hoistingUntil: brace)
    if isShort, hasNoComment(in: span), indent + line.count <= Self.width {
      emit([line])
      end(at: span.upper)
      return
    }
    emit([word + " {"])
    end(at: brace)
    printBody(of: span) { formatter in
      for (i, entry) in entries.enumerated() {
        formatter.begin(at: entry.span.lower, hoistingUntil: entry.span.upper)
        var text = entry.text
        // A line that begins with one of these words would go on with the line before.
        if i + 1 < entries.count, ["then", "initially", "from"].contains(entries[i + 1].name) {
          text += ","
        }
        formatter.emit(
          formatter.flat.fill(text, indent: formatter.indent, hanging: 2, width: Self.width))
        formatter.end(at: formatter.commaEnd(after: entry.span.upper))
      }
    }
  }

  /// The end of a comma that follows an entry.
  private func commaEnd(after offset: Int) -> Int {
    guard let next = tokens.first(where: { $0.span.lower >= offset }),
      next.kind == .mark(.comma), lineNumber(next.span.lower) == lineNumber(offset)
    else { return offset }
    return next.span.upper
  }
}
