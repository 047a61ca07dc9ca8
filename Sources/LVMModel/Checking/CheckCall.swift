import LVMSyntax

/// Calls: of functions, networks and `previous`.
extension Checker {
  func call(
    _ name: Name, _ arguments: [ArgumentSyntax], _ span: Span, _ place: Place
  ) -> Expression? {
    if networkIndex[name.text] != nil {
      return networkCall(name, arguments, span, output: nil, place)
    }
    if name.text == "previous" { return previous(arguments, span, place) }
    if let function = ElementwiseFunction(rawValue: name.text) {
      guard let values = values(of: arguments, for: name.text, place) else { return nil }
      return elementwise(function, values, span)
    }
    if let function = BuiltinFunction(rawValue: name.text) {
      switch function {
      case .identity, .zeros, .ones: return filled(function, arguments, span)
      case .softmax, .logsumexp, .sum, .mean, .dot, .min, .max, .norm, .transpose, .diag,
        .inverse, .cholesky, .logdet, .cumsum, .concat, .stack, .oneHot:
        guard let values = values(of: arguments, for: name.text, place) else { return nil }
        return builtin(function, values, span)
      }
    }
    return unknownCall(name, arguments, place)
  }

  private func unknownCall(
    _ name: Name, _ arguments: [ArgumentSyntax], _ place: Place
  ) -> Expression? {
    if name.text.isEmpty || lostNames.contains(name.text) { return nil }
    if Vocabulary.families.contains(name.text) {
      return fail(NameError.familyInExpression(name.text), name.span)
    }
    if let index = declarationIndex[name.text] {
      return fail(
        NameError.variableAsFunction(
          name.text, isVector: !(declarations[index].type?.isScalar ?? true),
          declared: declarations[index].nameSpan), name.span)
    }
    if let index = headerIndex[name.text] {
      return fail(
        NameError.variableAsFunction(
          name.text, isVector: false, declared: headers[index].name.span), name.span)
    }
    return fail(
      NameError.unknownFunction(
        name.text, near: Vocabulary.functions + networkSyntax.map(\.name.text)), name.span)
  }

  /// The arguments of a function: values without names.
  private func values(
    of arguments: [ArgumentSyntax], for function: String, _ place: Place
  ) -> [Expression]? {
    var result: [Expression] = []
    var isGood = true
    for argument in arguments {
      if let label = argument.label {
        report(TypeError.namedArgument(function: function, label: label.text), label.span)
        isGood = false
      }
      if let end = argument.rangeEnd {
        report(TypeError.rangeArgument(function: function), argument.value.span.union(end.span))
        isGood = false
        continue
      }
      if let value = expression(argument.value, place) {
        result.append(value)
      } else {
        isGood = false
      }
    }
    return isGood ? result : nil
  }

  private func elementwise(
    _ function: ElementwiseFunction, _ values: [Expression], _ span: Span
  ) -> Expression? {
    guard values.count == 1 else {
      return fail(
        TypeError.argumentCount(
          function: function.rawValue, expected: "one argument", found: values.count), span)
    }
    let x = values[0]
    guard number(x, "stand in `\(function.rawValue)`") else { return nil }
    if let value = x.constantValue, let expected = function.domain(excluding: value) {
      return fail(
        TypeError.outsideFunction(
          function: function.rawValue, value: plain(value), expected: expected), x.span)
    }
    let kind = KindTable.map(function, x.facts).kind
    return Expression(.map(function, x), ValueType(kind, x.type.shape), span)
  }

  /// `zeros(D)`, `ones(D, L)`, `identity(D)`.
  private func filled(
    _ function: BuiltinFunction, _ arguments: [ArgumentSyntax], _ span: Span
  ) -> Expression? {
    let name = function.rawValue
    guard function == .identity ? arguments.count == 1 : !arguments.isEmpty else {
      return fail(
        TypeError.argumentCount(
          function: name, expected: function == .identity ? "one size" : "its sizes",
          found: arguments.count), span)
    }
    var sizes: [Size] = []
    for argument in arguments {
      if let label = argument.label {
        return fail(TypeError.namedArgument(function: name, label: label.text), label.span)
      }
      if let end = argument.rangeEnd {
        return fail(
          TypeError.rangeArgument(function: name), argument.value.span.union(end.span))
      }
      guard let size = positiveSize(argument.value) else { return nil }
      sizes.append(size)
    }
    let parts = zip(sizes, arguments).map {
      Expression(.size($0), ValueType(.count), $1.value.span)
    }
    let type: ValueType =
      switch function {
      case .identity: ValueType(.covariance, [sizes[0], sizes[0]])
      case .ones: ValueType(.positive, sizes)
      case .zeros, .softmax, .logsumexp, .sum, .mean, .dot, .min, .max, .norm, .transpose, .diag,
        .inverse, .cholesky, .logdet, .cumsum, .concat, .stack, .oneHot:
        ValueType(.real, sizes)
      }
    return Expression(.function(function, parts), type, span)
  }
}

extension ElementwiseFunction {
  /// What this function takes, if a number is outside of it.
  fileprivate func domain(excluding value: Double) -> String? {
    switch self {
    case .log: value > 0 ? nil : "positive values"
    case .log1p: value > -1 ? nil : "values above -1"
    case .sqrt: value >= 0 ? nil : "values of zero and above"
    case .logit: value > 0 && value < 1 ? nil : "values between 0 and 1"
    case .exp, .expm1, .abs, .tanh, .sigmoid, .softplus: nil
    }
  }
}
