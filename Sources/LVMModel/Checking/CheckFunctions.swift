import LVMSyntax

/// Functions with a shape of their own.
///
/// `sum`, `mean`, `min`, `max`, `logsumexp` and `norm` of one argument reduce all its elements;
/// `softmax` and `cumsum` work along the last dimension; `min` and `max` of two compare elements.
extension Checker {
  func builtin(_ function: BuiltinFunction, _ values: [Expression], _ span: Span) -> Expression? {
    let expected: (Int, String)? =
      switch function {
      case .dot: (2, "two arguments")
      case .min, .max: values.count == 2 ? nil : (1, "one argument or two")
      case .concat, .stack: values.isEmpty ? (1, "at least one argument") : nil
      case .softmax, .logsumexp, .sum, .mean, .norm, .transpose, .diag, .inverse, .cholesky,
        .logdet, .cumsum, .oneHot, .identity, .zeros, .ones:
        (1, "one argument")
      }
    if let (count, words) = expected, values.count != count {
      return fail(
        TypeError.argumentCount(
          function: function.rawValue, expected: words, found: values.count), span)
    }
    if function != .oneHot {
      for value in values where !number(value, "stand in `\(function.rawValue)`") { return nil }
    }
    guard let type = resultType(function, values, span) else { return nil }
    return Expression(.function(function, values), type, span)
  }

  private func resultType(
    _ function: BuiltinFunction, _ values: [Expression], _ span: Span
  ) -> ValueType? {
    let x = values[0]
    let shape = x.type.shape
    let facts = x.facts
    switch function {
    case .softmax: return isVector(x, function) ? ValueType(.simplex, shape) : nil
    case .logsumexp: return isVector(x, function) ? ValueType(.real) : nil
    case .norm: return isVector(x, function) ? ValueType(.real) : nil
    case .sum:
      guard isVector(x, function) else { return nil }
      let sum = ElementFacts(
        aboveZero: facts.isAboveZero, atLeastZero: facts.isAtLeastZero, whole: facts.isWhole)
      return ValueType(sum.kind)
    case .mean:
      guard isVector(x, function) else { return nil }
      let mean = ElementFacts(
        aboveZero: facts.isAboveZero, atLeastZero: facts.isAtLeastZero,
        atMostOne: facts.isAtMostOne)
      return ValueType(mean.kind)
    case .cumsum:
      guard isVector(x, function) else { return nil }
      let sum = ElementFacts(
        aboveZero: facts.isAboveZero, atLeastZero: facts.isAtLeastZero, whole: facts.isWhole)
      return ValueType(sum.kind, shape)
    case .min, .max:
      guard values.count == 2 else {
        return isVector(x, function) ? ValueType(facts.kind) : nil
      }
      return compared(function, values, span)
    case .dot: return dotType(values, span)
    case .transpose:
      guard isMatrix(x, function, square: false) else { return nil }
      let keeps = x.type.kind == .covariance || x.type.kind == .correlation
      return ValueType(keeps ? x.type.kind : facts.kind, [shape[1], shape[0]])
    case .diag:
      if shape.count == 1 {
        return ValueType(facts.isAboveZero ? .covariance : .real, [shape[0], shape[0]])
      }
      guard shape.count == 2, agree(shape[0], shape[1]) else {
        return fail(
          ShapeError.takes(
            function: "diag", expected: "a vector or a square matrix", found: x.shown, help: []),
          x.span)
      }
      let isPositive = x.isCovariance || x.type.kind == .cholesky
      return ValueType(isPositive ? .positive : facts.kind, [shape[0]])
    case .inverse:
      guard isMatrix(x, function, square: true) else { return nil }
      return ValueType(x.isCovariance ? .covariance : .real, shape)
    case .cholesky:
      return isMatrix(x, function, square: true) ? ValueType(.cholesky, shape) : nil
    case .logdet:
      return isMatrix(x, function, square: true) ? ValueType(.real) : nil
    case .concat: return joined(values)
    case .stack:
      for value in values.dropFirst() where !agree(value.type.shape, shape) {
        return fail(
          TypeError.mixedElements(first: x.type.description, other: value.type.description),
          value.span)
      }
      let common = values.dropFirst().reduce(facts) { $0.common($1.facts) }
      let isSame = values.allSatisfy { $0.type.kind == x.type.kind }
      return ValueType(
        isSame && x.type.kind.eventRank > 0 ? x.type.kind : common.kind,
        [.constant(values.count)] + shape)
    case .oneHot:
      guard case .category(let count, _) = x.type.kind else {
        return fail(
          TypeError.needsCategory(function: function.rawValue, found: x.shown), x.span)
      }
      return ValueType(.binary, shape + [count])
    case .identity, .zeros, .ones: return nil
    }
  }

  private func isVector(_ x: Expression, _ function: BuiltinFunction) -> Bool {
    if !x.type.isScalar { return true }
    report(
      ShapeError.needsVector(function: function.rawValue, found: x.shown), x.span)
    return false
  }

  private func isMatrix(_ x: Expression, _ function: BuiltinFunction, square: Bool) -> Bool {
    let shape = x.type.shape
    if shape.count == 2, !square || agree(shape[0], shape[1]) { return true }
    report(
      ShapeError.needsMatrix(
        function: function.rawValue, found: x.shown, square: square), x.span)
    return false
  }

  private func compared(
    _ function: BuiltinFunction, _ values: [Expression], _ span: Span
  ) -> ValueType? {
    let (a, b) = (values[0], values[1])
    guard a.type.isScalar || b.type.isScalar || agree(a.type.shape, b.type.shape) else {
      return fail(
        ShapeError.different(
          operation: function.rawValue, left: a.type.description, right: b.type.description,
          sizes: difference(a.type.shape, b.type.shape)), span)
    }
    var facts = a.facts.common(b.facts)
    if function == .max {
      // The larger is at least each of them.
      facts.isAboveZero = a.facts.isAboveZero || b.facts.isAboveZero
      facts.isAtLeastZero = a.facts.isAtLeastZero || b.facts.isAtLeastZero
    }
    return ValueType(facts.kind, a.type.isScalar ? b.type.shape : a.type.shape)
  }

  private func dotType(_ values: [Expression], _ span: Span) -> ValueType? {
    let (a, b) = (values[0], values[1])
    for value in values where value.type.shape.count != 1 {
      return fail(
        ShapeError.needsVector(function: "dot", found: value.shown), value.span)
    }
    guard agree(a.type.shape, b.type.shape) else {
      return fail(
        ShapeError.different(
          operation: "dot", left: a.type.description, right: b.type.description,
          sizes: difference(a.type.shape, b.type.shape)), span)
    }
    let (x, y) = (a.facts, b.facts)
    return ValueType(
      ElementFacts(
        aboveZero: x.isAboveZero && y.isAboveZero,
        atLeastZero: x.isAtLeastZero && y.isAtLeastZero, whole: x.isWhole && y.isWhole
      ).kind)
  }

  private func joined(_ values: [Expression]) -> ValueType? {
    var length = Size.constant(0)
    for value in values {
      guard value.type.shape.count <= 1 else {
        return fail(
          ShapeError.takes(
            function: "concat", expected: "vectors and single values", found: value.shown,
            help: ["`stack` puts values on top of one another"]),
          value.span)
      }
      length = length + (value.type.shape.first ?? .constant(1))
    }
    let facts = values.dropFirst().reduce(values[0].facts) { $0.common($1.facts) }
    return ValueType(facts.kind, [length])
  }
}
