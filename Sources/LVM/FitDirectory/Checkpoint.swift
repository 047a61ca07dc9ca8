import Foundation
import LVMCompute
import LVMData
import LVMInference
import LVMModel

/// Training that was interrupted, as one file beside where its fit would be: with it the same command and
/// `--resume` goes on to the bits of a run that was never stopped.
public enum Checkpoint {
  /// What a checkpoint belongs to: it goes on only with the same model, table, seed and guides.
  public struct Key: Hashable, Sendable {
    var model: String
    var table: String
    var seed: UInt64
    var guide: GuideKind

    public init(plan: Plan, model: ModelGraph, table: Table, seed: UInt64) throws {
      self.model = Digest.sha256(Array(model.sourceWithSizes.utf8))
      self.table = try table.sha256()
      self.seed = seed
      guide = plan.guide
    }

    /// One line for each part.
    var lines: [String] { [model, table, "\(seed)", guide.rawValue] }

    /// In what the run of a checkpoint differs from this one; nil if in nothing.
    func difference(from lines: [String]) -> String? {
      guard lines.count == self.lines.count else { return "of another version of lvmc" }
      if lines[0] != self.lines[0] { return "of another model, or other sizes" }
      if lines[1] != self.lines[1] { return "on another table" }
      if lines[2] != self.lines[2] { return "with `--seed \(lines[2])`, and this one has \(seed)" }
      guard lines[3] != self.lines[3] else { return nil }
      return "with \(Self.words(lines[3])), and this one is with \(Self.words(guide.rawValue))"
    }

    private static func words(_ guide: String) -> String {
      switch GuideKind(rawValue: guide) {
      case .encoder: "an encoder"
      case .local: "guides of each row's own (`--guide local`)"
      case .point: "points (`--method map`)"
      case nil: "other guides"
      }
    }
  }

  /// The file of a fit directory's interrupted training: `NAME.fit` has `NAME.fit.checkpoint`.
  public static func path(of directory: String) -> String {
    var path = directory
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path + ".checkpoint"
  }

  /// Writes a state, in one step.
  ///
  /// - Throws: `OutputError` where the file cannot be written.
  public static func write(_ state: TrainingState, key: Key, to path: String) throws {
    var arrays: [String: Tensor] = [:]
    func put(_ name: String, _ values: [Double]) { arrays[name] = Tensor([values.count], values) }
    put("key", key.lines.joined(separator: "\n").utf8.map { Double($0) })
    put(
      "counts",
      [
        Double(state.epoch), Double(state.trainer.turn), 1, Double(state.sinceBest), state.clip,
      ])
    for (i, loss) in state.trainer.losses.enumerated() {
      put("loss.\(i).name", loss.name.utf8.map { Double($0) })
      put("loss.\(i).counts", [Double(loss.optimizer.steps), loss.rateFactor])
      put("loss.\(i).first", loss.optimizer.first.map { Double($0) })
      put("loss.\(i).second", loss.optimizer.second.map { Double($0) })
    }
    put("trace", state.trace)
    for (i, report) in state.epochs.enumerated() { put("epoch.\(i)", report.numbers) }
    for (name, values) in state.locals { put("local." + name, values.map { Double($0) }) }
    for (name, values) in state.values { put("value." + name, values.map { Double($0) }) }
    if let best = state.best {
      put("best", [best.bound])
      for (name, values) in best.values { put("best." + name, values.map { Double($0) }) }
    }
    for (i, warning) in state.warnings.enumerated() {
      put("warning.\(i)", warning.description.utf8.map { Double($0) })
    }
    try FileOutput.replace(path, with: Safetensors.encode(arrays))
  }

  /// Reads a state.
  ///
  /// - Throws: `FitDirectoryError` where there is none, where it is damaged, or where it belongs to another
  ///   model, table or seed.
  public static func read(_ path: String, key: Key) throws(FitDirectoryError) -> TrainingState {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .noCheckpoint(path: path)
    }
    let arrays: [String: Tensor]
    do {
      arrays = try Safetensors.decode([UInt8](data))
    } catch {
      throw .damaged(path: path, reason: error.reason)
    }
    func numbers(_ name: String) -> [Double] { arrays[name]?.values ?? [] }
    func floats(of name: String) -> [Float] { numbers(name).map { Float($0) } }
    func floats(_ prefix: String) -> [String: [Float]] {
      var result: [String: [Float]] = [:]
      for (name, tensor) in arrays where name.hasPrefix(prefix) {
        result[String(name.dropFirst(prefix.count))] = tensor.values.map { Float($0) }
      }
      return result
    }
    func text(_ values: [Double]) -> String {
      String(decoding: values.map { UInt8(clamping: Int($0)) }, as: UTF8.self)
    }
    let counts = numbers("counts")
    guard counts.count == 5, counts.allSatisfy({ $0.isFinite && $0 >= 0 && $0 < 1e15 }) else {
      throw .damaged(path: path, reason: "it lacks its counts")
    }
    // One loss, written before there were lists of them.
    var losses = [
      TrainerState.Loss(
        name: TrainingState.bound,
        optimizer: OptimizerState(
          steps: Int(counts[1]), first: floats(of: "optimizer.first"),
          second: floats(of: "optimizer.second")), rateFactor: counts[2])
    ]
    if arrays["loss.0.name"] != nil { losses = [] }
    while let name = arrays["loss.\(losses.count).name"] {
      let own = "loss.\(losses.count)."
      let counts = numbers(own + "counts")
      guard counts.count == 2, counts.allSatisfy({ $0.isFinite && $0 >= 0 && $0 < 1e15 }) else {
        throw .damaged(path: path, reason: "it lacks its counts")
      }
      losses.append(
        .init(
          name: text(name.values),
          optimizer: OptimizerState(
            steps: Int(counts[0]), first: floats(of: own + "first"),
            second: floats(of: own + "second")), rateFactor: counts[1]))
    }
    let lines = text(numbers("key")).split(separator: "\n").map(String.init)
    if let difference = key.difference(from: lines) {
      throw .otherRun(path: path, difference: difference)
    }
    var warnings: [Warning] = []
    while let warning = arrays["warning.\(warnings.count)"] {
      warnings.append(Warning(line: text(warning.values)))
    }
    var epochs: [EpochReport] = []
    while let report = arrays["epoch.\(epochs.count)"].flatMap({
      EpochReport(numbers: $0.values)
    }) {
      epochs.append(report)
    }
    return TrainingState(
      epoch: Int(counts[0]), values: floats("value."),
      trainer: TrainerState(losses: losses, turn: Int(counts[1])), clip: counts[4],
      locals: floats("local."),
      best: arrays["best"]?.values.first.map { .init(bound: $0, values: floats("best.")) },
      sinceBest: Int(counts[3]), trace: numbers("trace"), epochs: epochs, warnings: warnings)
  }
}
