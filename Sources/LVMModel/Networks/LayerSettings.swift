import LVMSyntax

/// The arguments of a layer, read.
struct LayerSettings {
  /// Those without a default, in order.
  var sizes: [Size] = []
  var stride: Size = .constant(1)
  var same = true
  var bias = true
  /// The probability of `dropout`.
  var number = 0.0
}

extension LayerWord {
  /// The arguments without a default, by name.
  fileprivate var required: [String] {
    switch self {
    case .dense: ["units"]
    case .conv, .deconv: ["channels", "kernel"]
    case .pool: ["size"]
    case .coupling: ["hidden"]
    case .reshape, .dropout, .relu, .leakyRelu, .gelu, .silu, .tanh, .softplus, .sigmoid,
      .batchnorm, .layernorm, .residual, .linear:
      []
    }
  }

  /// The arguments with a default: by name only, but the stride may follow the kernel.
  fileprivate var optional: [String] {
    switch self {
    case .dense: ["bias"]
    case .conv, .deconv: ["stride", "padding", "bias"]
    case .pool, .coupling, .reshape, .dropout, .relu, .leakyRelu, .gelu, .silu, .tanh, .softplus,
      .sigmoid, .batchnorm, .layernorm, .residual, .linear:
      []
    }
  }
}

extension Checker {
  /// The arguments of a layer; reports what it cannot take.
  func settings(of syntax: LayerSyntax, _ word: LayerWord) -> LayerSettings? {
    var result = LayerSettings()
    func refuse() -> LayerSettings? {
      if syntax.arguments.contains(where: { $0.value.hasInvalid }) { return nil }
      return fail(
        NetworkError.layerArguments(layer: word.rawValue, usage: word.usage), syntax.span)
    }
    if syntax.arguments.contains(where: { $0.rangeEnd != nil }) { return refuse() }
    if word == .reshape {
      guard !syntax.arguments.isEmpty, syntax.arguments.allSatisfy({ $0.label == nil }) else {
        return refuse()
      }
      let sizes = syntax.arguments.map { positiveSize($0.value) }
      result.sizes = sizes.compactMap { $0 }
      return result.sizes.count == sizes.count ? result : nil
    }
    if word == .dropout {
      guard syntax.arguments.count == 1, syntax.arguments[0].label == nil else { return refuse() }
      return dropout(syntax.arguments[0].value)
    }
    var values: [String: ExpressionSyntax] = [:]
    let names = word.required + word.optional
    var position = 0
    for argument in syntax.arguments {
      let name: String
      if let label = argument.label {
        guard names.contains(label.text) else { return refuse() }
        name = label.text
      } else {
        guard position < word.required.count + (word.optional.first == "stride" ? 1 : 0) else {
          return refuse()
        }
        name = names[position]
        position += 1
      }
      guard values[name] == nil else { return refuse() }
      values[name] = argument.value
    }
    for name in word.required {
      guard let value = values[name] else { return refuse() }
      guard let size = positiveSize(value) else { return nil }
      result.sizes.append(size)
    }
    if let value = values["stride"] {
      guard let size = positiveSize(value) else { return nil }
      result.stride = size
    }
    if let value = values["padding"] {
      guard case .name(let name) = value, ["same", "valid"].contains(name.text) else {
        return wrong("padding", "`same` or `valid`", value, word)
      }
      result.same = name.text == "same"
    }
    if let value = values["bias"] {
      guard case .name(let name) = value, ["true", "false"].contains(name.text) else {
        return wrong("bias", "`true` or `false`", value, word)
      }
      result.bias = name.text == "true"
    }
    return result
  }

  private func wrong(
    _ argument: String, _ expected: String, _ value: ExpressionSyntax, _ word: LayerWord
  ) -> LayerSettings? {
    fail(
      NetworkError.layerValue(
        layer: word.rawValue, argument: argument, expected: expected,
        found: "`\(source.text(value.span))`"), value.span)
  }

  private func dropout(_ value: ExpressionSyntax) -> LayerSettings? {
    if value.hasInvalid { return nil }
    guard let number = constant(value, names: constantValues), number >= 0, number < 1 else {
      return wrong("probability", "a number from 0 to below 1", value, .dropout)
    }
    var result = LayerSettings()
    result.number = number
    return result
  }
}
