/// Putting numbers in for sizes.
extension ModelGraph {
  /// The sizes without a number, in the header's order: the data must tell them.
  public var unresolvedSizes: [String] {
    sizes.filter { $0.isSize && $0.value == nil }.map(\.name)
  }

  /// This model with numbers for its sizes everywhere, so that every `dims` is known.
  ///
  /// Names not in `values` take the value they have already. Sizes used as numbers become numbers.
  public func sized(_ values: [String: Int]) -> ModelGraph {
    var numbers: [String: Int] = [:]
    for size in sizes where size.isSize {
      if let value = values[size.name] ?? size.value.flatMap({ Int(exactly: $0) }) {
        numbers[size.name] = value
      }
    }
    var graph = self
    for index in graph.sizes.indices {
      if let value = numbers[graph.sizes[index].name] { graph.sizes[index].value = Double(value) }
    }
    for index in graph.variables.indices {
      graph.variables[index].type = variables[index].type.substituting(numbers)
      graph.variables[index].definition = variables[index].definition.substituting(numbers)
    }
    for index in graph.networks.indices {
      graph.networks[index] = networks[index].substituting(numbers)
    }
    for index in graph.guides.indices {
      graph.guides[index].definition = guides[index].definition.substituting(numbers)
    }
    return graph
  }
}

extension Definition {
  func substituting(_ values: [String: Int]) -> Definition {
    switch self {
    case .free: .free
    case .drawn(let d): .drawn(d.substituting(values))
    case .equal(let e): .equal(e.substituting(values))
    case .chain(let chain):
      .chain(
        Chain(
          initially: chain.initially?.substituting(values), then: chain.then.substituting(values),
          order: chain.order.substituting(values)))
    }
  }
}

extension Chain.Step {
  func substituting(_ values: [String: Int]) -> Chain.Step {
    switch self {
    case .drawn(let d): .drawn(d.substituting(values))
    case .equal(let e): .equal(e.substituting(values))
    }
  }
}

extension Distribution {
  public func substituting(_ values: [String: Int]) -> Distribution {
    func put(_ e: Expression?) -> Expression? { e.map { $0.substituting(values) } }
    switch self {
    case .family(let name, let form, let arguments, let span):
      return .family(
        name, form: form, arguments: arguments.map { $0.substituting(values) }, span)
    case .zeroInflated(let base, let probability, let span):
      return .zeroInflated(
        base.substituting(values), probability: probability.substituting(values), span)
    case .truncated(let base, let low, let high, let span):
      return .truncated(base.substituting(values), low: put(low), high: put(high), span)
    case .censored(let base, let low, let high, let right, let span):
      return .censored(
        base.substituting(values), low: put(low), high: put(high), right: put(right), span)
    case .mixture(let weights, let base, let span):
      return .mixture(weights: weights.substituting(values), base.substituting(values), span)
    }
  }
}

extension Expression {
  public func substituting(_ values: [String: Int]) -> Expression {
    func put(_ e: Expression) -> Expression { e.substituting(values) }
    let node: ExpressionNode
    switch self.node {
    case .number, .variable: node = self.node
    case .size(let size):
      let known = size.substituting(values)
      node = known.constant.map { .number(Double($0)) } ?? .size(known)
    case .previous(let id, let lag): node = .previous(id, lag: lag.substituting(values))
    case .previousRange(let id, let from, let to):
      node = .previousRange(id, from: from.substituting(values), to: to.substituting(values))
    case .map(let function, let e): node = .map(function, put(e))
    case .function(let function, let es): node = .function(function, es.map(put))
    case .arithmetic(let operation, let a, let b): node = .arithmetic(operation, put(a), put(b))
    case .negate(let e): node = .negate(put(e))
    case .matrixProduct(let a, let b): node = .matrixProduct(put(a), put(b))
    case .index(let base, let indices):
      node = .index(
        put(base),
        indices.map { index in
          switch index {
          case .at(let e): .at(put(e))
          case .range(let from, let to):
            .range(from.substituting(values), to.substituting(values))
          }
        })
    case .array(let es): node = .array(es.map(put))
    case .network(let id, let inputs, let output):
      node = .network(id, inputs: inputs.map(put), output: output)
    }
    return Expression(node, type.substituting(values), span)
  }
}

extension Network {
  func substituting(_ values: [String: Int]) -> Network {
    var network = self
    for index in inputs.indices {
      network.inputs[index].type = inputs[index].type.substituting(values)
    }
    for index in outputs.indices {
      network.outputs[index].type = outputs[index].type.substituting(values)
    }
    network.layers = layers.map { $0.substituting(values) }
    return network
  }
}

extension Layer {
  func substituting(_ values: [String: Int]) -> Layer {
    func put(_ size: Size) -> Size { size.substituting(values) }
    let kind: LayerKind
    switch self.kind {
    case .dense(let units, let bias): kind = .dense(units: put(units), bias: bias)
    case .conv(let channels, let kernel, let stride, let same, let bias):
      kind = .conv(
        channels: put(channels), kernel: put(kernel), stride: put(stride), same: same, bias: bias)
    case .deconv(let channels, let kernel, let stride, let same, let bias):
      kind = .deconv(
        channels: put(channels), kernel: put(kernel), stride: put(stride), same: same, bias: bias)
    case .pool(let size): kind = .pool(size: put(size))
    case .reshape(let sizes): kind = .reshape(sizes.map(put))
    case .residual(let layers): kind = .residual(layers.map { $0.substituting(values) })
    case .coupling(let hidden): kind = .coupling(hidden: put(hidden))
    case .relu, .leakyRelu, .gelu, .silu, .tanh, .softplus, .sigmoid, .batchnorm, .layernorm,
      .dropout, .linear:
      kind = self.kind
    }
    return Layer(
      kind: kind, inputShape: inputShape.map(put), outputShape: outputShape.map(put), span: span)
  }
}
