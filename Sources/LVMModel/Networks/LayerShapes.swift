import LVMSyntax

/// What shape leaves a layer. Shapes are of one row, channels last.
extension Checker {
  func outputShape(_ kind: LayerKind, _ syntax: LayerSyntax, from shape: [Size]) -> [Size]? {
    switch kind {
    case .dense(let units, _): return [units]
    case .conv(let channels, let kernel, let stride, let same, _):
      return windows(syntax, shape, channels) { size, side in
        same
          ? self.divided(size, by: stride, syntax, roundingUp: true)
          : self.windowCount(size, kernel, stride, syntax, side)
      }
    case .deconv(let channels, let kernel, let stride, let same, _):
      return windows(syntax, shape, channels) { size, _ in
        same ? size * stride : (size - .constant(1)) * stride + kernel
      }
    case .pool(let window):
      return windows(syntax, shape, nil) { size, side in
        if let known = self.number(size), let width = self.number(window), width > known {
          return self.fail(
            NetworkError.kernelTooLarge(
              size: "\(width)", found: "the \(side) \(known)"), syntax.span)
        }
        return self.divided(size, by: window, syntax, roundingUp: false)
      }
    case .reshape(let sizes):
      guard let before = product(shape), let after = product(sizes) else {
        return fail(ShapeError.sizeTooLong, syntax.span)
      }
      guard agree(before, after) else {
        return fail(
          NetworkError.reshape(
            from: "\(written(shape)) (\(before) values)",
            to: "\(written(sizes)) (\(after) values)"), syntax.span)
      }
      return sizes
    case .coupling:
      if let size = shape.first.flatMap(number), size < 2 {
        return fail(NetworkError.couplingSize, syntax.span)
      }
      return shape
    case .relu, .leakyRelu, .gelu, .silu, .tanh, .softplus, .sigmoid, .batchnorm, .layernorm,
      .dropout, .residual, .linear:
      return shape
    }
  }

  /// Height and width by a rule; channels new, or as they are.
  private func windows(
    _ syntax: LayerSyntax, _ shape: [Size], _ channels: Size?,
    _ rule: (Size, _ side: String) -> Size?
  ) -> [Size]? {
    guard shape.count == 3 else {
      return fail(
        NetworkError.needsImage(layer: syntax.name.text, found: written(shape)), syntax.span)
    }
    guard let height = rule(shape[0], "height"), let width = rule(shape[1], "width") else {
      return nil
    }
    return [height, width, channels ?? shape[2]]
  }

  private func divided(
    _ size: Size, by stride: Size, _ syntax: LayerSyntax, roundingUp: Bool
  ) -> Size? {
    if stride.constant == 1 { return size }
    guard let (a, b) = known(size, stride, syntax) else { return nil }
    return .constant(roundingUp ? (a &+ b &- 1) / b : a / b)
  }

  private func windowCount(
    _ size: Size, _ kernel: Size, _ stride: Size, _ syntax: LayerSyntax, _ side: String
  ) -> Size? {
    if stride.constant == 1, number(size) == nil || number(kernel) == nil {
      return size - kernel + .constant(1)
    }
    guard let (a, b) = known(size, stride, syntax), let width = number(kernel) else { return nil }
    guard width <= a else {
      return fail(
        NetworkError.kernelTooLarge(
          size: "\(width)", found: "the \(side) \(a)"), syntax.span)
    }
    return .constant((a - width) / b + 1)
  }

  private func known(_ size: Size, _ stride: Size, _ syntax: LayerSyntax) -> (Int, Int)? {
    guard let a = number(size) else {
      return fail(
        NetworkError.needsKnownSize(layer: syntax.name.text, size: size.description), syntax.span)
    }
    guard let b = number(stride) else {
      return fail(
        NetworkError.needsKnownSize(layer: syntax.name.text, size: stride.description), syntax.span)
    }
    return (a, b)
  }
}
