import LVMSyntax

/// The declaration a value comes from unchanged: what to declare differently if its kind is wrong.
struct ValueSource {
  var name: String
  var span: Span
  var type: ValueType
  var isOutput = false
}

extension Checker {
  /// The declared variable or network output that this value is, or is a part of.
  ///
  /// A `let` without a type stands for its value. What is computed has no source: whether it is,
  /// say, positive, is then found when the model runs.
  func declaredSource(of value: Expression) -> ValueSource? {
    var value = value
    while true {
      switch value.node {
      case .variable(let id):
        let declaration = declarations[id.index]
        if declaration.role == .binding, declaration.syntax.type == nil,
          case .equal(let inner) = declaration.definition
        {
          value = inner
          continue
        }
        guard let type = declaration.type else { return nil }
        return ValueSource(name: declaration.name, span: declaration.nameSpan, type: type)
      case .previous(let id, _), .previousRange(let id, _, _):
        let declaration = declarations[id.index]
        guard let type = declaration.type else { return nil }
        return ValueSource(name: declaration.name, span: declaration.nameSpan, type: type)
      case .index(let base, _): value = base
      case .network(let id, _, let output):
        guard let port = networks[id.index]?.outputs[output] else { return nil }
        return ValueSource(name: port.name, span: port.span, type: port.type, isOutput: true)
      case .number, .size, .map, .function, .arithmetic, .negate, .matrixProduct, .array:
        return nil
      }
    }
  }

  /// `declare \`s\` as \`positive[D]\``, where that is possible.
  func advice(_ source: ValueSource, _ kind: ElementKind) -> [String] {
    let isVector = !source.type.shape.isEmpty
    switch kind {
    case .real, .positive, .unit: break
    case .count, .integer, .binary, .category: if source.isOutput { return [] }
    case .simplex: if !isVector { return [] }
    case .covariance, .correlation, .cholesky, .orthonormal:
      if source.isOutput || source.type.shape.count < 2 { return [] }
    }
    return ["declare `\(source.name)` as `\(ValueType(kind, source.type.shape))`"]
  }

  /// Whether a value is declared in a way that allows what `kind` does not.
  func isDeclaredWider(_ value: Expression, than kind: ElementKind) -> Bool {
    if let constant = value.constantValue { return !isWithin(constant, kind) }
    if isCertainlyNegative(value), kind == .positive || kind == .unit { return true }
    return declaredSource(of: value) != nil && !mayBe(value, kind)
  }

  private func isWithin(_ value: Double, _ kind: ElementKind) -> Bool {
    switch kind {
    case .positive: value > 0
    case .unit, .simplex: value >= 0 && value <= 1
    case .count: value >= 0 && value == value.rounded()
    case .integer: value == value.rounded()
    case .binary: value == 0 || value == 1
    case .real: true
    case .category, .covariance, .correlation, .cholesky, .orthonormal: false
    }
  }

  /// Whether the kind of a value leaves room for another kind. A count may be zero and a binary
  /// value too, but they may also be positive.
  func mayBe(_ value: Expression, _ kind: ElementKind) -> Bool {
    let facts = value.facts
    switch kind {
    case .real: return true
    case .positive: return facts.isAtLeastZero
    case .unit: return facts.isAtLeastZero && facts.isAtMostOne
    case .count: return facts.isAtLeastZero && facts.isWhole
    case .integer: return facts.isWhole
    case .binary: return facts.isAtLeastZero && facts.isAtMostOne && facts.isWhole
    case .simplex: return value.type.kind == .simplex
    case .covariance: return value.isCovariance
    case .correlation, .cholesky, .orthonormal: return value.type.kind == kind
    case .category: return false
    }
  }

  /// The negative of something positive.
  func isCertainlyNegative(_ value: Expression) -> Bool {
    if case .negate(let inner) = value.node { return inner.facts.isAboveZero }
    return false
  }
}
