import Foundation
import Testing

/// Exit codes 1 and 3: the model, or the data, are wrong.
@Suite struct InputErrorTests {
  @Test func modelErrorsAreShownTogether() throws {
    let scratch = try Scratch()
    try scratch.write(
      "bad.lvm", "model Bad\nparam m : reel\neach row {\n  observe x : real ~ Norml(m, 1)\n}\n")
    for words in [["check", "bad.lvm"], ["run", "bad.lvm", Lvmc.data("faithful")]] {
      let result = try Lvmc.run(words, in: scratch)
      #expect(result.status == 1)
      #expect(result.errors.contains("bad.lvm:2:"))
      #expect(result.errors.contains("bad.lvm:4:"))
      #expect(result.errors.contains("Normal"))
      #expect(!result.errors.contains("\u{1B}["), "no colours where nobody looks")
      #expect(scratch.entries == ["bad.lvm"])
    }
    let json = try Lvmc.run(["check", "bad.lvm", "--json"], in: scratch)
    #expect(json.status == 1)
    #expect(json.output.contains("\"line\":2"))
  }

  @Test func modelWithoutEngineIsRefused() throws {
    let scratch = try Scratch()
    try scratch.write(
      "global.lvm",
      "model Global\nlatent m : real ~ Normal(0, 1)\neach row { observe x : real ~ Normal(m, 1) }\n"
    )
    let result = try Lvmc.run(["check", "global.lvm"], in: scratch)
    #expect(result.status == 1)
    #expect(result.errors.contains("global.lvm:2:"))
  }

  @Test func memoryThatIsTooSmallIsNamed() throws {
    let scratch = try Scratch()
    let chain = try Lvmc.run(
      ["run", Lvmc.model("local-level"), Lvmc.data("nile"), "--memory", "1KB"], in: scratch)
    #expect(chain.status == 3)
    #expect(chain.errors.contains("[memory-too-small]") && chain.errors.contains("MB"))
    let wrong = try Lvmc.run(
      ["run", Lvmc.model("local-level"), Lvmc.data("nile"), "--memory", "plenty"], in: scratch)
    #expect(wrong.status == 2)
    #expect(wrong.errors.contains("[wrong-amount]"))
  }

  @Test func absentModelIsTheModelsFault() throws {
    let result = try Lvmc.run(["check", "no.lvm"], in: try Scratch())
    #expect(result.status == 1)
    #expect(result.errors.contains("`no.lvm` cannot be read"))
  }

  @Test func whatIsNoModelIsNamed() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      at: scratch.url("folder"), withIntermediateDirectories: false)
    try scratch.write("mine.lvm", "")
    try Data([0x7F, 0x45, 0x4C, 0x46, 0, 1, 2, 0xFF, 0xFE, 0]).write(to: scratch.url("binary"))
    try Data(repeating: 0x20, count: 2_000_000).write(to: scratch.url("long"))
    for (name, message) in [
      ("folder", "`folder` cannot be read: it is a directory"),
      ("mein.lvm", "did you mean `mine.lvm`?"), ("mine", "did you mean `mine.lvm`?"),
      ("binary", "this file is not a text file"), ("mine.lvm", "this file holds no model"),
      ("long", "more than 1 million bytes"), ("/dev/zero", "more than 1 million bytes"),
      (Lvmc.data("faithful"), "model"),
    ] {
      for words in [["check", name], ["run", name, Lvmc.data("faithful")], ["fmt", name]] {
        let result = try Lvmc.run(words, in: scratch)
        #expect(result.status == 1, "\(words): \(result.errors)")
        #expect(result.errors.contains(message), "\(words): \(result.errors)")
        #expect(result.errors.components(separatedBy: "error:").count == 2, "\(result.errors)")
      }
    }
  }

  @Test func whatIsNoTableIsNamed() throws {
    let scratch = try Scratch()
    try Data([0x7F, 0x45, 0x4C, 0x46, 0, 1, 2, 0xFF, 0xFE, 0]).write(to: scratch.url("binary"))
    try scratch.write("empty.csv", "")
    try scratch.write("data.csv", "a,b\n1,2\n")
    for (name, message) in [
      (".", "this is a directory"), ("binary", "not valid UTF-8"),
      ("empty.csv", "the file is empty"),
      ("dat.csv", "did you mean `data.csv`?"),
    ] {
      let result = try Lvmc.run(["run", Lvmc.model("gaussian"), name], in: scratch)
      #expect(result.status == 3, "\(name)")
      #expect(result.errors.contains(message), "\(name): \(result.errors)")
      #expect(result.errors.components(separatedBy: "error:").count == 2, "\(result.errors)")
    }
  }

  @Test func sizesBeyondMemoryAreRefused() throws {
    let scratch = try Scratch()
    let mixture = ["run", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"), "--set"]
    let set = try Lvmc.run(mixture + ["K=1000000000"], in: scratch)
    #expect(set.status == 1)
    #expect(set.errors.contains("more than fits in memory"))
    for type in ["real[D, D, D, D, K]", "real[1000000, K]", "real[K, K, K, K, K, K, K]"] {
      try scratch.write(
        "wide.lvm",
        "model Wide(K = 900000, D)\nparam m : \(type)\n"
          + "each row { observe x : real[D] ~ Normal(sum(m), 1) }\n")
      let result = try Lvmc.run(["run", "wide.lvm", Lvmc.data("iris")], in: scratch)
      #expect(result.status == 1, "\(type): \(result.errors)")
      #expect(scratch.entries == ["wide.lvm"])
    }
  }

  @Test func absentDataIsTheDatasFault() throws {
    let result = try Lvmc.run(
      ["run", Lvmc.model("gaussian"), "no.csv"], in: try Scratch())
    #expect(result.status == 3)
    #expect(result.errors.contains("no.csv"))
  }

  @Test func wrongCellIsNamedByLineAndColumn() throws {
    let scratch = try Scratch()
    try scratch.write("counts.csv", "deaths\n1\n0\n-2\n")
    let result = try Lvmc.run(
      ["run", Lvmc.model("poisson-mixture"), "counts.csv"], in: scratch)
    #expect(result.status == 3)
    #expect(result.errors.contains("counts.csv:4"), "\(result.errors)")
    #expect(scratch.entries == ["counts.csv"])
  }

  @Test func tableWithoutRowsIsNotFitted() throws {
    let scratch = try Scratch()
    try scratch.write("none.csv", "x1,x2\n")
    let result = try Lvmc.run(
      ["run", Lvmc.model("gaussian-mixture"), "none.csv"], in: scratch)
    #expect(result.status == 3)
    #expect(result.errors.contains("none.csv: error: the table has a header and no rows"))
    #expect(scratch.entries == ["none.csv"])
  }

  @Test func absentColumnIsNamed() throws {
    let result = try Lvmc.run(
      ["run", Lvmc.model("local-level"), Lvmc.data("faithful")], in: try Scratch())
    #expect(result.status == 3)
    #expect(result.errors.contains("`flow`"))
  }

  @Test func whatIsNoFitIsNotLoaded() throws {
    let scratch = try Scratch()
    let result = try Lvmc.run(["encode", ".", Lvmc.data("faithful")], in: scratch)
    #expect(result.status == 3)
    #expect(result.errors.contains("is not a fit"))
    try scratch.write("thing", "")
    #expect(try Lvmc.run(["score", "thing", Lvmc.data("faithful")], in: scratch).status == 3)
    try FileManager.default.createDirectory(
      at: scratch.url("mine.fit"), withIntermediateDirectories: false)
    for name in ["mein.fit", "mine"] {
      let absent = try Lvmc.run(["score", name, Lvmc.data("faithful")], in: scratch)
      #expect(absent.status == 3)
      #expect(absent.errors.contains("there is no fit `\(name)`"), "\(absent.errors)")
      #expect(absent.errors.contains("did you mean `mine.fit`?"), "\(absent.errors)")
    }
  }
}
