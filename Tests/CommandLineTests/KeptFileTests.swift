import Foundation
import Testing

/// What is not a program's own is not replaced: files of others in a fit's directory, inputs, leftovers.
@Suite struct KeptFileTests {
  private let model =
    "model N\nparam m : real\nparam s : positive\neach row { observe y : real ~ Normal(m, s) }\n"

  private func fitted() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("n.lvm", model)
    try scratch.write("t.csv", "y\n1\n2\n4\n")
    #expect(try run(scratch).status == 0)
    return scratch
  }

  private func run(_ scratch: Scratch, _ more: [String] = []) throws -> Lvmc.Result {
    try Lvmc.run(["run", "n.lvm", "t.csv", "-o", "a.fit", "-q"] + more, in: scratch)
  }

  @Test func othersFilesStay() throws {
    let scratch = try fitted()
    let folder = scratch.url("a.fit/figures/old")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let own = [
      "notes.txt": "mine", "figures/old/a.svg": "<svg/>", "latents.mine.csv": "u\n", ".hidden": "h",
    ]
    for (name, text) in own { try scratch.write("a.fit/\(name)", text) }
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("a.fit/table"), withDestinationPath: "../t.csv")
    // Files of the fit that the next one does not write go, and the rest is new.
    try scratch.write("a.fit/latents.csv", "stale\n")
    try scratch.write("a.fit/trace.csv", "stale\n")
    for _ in 0..<2 {
      #expect(try run(scratch).status == 0)
      for (name, text) in own { #expect(try scratch.read("a.fit/\(name)") == text, "\(name)") }
      #expect(try scratch.read("a.fit/table") == "y\n1\n2\n4\n")
      let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path("a.fit"))
      #expect(!files.contains("latents.csv"))
      #expect(try scratch.read("a.fit/trace.csv") != "stale\n")
      #expect(scratch.entries == ["a.fit", "n.lvm", "t.csv"])
    }
    // A run that fails changes nothing.
    try scratch.write("t.csv", "y\nfew\n")
    #expect(try run(scratch).status == 3)
    #expect(try scratch.read("a.fit/notes.txt") == "mine")
  }

  @Test func tablesOfGroupsAreTheFitsOwn() throws {
    let scratch = try Scratch()
    try scratch.write("n.lvm", model)
    try scratch.write("t.csv", "g,y\na,1\na,2\nb,4\nb,6\nc,9\nc,9.5\n")
    let groups = model.replacingOccurrences(of: "each row {", with: "each shop by g { each row {")
      .replacingOccurrences(of: ") }", with: ") } }")
      .replacingOccurrences(
        of: "each row { observe y : real ~ Normal(m",
        with: "latent u : real ~ Normal(0, 1) each row { observe y : real ~ Normal(m + u")
    try scratch.write("g.lvm", groups)
    let first = try Lvmc.run(["run", "g.lvm", "t.csv", "-o", "a.fit", "-q"], in: scratch)
    #expect(first.status == 0, "\(first.errors)")
    try scratch.write("a.fit/latents.other.csv", "mine\n")
    let files = { try FileManager.default.contentsOfDirectory(atPath: scratch.path("a.fit")) }
    #expect(try files().contains("latents.shop.csv"))
    #expect(try run(scratch).status == 0)
    #expect(try !files().contains("latents.shop.csv"))
    #expect(try files().contains("latents.other.csv"))
  }

  @Test func aDirectoryThatIsNoFitIsRefused() throws {
    let scratch = try fitted()
    for (name, text) in [("fit.json", "{\"a\": 1}"), ("notes.txt", "mine")] {
      try FileManager.default.createDirectory(
        at: scratch.url("mine"), withIntermediateDirectories: true)
      try scratch.write("mine/\(name)", text)
    }
    let result = try Lvmc.run(["run", "n.lvm", "t.csv", "-o", "mine"], in: scratch)
    #expect(result.status == 2)
    #expect(result.errors.contains("its `fit.json` is not of a fit"), "\(result.errors)")
    #expect(try scratch.read("mine/fit.json") == "{\"a\": 1}")
    // A fit whose record was cut short is one still.
    try scratch.write("a.fit/fit.json", "{\"form")
    #expect(try run(scratch).status == 0)
  }

  @Test func inputsAreNotWrittenOver() throws {
    let scratch = try fitted()
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("alias.csv"), withDestinationPath: "t.csv")
    try FileManager.default.linkItem(at: scratch.url("t.csv"), to: scratch.url("second.csv"))
    for command in ["encode", "predict", "impute", "reconstruct", "score"] {
      for target in ["t.csv", "./t.csv", "alias.csv", "second.csv", "a.fit/fit.json"] {
        let result = try Lvmc.run([command, "a.fit", "t.csv", "-o", target], in: scratch)
        #expect(result.status == 2 && result.errors.contains("[output-is-input]"), "\(command)")
      }
    }
    #expect(try scratch.read("t.csv") == "y\n1\n2\n4\n")
    #expect(try Lvmc.run(["score", "a.fit", "t.csv", "-o", "out.csv"], in: scratch).status == 0)
    #expect(try Lvmc.run(["score", "a.fit", "t.csv", "-o", "/dev/null"], in: scratch).status == 0)
  }

  @Test func leftoversOfOthersAreNamed() throws {
    let scratch = try fitted()
    let file = ".out.csv.tmp-999999999-77"
    try scratch.write(file, "half a table")
    // One whose writer lives is nobody's leftover: it has the number of this process.
    try scratch.write(".x.csv.tmp-\(getpid())-77", "")
    try scratch.write(".notes.tmp-plan", "")
    let result = try Lvmc.run(["score", "a.fit", "t.csv", "-o", "b.csv"], in: scratch)
    #expect(result.status == 0)
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    #expect(result.errors.contains(file))
    #expect(try scratch.read(file) == "half a table")
  }

  @Test func whatTheCommandLineGetsWrong() throws {
    let scratch = try fitted()
    for words in [
      ["check", "n.lvm", "--set", "K=3"], ["run", "n.lvm", "t.csv", "--set", "K=3"],
      ["explain", "n.lvm", "t.csv", "--set", "m=3"],
      ["score", "a.fit", "t.csv", "--samples", "1e18"],
      ["score", "a.fit", "t.csv", "--samples", "1000000000000000000"],
      ["impute", "a.fit", "t.csv", "--samples", "9223372036854775807"],
    ] {
      let result = try Lvmc.run(words, in: scratch)
      #expect(result.status == 2, "\(words) \(result.errors)")
      #expect(result.errors.hasPrefix("lvmc: error: `--"), "\(result.errors)")
    }
    let sized = model.replacingOccurrences(of: "model N", with: "model N(K = 2)")
    try scratch.write("sized.lvm", sized)
    #expect(try Lvmc.run(["check", "sized.lvm", "--set", "L=3"], in: scratch).status == 2)
    let zeros = try Lvmc.run(["run", "n.lvm", "/dev/zero", "-o", "b.fit"], in: scratch)
    #expect(zeros.status == 3 && zeros.errors.contains("binary data"), "\(zeros.errors)")
    let stream = try Lvmc.shell("\"$LVMC\" score a.fit - < /dev/zero", in: scratch)
    #expect(stream.status == 3 && stream.errors.contains("binary data"))
    for line in ["score a.fit \"$x\"", "run n.lvm t.csv -o \"$x\"", "check \"$x\""] {
      let result = try Lvmc.shell("x=$(printf 'a\\377.csv'); \"$LVMC\" \(line)", in: scratch)
      #expect(result.status == 2 && result.errors.contains("[path-not-utf8]"), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 2)
    }
  }

  @Test func lintsStandInTheFit() throws {
    let scratch = try fitted()
    try scratch.write(
      "n.lvm", model.replacingOccurrences(of: "param s", with: "param unused : real\nparam s"))
    let check = try Lvmc.run(["check", "n.lvm"], in: scratch)
    #expect(check.errors.contains("warning"), "\(check.errors)")
    #expect(try run(scratch).status == 0)
    let data = try Data(contentsOf: scratch.url("a.fit/fit.json"))
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let warnings = try #require(json["warnings"] as? [String])
    #expect(warnings.contains { $0.contains("line 3: ") && $0.contains("unused") }, "\(warnings)")
    // Once on the screen, not twice.
    let loud = try Lvmc.run(["run", "n.lvm", "t.csv", "-o", "a.fit"], in: scratch)
    #expect(loud.errors.components(separatedBy: "unused-").count == 2, "\(loud.errors)")
  }
}
