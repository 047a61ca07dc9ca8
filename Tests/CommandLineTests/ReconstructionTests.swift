import Foundation
import LVM
import Testing

/// `lvmc reconstruct`: a row from its own latents.
@Suite struct ReconstructionTests {
  private func numbers(_ csv: String) -> [[Double]] {
    csv.split(separator: "\n").dropFirst().map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
    }
  }

  /// W E[z | x] + μ with E[z | x] = (WᵀW + σ²I)⁻¹Wᵀ(x − μ) over the coordinates that are there (Tipping
  /// and Bishop 1999, eq. 8), two latents by Cramer's rule.
  private func projected(_ x: [Double], _ w: [Double], _ mu: [Double], _ sigma: Double) -> [Double]
  {
    var (a, b, d, p, q) = (sigma * sigma, 0.0, sigma * sigma, 0.0, 0.0)
    for i in x.indices where !x[i].isNaN {
      let (u, v, r) = (w[2 * i], w[2 * i + 1], x[i] - mu[i])
      a += u * u
      b += u * v
      d += v * v
      p += u * r
      q += v * r
    }
    let determinant = a * d - b * b
    let (z1, z2) = ((d * p - b * q) / determinant, (a * q - b * p) / determinant)
    return x.indices.map { w[2 * $0] * z1 + w[2 * $0 + 1] * z2 + mu[$0] }
  }

  @Test func principalComponentsAreProjectedInTheColumnsUnits() throws {
    let scratch = try Scratch()
    let words = ["run", Lvmc.model("ppca"), Lvmc.data("iris"), "-o", "a.fit", "--quiet"]
    #expect(try Lvmc.run(words, in: scratch).status == 0)
    #expect(
      try Lvmc.run(
        ["run", Lvmc.model("ppca"), Lvmc.data("iris"), "-o", "s.fit", "--quiet"]
          + ["--bind", "x=standardize(not species)"], in: scratch
      ).status == 0)
    let names = "Sepal.Length,Sepal.Width,Petal.Length,Petal.Width"
    try scratch.write("rows.csv", names + "\n5.1,3.5,1.4,0.2\n6.3,,6,2.5\n,3,,\n")
    let rows: [[Double]] = [[5.1, 3.5, 1.4, 0.2], [6.3, .nan, 6, 2.5], [.nan, 3, .nan, .nan]]
    for name in ["a.fit", "s.fit"] {
      let fit = try Fit(contentsOf: scratch.url(name))
      let w = try #require(fit["W"]).values
      let mu = try #require(fit["mu"]).values
      let sigma = try #require(fit["sigma"]).values[0]
      let steps = fit.data.memory.preparations["x"]?.columns
      let result = try Lvmc.run(["reconstruct", name, "rows.csv"], in: scratch)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.hasPrefix(names + "\n"))
      let found = numbers(result.output)
      #expect(found.count == 3)
      for (row, values) in zip(rows, found) {
        let prepared = row.enumerated().map { i, x in steps?[i].apply(x) ?? x }
        let expected = projected(prepared, w, mu, sigma).enumerated().map { i, x in
          steps?[i].undo(x) ?? x
        }
        for (x, y) in zip(values, expected) { #expect(abs(x - y) < 1e-9) }
      }
    }
  }

  @Test func mixturesWeighTheirMeans() throws {
    let scratch = try Scratch()
    let words = ["run", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"), "-o", "a.fit"]
    #expect(try Lvmc.run(words, in: scratch).status == 0)
    let fit = try Fit(contentsOf: scratch.url("a.fit"))
    let mean = try #require(fit["mean"]).values
    let table = try Table.read(path: Lvmc.data("faithful"))
    guard case .probabilities(let p, 2)? = try fit.posterior(of: "kind", given: table)?.content
    else {
      Issue.record("`kind` has two values")
      return
    }
    let result = try Lvmc.run(["reconstruct", "a.fit", Lvmc.data("faithful")], in: scratch)
    let found = numbers(result.output)
    #expect(found.count == 272)
    for (i, row) in found.enumerated() {
      for j in 0..<2 {
        #expect(abs(row[j] - p[2 * i] * mean[j] - p[2 * i + 1] * mean[2 + j]) < 1e-9)
      }
    }
  }

  @Test func labelsAndTruthValuesHaveTheirOwnWords() throws {
    let scratch = try Scratch()
    let words = ["run", Lvmc.model("mixed-type-mixture"), Lvmc.data("iris"), "-o", "a.fit"]
    #expect(try Lvmc.run(words, in: scratch).status == 0)
    let mixed = numbers(
      try Lvmc.run(["reconstruct", "a.fit", Lvmc.data("iris")], in: scratch).output)
    #expect(mixed.allSatisfy { [1, 2, 3].contains($0[2]) })
    #expect(Set(mixed.map { $0[2] }).count == 3)

    let classes = ["run", Lvmc.model("latent-class"), Lvmc.data("lsat6"), "-o", "b.fit"]
    #expect(try Lvmc.run(classes, in: scratch).status == 0)
    let chances = numbers(
      try Lvmc.run(["reconstruct", "b.fit", Lvmc.data("lsat6")], in: scratch).output)
    #expect(chances.joined().allSatisfy { $0 > 0 && $0 < 1 })
    // The mean of the posterior is that of the data, column by column: a property of the optimum.
    let data = try Table.read(path: Lvmc.data("lsat6"))
    for (j, column) in data.columns.enumerated() {
      let observed = column.storage.doubles().reduce(0, +) / 1000
      #expect(abs(chances.reduce(0) { $0 + $1[j] } / 1000 - observed) < 1e-4)
    }
  }

  @Test func classifierInfersTheSpecies() throws {
    let scratch = try Scratch()
    let words = ["run", Lvmc.model("class-conditional-ppca"), Lvmc.data("iris"), "-o", "a.fit"]
    #expect(try Lvmc.run(words, in: scratch).status == 0)
    try scratch.write(
      "new.csv",
      "Sepal.Length,Sepal.Width,Petal.Length,Petal.Width,species\n"
        + "5.1,3.5,1.4,0.2,\n7,3.2,4.7,1.4,\n6.3,3.3,6,2.5,\n6.3,3.3,6,2.5,2\n")
    let result = try Lvmc.run(["predict", "a.fit", "new.csv"], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    let lines = numbers(result.output)
    #expect(lines.map { $0[0] } == [1, 2, 3, 2])
    for line in lines { #expect(abs(line.dropFirst().reduce(0, +) - 1) < 1e-9) }
  }
}
