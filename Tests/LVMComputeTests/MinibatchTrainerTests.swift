import LVMCompute
import Testing

/// A network on rows: its loss, and the parameters and inputs with their widths.
struct StepCase: CustomStringConvertible, Sendable {
  var description: String
  var parameters: [String: [Int]]
  var inputs: [String: [Int]]
  var loss: @Sendable (_ p: [String: Value], _ x: [String: Value]) -> Value

  func graph() -> Graph {
    let builder = GraphBuilder()
    let p = parameters.map { ($0, builder.parameter($0, $1, dtype: .f32)) }
    let x = inputs.map { ($0, builder.data($0, $1, dtype: .f32)) }
    let loss = loss(
      Dictionary(uniqueKeysWithValues: p), Dictionary(uniqueKeysWithValues: x))
    builder.setOutput("loss", loss.cast(.f64).sumPlate())
    return builder.finish()
  }

  /// Small enough that nothing overflows, large enough that activations are not all on one side.
  func values(_ name: String) -> [Float] {
    let dims = parameters[name] ?? []
    let salt = name.utf8.reduce(0) { $0 + Int($1) }
    return wobble(dims.reduce(1, *), from: -0.4, to: 0.4, salt: salt).map { Float($0) }
  }

  func rows(_ name: String, count: Int) -> [Float] {
    let width = (inputs[name] ?? []).reduce(1, *)
    return wobble(count * width, from: name == "x" ? 0 : -1, salt: 7).map { Float($0) }
  }

  func program(batch: Int, runtime: Runtime, rows count: Int) throws
    -> MinibatchTrainer
  {
    let program = try runtime.trainer(
      graph(), losses: [TrainedLoss("loss", parameters: parameters.keys.sorted())], batch: batch)
    for name in parameters.keys { try program.parameters.set(name, values(name)) }
    for (name, dims) in inputs {
      try program.set(name, .rows(FloatRows(rows(name, count: count), width: dims.reduce(1, *))))
    }
    return program
  }
}

private let vae = StepCase(
  description: "VAE",
  parameters: [
    "e": [30, 140], "eb": [140], "m": [140, 3], "v": [140, 3], "d": [3, 140], "o": [140, 200],
    "ob": [200],
  ],
  inputs: ["x": [30], "t": [200], "noise": [3]]
) { p, x in
  let hidden = x["x"]!.dense(p["e"]!, bias: p["eb"]!).relu()
  let (mean, spread) = (hidden.dense(p["m"]!), hidden.dense(p["v"]!))
  let half = mean.builder.constant(Tensor(0.5), dtype: .f32)
  let one = mean.builder.constant(Tensor(1), dtype: .f32)
  let z = mean + (half * spread).exp() * x["noise"]!
  let logits = z.dense(p["d"]!).relu().dense(p["o"]!, bias: p["ob"]!)
  let fit = (logits.softplus() - logits * x["t"]!).sumAll()
  return fit - half * (one + spread - mean.square() - spread.exp()).sumAll()
}

let convolutional = StepCase(
  description: "convolutions",
  parameters: [
    "k": [3, 3, 2, 4], "kb": [4], "w": [3 * 3 * 4, 5], "u": [5, 36], "t": [3, 3, 3, 4], "s": [5],
  ],
  inputs: ["x": [6, 6, 2], "mask": [5]]
) { p, x in
  let seen = (x["x"]!.conv2d(p["k"]!) + p["kb"]!).leakyRelu().maxPool2d([2, 2])
  let code = seen.reshape([36]).dense(p["w"]!).gelu().dropout(rate: 0.3, uniform: x["mask"]!)
  let back = (code * p["s"]!).dense(p["u"]!).silu().reshape([3, 3, 4])
  let image = back.transposedConv2d(p["t"]!, stride: [2, 2]).tanh()
  return image.averagePool2d([2, 2]).square().sumAll() + code.logSumExp(axes: [0])
}

let normalised = StepCase(
  description: "normalisations",
  parameters: [
    "w": [8, 6], "a": [6], "b": [6], "c": [6], "d": [6], "v": [6, 4],
  ],
  inputs: ["x": [8], "y": [4]]
) { p, x in
  let first = x["x"]!.dense(p["w"]!).batchNorm(scale: p["a"]!, shift: p["b"]!).value.sigmoid()
  let second = first.layerNorm(scale: p["c"]!, shift: p["d"]!)
  return (second.dense(p["v"]!) - x["y"]!).square().sumAll()
}

/// Loss and gradient of the last minibatch, which is not full, against the executor in f64.
@Test(arguments: [vae, convolutional, normalised], [5, 37])
private func stepsAgreeWithTheExecutor(_ row: StepCase, count: Int) throws {
  let graph = row.graph()
  let program = try row.program(batch: 40, runtime: Runtime(threads: 2), rows: count)
  let loss = try program.differentiate(rows: Array(0..<count)[...])

  let builder = GraphBuilder()
  let p = row.parameters.map { ($0, builder.parameter($0, $1)) }
  let x = row.inputs.map { ($0, builder.data($0, $1)) }
  let root = row.loss(
    Dictionary(uniqueKeysWithValues: p), Dictionary(uniqueKeysWithValues: x)
  ).cast(.f64).sumPlate()
  builder.setOutput("loss", root)
  for ((name, _), gradient) in zip(p, builder.gradient(of: root, with: p.map(\.1))) {
    builder.setOutput("d " + name, gradient)
  }
  var columns: [String: DataColumn] = [:]
  for (name, dims) in row.inputs {
    columns[name] = DataColumn(
      dims: dims, values: row.rows(name, count: count).map { Double($0) })
  }
  let executor = Runtime.serial.evaluator(
    Program(builder.finish()), data: DataColumns(layout: .rows(count), columns: columns))
  var values: [String: Tensor] = [:]
  for (name, dims) in row.parameters {
    values[name] = Tensor(dims, row.values(name).map { Double($0) })
  }
  let expected = try executor.run(values)
  #expect(isClose(loss, expected["loss"]?.values[0] ?? .nan, 1e-5))
  #expect(
    isClose(try program.evaluator.number("loss", rows: Array(0..<count)[...]), loss, 1e-6))
  for name in row.parameters.keys {
    let gradient = try program.parameters.gradient(name)
    let reference = expected["d " + name]?.values ?? []
    let size = reference.reduce(0) { max($0, abs($1)) }
    #expect(size > 1e-6, "\(name) has a gradient")
    let error = zip(gradient, reference).reduce(0) { max($0, abs(Double($1.0) - $1.1)) }
    #expect(
      gradient.count == reference.count && error <= 1e-4 * size, "\(name): \(error) of \(size)")
  }
  #expect(verify(graph).isEmpty)
}

func trained(
  _ row: StepCase, runtime: Runtime, _ optimizer: Optimizer, clip: Double? = nil
) throws -> [[Float]] {
  let program = try row.program(batch: 40, runtime: runtime, rows: 300)
  for epoch in 0..<2 {
    let order = epochOrder(count: 300, seed: 3, epoch: epoch)
    for start in stride(from: 0, to: 300, by: 40) {
      try program.step(
        rows: order[start..<min(start + 40, 300)], epoch: epoch, optimizer, clip: clip)
    }
  }
  return try row.parameters.keys.sorted().map { try program.parameters.values($0) }
}

@Test(arguments: [vae, convolutional, normalised])
private func trainingHasTheSameBitsForAnyThreads(_ row: StepCase) throws {
  for (optimizer, clip) in [
    (Optimizer.adam(.init()), nil), (.momentum(.init(rate: 1e-3)), 0.5),
  ] as [(Optimizer, Double?)] {
    let one = try trained(row, runtime: .serial, optimizer, clip: clip)
    #expect(one.allSatisfy { $0.allSatisfy(\.isFinite) })
    for threads in 2...3 {
      #expect(try trained(row, runtime: Runtime(threads: threads), optimizer, clip: clip) == one)
    }
  }
}

@Test func trainingGoesOnFromItsState() throws {
  func step(_ program: MinibatchTrainer, _ k: Int) throws {
    try program.step(rows: Array((40 * k)..<(40 * k + 40))[...], epoch: 0, .adam(.init()))
  }
  let whole = try vae.program(batch: 40, runtime: Runtime(threads: 2), rows: 240)
  for k in 0..<6 { try step(whole, k) }
  let first = try vae.program(batch: 40, runtime: .serial, rows: 240)
  for k in 0..<3 { try step(first, k) }
  let second = try vae.program(batch: 40, runtime: Runtime(threads: 2), rows: 240)
  for name in vae.parameters.keys {
    try second.parameters.set(name, try first.parameters.values(name))
  }
  second.state = first.state
  for k in 3..<6 { try step(second, k) }
  #expect(second.state.turn == 6 && second.state == whole.state)
  for name in vae.parameters.keys {
    #expect(try second.parameters.values(name) == whole.parameters.values(name), "\(name)")
  }
}

/// Each optimizer by its formula in f64, on ½ Σ (w − x)² with its known gradient.
@Test func optimizersFollowTheirFormulas() throws {
  let builder = GraphBuilder()
  let w = builder.parameter("w", [3], dtype: .f32)
  let residual = w - builder.data("x", [3], dtype: .f32)
  let half = builder.constant(Tensor(0.5), dtype: .f32)
  builder.setOutput("loss", (half * residual.square().sumAll()).cast(.f64).sumPlate())
  let x: [Float] = [1, -2, 0.5, 3, 0, -1]
  func weights(_ optimizer: Optimizer, clip: Double? = nil) throws -> [Float] {
    let program = try Runtime.serial.trainer(
      builder.finish(), losses: [TrainedLoss("loss", parameters: ["w"])], batch: 2)
    try program.set("x", .rows(FloatRows(x, width: 3)))
    for _ in 0..<5 { try program.step(rows: [0, 1], epoch: 0, optimizer, clip: clip) }
    return try program.parameters.values("w")
  }
  let mean = [2.0, -1, -0.25]
  var (p, m, v) = ([0.0, 0, 0], [0.0, 0, 0], [0.0, 0, 0])
  for t in 1...5 {
    for i in 0..<3 {
      let g = p[i] - mean[i]
      m[i] = 0.8 * m[i] + 0.2 * g
      v[i] = 0.9 * v[i] + 0.1 * g * g
      let (a, b) = (m[i] / (1 - 0.8.raised(to: Double(t))), v[i] / (1 - 0.9.raised(to: Double(t))))
      p[i] -= 0.1 * 0.02 * p[i] + 0.1 * a / (b.squareRoot() + 1e-3)
    }
  }
  let adam = try weights(
    .adam(.init(rate: 0.1, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.02)))
  #expect(zip(adam, p).allSatisfy { isClose(Double($0), $1, 1e-6) })

  (p, m) = ([0, 0, 0], [0, 0, 0])
  for _ in 1...5 {
    let g = (0..<3).map { p[$0] - mean[$0] }
    let norm = g.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for i in 0..<3 {
      m[i] = 0.5 * m[i] + g[i] * min(1, 0.75 / norm)
      p[i] -= 0.1 * m[i]
    }
  }
  let momentum = try weights(.momentum(.init(rate: 0.1, momentum: 0.5)), clip: 0.75)
  #expect(zip(momentum, p).allSatisfy { isClose(Double($0), $1, 1e-6) })
}

@Test func settingsAndOutputsOfRows() throws {
  let builder = GraphBuilder()
  let w = builder.parameter("w", [2], dtype: .f32)
  let x = builder.data("x", [2], dtype: .f32)
  let weight = builder.parameter("weight", [])
  let product = (x * w).sumAll()
  builder.setOutput("product", product)
  builder.setOutput("loss", (product.cast(.f64) * weight).sumPlate())
  let program = try Runtime.serial.trainer(
    builder.finish(), losses: [TrainedLoss("loss", parameters: ["w"])], batch: 4)
  try program.set("x", .rows(BitRows([1, 0, 1, 1, 0, 1], width: 2)))
  #expect(throws: StepError.missingParameter("weight")) {
    try program.evaluator.number("loss", rows: [0])
  }
  try program.set("weight", Tensor(3))
  try program.parameters.set("w", [10, 1])
  let found = try program.evaluate(rows: [2, 0, 1])
  #expect(found["product"] == Tensor([3], [1, 10, 11]))
  #expect(found["loss"] == Tensor(66))
  #expect(try program.differentiate(rows: [1, 2]) == 36)
  #expect(try program.parameters.gradient("w") == [3, 6])
  #expect(program.listing.contains("fused"))
}

@Test func saysWhatAStepLacks() throws {
  let graph = vae.graph()
  let names = vae.parameters.keys.sorted()
  #expect(throws: StepError.missingParameter("q")) {
    try Runtime.serial.trainer(
      graph, losses: [TrainedLoss("loss", parameters: ["q"])], batch: 4)
  }
  let program = try Runtime.serial.trainer(
    graph, losses: [TrainedLoss("loss", parameters: names)], batch: 4)
  #expect(throws: StepError.inputShape("x", expected: [30], found: [29])) {
    try program.set("x", .rows(FloatRows([Float](repeating: 0, count: 29), width: 29)))
  }
  #expect(throws: StepError.self) { try program.evaluator.number("loss", rows: [0]) }
  for (name, dims) in vae.inputs {
    let width = dims.reduce(1, *)
    try program.set(name, .rows(FloatRows([Float](repeating: 0, count: 3 * width), width: width)))
  }
  #expect(throws: StepError.tooManyRows(5, most: 4)) {
    try program.evaluator.number("loss", rows: [0, 1, 2, 0, 1])
  }
  #expect(throws: StepError.self) { try program.evaluator.number("loss", rows: [0, 3]) }
  #expect(throws: StepError.parameterShape("eb", expected: 140, found: 1)) {
    try program.parameters.set("eb", [1])
  }
  #expect(throws: StepError.lossIsNotScalar("[rows]")) {
    let builder = GraphBuilder()
    builder.setOutput("loss", builder.parameter("w", [], dtype: .f32) * builder.data("x", []))
    _ = try Runtime.serial.trainer(
      builder.finish(), losses: [TrainedLoss("loss", parameters: ["w"])], batch: 4)
  }
}
