import Foundation
import Testing

/// What tables write goes through a fit and comes out as it was written.
@Suite struct WrittenTextCommandTests {
  private let grouped = """
    model Grouped
    param m : real
    param b : positive
    param s : positive
    each shop by code {
      latent u : real ~ Normal(0, b)
      each row { observe y : real ~ Normal(m + u, s) }
    }
    """

  @Test func idsJoinBack() throws {
    let scratch = try Scratch()
    try scratch.write("g.lvm", grouped)
    let ids = ["0042", "42", "98765432109876543210", "98765432109876543211", "\"NA\""]
    let lines = ids.enumerated().flatMap { i, id in (0..<3).map { "\(id),\(5 * i + $0)" } }
    try scratch.write("t.csv", "code,y\n" + lines.joined(separator: "\n"))
    #expect(try Lvmc.run(["run", "g.lvm", "t.csv", "-o", "a.fit", "-q"], in: scratch).status == 0)
    let encoded = try Lvmc.run(["encode", "a.fit", "t.csv"], in: scratch)
    let keys = encoded.output.split(separator: "\n").dropFirst().map {
      String($0.prefix { $0 != "," })
    }
    #expect(keys == ids, "\(encoded.errors)")
    // What was written is read again as the same groups.
    let imputed = try Lvmc.run(["impute", "a.fit", "t.csv", "-o", "again.csv"], in: scratch)
    #expect(imputed.status == 0)
    #expect(try Lvmc.run(["encode", "a.fit", "again.csv"], in: scratch).output == encoded.output)
  }

  @Test func wordsForZeroAndOne() throws {
    let scratch = try Scratch()
    try scratch.write(
      "b.lvm", "model B\nparam p : unit\neach row { observe sick : binary ~ Bernoulli(p) }\n")
    try scratch.write("words.csv", "sick\nYes\nNo\nYes\nNA\nYes\n")
    try scratch.write("codes.csv", "sick\n2\n1\n2\nNA\n2\n")
    for (table, labels, one) in [
      ("words", "0 is No, 1 is Yes", "Yes"), ("codes", "0 is 1, 1 is 2", "2"),
    ] {
      for words in [["check", "b.lvm"], ["explain", "b.lvm"], ["run", "b.lvm"]] {
        let more = words[0] == "run" ? ["-o", "a.fit"] : []
        let result = try Lvmc.run(words + ["\(table).csv"] + more, in: scratch)
        #expect(result.status == 0)
        #expect(result.output.contains(labels), "\(words) \(result.output)")
        #expect(result.errors.contains("[binary-coding]") == (table == "codes"))
      }
      let json = try scratch.read("a.fit/fit.json")
      #expect(json.contains("1 is read as 0, and 2 as 1") == (table == "codes"))
      let imputed = try Lvmc.run(["impute", "a.fit", "\(table).csv"], in: scratch).output
      #expect(imputed.split(separator: "\n")[4].hasPrefix("\(one),0.7"), "\(imputed)")
      let predicted = try Lvmc.run(["predict", "a.fit", "\(table).csv"], in: scratch).output
      #expect(predicted.split(separator: "\n")[1].hasPrefix("\(one),0"), "\(predicted)")
      let drawn = try Lvmc.run(["sample", "a.fit", "-n", "50"], in: scratch).output
      #expect(Set(drawn.split(separator: "\n").dropFirst()).contains(Substring(one)))
      // The table's own codes score as they did in the fit.
      try scratch.write("one.csv", "sick\n\(one)\n")
      let score = try Lvmc.run(["score", "a.fit", "one.csv"], in: scratch).output
      let value = score.split(separator: "\n").last.flatMap { Double($0) } ?? 0
      #expect(abs(value - log(0.75)) < 1e-6)
    }
    try scratch.write("bad.csv", "sick\nYes\nperhaps\n")
    let bad = try Lvmc.run(["run", "b.lvm", "bad.csv"], in: scratch)
    #expect(bad.status == 3 && bad.errors.hasPrefix("bad.csv:3:1: error: "), "\(bad.errors)")
    #expect(bad.errors.contains("found `perhaps`"))
  }

  @Test func tablesOfOtherConventionsGiveTheSameFit() throws {
    let scratch = try Scratch()
    try scratch.write(
      "n.lvm",
      "model N\nparam m : real\nparam s : positive\neach row { observe y : real ~ Normal(m, s) }\n")
    let plain = "name,y\nÅsa,1200.5\nBo,7\nÖrjan,350.25\n"
    let comma = "name;y\nÅsa;1.200,5\nBo;7\nÖrjan;350,25\n"
    let files: [(String, Data)] = [
      ("plain.csv", Data(plain.utf8)), ("comma.csv", Data(comma.utf8)),
      ("wide.csv", Data([0xff, 0xfe]) + (try #require(comma.data(using: .utf16LittleEndian)))),
      ("western.csv", try #require(comma.data(using: .isoLatin1))),
      ("ends.csv", Data(plain.replacingOccurrences(of: "\n", with: ",,\n").utf8)),
    ]
    var parameters: Set<Data> = []
    for (name, data) in files {
      try data.write(to: scratch.url(name))
      let result = try Lvmc.run(["run", "n.lvm", name, "-o", "a.fit"], in: scratch)
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        result.errors.contains("[number-format]") == (name != "plain.csv" && name != "ends.csv"))
      #expect(result.errors.contains("[other-encoding]") == (name == "western.csv"))
      parameters.insert(try Data(contentsOf: scratch.url("a.fit/parameters.safetensors")))
    }
    #expect(parameters.count == 1)
    try scratch.write("open.csv", "name,y\nA,\"2,400\"\nB,\"900\"\n")
    let open = try Lvmc.run(["run", "n.lvm", "open.csv", "-o", "b.fit"], in: scratch)
    #expect(open.status == 3)
    #expect(open.errors.contains("write 2400 if the comma separates thousands, 2.400 if"))
  }
}
