import LVMCompute
import Testing

private let groups = PlateID(1)

/// Groups of uneven length over `n` rows; every `longest`-th row starts one.
private func grouped(_ n: Int, every length: Int) -> DataColumns {
  let offsets = Array(stride(from: 0, to: n, by: length)) + [n]
  return DataColumns(
    layout: PlateLayout(counts: [n, offsets.count - 1], offsets: [offsets]),
    columns: [
      "x": DataColumn(values: wobble(n, from: -2, to: 2)),
      "y": DataColumn(dims: [3], values: wobble(n * 3, salt: 1)),
    ])
}

/// Two totals of the data before the last value: standardised rows through groups and back.
private func standardised(_ b: GraphBuilder) -> [String: Value] {
  let x = b.data("x", [])
  let count = b.ones(.rows).sumPlate()
  let mean = x.sumPlate() / count
  let centred = x - mean
  let variance = centred.square().sumPlate() / count
  let z = centred / variance.sqrt()
  let groupMax = z.exp().segmentSum(groups).log()
  let residual = z - groupMax.spread(.rows)
  return [
    "mean": mean, "variance": variance, "z": z, "groups": groupMax,
    "root": residual.square().sumPlate(),
    "moments": b.data("y", [3]).contract(
      z, left: [0], right: [], output: [0], keepsPlate: false),
  ]
}

@Test(arguments: [7, 30_000])
func phasesUseTotalsOfEarlierOnes(length: Int) throws {
  let n = 20_000
  let data = grouped(n, every: length)
  let found = try evaluate(data: data, standardised)
  let x = wobble(n, from: -2, to: 2)
  let mean = x.reduce(0, +) / Double(n)
  let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
  let z = x.map { ($0 - mean) / variance.squareRoot() }
  #expect(isClose(found["mean"]?.values[0] ?? .nan, mean, 1e-12))
  #expect(isClose(found["variance"]?.values[0] ?? .nan, variance, 1e-12))
  #expect(zip(found["z"]?.values ?? [], z).allSatisfy { isClose($0, $1, 1e-12) })
  var root = 0.0
  for start in stride(from: 0, to: n, by: length) {
    let part = z[start..<min(start + length, n)]
    let top = part.reduce(0) { $0 + $1.exponential }.logarithm
    root += part.reduce(0) { $0 + ($1 - top) * ($1 - top) }
  }
  #expect(isClose(found["root"]?.values[0] ?? .nan, root, 1e-11))
}

@Test(arguments: [7, 30_000])
func bitsDoNotDependOnThreads(length: Int) throws {
  let data = grouped(30_011, every: length)
  let one = try evaluate(data: data, runtime: .serial, standardised)
  for threads in 2...3 {
    let several = try evaluate(data: data, runtime: Runtime(threads: threads), standardised)
    #expect(several == one)
  }
}

@Test func runsRepeatExactly() throws {
  let builder = GraphBuilder()
  let w = builder.parameter("w", [3])
  let y = builder.data("y", [3])
  let root = (y * w).sumAll().exp().sumPlate()
  builder.setOutput("root", root)
  builder.setOutput("gradient", builder.gradient(of: root, with: [w])[0])
  let data = grouped(5000, every: 9)
  let executor = Runtime(threads: 2).evaluator(Program(builder.finish()), data: data)
  let first = try executor.run(["w": Tensor([3], [0.1, 0.2, 0.3])])
  let other = try executor.run(["w": Tensor([3], [0.3, 0.2, 0.1])])
  let again = try executor.run(["w": Tensor([3], [0.1, 0.2, 0.3])])
  #expect(first == again)
  #expect(first != other)
}

@Test func saysWhichParameterIsWrong() throws {
  let builder = GraphBuilder()
  builder.setOutput("y", builder.parameter("w", [3]).square())
  let executor = Runtime.serial.evaluator(Program(builder.finish()))
  #expect(throws: ExecutionError.missingParameter("w")) { try executor.run([:]) }
  #expect(throws: ExecutionError.parameterShape("w", expected: [3], found: [2])) {
    try executor.run(["w": Tensor([2], [1, 2])])
  }
}

@Test func chainsRunBetweenSweeps() throws {
  // Two states; one chain per group. The same chain by plain sums over paths.
  let n = 12
  let data = grouped(n, every: 5)
  let initial = Tensor([2], [-0.4, -1.1])
  let transition = Tensor([2, 2], [-0.3, -1.4, -0.9, -0.6])
  let error = try gradientError(
    ["initial": initial, "transition": transition, "slope": tensor([2], salt: 4)], data: data
  ) { b, p in
    let emission = b.data("x", []).reshape([1]) * p["slope"]!
    let logZ = b.add(.finiteChain(segment: groups), [p["initial"]!, p["transition"]!, emission])
    return logZ * 1.5
  }
  #expect(error < 1e-7)
  let whole = try gradientError(
    ["initial": initial, "transition": transition, "slope": tensor([2], salt: 4)], data: data
  ) { b, p in
    let emission = b.data("x", []).reshape([1]) * p["slope"]!
    return b.add(.finiteChain(segment: nil), [p["initial"]!, p["transition"]!, emission]).square()
  }
  #expect(whole < 1e-7)
  let x = wobble(n, from: -2, to: 2)
  let slope = [0.5, -0.25]
  let found = try evaluate(["i": initial, "t": transition, "s": Tensor([2], slope)], data: data) {
    b in
    let emission = b.data("x", []).reshape([1]) * b.parameter("s", [2])
    return [
      "z": b.add(
        .finiteChain(segment: groups), [b.parameter("i", [2]), b.parameter("t", [2, 2]), emission])
    ]
  }
  for (g, start) in stride(from: 0, to: n, by: 5).enumerated() {
    let length = min(5, n - start)
    var total = 0.0
    for path in 0..<(1 << length) {
      var score = initial.values[path & 1] + x[start] * slope[path & 1]
      for t in 1..<max(length, 1) where t < length {
        let (from, to) = (path >> (t - 1) & 1, path >> t & 1)
        score += transition.values[from * 2 + to] + x[start + t] * slope[to]
      }
      total += score.exponential
    }
    #expect(isClose(found["z"]?.values[g] ?? .nan, total.logarithm, 1e-12))
  }
}

@Test func gradientOfGaussianChain() throws {
  let n = 9
  let data = DataColumns(
    layout: PlateLayout(counts: [n, 2], offsets: [[0, 4, 9]]),
    columns: [
      "y": DataColumn(dims: [1], values: wobble(n)),
      "seen": DataColumn(dims: [1], values: [1, 1, 0, 1, 1, 1, 1, 0, 1]),
    ])
  let error = try gradientError(
    [
      "m0": tensor([2]), "P0": positiveDefinite(2), "A": tensor([2, 2], salt: 1),
      "b": tensor([2], salt: 2), "Q": positiveDefinite(2, salt: 3), "C": tensor([1, 2], salt: 4),
      "d": tensor([1], salt: 5), "R": tensor([1], from: 0.3, to: 0.9),
    ], data: data, symmetric: ["P0", "Q"]
  ) { b, p in
    b.add(
      .gaussianChain(segment: groups),
      ["m0", "P0", "A", "b", "Q", "C", "d", "R"].map { p[$0]! }
        + [b.data("y", [1]), b.data("seen", [1])])
  }
  #expect(error < 1e-6)
}

@Test func singlePrecisionAgreesWithDouble() throws {
  let n = 300
  let data = DataColumns(
    layout: .rows(n), columns: ["x": DataColumn(dims: [8], values: wobble(n * 8))])
  func network(_ type: DType) -> (GraphBuilder) -> [String: Value] {
    return { b in
      let x = b.data("x", [8], dtype: type)
      let w = b.parameter("w", [8, 16], dtype: type)
      let v = b.parameter("v", [16], dtype: type)
      let hidden = x.contract(w, left: [0], right: [0, 1], output: [1]).apply(.tanh)
      let out = hidden.contract(v, left: [0], right: [0], output: []).softplus().lgamma()
      let loss = (out - out.exp().apply(.logNormalCDF)).cast(.f64).sumPlate()
      let gradients = b.gradient(of: loss, with: [w, v])
      #expect(gradients.allSatisfy { $0.dtype == type })
      return ["loss": loss, "w": gradients[0], "v": gradients[1]]
    }
  }
  let parameters = ["w": tensor([8, 16], salt: 1), "v": tensor([16], from: 0.2, to: 0.6, salt: 2)]
  let single = try evaluate(parameters, data: data, network(.f32))
  let double = try evaluate(parameters, data: data, network(.f64))
  for (name, value) in double {
    let close = zip(single[name]?.values ?? [], value.values).allSatisfy { isClose($0, $1, 2e-4) }
    #expect(close && single[name]?.dims == value.dims, "\(name)")
  }
}
