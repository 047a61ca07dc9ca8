import LVMCompute
import LVMModel
import LVMSyntax

/// How windows lie on an image, [height, width, channels].
struct Windows {
  let spec: WindowSpec
  let channels: Int
  var kernel: Int { spec.kernel[0] }

  /// Windows from an image to a smaller one. With `same` padding they are centred and there is one for each
  /// stride of the image; else they stay inside.
  init(
    _ image: [Int], _ result: [Int], _ kernel: Size, _ stride: Size, same: Bool, at span: Span
  ) throws(LoweringFailure) {
    guard let k = kernel.constant, let s = stride.constant, image.count == 3, result.count == 3
    else { throw LoweringFailure(.layerSizesUnknown, at: span) }
    let padding = (0..<2).map { i in
      same ? Swift.max(0, (result[i] - 1) * s + k - image[i]) / 2 : 0
    }
    channels = image[2]
    spec = WindowSpec(
      image: Array(image.prefix(2)), kernel: [k, k], stride: [s, s], padding: padding,
      result: Array(result.prefix(2)))
  }
}

/// Layers on images as matrix products over windows.
extension LoweringContext {
  /// A convolution: what each window sees, times the weights [k, k, channels in, channels out].
  func convolved(_ x: Lowered, _ windows: Windows, _ output: [Int], _ name: String) -> Lowered {
    let k = windows.kernel
    let w = weight(name, [k, k, windows.channels, output[2]])
      .reshape(event: [k * k * windows.channels, output[2]])
    let seen = x.map { $0.builder.add(.patches(windows.spec), [$0]) }
    return Lowered.contract(seen, [0, 1, 2], w, [2, 3], to: [0, 1, 3])
  }

  /// A transposed convolution: each pixel is spread over a window of the larger image by the weights
  /// [k, k, channels out, channels in].
  func spreadOut(_ x: Lowered, _ windows: Windows, _ output: [Int], _ name: String) -> Lowered {
    let k = windows.kernel
    let w = weight(name, [k, k, output[2], x.event[2]])
      .reshape(event: [k * k * output[2], x.event[2]])
    let parts = Lowered.contract(x, [0, 1, 2], w, [3, 2], to: [0, 1, 3])
    return parts.map { $0.builder.add(.foldPatches(windows.spec), [$0]) }
  }

  /// The largest value in each window, channel by channel.
  func pooled(_ x: Lowered, _ windows: Windows, _ output: [Int]) -> Lowered {
    let k = windows.kernel
    let seen = x.map { $0.builder.add(.patches(windows.spec), [$0]) }
      .reshape(event: [output[0], output[1], k * k, output[2]])
    let n = seen.axes.count
    return Lowered(seen.value.max(axes: [n + 2]), axes: seen.axes)
  }
}
