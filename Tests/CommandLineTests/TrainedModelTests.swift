import Foundation
import LVM
import Testing

/// Bundled models that minibatches train: each runs on its data, and its fit answers queries.
@Suite struct TrainedModelTests {
  struct Trained: Sendable, CustomTestStringConvertible {
    var model: String
    var data: String
    var objective = "elbo"
    /// What two epochs must reach, in nats a row: independence of the columns is about this far.
    var least: Double
    var testDescription: String { model }
  }

  static let all: [Trained] = [
    Trained(model: "linear-vae", data: "iris.csv", least: -60),
    Trained(model: "vae", data: "digits8x8.csv", least: -30),
    Trained(model: "vae-gaussian", data: "iris.csv", least: -12),
    Trained(model: "vae-categorical", data: "digits8x8.csv", least: -130),
    Trained(model: "conditional-vae", data: "digits8x8.csv", least: -30),
    Trained(model: "hierarchical-vae", data: "digits8x8.csv", least: -36),
    Trained(model: "mixture-vae", data: "digits8x8.csv", least: -34),
    Trained(model: "count-vae", data: "pbmc.csv.gz", least: -1500),
    Trained(model: "map-latents", data: "iris.csv", objective: "log joint", least: -20),
    Trained(model: "autoencoder", data: "digits8x8.csv", objective: "log joint", least: -60),
    Trained(model: "conv-vae", data: "digits8x8.csv", least: -40),
    Trained(model: "vae-mnist", data: "mnist5k.csv.gz", least: -240),
  ]

  static let names = Set(all.map(\.model))

  @Test(arguments: all) func trainsAndAnswers(_ trained: Trained) throws {
    let scratch = try Scratch()
    let data = Lvmc.models + "/data/" + trained.data
    let result = try Lvmc.run(
      ["run", Lvmc.model(trained.model), data, "-o", "a.fit", "--fit", "epochs=2", "--quiet"],
      in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    let fit = try Fit(contentsOf: scratch.url("a.fit"))
    #expect(fit.objective.name.rawValue == trained.objective)
    #expect(fit.objective.value / Double(fit.rows) > trained.least)
    #expect(fit.trace.count == 2)
    #expect(fit.bic == nil)
    let drawn = try Lvmc.run(["sample", "a.fit", data, "-n", "1", "-o", "s.csv"], in: scratch)
    #expect(drawn.status == 0, "\(drawn.errors)")
    if fit.rows < 1000 {
      let scores = try Lvmc.run(["score", "a.fit", data, "--samples", "3"], in: scratch)
      #expect(scores.status == 0, "\(scores.errors)")
      let lines = scores.output.split(separator: "\n")
      #expect(lines.count == fit.rows + 1)
      #expect(
        lines.first == (trained.objective == "elbo" ? "log_p_iwae,log_p_iwae_se" : "log_joint"))
    }
  }

  /// `timeout` and batch systems signal a program and then its group: that is one request.
  @Test func twoSignalsAtOnceLeaveACheckpoint() throws {
    let scratch = try Scratch()
    let process = try Lvmc.start(
      [
        "run", Lvmc.model("vae"), Lvmc.data("digits8x8"), "-o", "cut.fit", "--fit", "epochs=100000",
        "--fit", "patience=100000",
      ], in: scratch)
    for _ in 0..<600 where !(try scratch.read(".stdout").contains("strategy:")) {
      Thread.sleep(forTimeInterval: 0.05)
    }
    Thread.sleep(forTimeInterval: 0.3)
    for _ in 0..<5 {
      kill(process.processIdentifier, SIGTERM)
      Thread.sleep(forTimeInterval: 0.0005)
    }
    process.waitUntilExit()
    #expect(process.terminationStatus == 4)
    #expect(scratch.entries.contains("cut.fit.checkpoint"))
  }

  /// An interrupted run and its continuation give the bits of one that was never stopped.
  @Test func resumesToTheSameBits() throws {
    let scratch = try Scratch()
    let words = [
      "run", Lvmc.model("vae"), Lvmc.data("digits8x8"), "--fit", "epochs=60",
    ]
    #expect(try Lvmc.run(words + ["-o", "whole.fit"], in: scratch).status == 0)
    let process = try Lvmc.start(words + ["-o", "cut.fit"], in: scratch)
    for _ in 0..<600 where !(try scratch.read(".stdout").contains("strategy:")) {
      Thread.sleep(forTimeInterval: 0.05)
    }
    Thread.sleep(forTimeInterval: 0.3)
    process.interrupt()
    process.waitUntilExit()
    // A fast machine may have finished: then there is nothing to resume.
    if process.terminationStatus == 130 {
      #expect(!scratch.entries.contains("cut.fit"))
      #expect(scratch.entries.contains("cut.fit.checkpoint"))
      let other = try Lvmc.run(words + ["-o", "cut.fit", "--seed", "2", "--resume"], in: scratch)
      #expect(other.status == 3)
      let again = try Lvmc.run(words + ["-o", "cut.fit", "--resume"], in: scratch)
      #expect(again.status == 0, "\(again.errors)")
    } else {
      #expect(process.terminationStatus == 0)
    }
    let whole = try Fit(contentsOf: scratch.url("whole.fit"))
    let cut = try Fit(contentsOf: scratch.url("cut.fit"))
    #expect(whole.parameters == cut.parameters)
    #expect(whole.objective == cut.objective)
    #expect(whole.trace == cut.trace)
    #expect(!scratch.entries.contains("cut.fit.checkpoint"))
  }
}
