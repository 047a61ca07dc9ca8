import LVMCompute
import Testing

/// One segment of a Gaussian chain held in arrays; an input is row-free if it has the size of one row.
struct GaussianChainExample {
  var rows, states, observations: Int
  var inputs: [[Double]]

  var sizes: [Int] {
    let s = states
    let m = observations
    return [s, s * s, s * s, s, s * s, m * s, m, m, m, m]
  }

  func run<Result>(
    _ body: (GaussianChainKernel, UnsafeMutablePointer<Double>) -> Result
  ) -> Result {
    // All inputs in one array, so that one pointer serves.
    let flat = inputs.flatMap { $0 }
    return flat.withUnsafeBufferPointer { buffer in
      var start = 0
      let parts = zip(inputs, sizes).enumerated().map { index, pair in
        defer { start += pair.0.count }
        let onRows = index >= 8 || pair.0.count != pair.1
        return ChainInput(buffer.baseAddress! + start, stride: onRows ? pair.1 : 0)
      }
      let kernel = GaussianChainKernel(
        states: states, observations: observations,
        inputs: .init(
          m0: parts[0], p0: parts[1], a: parts[2], b: parts[3], q: parts[4], c: parts[5],
          d: parts[6], r: parts[7], y: parts[8], mask: parts[9]))
      var workspace = [Double](
        repeating: .nan,
        count: max(kernel.workspaceCount, kernel.backwardWorkspaceCount(rows: rows)))
      return workspace.withUnsafeMutableBufferPointer { body(kernel, $0.baseAddress!) }
    }
  }

  func logLikelihood() -> Double { run { $0.logLikelihood(rows: 0..<rows, workspace: $1) } }

  /// The adjoint by input, in the input's own shape: summed over rows where it is row-free.
  func gradients() -> [[Double]] {
    let packed = run { kernel, workspace in
      var out = [Double](repeating: .nan, count: rows * kernel.adjointWidth)
      _ = out.withUnsafeMutableBufferPointer {
        kernel.adjoint(rows: 0..<rows, into: $0.baseAddress!, workspace: workspace)
      }
      return out
    }
    let width = packed.count / rows
    var start = 0
    return (0..<9).map { index in
      let size = sizes[index]
      var result = [Double](repeating: 0, count: inputs[index].count)
      for t in 0..<rows {
        for e in 0..<size {
          result[(inputs[index].count == size ? 0 : t * size) + e] += packed[t * width + start + e]
        }
      }
      start += size
      return result
    }
  }

  func smoothed() -> [Double] {
    run { kernel, workspace in
      var out = [Double](repeating: .nan, count: rows * kernel.smootherWidth)
      _ = out.withUnsafeMutableBufferPointer {
        kernel.smoother(rows: 0..<rows, into: $0.baseAddress!, workspace: workspace)
      }
      return out
    }
  }
}

extension GaussianChainCase {
  var example: GaussianChainExample {
    .init(rows: rows, states: states, observations: observations, inputs: inputs)
  }
}

@Suite struct ChainGaussianTests {
  static let nile: [Double] = [
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020,
    960, 1180, 799, 958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840,
    874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702,
    1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759,
    781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801,
    1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815,
    1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
  ]

  @Test func nileLocalLevel() {
    let nile = Self.nile
    let example = GaussianChainExample(
      rows: 100, states: 1, observations: 1,
      inputs: [
        [1000], [1e6], [1], [0], [1469.1], [1], [0], [15099], nile,
        [Double](repeating: 1, count: 100),
      ])
    #expect(abs(example.logLikelihood() + 640.380541) < 1e-6)
  }

  @Test(arguments: GaussianChainCase.references)
  func logLikelihoodAgreesWithDenseGaussian(_ reference: GaussianChainCase) {
    let value = reference.example.logLikelihood()
    let expected = reference.logLikelihood
    #expect(abs(value - expected) <= 1e-13 * abs(expected), "\(reference.name): \(value)")
  }

  /// Relative to the largest entry of an input's gradient. A prior variance of 1e12 over two states
  /// leaves 1e-16 of the gain times 1e12 in what the first rows say about A and C.
  @Test(arguments: GaussianChainCase.references)
  func adjointAgreesWithDenseGaussian(_ reference: GaussianChainCase) {
    let names = ["m0", "P0", "A", "b", "Q", "C", "d", "R", "y"]
    let diffuse = reference.inputs[1][0] > 1e11
    for (name, (values, expected)) in zip(
      names, zip(reference.example.gradients(), reference.gradients))
    {
      let scale = expected.map(abs).max()!
      let tolerance = diffuse && reference.states > 1 && (name == "A" || name == "C") ? 1e-3 : 1e-9
      for (value, wanted) in zip(values, expected) {
        #expect(
          abs(value - wanted) <= tolerance * scale + (diffuse ? 1e-14 : 1e-22),
          "\(reference.name), \(name): \(value), not \(wanted)")
      }
    }
  }

  /// The smoother's gain divides by the predicted covariance, so its condition shows: measured 1e-8
  /// where exact observations leave that nearly singular, 1e-5 for a prior variance of 1e12 over two
  /// states, 1e-14 elsewhere.
  @Test(arguments: GaussianChainCase.references)
  func smootherAgreesWithDenseGaussian(_ reference: GaussianChainCase) {
    let scale = reference.smoothed.map(abs).max()!
    let tolerance =
      switch reference.name {
      case "rank-one Q over three states": 1e-7
      case "local linear trend, prior variance 1e12": 1e-4
      default: 1e-11
      }
    for (value, wanted) in zip(reference.example.smoothed(), reference.smoothed) {
      #expect(
        abs(value - wanted) <= tolerance * scale,
        "\(reference.name): \(value), not \(wanted)")
    }
  }

  @Test func adjointAgreesWithCentralDifferences() {
    var random = ChainTestRandom(state: 5)
    let (n, s, m) = (7, 4, 3)
    func semidefinite(_ size: Int) -> [Double] {
      let g = random.uniforms(size * size, -1, 1)
      return (0..<(size * size)).map { e in
        (0..<size).reduce(e / size == e % size ? 0.3 : 0) {
          $0 + g[e / size * size + $1] * g[e % size * size + $1]
        }
      }
    }
    let example = GaussianChainExample(
      rows: n, states: s, observations: m,
      inputs: [
        random.uniforms(s, -1, 1), semidefinite(s), random.uniforms(s * s, -0.6, 0.6),
        random.uniforms(s, -1, 1), semidefinite(s), random.uniforms(n * m * s, -1, 1),
        random.uniforms(m, -1, 1), random.uniforms(n * m, 0.2, 2), random.uniforms(n * m, -2, 2),
        (0..<(n * m)).map { $0 % 5 == 3 ? 0 : 1 },
      ])
    for (index, gradient) in example.gradients().enumerated() {
      for (place, value) in gradient.enumerated() {
        let step = 1e-5
        var up = example
        var down = example
        up.inputs[index][place] += step
        down.inputs[index][place] -= step
        let difference = (up.logLikelihood() - down.logLikelihood()) / (2 * step)
        #expect(abs(value - difference) <= 1e-6 * max(1, abs(value)), "input \(index), \(place)")
      }
    }
  }

  /// Segments inside a plate see their own rows only, and the first row's A, b and Q are not used.
  @Test func segmentsAreIndependent() throws {
    let reference = try #require(GaussianChainCase.references.first)
    let example = reference.example
    var first = example
    first.rows = 2
    first.inputs = zip(example.inputs, example.sizes).map { Array($0.prefix(2 * $1)) }
    var second = example
    second.rows = 2
    second.inputs = zip(example.inputs, example.sizes).map { Array($0.suffix(2 * $1)) }
    for index in 2...4 { second.inputs[index][0] = 1e9 }
    let pair = example.run { kernel, workspace in
      [0..<2, 2..<4].map { kernel.logLikelihood(rows: $0, workspace: workspace) }
    }
    #expect(pair == [first.logLikelihood(), second.logLikelihood()])
    #expect(example.run { $0.logLikelihood(rows: 2..<2, workspace: $1) } == 0)
  }

  @Test func sixtyStatesFactoriseIntoSixtyChains() {
    var random = ChainTestRandom(state: 6)
    let (n, s) = (5, 60)
    func diagonal(_ v: Double) -> [Double] {
      (0..<(s * s)).map { $0 / s == $0 % s ? v : 0 }
    }
    let y = random.uniforms(n * s, -3, 3)
    let wide = GaussianChainExample(
      rows: n, states: s, observations: s,
      inputs: [
        [Double](repeating: 0.5, count: s), diagonal(2), diagonal(0.9),
        [Double](repeating: 0.1, count: s), diagonal(0.3), diagonal(1),
        [Double](repeating: 0, count: s), [Double](repeating: 0.7, count: s), y,
        [Double](repeating: 1, count: n * s),
      ])
    let sum = (0..<s).reduce(0.0) { total, i in
      let narrow = GaussianChainExample(
        rows: n, states: 1, observations: 1,
        inputs: [
          [0.5], [2], [0.9], [0.1], [0.3], [1], [0], [0.7], (0..<n).map { y[$0 * s + i] },
          [Double](repeating: 1, count: n),
        ])
      return total + narrow.logLikelihood()
    }
    #expect(abs(wide.logLikelihood() - sum) <= 1e-12 * abs(sum))
  }

  @Test func whatHasNoDensityIsNaN() {
    func local(p0: Double, q: Double, r: Double) -> GaussianChainExample {
      GaussianChainExample(
        rows: 2, states: 1, observations: 1,
        inputs: [[0], [p0], [1], [0], [q], [1], [0], [r], [1, 2], [1, 1]])
    }
    #expect(local(p0: 1, q: 1, r: 0).logLikelihood().isFinite)
    #expect(local(p0: 1, q: 0, r: 0).logLikelihood().isNaN)
    #expect(local(p0: -1, q: 1, r: 3).logLikelihood().isNaN)
    #expect(local(p0: 1, q: -1, r: 3).logLikelihood().isNaN)
    let bad = local(p0: 1, q: 1, r: -0.1)
    #expect(bad.logLikelihood().isNaN)
    #expect(bad.gradients().joined().allSatisfy { $0.isNaN })
    #expect(bad.smoothed().allSatisfy { $0.isNaN })
  }
}
