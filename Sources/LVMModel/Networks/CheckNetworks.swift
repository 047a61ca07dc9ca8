import LVMSyntax

/// Networks: their ports, and the shapes layer by layer.
///
/// One input keeps its shape (a single value is a vector of one, a category its indicators);
/// several are concatenated flat. Each output has a linear head of its own: a 1×1 convolution where
/// the body ends in an image and the output is one, else a linear map of all values.
extension Checker {
  func checkNetworks() {
    for index in networkSyntax.indices { networks[index] = network(index) }
  }

  private func network(_ index: Int) -> Network? {
    let syntax = networkSyntax[index]
    let inputs = ports(syntax.inputs, isInput: true, what: "an input")
    let outputs = ports(syntax.outputs, isInput: false, what: "an output")
    guard let inputs, let outputs, !inputs.isEmpty, !outputs.isEmpty else {
      // The layers can still be read, from a shape that nobody knows.
      return nil
    }
    if syntax.invertible, !isInvertible(syntax, inputs, outputs) { return nil }
    guard let entry = enteringShape(inputs),
      let body = layers(syntax.layers, from: entry, invertible: syntax.invertible)
    else {
      return nil
    }
    for output in outputs where !isReachable(output, from: body.shape) { return nil }
    return Network(
      id: NetworkID(index), name: syntax.name.text, invertible: syntax.invertible, inputs: inputs,
      outputs: outputs, layers: body.layers, nameSpan: syntax.name.span, span: syntax.span)
  }

  private func ports(_ syntax: [PortSyntax], isInput: Bool, what: String) -> [Network.Port]? {
    var result: [Network.Port] = []
    var first: [String: Span] = [:]
    for port in syntax {
      let name = port.name.text
      if let span = first[name] {
        report(NameError.duplicate(name, what: what, first: span), port.name.span)
        continue
      }
      first[name] = port.name.span
      guard let type = type(port.type) else { continue }
      if isInput, type.kind.eventRank == 2 {
        report(NetworkError.inputKind(name: name, type: type.description), port.type.span)
      } else if !isInput, !type.kind.isLinked {
        report(NetworkError.outputKind(name: name, type: type.description), port.type.span)
      } else {
        result.append(Network.Port(name: name, type: type, span: port.name.span))
      }
    }
    return result.count == syntax.count ? result : nil
  }

  private func isInvertible(
    _ syntax: NetworkSyntax, _ inputs: [Network.Port], _ outputs: [Network.Port]
  ) -> Bool {
    guard inputs.count == 1, outputs.count == 1, inputs[0].type.kind == .real,
      outputs[0].type.kind == .real, inputs[0].type.shape.count == 1,
      outputs[0].type.shape.count == 1
    else {
      report(NetworkError.invertiblePorts(syntax.name.text), syntax.name.span)
      return false
    }
    guard agree(inputs[0].type.shape, outputs[0].type.shape) else {
      report(
        NetworkError.invertibleShapes(
          input: inputs[0].type.description, output: outputs[0].type.description),
        outputs[0].span)
      return false
    }
    return true
  }

  /// The shape in which the inputs enter the first layer.
  private func enteringShape(_ inputs: [Network.Port]) -> [Size]? {
    func shape(_ type: ValueType) -> [Size] {
      if case .category(let count, _) = type.kind { return type.shape + [count] }
      return type.shape.isEmpty ? [.constant(1)] : type.shape
    }
    if inputs.count == 1 { return shape(inputs[0].type) }
    var sum = Size.constant(0)
    for input in inputs {
      guard let size = product(shape(input.type)) else {
        return fail(ShapeError.sizeTooLong, input.span)
      }
      sum = sum + size
    }
    return [sum]
  }

  /// An image ends in an image of the same height and width, or in anything flat.
  private func isReachable(_ output: Network.Port, from body: [Size]) -> Bool {
    let shape = output.type.shape
    guard body.count == 3, shape.count == 3 else { return true }
    if agree(Array(shape.prefix(2)), Array(body.prefix(2))) { return true }
    report(
      NetworkError.head(
        output: output.name, type: output.type.description, body: written(body)), output.span)
    return false
  }
}

extension ElementKind {
  /// Whether an output's link can give this kind.
  fileprivate var isLinked: Bool {
    switch self {
    case .real, .positive, .unit, .simplex: true
    case .count, .integer, .binary, .category, .covariance, .correlation, .cholesky, .orthonormal:
      false
    }
  }
}
