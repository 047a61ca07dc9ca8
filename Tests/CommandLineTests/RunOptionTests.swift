import Foundation
import LVM
import Testing

/// `run --validate` and `run --init`.
@Suite struct RunOptionTests {
  private func halves(_ scratch: Scratch) throws {
    let text = try String(contentsOfFile: Lvmc.data("faithful"), encoding: .utf8)
    let lines = text.split(separator: "\n")
    for (name, parity) in [("train.csv", 0), ("test.csv", 1)] {
      let own = lines.dropFirst().enumerated().filter { $0.offset % 2 == parity }.map(\.element)
      try scratch.write(name, ([lines[0]] + own).joined(separator: "\n") + "\n")
    }
  }

  @Test func heldOutTableIsScored() throws {
    let scratch = try Scratch()
    try halves(scratch)
    let result = try Lvmc.run(
      [
        "run", Lvmc.model("gaussian-mixture"), "train.csv", "--validate", "test.csv", "-o", "a.fit",
      ],
      in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    let score = try Lvmc.run(["score", "a.fit", "test.csv"], in: scratch)
    let total = score.output.split(separator: "\n").dropFirst().compactMap { Double($0) }
      .reduce(0, +)
    let fit = try Fit(contentsOf: scratch.url("a.fit"))
    let validation = try #require(fit.validation)
    #expect(validation.rows == 136)
    #expect(abs(validation.value - total) < 1e-9)
    #expect(result.output.contains("validation: "))
    let trace = try scratch.read("a.fit/trace.csv").split(separator: "\n")
    #expect(trace.first == "iteration,objective,validation")
    let last = try #require(trace.last?.split(separator: ",").last)
    #expect(Double(last) == validation.value)
    // It does not touch the fit.
    let plain = try Lvmc.run(
      ["run", Lvmc.model("gaussian-mixture"), "train.csv", "-o", "b.fit"], in: scratch)
    #expect(plain.status == 0)
    #expect(try Fit(contentsOf: scratch.url("b.fit")).parameters == fit.parameters)

    let bad = try Lvmc.run(
      [
        "run", Lvmc.model("gaussian-mixture"), "train.csv", "--validate", "none.csv", "-o", "c.fit",
      ],
      in: scratch)
    #expect(bad.status == 3)
    #expect(!scratch.entries.contains("c.fit"))
  }

  @Test func fitsGoOnFromWhereTheyWere() throws {
    let scratch = try Scratch()
    func run(_ words: String...) throws -> Fit {
      let result = try Lvmc.run(
        ["run", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"), "-o", "b.fit"] + words,
        in: scratch)
      #expect(result.status == 0, "\(result.errors)")
      return try Fit(contentsOf: scratch.url("b.fit"))
    }
    let first = try run()
    try FileManager.default.moveItem(at: scratch.url("b.fit"), to: scratch.url("a.fit"))
    for source in ["a.fit", "a.fit/fit.json"] {
      let again = try run("--init", source)
      #expect(again.restarts == 1)
      #expect(abs((again.trace.first ?? 0) - first.objective.value) < 1e-6)
      #expect(again.objective.value >= first.objective.value - 1e-9)
    }
    // A start given in part: the other parameters start as usual.
    try scratch.write("means.json", #"{"mean": [[2, 55], [4.3, 80]]}"#)
    let given = try run("--init", "means.json")
    #expect(abs(given.objective.value - first.objective.value) < 1e-6)

    for (text, message) in [
      (#"{"mena": [[2, 55], [4.3, 80]]}"#, "did you mean `mean`?"),
      (#"{"mean": [2, 55]}"#, "it is 2 numbers, and the model has 2 by 2"),
      (#"{"weights": [0.5, 0.6]}"#, "have to sum to 1"),
      (#"{"weights": [0.5"#, "no JSON object"),
    ] {
      try scratch.write("wrong.json", text)
      let wrong = try Lvmc.run(
        [
          "run", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"), "-o", "c.fit", "--init",
          "wrong.json",
        ], in: scratch)
      #expect(wrong.status == 2)
      #expect(wrong.errors.contains(message), "\(wrong.errors)")
    }
  }
}
