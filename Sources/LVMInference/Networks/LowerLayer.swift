import LVMCompute
import LVMModel
import LVMSyntax

/// Layers, one after the other, as tensor operations on event dims (channels last).
extension LoweringContext {
  func apply(_ layers: [Layer], to input: Lowered, prefix: String, _ span: Span) throws -> Lowered {
    var value = input
    for (i, layer) in layers.enumerated() {
      value = try apply(layer, to: value, place: "\(prefix).\(i + 1)")
    }
    return value
  }

  private func apply(_ layer: Layer, to x: Lowered, place: String) throws -> Lowered {
    let output = try layer.outputShape.map { try number($0, at: layer.span) }
    switch layer.kind {
    case .dense(_, let bias):
      let fanIn = x.event.reduce(1, *)
      let w = weight("\(place).weight", [fanIn, output[0]])
      let y = Lowered.contract(x.reshape(event: [fanIn]), [0], w, [0, 1], to: [1])
      return bias ? y + weight("\(place).bias", output) : y
    case .reshape:
      return x.reshape(event: output)
    case .relu: return x.map { $0.apply(.relu) }
    case .leakyRelu:
      // max(x, x/100): one comparison, no branch.
      return x.map { $0.apply(.maximum, $0 * 0.01) }
    case .gelu:
      // x Φ(x) by the hyperbolic tangent (Hendrycks & Gimpel 2016), within 5e-4 of the exact form.
      return x.map { v in
        let inner = (v + v * v.square() * 0.044715) * 0.797_884_560_802_865_4
        return v * (inner.apply(.tanh) + 1.0) * 0.5
      }
    case .silu: return x.map { $0 * $0.apply(.sigmoid) }
    case .tanh: return x.map { $0.apply(.tanh) }
    case .softplus: return x.map { $0.softplus() }
    case .sigmoid: return x.map { $0.apply(.sigmoid) }
    case .layernorm: return layerNormalised(x, place)
    case .batchnorm: return try batchNormalised(x, place, layer.span)
    case .dropout(let probability): return dropped(x, probability, place)
    case .residual(let inner):
      return x + (try apply(inner, to: x, prefix: place, layer.span))
    case .conv(_, let kernel, let stride, let same, let bias):
      let windows = try Windows(x.event, output, kernel, stride, same: same, at: layer.span)
      let y = convolved(x, windows, output, "\(place).weight")
      return bias ? y + weight("\(place).bias", [output[2]]) : y
    case .deconv(_, let kernel, let stride, let same, let bias):
      // The adjoint of a convolution from the output's shape to the input's.
      let windows = try Windows(output, x.event, kernel, stride, same: same, at: layer.span)
      let y = spreadOut(x, windows, output, "\(place).weight")
      return bias ? y + weight("\(place).bias", [output[2]]) : y
    case .pool(let size):
      let windows = try Windows(x.event, output, size, size, same: false, at: layer.span)
      return pooled(x, windows, output)
    case .coupling, .linear:
      throw LoweringFailure(.invertibleLayer, at: layer.span)
    }
  }

  /// (x − mean) / √(variance + 1e-5) over the last dim, then scaled and shifted (Ba et al. 2016).
  private func layerNormalised(_ x: Lowered, _ place: String) -> Lowered {
    let c = x.event.last ?? 1
    let last = x.event.count - 1
    let keep = Array(x.event.dropLast()) + [1]
    let mean = x.sum(eventAxes: [last]).map { $0 / Double(c) }.reshape(event: keep)
    let centred = x - mean
    let variance = centred.map { $0.square() }.sum(eventAxes: [last]).map { $0 / Double(c) }
      .reshape(event: keep)
    let white = centred / variance.map { ($0 + 1e-5).sqrt() }
    return white * weight("\(place).scale", [c]) + weight("\(place).shift", [c])
  }

  /// As `layerNormalised`, over the rows of the minibatch (and pixels) for each channel; afterwards by the
  /// running averages that training leaves (Ioffe & Szegedy 2015).
  private func batchNormalised(_ x: Lowered, _ place: String, _ span: Span) throws -> Lowered {
    let c = x.event.last ?? 1
    let mean: Lowered
    let variance: Lowered
    switch networkMode {
    case .evaluation:
      mean = weight("\(place).mean", [c])
      variance = weight("\(place).variance", [c])
    case .training:
      guard let plate = x.plate else {
        throw LoweringFailure(.batchnormWithoutRows, at: span)
      }
      let others = Array(0..<(x.value.shape.rank - 1))
      let copies = Double(x.value.shape.count / Swift.max(1, c))
      let count = builder.ones(plate).sumPlate() * copies
      let average = { (v: Value) in v.sum(axes: others).sumPlate() / count }
      let m = average(x.value)
      let v = average((x.value - m).square())
      runningAverages.append(("\(place).mean", m))
      runningAverages.append(("\(place).variance", v))
      (mean, variance) = (Lowered(m), Lowered(v))
      _ = weight("\(place).mean", [c])
      _ = weight("\(place).variance", [c])
    }
    let white = (x - mean) / variance.map { ($0 + 1e-5).sqrt() }
    return white * weight("\(place).scale", [c]) + weight("\(place).shift", [c])
  }

  /// In training each value is dropped with a probability and the rest scaled up (Srivastava et al. 2014).
  private func dropped(_ x: Lowered, _ probability: Double, _ place: String) -> Lowered {
    guard networkMode == .training, probability > 0, let plate = x.plate else { return x }
    let name = "$dropout.\(place).\(noise.count)"
    noise.append(Noise(column: name, kind: .uniform, dims: x.event))
    let draw = Lowered(builder.data(name, plate: plate, x.event))
    let kept = draw.map { builder.constant(probability).apply(.less, $0) }
    return x * kept.map { $0 / (1 - probability) }
  }
}

/// A column of random numbers that a program reads, drawn afresh for each step.
struct Noise: Hashable, Sendable {
  var column: String
  var kind: StandardNoise
  var dims: [Int]
}
