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
  }
}
