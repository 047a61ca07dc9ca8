import Foundation
import LVM
import Testing

/// A checkpoint goes on only with what it belongs to, and says in what another run differs.
@Suite struct CheckpointTests {
  private static func state(_ losses: [(String, OptimizerState, Double)]) -> TrainingState {
    TrainingState(
      epoch: 3, values: ["w": [1, 2]],
      trainer: TrainerState(
        losses: losses.map { .init(name: $0.0, optimizer: $0.1, rateFactor: $0.2) },
        turn: losses.reduce(0) { $0 + $1.1.steps }), clip: 2, sinceBest: 4)
  }

  /// Checkpoints of one loss, as they were written before there were lists of them.
  @Test func olderCheckpointsAreRead() throws {
    let scratch = try Scratch()
    let path = scratch.url("a.fit.checkpoint").path
    let table = try Table(csv: "x\n1\n2\n3\n")
    let model = try Model(
      text: "model M\nparam m : real\neach row { observe x : real ~ Normal(m, 1) }")
    let key = try Checkpoint.Key(
      plan: try model.plan(for: table), model: try model.bound(to: table).graph, table: table,
      seed: 1)
    let state = Self.state([
      (TrainingState.bound, OptimizerState(steps: 5, first: [1], second: [2]), 0.25)
    ])
    try Checkpoint.write(state, key: key, to: path)
    let file = URL(fileURLWithPath: path)
    var arrays = try Self.arrays(in: Data(contentsOf: file))
    for name in ["first", "second"] {
      arrays["optimizer." + name] = arrays.removeValue(forKey: "loss.0." + name)
    }
    arrays["loss.0.name"] = nil
    arrays["loss.0.counts"] = nil
    arrays["counts"] = [3, 5, 0.25, 4, 2]
    try Self.file(of: arrays).write(to: file)
    #expect(try Checkpoint.read(path, key: key) == state)
  }

  /// The arrays of a safetensors file of doubles.
  private static func arrays(in data: Data) throws -> [String: [Double]] {
    let bytes = [UInt8](data)
    func word(_ at: Int) -> UInt64 {
      (0..<8).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
    }
    let start = 8 + Int(word(0))
    let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<start])) as? [String: Any]
    var result: [String: [Double]] = [:]
    for (name, entry) in header ?? [:] {
      guard let entry = entry as? [String: Any], let places = entry["data_offsets"] as? [Int]
      else { continue }
      #expect(entry["dtype"] as? String == "F64")
      result[name] = stride(from: places[0], to: places[1], by: 8).map {
        Double(bitPattern: word(start + $0))
      }
    }
    return result
  }

  private static func file(of arrays: [String: [Double]]) throws -> Data {
    var header: [String: Any] = [:]
    var body: [UInt8] = []
    func append(_ word: UInt64, to bytes: inout [UInt8]) {
      for k in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * k))) }
    }
    for (name, values) in arrays.sorted(by: { $0.key < $1.key }) {
      let end = body.count + 8 * values.count
      header[name] = ["dtype": "F64", "shape": [values.count], "data_offsets": [body.count, end]]
      for value in values { append(value.bitPattern, to: &body) }
    }
    let json = [UInt8](try JSONSerialization.data(withJSONObject: header))
    var all: [UInt8] = []
    append(UInt64(json.count), to: &all)
    return Data(all + json + body)
  }

  @Test func anotherRunIsToldApart() throws {
    let scratch = try Scratch()
    let path = scratch.url("a.fit.checkpoint").path
    let table = try Table.read(path: Lvmc.data("iris"))
    func key(
      _ text: String, _ table: Table, seed: UInt64 = 1, guide: GuideKind = .encoder
    ) throws -> Checkpoint.Key {
      let model = try Model(text: text)
      let bound = try model.bound(to: table)
      var options = ModelOptions()
      options.guide = guide
      let plan = try model.plan(for: table, options: options)
      return try Checkpoint.Key(plan: plan, model: bound.graph, table: table, seed: seed)
    }
    let text = """
      model Small(D)
      network decoder(z : real[1]) -> mean : real[D] { dense(3) tanh }
      param s : positive
      each row {
        latent  z : real[1] ~ Normal(0, 1)
        observe x : real[D] from not species ~ Normal(decoder(z), s)
      }
      """
    let own = try key(text, table)
    var state = Self.state(
      [("critic", OptimizerState(steps: 10, first: [0, 2], second: [0, 3]), 0.5)]
        + [(TrainingState.bound, OptimizerState(steps: 5, first: [0], second: [1]), 1)])
    state.warnings = [
      .trainingDiverged(fault: "in epoch 2: a step was too long", cell: nil),
      .posteriorNotWritten(reason: "too: long"),
    ]
    try Checkpoint.write(state, key: own, to: path)
    let read = try Checkpoint.read(path, key: own)
    #expect(read == state)
    #expect(state.trainer.turn == 15)
    // Warnings come back with the names and words that they had.
    #expect(read.warnings.map(\.code) == ["training-diverged", nil])
    #expect(read.warnings.map(\.text) == state.warnings.map(\.text))
    let shorter = try Table(csv: "a,b,c,d\n1,2,3,4\n2,1,0,5\n")
    let all = text.replacingOccurrences(of: " from not species", with: "")
    try Checkpoint.write(state, key: key(all, shorter), to: scratch.url("b.checkpoint").path)
    let others: [(Checkpoint.Key, String)] = [
      (
        try key(text, table, guide: .local),
        "with an encoder, and this one is with guides of each row's"
      ),
      (try key(text, table, guide: .point), "with an encoder, and this one is with points"),
      (try key(text, table, seed: 2), "with `--seed 1`, and this one has 2"),
      (
        try key(text.replacingOccurrences(of: "dense(3)", with: "dense(4)"), table),
        "of another model"
      ),
    ]
    for (other, words) in others {
      let error = #expect(throws: FitDirectoryError.self) {
        try Checkpoint.read(path, key: other)
      }
      #expect(error?.code == "other-run")
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
    let longer = try Table(csv: "a,b,c,d\n1,2,3,4\n2,1,0,6\n")
    let error = #expect(throws: FitDirectoryError.self) {
      try Checkpoint.read(scratch.url("b.checkpoint").path, key: key(all, longer))
    }
    #expect(error?.message.contains("on another table") == true)
  }
}
