import LVMSyntax

/// The checked parts put together.
extension Checker {
  /// Whether every variable and network could be read and checked.
  var isComplete: Bool {
    declarations.allSatisfy { $0.type != nil && $0.definition != nil }
      && networks.allSatisfy { $0 != nil }
  }

  /// The graph of a model without errors.
  func graph(named name: String) -> ModelGraph {
    var variables: [Variable] = []
    for (index, declaration) in declarations.enumerated() {
      guard let type = declaration.type, let definition = declaration.definition else { continue }
      variables.append(
        Variable(
          id: VariableID(index), name: declaration.name, role: declaration.role,
          plate: declaration.plate, type: type, definition: definition,
          columns: declaration.columns, nameSpan: declaration.nameSpan,
          typeSpan: declaration.syntax.type?.span ?? declaration.nameSpan,
          span: declaration.syntax.span))
    }
    let sizes = headers.map {
      SizeParameter(name: $0.name.text, span: $0.name.span, value: $0.value, isSize: $0.isSize)
    }
    return ModelGraph(
      name: name, source: source, sizes: sizes, plates: plates, variables: variables,
      networks: networks.compactMap { $0 }, guides: guides, fit: fit
    ).withScaledPorts()
  }
}
