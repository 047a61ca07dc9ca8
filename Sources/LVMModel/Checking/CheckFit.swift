import LVMSyntax

/// The `fit` block: a closed list of settings.
extension Checker {
  static let optimizers = ["Adam", "SGD"]

  func checkFit() {
    var first: [FitEntry.Key: Span] = [:]
    for entry in fitSyntax {
      guard let key = FitEntry.Key(rawValue: entry.key.text) else {
        report(FitError.unknownKey(entry.key.text), entry.key.span)
        continue
      }
      if let span = first[key] {
        report(FitError.repeatedKey(key.rawValue, first: span), entry.key.span)
        continue
      }
      first[key] = entry.key.span
      guard let value = setting(key, entry.value) else { continue }
      fit.append(FitEntry(key: key, value: value, span: entry.key.span.union(entry.value.span)))
    }
  }

  private func setting(_ key: FitEntry.Key, _ syntax: ExpressionSyntax) -> FitEntry.Setting? {
    if syntax.hasInvalid { return nil }
    let number = constant(syntax, names: constantValues)
    switch key {
    case .optimizer: return optimizer(syntax)
    case .critic:
      if case .name(let name) = syntax.ungrouped, let network = networkIndex[name.text] {
        return networkSyntax[network].outputs.count == 1
          ? .name(name.text)
          : fail(
            FitError.value(
              key: "critic", expected: critic, found: source.text(syntax.span)), syntax.span)
      }
      return whole(key, number, syntax.span, from: 1, critic)
    case .epochs, .batch, .restarts, .samples, .patience:
      return whole(key, number, syntax.span, from: 1, "a whole number of at least 1")
    case .warmup:
      return whole(key, number, syntax.span, from: 0, "a whole number of epochs, from 0")
    case .kl:
      guard let number, number >= 0 else {
        return fail(
          FitError.value(
            key: "kl", expected: "a weight of at least 0", found: source.text(syntax.span)),
          syntax.span)
      }
      return .number(number)
    }
  }

  private var critic: String {
    "the number of critic steps for each of the generator's, or a network with one output"
  }

  private func whole(
    _ key: FitEntry.Key, _ value: Double?, _ span: Span, from low: Double, _ expected: String
  ) -> FitEntry.Setting? {
    guard let value, value >= low, value == value.rounded(), value <= 1e9 else {
      return fail(
        FitError.value(
          key: key.rawValue, expected: expected, found: source.text(span)), span)
    }
    return .number(value)
  }

  /// `Adam(0.001)` or `Adam`.
  private func optimizer(_ syntax: ExpressionSyntax) -> FitEntry.Setting? {
    let expected = "an optimizer with its step size, such as `Adam(0.001)`"
    switch syntax.ungrouped {
    case .name(let name):
      guard Self.optimizers.contains(name.text) else {
        return fail(FitError.optimizer(name.text, known: Self.optimizers), name.span)
      }
      return .named(name.text, [])
    case .call(let name, let arguments, let span):
      guard Self.optimizers.contains(name.text) else {
        return fail(FitError.optimizer(name.text, known: Self.optimizers), name.span)
      }
      let values = arguments.map { constant($0.value, names: constantValues) }
      guard arguments.count <= 1, arguments.allSatisfy({ $0.label == nil && $0.rangeEnd == nil }),
        values.allSatisfy({ $0.map { $0 > 0 } ?? false })
      else {
        return fail(
          FitError.value(
            key: "optimizer", expected: expected, found: source.text(span)), span)
      }
      return .named(name.text, values.compactMap { $0 })
    case .number, .text, .index, .member, .negate, .binary, .array, .group, .invalid:
      return fail(
        FitError.value(
          key: "optimizer", expected: expected, found: source.text(syntax.span)), syntax.span)
    }
  }
}
