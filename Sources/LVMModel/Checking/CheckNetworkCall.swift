import LVMSyntax

/// `decoder(z)`, `decoder(z, label).mean`.
extension Checker {
  func networkCall(
    _ name: Name, _ arguments: [ArgumentSyntax], _ span: Span, output: Name?, _ place: Place
  ) -> Expression? {
    // Without ports the header could not be parsed, which is reported.
    guard let index = networkIndex[name.text], !networkSyntax[index].inputs.isEmpty,
      !networkSyntax[index].outputs.isEmpty
    else { return nil }
    let inputs = networkInputs(index, name, arguments, span, place)
    let outputs = networkSyntax[index].outputs.map(\.name.text)
    let at: Int
    if let output {
      guard let found = outputs.firstIndex(of: output.text) else {
        return fail(
          NetworkError.unknownOutput(network: name.text, name: output.text, outputs: outputs),
          output.span)
      }
      at = found
    } else {
      guard outputs.count == 1 else {
        return fail(NetworkError.severalOutputs(network: name.text, outputs: outputs), span)
      }
      at = 0
    }
    guard let inputs, let network = networks[index] else { return nil }
    let whole = output.map { span.union($0.span) } ?? span
    return Expression(
      .network(NetworkID(index), inputs: inputs, output: at), network.outputs[at].type, whole)
  }

  /// The inputs of a call, in the order of the network's.
  func networkInputs(
    _ index: Int, _ name: Name, _ arguments: [ArgumentSyntax], _ span: Span, _ place: Place
  ) -> [Expression]? {
    let ports = networkSyntax[index].inputs.map(\.name.text)
    let declared = networkSyntax[index].name.span
    guard arguments.count == ports.count else {
      return fail(
        NetworkError.inputCount(
          network: name.text, inputs: ports, found: arguments.count, declared: declared), span)
    }
    var values = [Expression?](repeating: nil, count: ports.count)
    var taken: Set<Int> = []
    for (position, argument) in arguments.enumerated() {
      var at = position
      if let label = argument.label {
        guard let found = ports.firstIndex(of: label.text) else {
          return fail(
            NetworkError.inputName(network: name.text, label: label.text, inputs: ports),
            label.span)
        }
        at = found
      }
      guard taken.insert(at).inserted else {
        return fail(
          FamilyError.repeatedArgument(family: name.text, label: ports[at]), argument.value.span)
      }
      if let end = argument.rangeEnd {
        return fail(
          TypeError.rangeArgument(function: name.text), argument.value.span.union(end.span))
      }
      values[at] = expression(argument.value, place)
    }
    // A wrong port is reported where it is declared.
    guard let network = networks[index] else { return nil }
    var result: [Expression] = []
    for (value, port) in zip(values, network.inputs) {
      guard let value else { continue }
      if fits(value, port.type) {
        result.append(value)
      } else {
        report(
          NetworkError.input(
            network: name.text, port: port.name, expected: port.type.description,
            found: value.shown, declared: port.span), value.span)
      }
    }
    return result.count == ports.count ? result : nil
  }

  /// Whether a value may enter a port: equal shapes, both categories or both numbers.
  ///
  /// A `real` port takes any number; a narrower one refuses what is declared wider.
  private func fits(_ value: Expression, _ type: ValueType) -> Bool {
    guard agree(value.type.shape, type.shape) else { return false }
    switch (value.type.kind, type.kind) {
    case (.category(let a, _), .category(let b, _)): return agree(a, b)
    case (.category, _), (_, .category): return false
    default: return !isDeclaredWider(value, than: type.kind)
    }
  }
}
