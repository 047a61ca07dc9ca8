import Foundation
import LVM
import Testing

/// A checkpoint goes on only with what it belongs to, and says in what another run differs.
@Suite struct CheckpointTests {
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
    let state = TrainingState(
      epoch: 3, values: ["w": [1, 2]], optimizer: OptimizerState(steps: 5, first: [0], second: [0]),
      warnings: [
        .trainingDiverged(fault: "in epoch 2: a step was too long", cell: nil),
        .posteriorNotWritten(reason: "too: long"),
      ])
    try Checkpoint.write(state, key: own, to: path)
    let read = try Checkpoint.read(path, key: own)
    #expect(read == state)
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
