import LVMSyntax

/// The layers of a network, one after the other.
extension Checker {
  func layers(
    _ syntax: [LayerSyntax], from entry: [Size], invertible: Bool
  ) -> (layers: [Layer], shape: [Size])? {
    var shape: [Size]? = entry
    var result: [Layer] = []
    for item in syntax {
      // After a wrong layer the shape is unknown: the others are checked for their names alone.
      guard let current = shape else {
        if !Vocabulary.layers.contains(item.name.text), item.name.text != "sigmoid" {
          report(NetworkError.unknownLayer(item.name.text), item.name.span)
        }
        continue
      }
      let checked = layer(item, from: current, invertible: invertible)
      shape = checked?.outputShape
      if let checked { result.append(checked) }
    }
    return shape.map { (result, $0) }
  }

  private func layer(_ syntax: LayerSyntax, from shape: [Size], invertible: Bool) -> Layer? {
    let name = syntax.name.text
    guard let word = LayerWord(rawValue: name) else {
      return fail(NetworkError.unknownLayer(name), syntax.name.span)
    }
    if invertible, !word.isInvertible {
      return fail(NetworkError.invertibleLayer(name), syntax.name.span)
    }
    if !invertible, word.isInvertible {
      return fail(NetworkError.onlyInvertible(name), syntax.name.span)
    }
    if syntax.body != nil, word != .residual {
      return fail(NetworkError.layerBody(name), syntax.name.span)
    }
    guard let settings = settings(of: syntax, word) else { return nil }
    guard let kind = kind(word, settings, syntax, from: shape, invertible: invertible),
      let output = outputShape(kind, syntax, from: shape)
    else { return nil }
    return Layer(kind: kind, inputShape: shape, outputShape: output, span: syntax.span)
  }

  private func kind(
    _ word: LayerWord, _ settings: LayerSettings, _ syntax: LayerSyntax, from shape: [Size],
    invertible: Bool
  ) -> LayerKind? {
    switch word {
    case .dense: .dense(units: settings.sizes[0], bias: settings.bias)
    case .conv:
      .conv(
        channels: settings.sizes[0], kernel: settings.sizes[1], stride: settings.stride,
        same: settings.same, bias: settings.bias)
    case .deconv:
      .deconv(
        channels: settings.sizes[0], kernel: settings.sizes[1], stride: settings.stride,
        same: settings.same, bias: settings.bias)
    case .pool: .pool(size: settings.sizes[0])
    case .reshape: .reshape(settings.sizes)
    case .relu: .relu
    case .leakyRelu: .leakyRelu
    case .gelu: .gelu
    case .silu: .silu
    case .tanh: .tanh
    case .softplus: .softplus
    case .sigmoid: .sigmoid
    case .batchnorm: .batchnorm
    case .layernorm: .layernorm
    case .dropout: .dropout(settings.number)
    case .residual: residual(syntax, from: shape, invertible: invertible)
    case .coupling: .coupling(hidden: settings.sizes[0])
    case .linear: .linear
    }
  }

  private func residual(
    _ syntax: LayerSyntax, from shape: [Size], invertible: Bool
  ) -> LayerKind? {
    guard let inner = syntax.body, !inner.isEmpty else {
      return fail(NetworkError.residualWithoutBody, syntax.name.span)
    }
    guard let body = layers(inner, from: shape, invertible: invertible) else { return nil }
    guard agree(body.shape, shape) else {
      return fail(
        NetworkError.residualShape(enters: written(shape), leaves: written(body.shape)),
        inner[inner.count - 1].span)
    }
    return .residual(body.layers)
  }
}

/// The layers by their words.
enum LayerWord: String, CaseIterable {
  case dense, conv, deconv, pool, reshape, relu
  case leakyRelu = "leaky_relu"
  case gelu, silu, tanh, softplus, sigmoid, batchnorm, layernorm, dropout, residual, coupling
  case linear

  var isInvertible: Bool { self == .coupling || self == .linear }

  /// How it is written, in full.
  var usage: String {
    switch self {
    case .dense: "dense(units, bias: true)"
    case .conv, .deconv: "\(rawValue)(channels, kernel, stride: 1, padding: same)"
    case .pool: "pool(size)"
    case .reshape: "reshape(7, 7, 32)"
    case .dropout: "dropout(0.5)"
    case .residual: "residual { … }"
    case .coupling: "coupling(hidden)"
    case .relu, .leakyRelu, .gelu, .silu, .tanh, .softplus, .sigmoid, .batchnorm, .layernorm,
      .linear:
      rawValue
    }
  }
}
