import LVMCompute
import Testing

/// Rows of data against rows of a generator that adds a shift: a critic that is linear in the rows, held by
/// a penalty, tells their means apart. For fixed rows the saddle is known: the shift is the difference of
/// means, and the critic is zero.
private struct MeanGame {
  static let rows = 96
  let data = wobble(rows, from: 1, to: 5, salt: 3).map { Float($0) }
  let noise = wobble(rows, from: -1, to: 1, salt: 4).map { Float($0) }

  var shift: Double {
    (data.reduce(0.0) { $0 + Double($1) } - noise.reduce(0.0) { $0 + Double($1) })
      / Double(Self.rows)
  }

  func trainer(
    _ runtime: Runtime, randomNoise: Bool = false, optimizer: Optimizer
  ) throws -> MinibatchTrainer {
    let builder = GraphBuilder()
    let critic = builder.parameter("critic", [1], dtype: .f32)
    let shift = builder.parameter("shift", [1], dtype: .f32)
    let x = builder.data("x", [1], dtype: .f32)
    let made = builder.data("noise", [1], dtype: .f32) + shift
    let half = builder.constant(Tensor(0.5), dtype: .f32)
    let value = critic * (x - made) - half * critic.square()
    builder.setOutput("value", value.sumAll().cast(.f64).sumPlate())
    let trainer = try runtime.trainer(
      builder.finish(),
      losses: [
        TrainedLoss(
          "value", name: "critic", parameters: ["critic"], direction: .maximise,
          optimizer: optimizer, turns: 2),
        TrainedLoss("value", name: "generator", parameters: ["shift"], optimizer: optimizer),
      ], batch: 64)
    try trainer.set("x", .rows(FloatRows(data, width: 1)))
    try trainer.set(
      "noise",
      randomNoise
        ? .random(RandomRows(.normal, seed: 5, purpose: "noise"))
        : .rows(FloatRows(noise, width: 1)))
    return trainer
  }
}

private func numbers(_ trainer: MinibatchTrainer) throws -> [Float] {
  try trainer.parameters.values("critic") + trainer.parameters.values("shift")
}

@Test func twoLossesReachTheirSaddle() throws {
  let game = MeanGame()
  let trainer = try game.trainer(.serial, optimizer: .momentum(.init(rate: 0.1, momentum: 0)))
  #expect(trainer.losses.map(\.name) == ["critic", "generator"])
  var order: [String] = []
  // All rows in each step, as far as a minibatch holds them: the saddle is that of these rows.
  let rows = Array(0..<64)
  for k in 0..<900 {
    if k < 6 { order.append(trainer.next) }
    try trainer.step(trainer.next, rows: rows[...], epoch: k)
  }
  #expect(order == ["critic", "critic", "generator", "critic", "critic", "generator"])
  let shift =
    rows.reduce(0.0) { $0 + Double(game.data[$1]) - Double(game.noise[$1]) } / Double(rows.count)
  let found = try numbers(trainer)
  #expect(abs(Double(found[1]) - shift) < 1e-5, "\(found[1]), not \(shift)")
  #expect(abs(found[0]) < 1e-5, "\(found[0])")
}

@Test func aLossMovesItsOwnParametersAlone() throws {
  let trainer = try MeanGame().trainer(.serial, optimizer: .adam(.init(rate: 0.1)))
  try trainer.parameters.set("critic", [0.25])
  let rows = Array(0..<64)[...]
  try trainer.step("generator", rows: rows, epoch: 0)
  // Down the slope of −critic · shift.
  #expect(try numbers(trainer) == [0.25, try trainer.parameters.values("shift")[0]])
  #expect(try trainer.parameters.values("shift")[0] > 0)
  let before = try trainer.parameters.values("shift")
  try trainer.step("critic", rows: rows, epoch: 0)
  #expect(try trainer.parameters.values("shift") == before)
  #expect(try trainer.parameters.values("critic")[0] > 0.25)
  #expect(trainer.state.losses.map(\.optimizer.steps) == [1, 1] && trainer.state.turn == 2)
  // Each remembers its own group: 16 numbers with the gap after one.
  #expect(trainer.state.losses.allSatisfy { $0.optimizer.first.count == 16 })
}

/// Epochs of both losses in turn, on from a state; the numbers at the end.
private func play(
  _ trainer: MinibatchTrainer, _ steps: Range<Int>, clip: Double? = nil
) throws -> [Float] {
  for k in steps {
    let order = epochOrder(count: MeanGame.rows, seed: 2, epoch: k)
    try trainer.step(rows: order[0..<50], epoch: k, clip: clip)
  }
  return try numbers(trainer)
}

@Test func turnsHaveTheSameBitsForAnyThreads() throws {
  for clip in [nil, 0.3] as [Double?] {
    func end(_ runtime: Runtime) throws -> [Float] {
      let trainer = try MeanGame().trainer(
        runtime, randomNoise: true, optimizer: .adam(.init(rate: 0.02)))
      return try play(trainer, 0..<40, clip: clip)
    }
    let one = try end(.serial)
    #expect(one.allSatisfy { $0.isFinite && $0 != 0 })
    for threads in 2...3 { #expect(try end(Runtime(threads: threads)) == one) }
  }
}

/// A state between two losses' turns is enough to go on to the same bits, learning rates included.
@Test(arguments: [7, 8, 9]) func turnsGoOnFromTheirState(_ stop: Int) throws {
  func trainer() throws -> MinibatchTrainer {
    try MeanGame().trainer(.serial, randomNoise: true, optimizer: .adam(.init(rate: 0.02)))
  }
  func slowed(_ trainer: MinibatchTrainer) {
    trainer.state.losses[1].rateFactor = 0.5
  }
  let whole = try trainer()
  slowed(whole)
  let expected = try play(whole, 0..<20)
  let first = try trainer()
  slowed(first)
  _ = try play(first, 0..<stop)
  let second = try trainer()
  for name in ["critic", "shift"] {
    try second.parameters.set(name, try first.parameters.values(name))
  }
  second.state = first.state
  #expect(second.next == first.next)
  #expect(try play(second, stop..<20) == expected)
  #expect(second.state == whole.state)
  let other = try trainer()
  #expect(try play(other, 0..<20) != expected, "the factor of the learning rate counts")
}

/// Losses in turn are what trainers of one loss each do, handing each other their numbers.
@Test func turnsAreStepsOfSingleLosses() throws {
  let game = MeanGame()
  let both = try game.trainer(.serial, optimizer: .adam(.init(rate: 0.05)))
  func single(_ loss: TrainedLoss, _ other: String) throws -> MinibatchTrainer {
    let builder = GraphBuilder()
    let critic = builder.parameter("critic", [1], dtype: .f32)
    let shift = builder.parameter("shift", [1], dtype: .f32)
    let made = builder.data("noise", [1], dtype: .f32) + shift
    let x = builder.data("x", [1], dtype: .f32)
    let half = builder.constant(Tensor(0.5), dtype: .f32)
    let value = critic * (x - made) - half * critic.square()
    builder.setOutput("value", value.sumAll().cast(.f64).sumPlate())
    let trainer = try Runtime.serial.trainer(builder.finish(), losses: [loss], batch: 64)
    try trainer.set("x", .rows(FloatRows(game.data, width: 1)))
    try trainer.set("noise", .rows(FloatRows(game.noise, width: 1)))
    try trainer.set(other, Tensor([1], [0]))
    return trainer
  }
  let critic = try single(both.losses[0], "shift")
  let generator = try single(both.losses[1], "critic")
  let rows = Array(10..<60)[...]
  for k in 0..<9 {
    let isCritic = both.next == "critic"
    let value = try both.step(rows: rows, epoch: k)
    let own = isCritic ? critic : generator
    #expect(try own.step(rows: rows, epoch: k) == value)
    let name = isCritic ? "critic" : "shift"
    let moved = try own.parameters.values(name)
    try (isCritic ? generator : critic).set(name, Tensor([1], moved.map { Double($0) }))
    #expect(try both.parameters.values(name) == moved)
  }
}
