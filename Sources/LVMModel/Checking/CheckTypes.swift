import LVMSyntax

/// Types as written.
extension Checker {
  /// Types of all variables that declare one.
  func checkTypes() {
    for index in declarations.indices {
      let syntax = declarations[index].syntax
      guard let written = syntax.type else { continue }
      if let output = declarations[index].output {
        // All outputs of a network together have no type; said once, at the first.
        if output == 0, let bundle = bundles[syntax.name.text] {
          let network = networkSyntax[bundle.network]
          report(
            NetworkError.severalOutputs(
              network: syntax.name.text, outputs: network.outputs.map(\.name.text)), written.span)
        }
        continue
      }
      guard let type = type(written) else { continue }
      if syntax.role == .param, type.kind.isDiscrete {
        report(
          TypeError.discreteParameter(name: syntax.name.text, kind: type.description), written.span)
      } else if syntax.role == .observe || syntax.role == .given, type.kind.eventRank == 2 {
        report(
          ColumnError.matrix(variable: syntax.name.text, type: type.description), written.span)
      } else {
        declarations[index].type = type
      }
    }
  }

  /// The type that a name with sizes stands for.
  func type(_ syntax: TypeSyntax) -> ValueType? {
    let word = syntax.kind.text
    if word == "category" { return category(syntax) }
    let kind: ElementKind? =
      switch word {
      case "real": .real
      case "positive": .positive
      case "unit": .unit
      case "count": .count
      case "integer": .integer
      case "binary": .binary
      case "simplex": .simplex
      case "covariance": .covariance
      case "correlation": .correlation
      case "cholesky": .cholesky
      case "orthonormal": .orthonormal
      default: nil
      }
    guard let kind else { return fail(NameError.unknownType(word), syntax.kind.span) }
    if let text = syntax.arguments.first(where: \.isText) {
      return fail(TypeError.labelsOutsideCategory(type: word), text.span)
    }
    let sizes = syntax.arguments.map(positiveSize)
    let shape = sizes.compactMap { $0 }
    guard shape.count == sizes.count else { return nil }
    switch kind {
    case .real, .positive, .unit, .count, .integer, .binary, .category:
      return ValueType(kind, shape)
    case .simplex:
      guard !shape.isEmpty else { return wrongCount(syntax, "its number of values") }
      return ValueType(kind, shape)
    case .covariance, .correlation, .cholesky:
      guard let side = shape.last else { return wrongCount(syntax, "the size of its side") }
      return ValueType(kind, shape + [side])
    case .orthonormal:
      guard shape.count >= 2 else { return wrongCount(syntax, "two sizes") }
      return ValueType(kind, shape)
    }
  }

  private func wrongCount(_ syntax: TypeSyntax, _ expected: String) -> ValueType? {
    fail(
      TypeError.sizeCount(type: syntax.kind.text, expected: expected), syntax.span)
  }

  /// `category[K]`, `category[Q, K]`, `category["low", "high"]`.
  private func category(_ syntax: TypeSyntax) -> ValueType? {
    let arguments = syntax.arguments
    guard let last = arguments.last else { return wrongCount(syntax, "its number of values") }
    guard last.isText else {
      if let text = arguments.first(where: \.isText) {
        return fail(TypeError.mixedLabels, text.span)
      }
      let sizes = arguments.map(positiveSize)
      let shape = sizes.compactMap { $0 }
      guard shape.count == sizes.count, let count = shape.last else { return nil }
      return ValueType(.category(count, labels: nil), Array(shape.dropLast()))
    }
    let leading = arguments.prefix { !$0.isText }
    let sizes = leading.map(positiveSize)
    var labels: [String] = []
    var taken: Set<String> = []
    for argument in arguments.dropFirst(leading.count) {
      guard case .text(let label, let span) = argument else {
        return fail(TypeError.mixedLabels, argument.span)
      }
      if !taken.insert(label).inserted { return fail(TypeError.duplicateLabel(label), span) }
      labels.append(label)
    }
    let shape = sizes.compactMap { $0 }
    guard shape.count == sizes.count else { return nil }
    return ValueType(.category(.constant(labels.count), labels: labels), shape)
  }
}

extension ExpressionSyntax {
  var isText: Bool {
    if case .text = self { return true }
    return false
  }
}
