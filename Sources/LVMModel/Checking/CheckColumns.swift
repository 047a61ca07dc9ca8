import LVMSyntax

/// What stands after `from`.
extension Checker {
  func columns(_ syntax: ColumnSyntax, of index: Int) -> ColumnSource? {
    var listed: [String: Span] = [:]
    guard let source = column(syntax, of: index, isWhole: true, &listed) else { return nil }
    if let type = declarations[index].type, let found = columnCount(syntax) {
      // Sizes that data will tell are counted then.
      if let needed = product(type.shape), let expected = number(needed), expected != found {
        report(
          ColumnError.count(
            variable: declarations[index].name, type: type.description,
            expected: needed.constant == nil ? "\(needed) = \(expected)" : "\(expected)",
            found: found), syntax.span)
        return nil
      }
    }
    return source
  }

  /// How many columns are named, if patterns leave no doubt.
  private func columnCount(_ syntax: ColumnSyntax) -> Int? {
    switch syntax {
    case .name: return nil
    case .pattern(let name): return name.text.contains("*") ? nil : 1
    case .not: return nil
    case .list(let parts, _):
      var sum = 0
      for part in parts {
        switch part {
        case .name: sum += 1
        case .pattern, .list, .prepared:
          guard let count = columnCount(part) else { return nil }
          sum += count
        case .not: return nil
        }
      }
      return sum
    case .prepared(let function, let source, _, _):
      return function.text == Preparation.sum.rawValue ? 1 : columnCount(source)
    }
  }

  private func column(
    _ syntax: ColumnSyntax, of index: Int, isWhole: Bool, _ listed: inout [String: Span]
  ) -> ColumnSource? {
    switch syntax {
    case .name(let name):
      guard isNew(name, &listed) else { return nil }
      return .name(name.text, name.span)
    case .pattern(let name):
      if name.text.isEmpty { return fail(ColumnError.emptyName, name.span) }
      guard isNew(name, &listed) else { return nil }
      return .pattern(name.text, name.span)
    case .list(let parts, let span):
      let sources = parts.map { column($0, of: index, isWhole: false, &listed) }
      let known = sources.compactMap { $0 }
      return known.count == sources.count ? .list(known, span) : nil
    case .not(let parts, let span):
      guard isWhole else { return fail(ColumnError.notAlone, span) }
      let sources = parts.map { column($0, of: index, isWhole: false, &listed) }
      let known = sources.compactMap { $0 }
      return known.count == sources.count ? .not(known, span) : nil
    case .prepared(let function, let source, let arguments, let span):
      let inner = column(source, of: index, isWhole: isWhole, &listed)
      guard let preparation = Preparation(rawValue: function.text) else {
        return fail(ColumnError.unknownPreparation(function.text), function.span)
      }
      guard let values = numbers(arguments, of: preparation, span),
        gives(preparation, function.span, isLast: isWhole, index)
      else { return nil }
      return inner.map { .prepared(preparation, $0, arguments: values, span) }
    }
  }

  private func isNew(_ name: Name, _ listed: inout [String: Span]) -> Bool {
    if let first = listed[name.text] {
      report(ColumnError.repeated(name.text, first: first), name.span)
      return false
    }
    listed[name.text] = name.span
    return true
  }

  /// The numbers of a preparation: `1/255` and the like.
  private func numbers(
    _ arguments: [ExpressionSyntax], of preparation: Preparation, _ span: Span
  ) -> [Double]? {
    let name = preparation.rawValue
    let count = preparation.needsNumber ? 1 : 0
    guard arguments.count == count else {
      return fail(
        ColumnError.preparationArguments(
          name, usage: preparation.usage, found: arguments.count), span)
    }
    var result: [Double] = []
    for argument in arguments {
      guard let value = constant(argument, names: constantValues) else {
        if argument.hasInvalid { return nil }
        return fail(ColumnError.preparationValue(name, expected: "a number"), argument.span)
      }
      let isGood: Bool
      let expected: String
      switch preparation {
      case .scale: (isGood, expected) = (value != 0, "a factor other than zero")
      case .binarize: (isGood, expected) = (value > 0, "the largest value, which is positive")
      case .threshold, .standardize, .center, .log, .log1p, .sum:
        (isGood, expected) = (true, "a number")
      }
      if !isGood {
        return fail(ColumnError.preparationValue(name, expected: expected), argument.span)
      }
      result.append(value)
    }
    return result
  }

  /// Whether what a preparation gives can be the variable's; only the outermost one decides.
  private func gives(
    _ preparation: Preparation, _ span: Span, isLast: Bool, _ index: Int
  ) -> Bool {
    guard isLast, let type = declarations[index].type else { return true }
    let name = declarations[index].name
    // Inner preparations are checked with `isLast` too: they feed one that changes the values.
    guard case .prepared(let outer, _, _, _) = declarations[index].syntax.from,
      outer.span == span
    else { return true }
    switch preparation {
    case .standardize, .center, .log:
      guard type.kind != .real else { return true }
      report(
        ColumnError.preparationKind(
          preparation.rawValue, gives: "real values", variable: name, type: type.description), span)
      return false
    case .log1p, .scale:
      switch type.kind {
      case .real, .positive, .unit: return true
      case .count, .integer, .binary, .category, .simplex, .covariance, .correlation, .cholesky,
        .orthonormal:
        report(
          ColumnError.preparationKind(
            preparation.rawValue, gives: "continuous values", variable: name,
            type: type.description), span)
        return false
      }
    case .threshold, .binarize:
      guard case .category = type.kind else { return true }
      report(
        ColumnError.preparationKind(
          preparation.rawValue, gives: "0 or 1", variable: name, type: type.description), span)
      return false
    case .sum:
      guard !type.isScalar else { return true }
      report(ColumnError.sumOfVector(variable: name, type: type.description), span)
      return false
    }
  }
}

extension Preparation {
  /// Whether a number follows the columns.
  public var needsNumber: Bool {
    switch self {
    case .scale, .threshold, .binarize: true
    case .standardize, .center, .log, .log1p, .sum: false
    }
  }

  var usage: String {
    switch self {
    case .standardize: "standardize(\"p*\")"
    case .center: "center(\"p*\")"
    case .scale: "scale(\"p*\", 1/255)"
    case .threshold: "threshold(\"p*\", 127)"
    case .binarize: "binarize(\"p*\", 255)"
    case .log: "log(flow)"
    case .log1p: "log1p(flow)"
    case .sum: "sum(x)"
    }
  }
}
