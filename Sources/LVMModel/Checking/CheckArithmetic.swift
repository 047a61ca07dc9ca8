import LVMSyntax

/// `+ - * / ^ .* ./`: shapes and kinds.
extension Checker {
  func arithmetic(
    _ operation: BinaryOperator, _ a: Expression, _ b: Expression, _ sign: Span, _ span: Span
  ) -> Expression? {
    let isNumeric = [a, b].map { number($0, "be computed with") }
    guard isNumeric.allSatisfy({ $0 }) else { return nil }
    let hasScalar = a.type.isScalar || b.type.isScalar
    let elementwise: Arithmetic
    switch operation {
    case .multiply:
      if !hasScalar { return product(a, b, sign, span) }
      elementwise = .multiply
    case .divide:
      if !b.type.isScalar {
        if !a.type.isScalar { return fail(ShapeError.vectorDivision, sign) }
      }
      elementwise = .divide
    case .add: elementwise = .add
    case .subtract: elementwise = .subtract
    case .power: elementwise = .power
    case .elementwiseMultiply: elementwise = .multiply
    case .elementwiseDivide: elementwise = .divide
    }
    guard hasScalar || agree(a.type.shape, b.type.shape) else {
      return fail(
        ShapeError.different(
          operation: operation.rawValue, left: a.type.description, right: b.type.description,
          sizes: difference(a.type.shape, b.type.shape)), sign)
    }
    let shape = a.type.isScalar ? b.type.shape : a.type.shape
    let facts = KindTable.arithmetic(
      elementwise, a.facts, b.facts, leftIsOne: a.constantValue == 1)
    let kind = matrixKind(elementwise, a, b) ?? facts.kind
    return Expression(.arithmetic(elementwise, a, b), ValueType(kind, shape), span)
  }

  /// Covariances stay covariances when added, or scaled by something positive.
  private func matrixKind(_ operation: Arithmetic, _ a: Expression, _ b: Expression) -> ElementKind?
  {
    switch operation {
    case .add:
      return a.isCovariance && b.isCovariance ? .covariance : nil
    case .multiply:
      if a.isCovariance, b.type.isScalar, b.facts.isAboveZero { return .covariance }
      if b.isCovariance, a.type.isScalar, a.facts.isAboveZero { return .covariance }
      return nil
    case .divide:
      return a.isCovariance && b.type.isScalar && b.facts.isAboveZero ? .covariance : nil
    case .subtract, .power: return nil
    }
  }

  /// `*` where neither side is a single value.
  private func product(_ a: Expression, _ b: Expression, _ sign: Span, _ span: Span) -> Expression?
  {
    let (left, right) = (a.type.shape, b.type.shape)
    func refuse(_ help: [String]) -> Expression? {
      fail(
        ShapeError.product(
          left: a.type.description, right: b.type.description, help: help), sign)
    }
    if left.count == 1, right.count == 1 {
      return fail(
        ShapeError.vectorProduct(left: a.type.description, right: b.type.description), sign)
    }
    if left.count > 2 || right.count > 2 {
      let name = left.count > 2 ? source.text(a.span) : source.text(b.span)
      return refuse(["pick one matrix first, as in `\(name)[1]`"])
    }
    if left.count == 1 {
      return refuse(["a vector on the left is written `transpose(matrix) * vector`"])
    }
    guard agree(left[1], right[0]) else {
      let turned =
        agree(left[0], right[0])
        ? ["`transpose(\(source.text(a.span))) * \(source.text(b.span))` would fit"] : []
      return refuse(
        [
          "the columns on the left, \(left[1]), must be as many as the rows on the right, \(right[0])"
        ]
          + turned)
    }
    let shape = [left[0]] + right.dropFirst()
    let (x, y) = (a.facts, b.facts)
    let facts = ElementFacts(
      aboveZero: x.isAboveZero && y.isAboveZero, atLeastZero: x.isAtLeastZero && y.isAtLeastZero,
      whole: x.isWhole && y.isWhole)
    let kind: ElementKind = isGram(a, b) ? .covariance : facts.kind
    return Expression(.matrixProduct(a, b), ValueType(kind, Array(shape)), span)
  }

  /// `A * transpose(A)` or `transpose(A) * A`.
  private func isGram(_ a: Expression, _ b: Expression) -> Bool {
    if case .function(.transpose, let inner) = b.node, inner[0] == a { return true }
    if case .function(.transpose, let inner) = a.node, inner[0] == b { return true }
    return false
  }
}

extension Expression {
  /// Whether this is one covariance matrix (correlations are).
  var isCovariance: Bool {
    (type.kind == .covariance || type.kind == .correlation) && type.shape.count >= 2
  }
}
