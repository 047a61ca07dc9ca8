import Testing

/// Tables of several pieces: the file of `-o` holds what standard output has, whatever `--memory` allows.
@Suite struct QueryOutputTests {
  @Test(arguments: ["encode", "score", "predict", "impute", "reconstruct"])
  func filesHoldAllPieces(_ query: String) throws {
    let scratch = try Scratch()
    let fitted = try Lvmc.run(
      ["run", Lvmc.model("ppca"), Lvmc.data("iris"), "-o", "a.fit", "--quiet"], in: scratch)
    #expect(fitted.status == 0, "\(fitted.errors)")
    let rows = 36_000
    var text = "Sepal.Length,Sepal.Width,Petal.Length,Petal.Width\n"
    for i in 0..<rows {
      let cells = [40 + i % 39, 20 + i % 23, 10 + i % 57, 1 + i % 25].enumerated().map { j, x in
        i % 11 == j ? "" : "\(Double(x) / 10)"
      }
      text += cells.joined(separator: ",") + "\n"
    }
    try scratch.write("b.csv", text)
    let printed = try Lvmc.run([query, "a.fit", "b.csv"], in: scratch)
    #expect(printed.status == 0, "\(printed.errors)")
    #expect(printed.output.utf8.count { $0 == UInt8(ascii: "\n") } == rows + 1)
    for options in [[], ["--memory", "1MB"]] {
      let result = try Lvmc.run([query, "a.fit", "b.csv", "-o", "c.csv"] + options, in: scratch)
      #expect(result.status == 0, "\(result.errors)")
      let isSame = try scratch.read("c.csv") == printed.output
      #expect(isSame)
    }
  }
}
