import Foundation
import LVM
import Testing

/// `--guide local` and `--method map`: what is run, explained, written and encoded.
@Suite struct GuideOptionTests {
  @Test(arguments: [
    (["--guide", "local"], "vi", "local", "elbo", "sampled"),
    (["--method", "map"], "map", "point", "log joint", "point"),
  ])
  func runsExplainsAndEncodes(
    _ option: [String], _ strategy: String, _ guide: String, _ objective: String, _ latent: String
  ) throws {
    let scratch = try Scratch()
    let (model, data) = (Lvmc.model("linear-vae"), Lvmc.data("iris"))
    let run = try Lvmc.run(
      ["run", model, data, "-o", "a.fit", "--fit", "epochs=40"] + option, in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("strategy: \(strategy)"))
    let json = try scratch.read("a.fit/fit.json")
    #expect(json.contains("\"guide\": \"\(guide)\""))
    #expect(json.contains("\"name\": \"\(objective)\""))
    #expect(json.contains("\"strategy\": \"\(latent)\""))
    let codes = try Lvmc.run(["encode", "a.fit", data], in: scratch)
    #expect(codes.status == 0, "\(codes.errors)")
    #expect(codes.output == (try scratch.read("a.fit/latents.csv")))
    let explained = try Lvmc.run(["explain", model, data] + option, in: scratch)
    #expect(explained.status == 0)
    #expect(explained.output.contains("local latent z: \(latent)"))
    #expect(explained.output.contains(guide == "local" ? "each row's own" : "most probable value"))
  }

  /// A model that is exact otherwise has its latents at their modes when asked to.
  @Test func mapServesExactModelsToo() throws {
    let scratch = try Scratch()
    let run = try Lvmc.run(
      [
        "run", Lvmc.model("factor-analysis"), Lvmc.data("iris"), "-o", "a.fit", "--method", "map",
        "--set", "L=1", "--fit", "epochs=20",
      ], in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    #expect(try scratch.read("a.fit/fit.json").contains("\"strategy\": \"map\""))
  }

  @Test func whatHasNoMeaningIsRefused() throws {
    let scratch = try Scratch()
    let exact = try Lvmc.run(
      ["run", Lvmc.model("ppca"), Lvmc.data("iris"), "--guide", "local"], in: scratch)
    #expect(exact.status == 2)
    #expect(exact.errors.contains("--guide") && exact.errors.contains("no latent"))
    let both = try Lvmc.run(
      ["run", Lvmc.model("linear-vae"), Lvmc.data("iris"), "--guide", "local", "--method", "map"],
      in: scratch)
    #expect(both.status == 2)
    let groups = try Lvmc.run(
      ["run", Lvmc.model("random-intercept"), Lvmc.data("orthodont"), "--method", "map"],
      in: scratch)
    #expect(groups.status == 2)
    #expect(scratch.entries.isEmpty)
  }

  /// Each epoch has a line with its bound and what it is made of.
  @Test func epochsArePrinted() throws {
    let scratch = try Scratch()
    let run = try Lvmc.run(
      ["run", Lvmc.model("vae"), Lvmc.data("digits8x8"), "-o", "a.fit", "--fit", "epochs=4"],
      in: scratch)
    let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("epoch ") }
    #expect(lines.count == 4)
    for (i, line) in lines.enumerated() {
      #expect(line.hasPrefix("epoch \(i + 1) of 4: ELBO -"))
      for word in [
        "reconstruction -", "KL ", "a lower bound, nats a row", "units active", "held out",
      ] {
        #expect(line.contains(word))
      }
    }
    let trace = try scratch.read("a.fit/trace.csv").split(separator: "\n")
    #expect(trace.first == "iteration,objective,bound,reconstruction,kl,active,held_out")
    #expect(trace.count == 5)
  }

  /// Training that loses its bound for good writes no fit, leaves an earlier one, and keeps its last good
  /// state.
  @Test func aLostBoundLeavesACheckpoint() throws {
    let scratch = try Scratch()
    try scratch.write(
      "spread.lvm",
      """
      model Spread
      network f(t : real) -> scale : positive { dense(8) relu }
      each row {
        given t : real
        observe y : real ~ Normal(0, f(t))
      }
      fit { epochs = 400, optimizer = Adam(0.02) }
      """)
    // Rows with t > 1 are all zero: the scale there has no lower end.
    let rows = (0..<60).map { i in
      let t = Double(i % 30 - 15) / 5 + 0.1
      return "\(t),\(t > 1 ? 0 : (i % 2 == 0 ? 1 : -1) * (1 + 0.1 * Double(i % 7)))"
    }
    try scratch.write("spread.csv", (["t,y"] + rows).joined(separator: "\n") + "\n")
    let words = ["run", "spread.lvm", "spread.csv", "-o", "a.fit", "--quiet"]
    #expect(try Lvmc.run(words + ["--fit", "epochs=3"], in: scratch).status == 0)
    let before = try scratch.contents(of: "a.fit")
    let lost = try Lvmc.run(words, in: scratch)
    #expect(lost.status == 4)
    for word in ["training-diverged", "exploding-scale", "`y`", "line 5", "--resume"] {
      #expect(lost.errors.contains(word), "\(lost.errors)")
    }
    #expect(try scratch.contents(of: "a.fit") == before)
    #expect(scratch.entries.contains("a.fit.checkpoint"))
    let on = try Lvmc.run(
      words + ["--resume", "--fit", "epochs=140", "--fit", "optimizer=Adam(0.00001)"], in: scratch)
    #expect(on.status == 0, "\(on.errors)")
    #expect(!scratch.entries.contains("a.fit.checkpoint"))
  }
}
