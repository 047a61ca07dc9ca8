import LVMCompute
import LVMModel

/// One trained array of a network, by its place: `decoder.1.weight` belongs to the first layer listed,
/// `decoder.pixel.bias` to the head of the output `pixel`, `decoder.3.1.weight` to a layer inside a
/// residual block.
public struct NetworkWeight: Hashable, Sendable {
  /// How training starts it.
  public enum Initial: Hashable, Sendable {
    /// Uniform on ±bound.
    case uniform(Double)
    case constant(Double)
  }

  public var name: String
  public var dims: [Int]
  public var initial: Initial
  /// Whether gradients train it; running averages and centres of the data are only kept.
  public var isTrained = true
}

extension Network {
  /// Every weight of the network in the order of its layers, heads last; sizes must be known.
  ///
  /// Widths of the starting distributions keep the variance of what passes through in regressions on data (He
  /// et al. 2015 before a rectifier, LeCun et al. 1998 elsewhere). Decoders and encoders have a third of that
  /// variance: those that begin as smooth functions of the latents end higher.
  public var weights: [NetworkWeight] {
    var result: [NetworkWeight] = []
    var shape = enteringDims
    if let encoder {
      for (i, input) in inputs.enumerated() where encoder.indicated.contains(i) {
        // Its presence tells a loader that the encoder takes indicators of this input.
        result.append(
          NetworkWeight(
            name: "\(name).\(input.name).\(Self.indicatedPart)", dims: [], initial: .constant(1),
            isTrained: false))
      }
      for input in inputs where Self.isStandardised(input) {
        let dims = Self.dims(input)
        for (part, value) in [("center", 0.0), ("scale", 1.0)] {
          result.append(
            NetworkWeight(
              name: "\(name).\(input.name).\(part)", dims: dims, initial: .constant(value),
              isTrained: false))
        }
      }
    }
    for i in scaled.inputs.keys.sorted() {
      add(kept: "center", 0, of: inputs[i], Self.dims(inputs[i]), to: &result)
      add(kept: "scale", 1, of: inputs[i], Self.dims(inputs[i]), to: &result)
    }
    for i in scaled.outputs.keys.sorted() {
      let dims = outputs[i].type.dims ?? []
      if outputs[i].type.kind == .real {
        add(kept: "offset", 0, of: outputs[i], dims, to: &result)
      }
      add(kept: "factor", 1, of: outputs[i], dims, to: &result)
    }
    Self.append(layers, prefix: name, share: scaled.isRegression ? 3 : 1, &shape, &result)
    for output in outputs {
      let (fanIn, fanOut) = headSizes(output, body: shape)
      // Locations and spreads of what is drawn begin near those of the data or of the prior.
      let isNear = output.type.kind == .real || output.type.kind == .positive
      let width = isNear && !scaled.isRegression ? 0.5 : 1
      let bound = width / Double(fanIn).squareRoot()
      let head = "\(name).\(output.name)"
      result.append(
        NetworkWeight(name: "\(head).weight", dims: [fanIn, fanOut], initial: .uniform(bound)))
      result.append(NetworkWeight(name: "\(head).bias", dims: [fanOut], initial: .constant(0)))
    }
    return result
  }

  private func add(
    kept part: String, _ value: Double, of port: Port, _ dims: [Int],
    to result: inout [NetworkWeight]
  ) {
    result.append(
      NetworkWeight(
        name: "\(name).\(port.name).\(part)", dims: dims, initial: .constant(value),
        isTrained: false))
  }

  static let indicatedPart = "indicated"

  /// The input variables that encoders among some saved arrays take indicators of.
  public static func indicatedInputs(_ names: some Sequence<String>) -> Set<String> {
    var result: Set<String> = []
    for name in names {
      let parts = name.split(separator: ".")
      guard parts.count == 4, parts[0] == "guide", parts[3] == indicatedPart else { continue }
      result.insert(String(parts[2]))
    }
    return result
  }

  /// The dims in which the inputs enter the first layer.
  var enteringDims: [Int] {
    let shapes = inputShapes
    if shapes.count == 1 { return shapes[0] }
    let count = shapes.reduce(0) { $0 + $1.reduce(1, *) }
    guard let image = imageInput else { return [count] }
    let own = shapes[image]
    return [own[0], own[1], own[2] + count - own.reduce(1, *)]
  }

  /// The dims of each input, indicators of empty cells among them.
  private var inputShapes: [[Int]] {
    inputs.indices.map { i in
      var dims = Self.dims(inputs[i])
      if encoder?.indicated.contains(i) ?? false {
        dims[dims.count - 1] += Self.indicators(inputs[i], dims)
      }
      return dims
    }
  }

  /// The only image among the inputs of an encoder, by position, where the others are few numbers: they enter
  /// as channels of it, the same at each pixel, so that it stays an image.
  var imageInput: Int? {
    guard let encoder, encoder.keepsImage, inputs.count > 1 else { return nil }
    let shapes = inputShapes
    let images = shapes.indices.filter { shapes[$0].count == 3 }
    guard images.count == 1, let image = images.first else { return nil }
    let others = shapes.reduce(0) { $0 + $1.reduce(1, *) } - shapes[image].reduce(1, *)
    return others <= Self.mostChannels ? image : nil
  }

  private static let mostChannels = 64

  /// How many indicators stand beside the last dim of an input: one a value, one for a category.
  static func indicators(_ port: Port, _ dims: [Int]) -> Int {
    if case .category = port.type.kind { return 1 }
    return dims[dims.count - 1]
  }

  /// Whether an encoder centres and scales an input.
  static func isStandardised(_ port: Port) -> Bool {
    switch port.type.kind {
    case .real, .positive, .count, .integer: true
    case .unit, .binary, .category, .simplex, .covariance, .correlation, .cholesky, .orthonormal:
      false
    }
  }

  /// What one input contributes: indicators for a category, at least a vector of one.
  static func dims(_ port: Port) -> [Int] {
    let own = port.type.dims ?? [1]
    if case .category(let count, _) = port.type.kind { return own + [count.constant ?? 1] }
    return own.isEmpty ? [1] : own
  }

  /// The dims that leave the body.
  var bodyDims: [Int] { layers.last?.outputShape.map { $0.constant ?? 1 } ?? enteringDims }

  /// Whether an output's head acts on each pixel alone.
  func isPixelwise(_ output: Port, body: [Int]) -> Bool {
    guard let dims = output.type.dims else { return false }
    return body.count == 3 && dims.count == 3 && Array(dims.prefix(2)) == Array(body.prefix(2))
  }

  private func headSizes(_ output: Port, body: [Int]) -> (fanIn: Int, fanOut: Int) {
    let dims = output.type.dims ?? []
    if isPixelwise(output, body: body) { return (body[2], dims[2]) }
    return (body.reduce(1, *), dims.reduce(1, *))
  }

  private static func append(
    _ layers: [Layer], prefix: String, share: Double, _ shape: inout [Int],
    _ result: inout [NetworkWeight]
  ) {
    for (i, layer) in layers.enumerated() {
      let place = "\(prefix).\(i + 1)"
      func add(_ part: String, _ dims: [Int], _ initial: NetworkWeight.Initial, kept: Bool = false)
      {
        result.append(
          NetworkWeight(
            name: "\(place).\(part)", dims: dims, initial: initial, isTrained: !kept))
      }
      let output = layer.outputShape.map { $0.constant ?? 1 }
      let gain = layers.dropFirst(i + 1).first?.kind.isRectifier == true ? 2 * share : share
      switch layer.kind {
      case .dense(let units, let bias):
        let fanIn = shape.reduce(1, *)
        let n = units.constant ?? 1
        add("weight", [fanIn, n], .uniform((gain / Double(fanIn)).squareRoot()))
        if bias { add("bias", [n], .constant(0)) }
      case .conv(let channels, let kernel, _, _, let bias):
        let (k, c) = (kernel.constant ?? 1, channels.constant ?? 1)
        let fanIn = k * k * shape[2]
        add("weight", [k, k, shape[2], c], .uniform((gain / Double(fanIn)).squareRoot()))
        if bias { add("bias", [c], .constant(0)) }
      case .deconv(let channels, let kernel, let stride, _, let bias):
        let (k, c, s) = (kernel.constant ?? 1, channels.constant ?? 1, stride.constant ?? 1)
        // Each output pixel hears of about (k/s)² inputs.
        let fanIn = Swift.max(1, k * k * shape[2] / (s * s))
        add("weight", [k, k, c, shape[2]], .uniform((gain / Double(fanIn)).squareRoot()))
        if bias { add("bias", [c], .constant(0)) }
      case .batchnorm:
        let c = output.last ?? 1
        add("scale", [c], .constant(1))
        add("shift", [c], .constant(0))
        add("mean", [c], .constant(0), kept: true)
        add("variance", [c], .constant(1), kept: true)
      case .layernorm:
        let c = output.last ?? 1
        add("scale", [c], .constant(1))
        add("shift", [c], .constant(0))
      case .residual(let inner):
        var own = shape
        append(inner, prefix: place, share: share, &own, &result)
      case .coupling, .linear, .pool, .reshape, .relu, .leakyRelu, .gelu, .silu, .tanh, .softplus,
        .sigmoid, .dropout:
        break
      }
      shape = output
    }
  }
}

extension LayerKind {
  /// Whether it passes about half of what enters.
  var isRectifier: Bool {
    switch self {
    case .relu, .leakyRelu, .gelu, .silu: true
    case .dense, .conv, .deconv, .pool, .reshape, .tanh, .softplus, .sigmoid, .batchnorm,
      .layernorm, .dropout, .residual, .coupling, .linear:
      false
    }
  }
}

extension InferencePlan {
  /// Arrays of every network that the plan applies, the guides' included; heads of outputs that nothing
  /// reads have none.
  public var networkWeights: [NetworkWeight] {
    var used: [NetworkID: Set<Int>] = [:]
    func look(_ e: Expression) {
      e.visit {
        if case .network(let id, _, let output) = $0.node { used[id, default: []].insert(output) }
      }
    }
    for v in model.variables { v.definition.expressions.forEach(look) }
    for entry in model.guides where sampled.contains(entry.variable) {
      switch entry.definition {
      case .drawn(let d): d.expressions.forEach(look)
      case .equal(let e): look(e)
      }
    }
    return model.networks.flatMap { network -> [NetworkWeight] in
      guard let outputs = used[network.id] else { return [] }
      let idle = network.outputs.indices.filter { !outputs.contains($0) }.flatMap { i in
        ["weight", "bias"].map { "\(network.name).\(network.outputs[i].name).\($0)" }
      }
      return network.weights.filter { !idle.contains($0.name) }
    }
  }
}
