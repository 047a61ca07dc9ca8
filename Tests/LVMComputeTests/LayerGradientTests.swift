import LVMCompute
import Testing

private let convolutions: [GradientCase] = [
  (WindowPadding.same, [1, 1]), (.valid, [1, 1]), (.same, [2, 2]), (.valid, [2, 1]),
].flatMap { (padding: WindowPadding, stride: [Int]) in
  [
    GradientCase(
      "conv2d \(padding) \(stride)",
      ["x": tensor([2, 5, 4, 2]), "w": tensor([3, 2, 2, 3], salt: 1)]
    ) { _, p in p["x"]!.conv2d(p["w"]!, stride: stride, padding: padding) },
    GradientCase(
      "transposed conv2d \(padding) \(stride)",
      ["x": tensor([3, 4, 2]), "w": tensor([3, 3, 3, 2], salt: 1)]
    ) { _, p in p["x"]!.transposedConv2d(p["w"]!, stride: stride, padding: padding) },
  ]
}

private let layers: [GradientCase] = [
  GradientCase("maxPool2d", ["x": tensor([5, 4, 2])]) { _, p in
    p["x"]!.maxPool2d([2, 2], padding: .same)
  },
  GradientCase("averagePool2d", ["x": tensor([5, 4, 2])]) { _, p in
    p["x"]!.averagePool2d([3, 2], stride: [2, 2], padding: .same)
  },
  GradientCase("leakyRelu", ["x": tensor([7])]) { _, p in p["x"]!.leakyRelu(slope: 0.2) },
  GradientCase("silu", ["x": tensor([7], from: -3, to: 3)]) { _, p in p["x"]!.silu() },
  GradientCase("gelu", ["x": tensor([7], from: -3, to: 3)]) { _, p in p["x"]!.gelu() },
  GradientCase(
    "layerNorm", ["x": tensor([3, 5]), "a": tensor([5], salt: 1), "b": tensor([5], salt: 2)]
  ) { _, p in p["x"]!.layerNorm(scale: p["a"]!, shift: p["b"]!) },
  GradientCase(
    "batchNorm", ["x": tensor([4, 3]), "a": tensor([3], salt: 1), "b": tensor([3], salt: 2)]
  ) { _, p in p["x"]!.batchNorm(scale: p["a"]!, shift: p["b"]!).value },
]

@Test(arguments: convolutions + layers)
func layerGradientAgreesWithDifferences(_ row: GradientCase) throws {
  let error = try gradientError(row.parameters, row.build)
  #expect(error < 2e-7)
}

/// The gradient of a gradient's square, as penalties on gradients have it.
@Test(arguments: convolutions + layers.filter { $0.description != "maxPool2d" })
func layerGradientsDifferentiateAgain(_ row: GradientCase) throws {
  let error = try gradientError(row.parameters) { b, p in
    let root = row.build(b, p).square().sumAll()
    let first = b.gradient(of: root, with: [p["x"]!])[0]
    return first.square().sumAll() * 0.01
  }
  #expect(error < 1e-6)
}

/// A convolution by its definition: sums over places of the kernel.
@Test(arguments: [(WindowPadding.same, 1), (.same, 2), (.valid, 1), (.valid, 3)])
func convolutionAgreesWithItsDefinition(padding: WindowPadding, step: Int) throws {
  let (h, w, c, o, kh, kw) = (7, 6, 2, 3, 3, 4)
  let x = tensor([h, w, c])
  let k = tensor([kh, kw, c, o], salt: 3)
  let found = try evaluate(["x": x, "k": k]) { b in
    let image = b.parameter("x", [h, w, c])
    return [
      "y": image.conv2d(b.parameter("k", [kh, kw, c, o]), stride: [step, step], padding: padding)
    ]
  }
  let rows = padding == .same ? (h + step - 1) / step : (h - kh) / step + 1
  let columns = padding == .same ? (w + step - 1) / step : (w - kw) / step + 1
  let above = padding == .same ? max(0, (rows - 1) * step + kh - h) / 2 : 0
  let left = padding == .same ? max(0, (columns - 1) * step + kw - w) / 2 : 0
  var expected = [Double](repeating: 0, count: rows * columns * o)
  for row in 0..<rows {
    for column in 0..<columns {
      for i in 0..<kh {
        for j in 0..<kw {
          let (y, z) = (row * step + i - above, column * step + j - left)
          guard (0..<h).contains(y), (0..<w).contains(z) else { continue }
          for channel in 0..<c {
            for out in 0..<o {
              expected[(row * columns + column) * o + out] +=
                x.values[(y * w + z) * c + channel]
                * k.values[((i * kw + j) * c + channel) * o + out]
            }
          }
        }
      }
    }
  }
  #expect(found["y"]?.dims == [rows, columns, o])
  #expect(zip(found["y"]?.values ?? [], expected).allSatisfy { isClose($0, $1, 1e-12) })
}

/// ⟨conv(x), y⟩ = ⟨x, transposed conv(y)⟩.
@Test func transposedConvolutionIsTheTranspose() throws {
  let found = try evaluate([
    "x": tensor([8, 6, 2]), "y": tensor([4, 3, 5], salt: 2), "w": tensor([3, 3, 2, 5], salt: 1),
  ]) { b in
    let (x, y) = (b.parameter("x", [8, 6, 2]), b.parameter("y", [4, 3, 5]))
    let w = b.parameter("w", [3, 3, 2, 5])
    return [
      "a": (x.conv2d(w, stride: [2, 2]) * y).sumAll(),
      "b": (x * y.transposedConv2d(w, stride: [2, 2])).sumAll(),
    ]
  }
  #expect(isClose(found["a"]?.values[0] ?? .nan, found["b"]?.values[0] ?? 0, 1e-12))
}

@Test func poolingAgreesWithItsDefinition() throws {
  let x = Tensor([2, 4, 1], [1, -2, 3, 4, 5, 6, -7, 8])
  let found = try evaluate(["x": x]) { b in
    let image = b.parameter("x", [2, 4, 1])
    return [
      "max": image.maxPool2d([2, 2]), "mean": image.averagePool2d([2, 2]),
      "reaching": image.maxPool2d([2, 3], stride: [1, 3], padding: .same),
    ]
  }
  #expect(found["max"]?.values == [6, 8])
  #expect(found["mean"]?.values == [2.5, 2])
  #expect(found["reaching"]?.values == [6, 8, 6, 8])
}
