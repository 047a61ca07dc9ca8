import LVMSyntax

/// The first pass: every name of the model, with the block it belongs to.
extension Checker {
  func declare(_ statements: [StatementSyntax]) {
    // Networks first: a `let` of a call must know how many outputs there are.
    declareNetworks(statements)
    declare(statements, in: .global)
  }

  private func declareNetworks(_ statements: [StatementSyntax]) {
    for statement in statements {
      switch statement {
      case .network(let network):
        declareNetwork(network)
      case .each(let each): declareNetworks(each.statements)
      case .variable, .guide, .fit: break
      }
    }
  }

  private func declareNetwork(_ network: NetworkSyntax) {
    let name = network.name
    if name.text.isEmpty { return }
    if let first = networkIndex[name.text] {
      report(
        NameError.duplicate(name.text, what: "a network", first: networkSyntax[first].name.span),
        name.span)
      return
    }
    if Vocabulary.families.contains(name.text) {
      report(NameError.takenName(name.text, by: "a family"), name.span)
    } else if Vocabulary.functions.contains(name.text) {
      report(NameError.takenName(name.text, by: "a function"), name.span)
    }
    networkIndex[name.text] = networkSyntax.count
    networkSyntax.append(network)
    networks.append(nil)
  }

  private func declare(_ statements: [StatementSyntax], in plate: PlateIndex) {
    for statement in statements {
      switch statement {
      case .variable(let variable): declare(variable, in: plate)
      case .each(let each): declare(each, in: plate)
      case .network: break
      case .guide(let guide):
        guideSyntax += guide.entries.map { ($0, plate) }
      case .fit(let fit):
        fitSyntax += fit.entries
      }
    }
  }

  // MARK: Blocks

  private func declare(_ each: EachSyntax, in parent: PlateIndex) {
    if each.unit.text.isEmpty {
      declare(each.statements, in: parent)
      return
    }
    let isRow = each.unit.text == "row"
    let header = Span(each.span.lower, each.unit.span.upper)
    var parent = parent
    if case .rows = plates[parent.index].kind {
      report(PlateError.insideRows(unit: each.unit.text), header)
      parent = plates[parent.index].parent ?? .global
      if isRow {
        declare(each.statements, in: rows ?? parent)
        return
      }
    }
    let kind: Plate.Kind
    if isRow {
      if !each.by.isEmpty { report(PlateError.rowsBy, each.by[0].span) }
      if let first = rows {
        report(PlateError.secondRows(first: plates[first.index].span), header)
        declare(each.statements, in: first)
        return
      }
      kind = .rows(inOrder: each.inOrder)
      rows = PlateIndex(plates.count)
    } else {
      if each.by.isEmpty {
        report(PlateError.groupWithoutColumn(each.unit.text), each.unit.span)
      } else if each.inOrder {
        report(PlateError.groupInOrder(each.unit.text), header)
      }
      if let first = plates.first(where: { $0.name == each.unit.text }) {
        report(
          NameError.duplicate(each.unit.text, what: "a group", first: first.span), each.unit.span)
      }
      kind = .groups(by: each.by.compactMap(groupColumn))
    }
    let index = PlateIndex(plates.count)
    plates.append(Plate(name: each.unit.text, kind: kind, parent: parent, span: header))
    declare(each.statements, in: index)
  }

  private func groupColumn(_ column: ColumnSyntax) -> ColumnSource? {
    switch column {
    case .name(let name): return .name(name.text, name.span)
    case .pattern(let name):
      if name.text.contains("*") {
        return fail(PlateError.groupColumn(found: "a pattern"), name.span)
      }
      return .pattern(name.text, name.span)
    case .list(_, let span): return fail(PlateError.groupColumn(found: "a list"), span)
    case .not(_, let span): return fail(PlateError.groupColumn(found: "all others"), span)
    case .prepared(let function, _, _, let span):
      return fail(PlateError.groupColumn(found: "`\(function.text)` of it"), span)
    }
  }

  /// How messages name a block.
  func owner(_ plate: PlateIndex) -> String {
    plate == .global ? "the model" : "each \(plates[plate.index].name)"
  }

  func isOrdered(_ plate: PlateIndex) -> Bool {
    if case .rows(inOrder: true) = plates[plate.index].kind { return true }
    return false
  }

  func isRows(_ plate: PlateIndex) -> Bool {
    if case .rows = plates[plate.index].kind { return true }
    return false
  }

  // MARK: Variables

  private func declare(_ variable: VariableSyntax, in plate: PlateIndex) {
    let name = variable.name
    if name.text.isEmpty { return }
    if let first = firstPlace(of: name.text) {
      report(NameError.duplicate(name.text, what: first.what, first: first.span), name.span)
      return
    }
    if let network = severalOutputs(variable) {
      let outputs = networkSyntax[network].outputs
      var members: [Int] = []
      for (index, port) in outputs.enumerated() {
        members.append(declarations.count)
        declarations.append(
          Declaration(
            syntax: variable, name: "\(name.text).\(port.name.text)", plate: plate, output: index))
      }
      bundles[name.text] = Bundle(
        network: network, outputs: members, plate: plate, span: name.span)
      return
    }
    declarationIndex[name.text] = declarations.count
    declarations.append(Declaration(syntax: variable, name: name.text, plate: plate))
  }

  private func firstPlace(of name: String) -> (what: String, span: Span)? {
    if let index = declarationIndex[name] {
      return ("a variable", declarations[index].nameSpan)
    }
    if let bundle = bundles[name] { return ("a variable", bundle.span) }
    if let index = headerIndex[name] { return ("a size", headers[index].name.span) }
    return nil
  }

  /// The network, if this is a `let` that holds all outputs of one with several.
  private func severalOutputs(_ variable: VariableSyntax) -> Int? {
    guard variable.role == .binding, case .equal(let value) = variable.definition,
      case .call(let name, _, _) = value.ungrouped, let network = networkIndex[name.text],
      networkSyntax[network].outputs.count > 1
    else { return nil }
    return network
  }

  // MARK: Looking names up

  /// Whether a variable of one block can be read from another.
  ///
  /// Rows see the names of every group, because each row belongs to one instance of each.
  func isVisible(_ owner: PlateIndex, from plate: PlateIndex) -> Bool {
    if isRows(plate) { return true }
    var current: PlateIndex? = plate
    while let at = current {
      if at == owner { return true }
      current = plates[at.index].parent
    }
    return false
  }

  /// All names that can be read from a block, in the order of the text; for suggestions.
  ///
  /// After many findings suggestions would take long and help nobody.
  func suggestions(from plate: PlateIndex) -> [String] {
    let isCheap = declarations.count + headers.count < 500
    return findings.count < (isCheap ? Self.findingLimit : 10) ? visibleNames(from: plate) : []
  }

  private func visibleNames(from plate: PlateIndex) -> [String] {
    let variables = declarations.filter { isVisible($0.plate, from: plate) && $0.output == nil }
    let outputs = bundles.filter { isVisible($0.value.plate, from: plate) }.map(\.key).sorted()
    return variables.map(\.name) + outputs + headers.map(\.name.text)
  }
}

extension ExpressionSyntax {
  /// This expression without parentheses around it.
  var ungrouped: ExpressionSyntax {
    var result = self
    while case .group(let inner, _) = result { result = inner }
    return result
  }
}
