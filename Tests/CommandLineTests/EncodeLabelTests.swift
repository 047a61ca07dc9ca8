import Testing

/// Observed labels that `encode` infers where their cells are empty.
@Suite struct EncodeLabelTests {
  private func cells(_ csv: String) -> [[String]] {
    csv.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  private static let names = ["1": "setosa", "2": "versicolor", "3": "virginica"]
  private static let emptied = [0, 70, 77, 83, 133, 149]

  /// The irises with their species by name, and a table without some of the names.
  private func writeIrises(_ scratch: Scratch) throws {
    let lines = cells(try String(contentsOfFile: Lvmc.data("iris"), encoding: .utf8))
    func text(without gaps: [Int]) -> String {
      var result = lines[0].joined(separator: ",") + "\n"
      for (i, line) in lines.dropFirst().enumerated() {
        let name = gaps.contains(i) ? "" : Self.names[line[4]] ?? ""
        result += (line.dropLast() + [name]).joined(separator: ",") + "\n"
      }
      return result
    }
    try scratch.write("iris.csv", text(without: []))
    try scratch.write("gaps.csv", text(without: Self.emptied))
  }

  private func run(_ words: [String], _ scratch: Scratch) throws -> Lvmc.Result {
    let result = try Lvmc.run(words, in: scratch)
    #expect(result.status == 0, "\(words): \(result.errors)")
    return result
  }

  @Test func aClassifierWithoutLatents() throws {
    let scratch = try Scratch()
    try writeIrises(scratch)
    try scratch.write(
      "lda.lvm",
      """
      model LDA(S, D)
      param share : simplex[S]
      param mu    : real[S, D]
      param C     : covariance[D]
      each row {
        observe species : category[S] ~ Categorical(share)
        observe x : real[D] from not species ~ MultivariateNormal(mu[species], C)
      }
      """)
    _ = try run(["run", "lda.lvm", "iris.csv", "-o", "a.fit", "--quiet"], scratch)
    let lines = cells(try run(["encode", "a.fit", "gaps.csv"], scratch).output)
    #expect(lines.first == ["species", "species_p1", "species_p2", "species_p3"])
    #expect(lines.count == 151)
    // scikit-learn's linear discriminant analysis: see encode_lda.py.
    let reference: [Int: [Double]] = [
      0: [1, 1.4247331e-22, 3.69997541e-43], 70: [2.09422701e-28, 0.249077334, 0.750922666],
      77: [1.66352761e-27, 0.692683937, 0.307316063],
      83: [9.79310037e-33, 0.138969368, 0.861030632],
      133: [3.50325472e-29, 0.733363568, 0.266636432],
      149: [6.20383391e-34, 0.016181153, 0.983818847],
    ]
    let truth = cells(try scratch.read("iris.csv")).dropFirst().map { $0[4] }
    let order = ["setosa", "versicolor", "virginica"]
    for (i, line) in lines.dropFirst().enumerated() {
      let p = line.dropFirst().compactMap { Double($0) }
      #expect(p.count == 3)
      if let expected = reference[i] {
        for (a, b) in zip(p, expected) { #expect(abs(a - b) < 1e-5, "row \(i)") }
        #expect(line[0] == expected.indices.max { expected[$0] < expected[$1] }.map { order[$0] })
      } else {
        #expect(line[0] == truth[i])
        #expect(p == order.map { $0 == truth[i] ? 1 : 0 })
      }
    }
    let blocks = try run(["encode", "a.fit", "gaps.csv", "--memory", "1KB"], scratch)
    #expect(cells(blocks.output) == lines)
    let whole = try run(["encode", "a.fit", "iris.csv"], scratch)
    #expect(whole.output.isEmpty && whole.errors.contains("nothing to encode"))
  }

  @Test func aClassifierWithLatents() throws {
    let scratch = try Scratch()
    try writeIrises(scratch)
    let model = Lvmc.model("class-conditional-ppca")
    _ = try run(["run", model, "iris.csv", "-o", "a.fit", "--quiet"], scratch)
    let lines = cells(try run(["encode", "a.fit", "gaps.csv"], scratch).output)
    let species = ["species", "species_p1", "species_p2", "species_p3"]
    #expect(lines.first == species + ["z1_mean", "z1_sd"])
    let predicted = cells(try run(["predict", "a.fit", "gaps.csv"], scratch).output)
    #expect(predicted.first == species)
    #expect(lines.map { Array($0.prefix(4)) } == predicted)
    for i in Self.emptied { #expect(Double(lines[i + 1][1]) != nil && lines[i + 1][1] != "0") }
    let whole = cells(try run(["encode", "a.fit", "iris.csv"], scratch).output)
    #expect(whole.first == ["z1_mean", "z1_sd"])
    // Rows whose label is there have the latents that they had.
    for (i, line) in whole.enumerated() where i > 0 && !Self.emptied.contains(i - 1) {
      // The label is summed over here and read there, so that the last digit may differ.
      for (own, other) in zip(lines[i].suffix(2), line) {
        let (a, b) = (try #require(Double(own)), try #require(Double(other)))
        #expect(abs(a - b) < 1e-13 * (1 + abs(b)))
      }
    }
    // A fit to a table with gaps keeps what it infers.
    _ = try run(["run", model, "gaps.csv", "-o", "b.fit", "--quiet"], scratch)
    let again = try run(["encode", "b.fit", "gaps.csv"], scratch)
    #expect(try scratch.read("b.fit/latents.csv") == again.output)
    #expect(cells(again.output).first == lines.first)
  }

  @Test func aLabelOfAGroupHasALineAGroup() throws {
    let scratch = try Scratch()
    try scratch.write(
      "m.lvm",
      """
      model Kinds
      param share : simplex[2]
      param m : real[2]
      param s : positive
      param q : unit[2]
      each person by person {
        observe kind : category["low", "high"] ~ Categorical(share)
        each row {
          observe y : real ~ Normal(m[kind], s)
          observe f : binary ~ Bernoulli(q[kind])
        }
      }
      """)
    var (whole, gaps) = ("person,kind,y,f\n", "person,kind,y,f\n")
    for i in 0..<24 {
      let (person, isHigh) = (i / 3, i / 3 % 2 == 1)
      let y = (isHigh ? 4 : 0) + Double(i * 7 % 5) * 0.5
      let f = (i * 5 % 7 < 3) == isHigh ? 1 : 0
      let kind = isHigh ? "high" : "low"
      whole += "p\(person),\(kind),\(y),\(f)\n"
      gaps += "p\(person),\(person < 2 ? "" : kind),\(y),\(i == 23 ? "" : "\(f)")\n"
    }
    try scratch.write("whole.csv", whole)
    try scratch.write("gaps.csv", gaps)
    _ = try run(["run", "m.lvm", "whole.csv", "-o", "a.fit", "--quiet"], scratch)
    let result = try run(["encode", "a.fit", "gaps.csv", "-o", "out.csv"], scratch)
    #expect(result.output.isEmpty)
    let rows = cells(try scratch.read("out.csv"))
    #expect(rows.first == ["f", "f_p1", "f_p2"] && rows.count == 25)
    let groups = cells(try scratch.read("out.person.csv"))
    #expect(groups.first == ["person", "kind", "kind_p1", "kind_p2"] && groups.count == 9)
    #expect(groups.dropFirst().map { $0[1] } == (0..<8).map { $0 % 2 == 1 ? "high" : "low" })
    #expect(groups[4].suffix(2) == ["0", "1"] && groups[3].suffix(2) == ["1", "0"])
    // The groups' probabilities are those of their rows in `predict`.
    let predicted = cells(try run(["predict", "a.fit", "gaps.csv"], scratch).output)
    #expect(predicted.first == ["kind", "kind_p1", "kind_p2", "f", "f_p1", "f_p2"])
    for group in 0..<8 {
      #expect(Array(predicted[1 + 3 * group].prefix(3)) == Array(groups[group + 1].suffix(3)))
    }
    #expect(predicted.map { Array($0.suffix(3)) } == rows)
  }
}
