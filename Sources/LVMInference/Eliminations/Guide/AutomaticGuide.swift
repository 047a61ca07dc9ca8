import LVMModel
import LVMSyntax

/// Guides for sampled latents that the model gives none: a mirrored encoder with a diagonal Gaussian.
///
/// The encoder reads every observed and given variable of the row and the sampled latents that were
/// guided before (children come first, so that a deep chain is inferred from the data upwards). Its hidden
/// layers are those of the network that reads the latent, in reverse; of several, of the one that leads to the
/// most observed numbers. A latent that is not real is guided
/// through its transform to the real line.
struct AutomaticGuide {
  let structure: ModelStructure
  /// Variables whose empty cells the encoder is told of.
  let indicated: Set<String>
  /// Observed labels that are latents here because cells of theirs are missing: still data to an encoder.
  let opened: Set<VariableID>

  var model: ModelGraph { structure.model }

  /// Width and depth of an encoder that has no network to mirror.
  private static let plainWidth = 32

  /// The model with a network and a guide for each latent that lacks one.
  func completed(_ sampled: [Variable]) throws -> ModelGraph {
    var result = model
    let written = Set(model.guides.map(\.variable))
    let open = structure.parentsFirst(sampled).reversed().filter { !written.contains($0.id) }
    // Latents that come before in the guide: written ones, then those done here.
    var known = sampled.filter { written.contains($0.id) }
    for latent in open {
      let below = known.filter { structure.reads($0).contains(latent.id) }
      let network = try encoder(of: latent, NetworkID(result.networks.count), below)
      result.networks.append(network)
      result.guides.append(guide(of: latent, network, below))
      known.append(latent)
    }
    return result
  }

  /// What the encoder of a latent reads.
  private func inputs(_ latent: Variable, _ below: [Variable]) -> [Variable] {
    let plate = structure.nesting.compute(latent.plate)
    let data = model.variables.filter { v in
      guard v.role == .observe || v.role == .given || opened.contains(v.id), v.plate != .global
      else { return false }
      return structure.nesting.compute(v.plate) == plate && v.type.kind.eventRank < 2
    }
    return data + below
  }

  private func guide(of latent: Variable, _ network: Network, _ below: [Variable]) -> GuideEntry {
    let arguments = inputs(latent, below).map {
      Expression(.variable($0.id), $0.type, latent.span)
    }
    let parts = network.outputs.indices.map { i in
      Expression(
        .network(network.id, inputs: arguments, output: i), network.outputs[i].type, latent.span)
    }
    return GuideEntry(
      variable: latent.id,
      definition: .drawn(.family(.normal, form: 0, arguments: parts, latent.span)),
      span: latent.span)
  }

  private func encoder(of latent: Variable, _ id: NetworkID, _ below: [Variable]) throws -> Network
  {
    let sources = inputs(latent, below)
    guard !sources.isEmpty else {
      throw LoweringFailure(.noDataForGuide(latent.name), at: latent.nameSpan)
    }
    let ports = sources.map { Network.Port(name: $0.name, type: $0.type, span: latent.span) }
    let flags = sources.indices.filter { indicated.contains(sources[$0].name) }
    let shape = Self.freeShape(latent.type)
    var network = Network(
      id: id, name: "guide.\(latent.name)", invertible: false, inputs: ports,
      outputs: [
        Network.Port(name: "mean", type: ValueType(.real, shape), span: latent.span),
        Network.Port(name: "scale", type: ValueType(.positive, shape), span: latent.span),
      ],
      layers: [], encoder: EncoderInputs(indicated: Set(flags)), nameSpan: latent.nameSpan,
      span: latent.span)
    var mirror = Mirror(entering: network.enteringDims, span: latent.span)
    if let decoder = decoder(of: latent) {
      network.layers = mirror.layers(of: decoder)
      if !network.layers.contains(where: { Mirror.isOfImages($0.kind) }) {
        // A dense layer would read what is beside the image once for each pixel.
        network.encoder?.keepsImage = false
        mirror = Mirror(entering: network.enteringDims, span: latent.span)
        network.layers = mirror.layers(of: decoder)
      }
    } else if isLinear(latent) {
      network.layers = []
    } else {
      network.layers = mirror.plain(width: Self.plainWidth)
    }
    return network
  }

  /// Free numbers of a latent: a simplex of K has K − 1.
  static func freeShape(_ type: ValueType) -> [Size] {
    guard type.kind == .simplex, let last = type.shape.last else { return type.shape }
    return type.shape.dropLast() + [last - .constant(1)]
  }

  /// Whether every reader is Gaussian with a mean affine in the latent: a linear encoder is then exact.
  private func isLinear(_ latent: Variable) -> Bool {
    (try? GaussianStrategy.consider([latent], structure, DataFacts())) != nil
  }
}

/// The hidden layers of a network in reverse, as layers of an encoder.
private struct Mirror {
  let entering: [Int]
  let span: Span
  /// What a layer on flat values has at most where the network has an image: its own widest on flat values.
  private var widest = Self.widthOfImages

  /// Width in place of an image's, where nothing tells a better one.
  private static let widthOfImages = 256

  init(entering: [Int], span: Span) {
    self.entering = entering
    self.span = span
  }

  func plain(width: Int) -> [Layer] {
    var shape = entering
    return [
      layer(.dense(units: .constant(width), bias: true), &shape, [width]),
      layer(.gelu, &shape, [width]),
    ]
  }

  mutating func layers(of network: Network) -> [Layer] {
    var shape = entering
    var result: [Layer] = []
    let activation = network.layers.map(\.kind).first(where: Self.isActivation) ?? .relu
    // The head maps the body to the output; its mirror maps the data to the body's shape. Every linear
    // layer but the first follows in reverse; the first's mirror is the encoder's own heads.
    let linear = network.layers.filter { Self.isLinear($0.kind) }
    guard let last = linear.last else { return [] }
    let flat = linear.filter { $0.outputShape.count == 1 }.map { Self.dims($0.outputShape)[0] }
    widest = flat.max() ?? Self.widthOfImages
    let body = Self.dims(last.outputShape)
    append(linear: mirrorOfHead(to: body, from: shape), &shape, activation, &result)
    for layer in linear.dropFirst().reversed() {
      let target = Self.dims(layer.inputShape)
      append(linear: mirrored(layer, to: target, from: shape), &shape, activation, &result)
    }
    return result
  }

  private func append(
    linear: (kind: LayerKind, output: [Int]), _ shape: inout [Int], _ activation: LayerKind,
    _ result: inout [Layer]
  ) {
    result.append(layer(linear.kind, &shape, linear.output))
    result.append(layer(activation, &shape, linear.output))
  }

  private func mirrorOfHead(to body: [Int], from shape: [Int]) -> (kind: LayerKind, output: [Int]) {
    if body.count == 3, shape.count == 3, Array(body.prefix(2)) == Array(shape.prefix(2)) {
      return (
        .conv(
          channels: .constant(body[2]), kernel: .constant(3), stride: .constant(1), same: true,
          bias: true), [shape[0], shape[1], body[2]]
      )
    }
    return dense(body)
  }

  private func mirrored(_ layer: Layer, to target: [Int], from shape: [Int]) -> (
    kind: LayerKind, output: [Int]
  ) {
    switch layer.kind {
    case .deconv(_, let kernel, let stride, _, _), .conv(_, let kernel, let stride, _, _):
      let s = stride.constant ?? 1
      var channels = target.last ?? 1
      if target.count != 3 { channels = shape.last ?? 1 }
      guard shape.count == 3 else { return dense(target) }
      return (
        .conv(
          channels: .constant(channels), kernel: kernel, stride: .constant(s), same: true,
          bias: true), [(shape[0] + s - 1) / s, (shape[1] + s - 1) / s, channels]
      )
    case .dense, .pool, .reshape, .relu, .leakyRelu, .gelu, .silu, .tanh, .softplus, .sigmoid,
      .batchnorm, .layernorm, .dropout, .residual, .coupling, .linear:
      return dense(target)
    }
  }

  private func dense(_ target: [Int]) -> (kind: LayerKind, output: [Int]) {
    let all = target.reduce(1, *)
    let n = target.count == 3 ? Swift.min(all, widest) : all
    return (.dense(units: .constant(n), bias: true), [n])
  }

  private func layer(_ kind: LayerKind, _ shape: inout [Int], _ output: [Int]) -> Layer {
    defer { shape = output }
    return Layer(
      kind: kind, inputShape: shape.map(Size.constant), outputShape: output.map(Size.constant),
      span: span)
  }

  private static func dims(_ shape: [Size]) -> [Int] { shape.map { $0.constant ?? 1 } }

  private static func isLinear(_ kind: LayerKind) -> Bool {
    switch kind {
    case .dense, .conv, .deconv: true
    case .pool, .reshape, .relu, .leakyRelu, .gelu, .silu, .tanh, .softplus, .sigmoid, .batchnorm,
      .layernorm, .dropout, .residual, .coupling, .linear:
      false
    }
  }

  /// Whether a layer works on an image as such.
  static func isOfImages(_ kind: LayerKind) -> Bool {
    switch kind {
    case .conv, .deconv, .pool: true
    case .dense, .reshape, .relu, .leakyRelu, .gelu, .silu, .tanh, .softplus, .sigmoid, .batchnorm,
      .layernorm, .dropout, .residual, .coupling, .linear:
      false
    }
  }

  private static func isActivation(_ kind: LayerKind) -> Bool {
    switch kind {
    case .relu, .leakyRelu, .gelu, .silu, .tanh, .softplus: true
    case .dense, .conv, .deconv, .pool, .reshape, .sigmoid, .batchnorm, .layernorm, .dropout,
      .residual, .coupling, .linear:
      false
    }
  }
}
