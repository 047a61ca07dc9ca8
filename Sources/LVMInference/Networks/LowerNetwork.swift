import LVMCompute
import LVMModel
import LVMSyntax

/// Whether networks run as in training (batch statistics, dropout) or as they are used afterwards.
enum NetworkMode { case training, evaluation }

/// A network's body applied to a value of the graph.
struct NetworkCall: Hashable {
  var network: NetworkID
  var input: Int
  var axes: [Axis]
}

/// Networks as tensor operations: layers act on the event dims of a value, whatever plate and axes stand
/// before them, so that a network may be applied to a label that is summed over.
extension LoweringContext {
  /// One output of a network applied to inputs.
  func lowerNetwork(_ id: NetworkID, _ inputs: [Expression], output: Int, at span: Span) throws
    -> Lowered
  {
    let values = try inputs.map { input -> (Lowered, Variable?) in
      var source: Variable?
      if case .variable(let id) = input.node { source = model[id] }
      return (try lower(input), source)
    }
    return try apply(model[id], to: values, output: output, at: span)
  }

  /// One output of a network applied to values, each with the variable it is, if it is one.
  func apply(
    _ network: Network, to inputs: [(value: Lowered, source: Variable?)], output: Int, at span: Span
  ) throws -> Lowered {
    var parts: [Lowered] = []
    for (i, input) in inputs.enumerated() {
      parts.append(try entering(input.value, i, network, input.source))
    }
    let body = joined(parts, network)
    // Equal calls are one evaluation: outputs share the body, what it drops and what it averages.
    let call = NetworkCall(network: network.id, input: body.value.id, axes: body.axes)
    let out = try bodies[call] ?? apply(network.layers, to: body, prefix: network.name, span)
    bodies[call] = out
    return try head(network, output, out)
  }

  /// All inputs as one: flat, or as channels of an encoder's image.
  private func joined(_ parts: [Lowered], _ network: Network) -> Lowered {
    if parts.count == 1 { return parts[0] }
    guard let image = network.imageInput else {
      return join(parts.map { $0.reshape(event: [$0.event.reduce(1, *)]) }, event: 0)
    }
    let size = Array(parts[image].event.prefix(2))
    return join(
      parts.enumerated().map { i, part in
        if i == image { return part }
        let count = part.event.reduce(1, *)
        return part.reshape(event: [1, 1, count]).broadcast(event: size + [count])
      }, event: 2)
  }

  /// An input in the form in which it enters the first layer.
  private func entering(
    _ value: Lowered, _ position: Int, _ network: Network, _ source: Variable?
  ) throws -> Lowered {
    let port = network.inputs[position]
    let own = try dims(port.type, at: port.span)
    var value = value.broadcast(event: own)
    if case .category(let count, _) = port.type.kind {
      let k = try number(count, at: port.span)
      value = value.map { $0.builder.add(.oneHot(count: k), [$0]) }
    }
    if value.event.isEmpty { value = value.reshape(event: [1]) }
    if network.scaled.inputs[position] != nil {
      let name = "\(network.name).\(port.name)"
      value =
        (value - weight("\(name).center", value.event)) / weight("\(name).scale", value.event)
      // What is missing enters as the mean.
      if let source, let presence = present(source, value.event) { value = value * presence }
    }
    guard let encoder = network.encoder else { return value }
    if port.type.kind == .count { value = value.map { $0.log1p() } }
    if Network.isStandardised(port) {
      let name = "\(network.name).\(port.name)"
      value =
        (value - weight("\(name).center", value.event)) / weight("\(name).scale", value.event)
    }
    guard let source else { return value }
    // One a cell, in the shape of the value (a category's indicators share one).
    let presence = present(source, value.event)
    if let presence { value = value * presence }
    guard encoder.indicated.contains(position) else { return value }
    var dims = value.event
    dims[dims.count - 1] = Network.indicators(port, dims)
    let flag = weight("\(network.name).\(port.name).\(Network.indicatedPart)", [])
    let full = presence.map { $0 * flag } ?? flag
    return join([value, full.broadcast(event: dims)], event: dims.count - 1)
  }

  /// 1 where a cell is present, broadcasting against a value of a variable; nil if none is missing.
  private func present(_ variable: Variable, _ event: [Int]) -> Lowered? {
    guard masked.contains(variable.id), !filled.contains(variable.id) else { return nil }
    let dims = variable.type.dims ?? []
    let mask = Lowered(
      builder.data(
        ModelColumn.mask(variable), plate: plates.compute(variable.plate), dims))
    if dims.count == event.count { return mask }
    return mask.reshape(event: dims + [Int](repeating: 1, count: event.count - dims.count))
  }

  /// A weight of a network, or what stands in for it.
  func weight(_ name: String, _ dims: [Int]) -> Lowered {
    weightNames.insert(name)
    if let replacement = weightReplacements[name] { return Lowered(replacement) }
    return Lowered(builder.parameter(name, dims))
  }

  // MARK: Heads

  /// The linear head of an output and the link that its type sets.
  private func head(_ network: Network, _ index: Int, _ body: Lowered) throws -> Lowered {
    let output = network.outputs[index]
    let dims = try dims(output.type, at: output.span)
    let name = "\(network.name).\(output.name)"
    let linear: Lowered
    if network.isPixelwise(output, body: body.event) {
      let w = weight("\(name).weight", [body.event[2], dims[2]])
      linear =
        Lowered.contract(body, [0, 1, 2], w, [2, 3], to: [0, 1, 3])
        + weight("\(name).bias", [dims[2]])
    } else {
      let fanIn = body.event.reduce(1, *)
      let fanOut = dims.reduce(1, *)
      let w = weight("\(name).weight", [fanIn, fanOut])
      linear =
        (Lowered.contract(body.reshape(event: [fanIn]), [0], w, [0, 1], to: [1])
        + weight("\(name).bias", [fanOut])).reshape(event: dims)
    }
    let isScaled = network.scaled.outputs[index] != nil
    switch output.type.kind {
    case .positive:
      let value = linear.map { $0.softplus() }
      return isScaled ? value * weight("\(name).factor", dims) : value
    case .real where isScaled:
      return linear * weight("\(name).factor", dims) + weight("\(name).offset", dims)
    case .unit: return linear.map { $0.apply(.sigmoid) }
    case .simplex:
      return linear.map { v in
        let lse = v.logSumExp(axes: [v.shape.rank - 1])
        return (v - lse.reshape(lse.shape.dims + [1])).exp()
      }
    case .real, .count, .integer, .binary, .category, .covariance, .correlation, .cholesky,
      .orthonormal:
      return linear
    }
  }
}
