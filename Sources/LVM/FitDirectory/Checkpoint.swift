import Foundation
import LVMCompute
import LVMData
import LVMInference
import LVMModel

/// Training that was interrupted, as one file beside where its fit would be: with it the same command and
/// `--resume` goes on to the bits of a run that was never stopped.
public enum Checkpoint {
  /// What a checkpoint belongs to: it goes on only with the same model, table and seed.
  public static func key(model: ModelGraph, table: Table, seed: UInt64) throws -> String {
    let text = "\(model.sourceWithSizes)\u{0}\(try table.sha256())\u{0}\(seed)"
    return Digest.sha256(Array(text.utf8))
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
  public static func write(_ state: TrainingState, key: String, to path: String) throws {
    var arrays: [String: Tensor] = [:]
    func put(_ name: String, _ values: [Double]) { arrays[name] = Tensor([values.count], values) }
    put("key", key.utf8.map { Double($0) })
    put(
      "counts",
      [
        Double(state.epoch), Double(state.optimizer.steps), state.caution, Double(state.sinceBest),
        state.clip,
      ])
    put("trace", state.trace)
    for (i, report) in state.epochs.enumerated() { put("epoch.\(i)", report.numbers) }
    for (name, values) in state.locals { put("local." + name, values.map { Double($0) }) }
    put("optimizer.first", state.optimizer.first.map { Double($0) })
    put("optimizer.second", state.optimizer.second.map { Double($0) })
    for (name, values) in state.values { put("value." + name, values.map { Double($0) }) }
    if let best = state.best {
      put("best", [best.bound])
      for (name, values) in best.values { put("best." + name, values.map { Double($0) }) }
    }
    for (i, warning) in state.warnings.enumerated() {
      put("warning.\(i)", warning.utf8.map { Double($0) })
    }
    try FileOutput.replace(path, with: Safetensors.encode(arrays))
  }

  /// Reads a state.
  ///
  /// - Throws: `FitDirectoryError` where there is none, where it is damaged, or where it belongs to another
  ///   model, table or seed.
  public static func read(_ path: String, key: String) throws(FitDirectoryError) -> TrainingState {
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
    guard text(numbers("key")) == key else {
      throw .damaged(
        path: path,
        reason: "it belongs to another model, table, seed or setting of sizes; run without --resume"
      )
    }
    var warnings: [String] = []
    while let warning = arrays["warning.\(warnings.count)"] {
      warnings.append(text(warning.values))
    }
    var epochs: [EpochReport] = []
    while let report = arrays["epoch.\(epochs.count)"].flatMap({
      EpochReport(numbers: $0.values)
    }) {
      epochs.append(report)
    }
    return TrainingState(
      epoch: Int(counts[0]), values: floats("value."),
      optimizer: OptimizerState(
        steps: Int(counts[1]), first: numbers("optimizer.first").map { Float($0) },
        second: numbers("optimizer.second").map { Float($0) }),
      caution: counts[2], clip: counts[4], locals: floats("local."),
      best: arrays["best"]?.values.first.map { .init(bound: $0, values: floats("best.")) },
      sinceBest: Int(counts[3]), trace: numbers("trace"), epochs: epochs, warnings: warnings)
  }
}
