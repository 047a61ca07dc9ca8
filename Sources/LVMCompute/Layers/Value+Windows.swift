/// How far windows reach beyond an image.
public enum WindowPadding: Hashable, Sendable {
  /// Not at all: windows lie inside.
  case valid
  /// So far that there are ⌈size / stride⌉ windows; what is odd goes below and to the right.
  case same
}

extension WindowSpec {
  /// Windows over an image.
  ///
  /// - Parameters:
  ///   - image: height and width.
  ///   - kernel: height and width of a window.
  public init(
    image: [Int], kernel: [Int], stride: [Int] = [1, 1], padding: WindowPadding, fill: Double = 0
  ) {
    var (result, before) = ([0, 0], [0, 0])
    for i in 0..<2 {
      switch padding {
      case .valid:
        result[i] = (image[i] - kernel[i]) / stride[i] + 1
      case .same:
        result[i] = (image[i] + stride[i] - 1) / stride[i]
        before[i] = max(0, (result[i] - 1) * stride[i] + kernel[i] - image[i]) / 2
      }
    }
    self.init(
      image: image, kernel: kernel, stride: stride, padding: before, result: result, fill: fill)
  }
}

extension Value {
  /// A convolution of images [.., height, width, channels] with weights [kernel height, kernel width,
  /// channels, outputs]: cross-correlation, as networks have it. Result [.., rows, columns, outputs].
  public func conv2d(
    _ weights: Value, stride: [Int] = [1, 1], padding: WindowPadding = .same
  ) -> Value {
    let (image, kernel) = (
      Array(shape.dims.dropLast().suffix(2)), Array(weights.shape.dims.prefix(2))
    )
    let spec = WindowSpec(image: image, kernel: kernel, stride: stride, padding: padding)
    let outputs = weights.shape.dims[3]
    let seen = weights.shape.count / outputs
    let rank = shape.rank
    return builder.add(.patches(spec), [self]).contract(
      weights.reshape([seen, outputs]), left: Array(0..<rank), right: [rank - 1, rank],
      output: Array(0..<(rank - 1)) + [rank])
  }

  /// The transpose of a convolution: images [.., rows, columns, channels] with weights [kernel height,
  /// kernel width, outputs, channels] to [.., rows · stride, columns · stride, outputs], less or more by
  /// the kernel without `same` padding.
  public func transposedConv2d(
    _ weights: Value, stride: [Int] = [1, 1], padding: WindowPadding = .same
  ) -> Value {
    let small = Array(shape.dims.dropLast().suffix(2))
    let kernel = Array(weights.shape.dims.prefix(2))
    let image = (0..<2).map { i in
      switch padding {
      case .same: small[i] * stride[i]
      case .valid: (small[i] - 1) * stride[i] + kernel[i]
      }
    }
    let spec = WindowSpec(image: image, kernel: kernel, stride: stride, padding: padding)
    let channels = weights.shape.dims[3]
    let seen = weights.shape.count / channels
    let rank = shape.rank
    let product = contract(
      weights.reshape([seen, channels]), left: Array(0..<rank), right: [rank, rank - 1],
      output: Array(0..<(rank - 1)) + [rank])
    return builder.add(.foldPatches(spec), [product])
  }

  /// The largest number of each channel in each window of images [.., height, width, channels].
  public func maxPool2d(_ kernel: [Int], stride: [Int]? = nil, padding: WindowPadding = .valid)
    -> Value
  {
    let (seen, axis) = windows(kernel, stride ?? kernel, padding, fill: -.infinity)
    return seen.max(axes: [axis])
  }

  /// The mean of each channel in each window; places outside the image count as zeros.
  public func averagePool2d(_ kernel: [Int], stride: [Int]? = nil, padding: WindowPadding = .valid)
    -> Value
  {
    let (seen, axis) = windows(kernel, stride ?? kernel, padding, fill: 0)
    return seen.sum(axes: [axis]) * builder.number(1 / Double(kernel[0] * kernel[1]), like: self)
  }

  /// [.., rows, columns, places of the window, channels], and the axis of the places.
  private func windows(
    _ kernel: [Int], _ stride: [Int], _ padding: WindowPadding, fill: Double
  ) -> (Value, Int) {
    let image = Array(shape.dims.dropLast().suffix(2))
    let spec = WindowSpec(
      image: image, kernel: kernel, stride: stride, padding: padding, fill: fill)
    let channels = shape.dims[shape.rank - 1]
    let seen = builder.add(.patches(spec), [self])
    let dims = seen.shape.dims.dropLast() + [kernel[0] * kernel[1], channels]
    return (seen.reshape(Array(dims)), dims.count - 2)
  }
}
