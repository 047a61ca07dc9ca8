import Testing

/// `predict`, `impute` and `sample`, from a table to a table.
@Suite struct QueryCommandTests {
  private func fitted(_ name: String, _ data: String) throws -> Scratch {
    let scratch = try Scratch()
    let result = try Lvmc.run(
      ["run", Lvmc.model(name), Lvmc.data(data), "-o", "a.fit", "--quiet"], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    return scratch
  }

  private func cells(_ csv: String) -> [[String]] {
    csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  private func isClose(_ text: String, _ value: Double, _ tolerance: Double) -> Bool {
    Double(text).map { abs($0 - value) < tolerance } ?? false
  }

  @Test func predictsTheRegressionOfAGaussian() throws {
    let scratch = try fitted("gaussian", "faithful")
    try scratch.write("gap.csv", "eruptions,waiting\n3,\n4,80\n")
    let result = try Lvmc.run(["predict", "a.fit", "gap.csv"], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    let lines = cells(result.output)
    let suffixes = ["mean", "sd", "q5", "q95"]
    #expect(
      lines.first
        == ["eruptions", "waiting"].flatMap { name in suffixes.map { "\(name)_\($0)" } })
    #expect(lines.count == 3)
    #expect(lines[1].prefix(4) == ["3", "0", "3", "3"])
    // R: lm(waiting ~ eruptions) has 33.4744 + 10.7296 x, and residuals of deviation 5.9140 with
    // divisor 270; the likelihood's divisor is 272.
    #expect(isClose(lines[1][4], 33.4744 + 10.7296 * 3, 1e-3))
    let sd = 5.9140 * (270.0 / 272).squareRoot()
    #expect(isClose(lines[1][5], sd, 1e-3))
    #expect(isClose(lines[1][6], 65.6633 - 1.644854 * sd, 1e-2))
    #expect(isClose(lines[1][7], 65.6633 + 1.644854 * sd, 1e-2))
    #expect(lines[2] == ["4", "0", "4", "4", "80", "0", "80", "80"])
  }

  @Test func predictsALabelAsIfItWereMissing() throws {
    let scratch = try fitted("mixed-type-mixture", "iris")
    let result = try Lvmc.run(
      ["predict", "a.fit", Lvmc.data("iris"), "--of", "species", "-o", "p.csv"], in: scratch)
    #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
    let lines = cells(try scratch.read("p.csv"))
    #expect(lines.first == ["species", "species_p1", "species_p2", "species_p3"])
    #expect(lines.count == 151)
    for line in lines.dropFirst() {
      let p = line.dropFirst().compactMap { Double($0) }
      #expect(p.count == 3 && abs(p.reduce(0, +) - 1) < 1e-9)
      #expect(line[0] == p.indices.max { p[$0] < p[$1] }.map { String($0 + 1) })
    }
    let other = try Lvmc.run(
      ["predict", "a.fit", Lvmc.data("iris"), "--of", "kind"], in: scratch)
    #expect(other.status == 2)
    #expect(other.errors.contains("no observed variable `kind`"))
  }

  @Test func blankRowsForecastAChain() throws {
    let scratch = try fitted("local-level", "nile")
    let data = try String(contentsOfFile: Lvmc.data("nile"), encoding: .utf8)
    try scratch.write("longer.csv", data + ",\n,\n")
    let result = try Lvmc.run(["predict", "a.fit", "longer.csv"], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    let lines = cells(result.output)
    #expect(lines.first == ["flow_mean", "flow_sd", "flow_q5", "flow_q95"])
    #expect(lines.count == 103)
    // A level that drifts has a flat forecast that grows less certain.
    #expect(lines[101][0] == lines[102][0])
    #expect((Double(lines[101][1]) ?? .nan) < (Double(lines[102][1]) ?? .nan))
  }

  @Test func imputesOnlyWhatIsMissing() throws {
    let scratch = try fitted("mixed-type-mixture", "iris")
    try scratch.write(
      "gaps.csv", "\"Sepal.Length\",\"Sepal.Width\",note,species\n5.1,,\"a,b\",1\n5,3.5,c,\n")
    let result = try Lvmc.run(["impute", "a.fit", "gaps.csv"], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.first == "Sepal.Length,Sepal.Width,note,species,Sepal.Width_sd,species_p")
    let first = cells(String(lines[1]))[0]
    #expect(lines[1].hasPrefix("5.1,") && lines[1].contains(",\"a,b\",1,"))
    #expect(isClose(first[1], 3.43, 0.3) && first.last == "1")
    #expect(lines[2].hasPrefix("5,3.5,c,1,0,0."))
  }

  @Test func imputesAColumnThatIsNotThere() throws {
    let scratch = try fitted("gaussian", "faithful")
    try scratch.write("one.csv", "waiting\n60\n")
    let result = try Lvmc.run(["impute", "a.fit", "one.csv"], in: scratch)
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("waiting,eruptions,eruptions_sd\n60,"))
    #expect(result.errors.contains("absent-column"))
    try scratch.write("bad.csv", "eruptions,waiting\n3,soon\n")
    for command in ["impute", "predict"] {
      let wrong = try Lvmc.run([command, "a.fit", "bad.csv"], in: scratch)
      #expect(wrong.status == 3)
      #expect(wrong.errors.contains("bad.csv:2") && wrong.output.isEmpty)
    }
  }

  @Test func samplesAreRepeatable() throws {
    let scratch = try fitted("gaussian-mixture", "faithful")
    func draw(_ words: String...) throws -> String {
      let result = try Lvmc.run(["sample", "a.fit", "-n", "5"] + words, in: scratch)
      #expect(result.status == 0, "\(result.errors)")
      return result.output
    }
    let one = try draw()
    #expect(cells(one).first == ["kind", "eruptions", "waiting"])
    #expect(cells(one).count == 6)
    #expect(try draw("--seed", "1") == one)
    #expect(try draw("--seed", "2") != one)
  }

  @Test func samplesTakeGivensFromTheLineOrATable() throws {
    let scratch = try fitted("random-intercept", "orthodont")
    func draw(_ words: String...) throws -> Lvmc.Result {
      try Lvmc.run(["sample", "a.fit"] + words, in: scratch)
    }
    let line = try draw("-n", "3", "--given", "age=9")
    #expect(line.status == 0, "\(line.errors)")
    #expect(cells(line.output).first == ["level", "age", "distance"])
    #expect(cells(line.output).dropFirst().map { $0[1] } == ["9", "9", "9"])
    try scratch.write("two.csv", "subject,age\nAnn,8\nBob,10\n")
    let table = try draw("two.csv", "-n", "2")
    #expect(table.status == 0, "\(table.errors)")
    let lines = cells(table.output)
    #expect(lines.first == ["subject", "level", "age", "distance"])
    #expect(lines.dropFirst().map { $0[0] } == ["Ann", "Ann", "Bob", "Bob"])
    #expect(lines.dropFirst().map { $0[2] } == ["8", "8", "10", "10"])

    // A column that the line supplies need not be in the table.
    try scratch.write("who.csv", "subject\nAnn\nBob\n")
    let supplied = try draw("who.csv", "-n", "2", "--given", "age=9")
    #expect(supplied.status == 0, "\(supplied.errors)")
    #expect(cells(supplied.output).dropFirst().map { $0[0] } == ["Ann", "Ann", "Bob", "Bob"])
    #expect(cells(supplied.output).dropFirst().map { $0[2] } == ["9", "9", "9", "9"])

    for (words, message) in [
      (["-n", "3"], "needs a value for the given variable `age`"),
      (["-n", "3", "--given", "age=old"], "`old` is not a number"),
      (["-n", "3", "--given", "age=1,2"], "`age` takes 1 value"),
      (["-n", "3", "--given", "aeg=1"], "did you mean `age`?"),
      (["-n", "3", "--given", "age=1", "--given", "age=2"], "is given twice"),
      (["-n", "9000000000000000000", "--given", "age=1"], "more than fits in memory"),
      (["--given", "age=9"], "-n N is missing"),
    ] {
      let wrong = try Lvmc.run(["sample", "a.fit"] + words, in: scratch)
      #expect(wrong.status == 2, "\(words)")
      #expect(wrong.errors.contains(message), "\(wrong.errors)")
      #expect(wrong.output.isEmpty)
    }
    try scratch.write("no-age.csv", "subject\nAnn\n")
    let absent = try draw("no-age.csv", "-n", "2")
    #expect(absent.status == 3)
    #expect(absent.errors.contains("`age`"))
  }
}
