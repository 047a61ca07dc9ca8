import LVMSyntax

/// What is wrong with a network: its ports, its layers, or a call of it.
enum NetworkError: WordedFinding {
  case unknownLayer(String)
  case layerArguments(layer: String, usage: String)
  case layerValue(layer: String, argument: String, expected: String, found: String)
  case layerBody(String)
  case residualWithoutBody
  case needsImage(layer: String, found: String)
  case needsKnownSize(layer: String, size: String)
  case kernelTooLarge(size: String, found: String)
  case reshape(from: String, to: String)
  case residualShape(enters: String, leaves: String)
  case head(output: String, type: String, body: String)
  case outputKind(name: String, type: String)
  case inputKind(name: String, type: String)
  case invertibleLayer(String)
  case onlyInvertible(String)
  case invertiblePorts(String)
  case invertibleShapes(input: String, output: String)
  case couplingSize
  case inputCount(network: String, inputs: [String], found: Int, declared: Span)
  case input(network: String, port: String, expected: String, found: String, declared: Span)
  case inputName(network: String, label: String, inputs: [String])
  case unknownOutput(network: String, name: String, outputs: [String])
  case severalOutputs(network: String, outputs: [String])

  var wording: Wording {
    switch self {
    case .unknownLayer(let name):
      let near = didYouMean(name, among: Vocabulary.layers)
      let foreign = [
        "linear": "dense(units)", "conv2d": "conv(channels, kernel)", "flatten": "reshape(…)",
        "dropout2d": "dropout(p)", "maxpool": "pool(size)", "elu": "gelu",
        "upsample": "deconv(channels, kernel, stride: 2)", "skip": "residual { … }",
        "fc": "dense(units)", "sigmoid": "", "softmax": "", "swish": "silu",
      ]
      let help: [String]
      if let word = foreign[name.lowercased()] {
        help = [
          word.isEmpty
            ? "the link of an output follows from its type: unit is sigmoid, simplex softmax"
            : "write `\(word)`"
        ]
      } else {
        help = near.isEmpty ? ["the layers are \(Vocabulary.layers.joined(separator: ", "))"] : near
      }
      return Wording(.unknownLayer, "there is no layer `\(name)`", help: help)
    case .layerArguments(let layer, let usage):
      return Wording(
        .layerArguments, "`\(layer)` cannot take these arguments", help: ["write `\(usage)`"])
    case .layerValue(let layer, let argument, let expected, let found):
      return Wording(
        .layerValue, "the \(argument) of `\(layer)` must be \(expected); this is \(found)")
    case .layerBody(let layer):
      return Wording(
        .layerBody, "`\(layer)` takes no layers in braces",
        help: ["`residual { … }` adds its input to the result of its layers"])
    case .residualWithoutBody:
      return Wording(
        .layerBody, "`residual` lacks its layers", help: ["write `residual { dense(H) relu }`"])
    case .needsImage(let layer, let found):
      return Wording(
        .needsImage,
        "`\(layer)` takes an image of height, width and channels; here the shape is \(found)",
        help: ["declare the input so, `x : real[28, 28, 1]`, or put `reshape(28, 28, 1)` before it"]
      )
    case .needsKnownSize(let layer, let size):
      return Wording(
        .needsKnownSize, "`\(layer)` must know the size `\(size)` as a number",
        help: ["give it a default in the model's header"])
    case .kernelTooLarge(let size, let found):
      return Wording(
        .kernelTooLarge, "a window of \(size) does not fit into \(found)")
    case .reshape(let from, let to):
      return Wording(
        .reshape, "`reshape` must keep the number of values: \(from) cannot become \(to)")
    case .residualShape(let enters, let leaves):
      return Wording(
        .residualShape,
        "the layers of `residual` must keep the shape: \(enters) enters, \(leaves) leaves",
        help: ["end it with a layer that gives \(enters)"])
    case .head(let output, let type, let body):
      return Wording(
        .headShape, "the layers end in an image \(body), the output `\(output)` is `\(type)`",
        help: ["height and width must agree; the channels are adapted"])
    case .outputKind(let name, let type):
      return Wording(
        .outputKind, "a network cannot give `\(type)`",
        help: [
          "outputs are real, positive, unit or simplex; "
            + "discrete values are drawn, as in `~ Bernoulli(net(z).\(name))`"
        ])
    case .inputKind(let name, let type):
      return Wording(
        .inputKind, "the input `\(name)` of a network cannot be `\(type)`",
        help: ["inputs are numbers, vectors of numbers, or categories"])
    case .invertibleLayer(let layer):
      return Wording(
        .invertibleLayer, "`\(layer)` has no inverse, so it cannot stand in an invertible network",
        help: ["its layers are `coupling(hidden)` and `linear`"])
    case .onlyInvertible(let layer):
      return Wording(
        .onlyInvertible, "`\(layer)` belongs to invertible networks",
        help: [
          layer == "linear"
            ? "write `dense(units)`, or `invertible network` before the name"
            : "write `invertible network` before the name"
        ])
    case .invertiblePorts(let name):
      return Wording(
        .invertiblePorts, "an invertible network has one real vector in and one out",
        help: ["as in `invertible network \(name)(z : real[D]) -> x : real[D] { coupling(64) }`"])
    case .invertibleShapes(let input, let output):
      return Wording(
        .invertibleShapes,
        "an invertible network keeps the shape: `\(input)` enters, `\(output)` leaves")
    case .couplingSize:
      return Wording(
        .couplingSize, "`coupling` needs at least two values: one half is changed by the other",
        help: ["for a single value use `linear`"])
    case .inputCount(let network, let inputs, let found, let declared):
      return Wording(
        .inputCount,
        "`\(network)` takes \(counted(inputs.count, "input")); here it has "
          + (found == 0 ? "none" : "\(found)"),
        secondary: [.init(declared, "declared here")],
        help: ["write `\(network)(\(inputs.joined(separator: ", ")))`"])
    case .input(let network, let port, let expected, let found, let declared):
      return Wording(
        .inputType, "the input `\(port)` of `\(network)` is `\(expected)`; this is `\(found)`",
        secondary: [.init(declared, "declared here")])
    case .inputName(let network, let label, let inputs):
      let near = didYouMean(label, among: inputs)
      return Wording(
        .inputName, "`\(network)` has no input `\(label)`",
        help: near.isEmpty ? ["its inputs are \(quotedList(inputs))"] : near)
    case .unknownOutput(let network, let name, let outputs):
      let near = didYouMean(name, among: outputs)
      return Wording(
        .unknownOutput, "`\(network)` has no output `\(name)`",
        help: near.isEmpty
          ? [
            outputs.count == 1
              ? "its only output is `\(outputs[0])`" : "its outputs are \(quotedList(outputs))"
          ]
          : near)
    case .severalOutputs(let network, let outputs):
      return Wording(
        .severalOutputs, "`\(network)` has \(outputs.count) outputs, and this does not say which",
        help: ["write " + quotedList(outputs.map { ".\($0)" }, "or") + " after it"])
    }
  }
}
