import Foundation
import LVM
import Testing

/// Queries of trained models from a table to a table, and pictures.
@Suite struct TrainedQueryCommandTests {
  private func fitted(_ model: String, _ data: String, epochs: Int = 2) throws -> Scratch {
    let scratch = try Scratch()
    let result = try Lvmc.run(
      [
        "run", Lvmc.model(model), Lvmc.data(data), "-o", "a.fit", "--quiet",
        "--fit", "epochs=\(epochs)",
      ], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    return scratch
  }

  private func answer(_ line: String, in scratch: Scratch) throws -> [[String]] {
    let result = try Lvmc.run(line.split(separator: " ").map(String.init), in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  /// Some rows of the digits, with the cells of the lower half of every second one empty.
  private func digits(_ count: Int, gaps: Bool, into scratch: Scratch) throws {
    let text = try String(contentsOfFile: Lvmc.data("digits8x8"), encoding: .utf8)
    let lines = text.split(separator: "\n").prefix(count + 1).enumerated().map { i, line in
      guard gaps, i > 0, i % 2 == 0 else { return String(line) }
      return line.split(separator: ",").enumerated().map { $0 > 32 ? "" : String($1) }
        .joined(separator: ",")
    }
    try scratch.write(gaps ? "gaps.csv" : "rows.csv", lines.joined(separator: "\n") + "\n")
  }

  /// Width and height of a PNG file, whose first and last chunks are in place.
  private func size(_ name: String, in scratch: Scratch) throws -> [Int] {
    let bytes = [UInt8](try Data(contentsOf: scratch.url(name)))
    #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(String(decoding: bytes[12..<16], as: UTF8.self) == "IHDR")
    #expect(String(decoding: bytes.suffix(8).prefix(4), as: UTF8.self) == "IEND")
    return [16, 20].map { at in bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) } }
  }

  /// One draw says nothing of how draws differ: its error is empty, not zero.
  @Test func oneDrawHasNoStandardError() throws {
    let scratch = try fitted("vae", "digits8x8")
    try digits(4, gaps: false, into: scratch)
    let one = try answer("score a.fit rows.csv --samples 1", in: scratch)
    #expect(one[0] == ["log_p_iwae", "log_p_iwae_se"])
    #expect(one.count == 5 && one.dropFirst().allSatisfy { Double($0[0]) != nil && $0[1].isEmpty })
    let two = try answer("score a.fit rows.csv --samples 2", in: scratch)
    #expect(two.dropFirst().allSatisfy { (Double($0[1]) ?? 0) > 0 })
  }

  @Test func gapsAreFilledAndTheRestStays() throws {
    let scratch = try fitted("vae", "digits8x8")
    try digits(6, gaps: true, into: scratch)
    let imputed = try answer("impute a.fit gaps.csv", in: scratch)
    let given = try scratch.read("gaps.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    // The table, and beside it how sure each cell of the columns with gaps is: those after p31.
    #expect(imputed[0].count == 65 + 32)
    for i in 0...6 {
      for j in 0..<65 where !given[i][j].isEmpty { #expect(imputed[i][j] == given[i][j]) }
      guard i > 0 else { continue }
      for j in 65..<97 {
        let p = try #require(Double(imputed[i][j]))
        if i % 2 == 0 { #expect(p >= 0.5 && p < 1) } else { #expect(p == 1) }
      }
      if i % 2 == 0 { for j in 33..<65 { #expect(["0", "1"].contains(imputed[i][j])) } }
    }
    let predicted = try answer("predict a.fit gaps.csv --samples 20", in: scratch)
    #expect(predicted[0].prefix(3) == ["p0", "p0_p1", "p0_p2"])
    #expect(predicted[1].dropFirst(3 * 40 + 1).prefix(2) != ["0", "0"])
    // Known cells are points.
    #expect(
      Set(predicted[1].enumerated().filter { $0.offset % 3 > 0 }.map(\.element)) == ["0", "1"])
    let all = try Lvmc.run(["predict", "a.fit", "gaps.csv", "--of", "x"], in: scratch)
    #expect(all.status == 0)
    #expect(all.errors.contains("averaged over 100 draws of each row's latents"))
    for query in ["encode a.fit gaps.csv", "score a.fit gaps.csv --samples 5"] {
      let lines = try answer(query, in: scratch)
      #expect(lines.count == 7)
      #expect(lines.dropFirst().joined().allSatisfy { Double($0)?.isFinite ?? false })
    }
  }

  @Test func encodersThatWereToldOfGapsAreToldAgain() throws {
    let scratch = try Scratch()
    try digits(60, gaps: true, into: scratch)
    let run = try Lvmc.run(
      ["run", Lvmc.model("vae"), "gaps.csv", "-o", "a.fit", "--quiet", "--fit", "epochs=2"],
      in: scratch)
    #expect(run.status == 0, "\(run.errors)")
    let gaps = try answer("encode a.fit gaps.csv", in: scratch)
    // Of a row without gaps the posterior is the same whatever its neighbours have.
    try digits(60, gaps: false, into: scratch)
    let full = try answer("encode a.fit rows.csv", in: scratch)
    // What is inferred of the empty pixels stands beside it.
    let width = full[1].count
    #expect(gaps[1].suffix(width) == full[1].suffix(width))
    #expect(gaps[2].suffix(width) != full[2].suffix(width))
    #expect(try answer("impute a.fit gaps.csv", in: scratch).count == 61)
    // As the fit's own table has them.
    let kept = try scratch.read("a.fit/latents.csv").split(separator: "\n")[2]
    for (x, y) in zip(gaps[2], kept.split(separator: ",")) {
      #expect(abs((Double(x) ?? 0) - (Double(y) ?? 1)) < 1e-6)
    }
  }

  @Test func picturesOfVectorsAndImages() throws {
    for model in ["vae", "conv-vae"] {
      let scratch = try fitted(model, "digits8x8")
      try digits(7, gaps: false, into: scratch)
      let reconstructed = try answer("reconstruct a.fit rows.csv --png r.png", in: scratch)
      #expect(reconstructed.count == 8 && reconstructed[0].count == 64)
      // Seven times enlarged, with a margin of one: seven in a line, the originals above.
      #expect(try size("r.png", in: scratch) == [7 * 57 + 1, 2 * 57 + 1])
      let line = try answer(
        "interpolate a.fit rows.csv --from 1 --to 7 --steps 4 --png i.png", in: scratch)
      #expect(line.count == 5 && line[0] == reconstructed[0])
      #expect(try size("i.png", in: scratch) == [4 * 57 + 1, 57 + 1])
      let means = try answer("sample a.fit -n 30 --mean --png s.png", in: scratch)
      #expect(try size("s.png", in: scratch) == [6 * 57 + 1, 5 * 57 + 1])
      #expect(means[0].count == 8 + 64)
      for cell in means[1].dropFirst(8) {
        let p = try #require(Double(cell))
        #expect(p > 0 && p < 1)
      }
      // Draws are of the same latents.
      let draws = try answer("sample a.fit -n 30", in: scratch)
      #expect(draws[1].prefix(8) == means[1].prefix(8))
      #expect(draws[1].dropFirst(8).allSatisfy { $0 == "0" || $0 == "1" })
      let near = try answer("sample a.fit rows.csv -n 3 --mean --aggregated", in: scratch)
      #expect(near.count == 4 && near[0] == means[0])
    }
  }

  @Test func exactModelsToo() throws {
    let scratch = try Scratch()
    let run = try Lvmc.run(
      ["run", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"), "-o", "a.fit"], in: scratch)
    #expect(run.status == 0)
    let fit = try Fit(contentsOf: scratch.url("a.fit"))
    let mean = try #require(fit["mean"]).values
    let means = try answer("sample a.fit -n 20 --mean", in: scratch)
    #expect(means[0] == ["kind", "eruptions", "waiting"])
    for row in means.dropFirst() {
      let kind = try #require(Int(row[0])) - 1
      #expect(Double(row[1]) == mean[2 * kind] && Double(row[2]) == mean[2 * kind + 1])
    }
    // The kinds of one row: always that of its posterior, which is sure.
    try scratch.write("one.csv", "eruptions,waiting\n1.8,54\n")
    let near = try answer("sample a.fit one.csv -n 20 --aggregated", in: scratch)
    let sure = try answer("encode a.fit one.csv", in: scratch)
    #expect(near.dropFirst().allSatisfy { $0[0] == sure[1][0] })
  }

  private struct Refusal {
    var line: String
    var message: String
    var status: Int32 = 2
  }

  @Test func whatHasNoAnswerIsRefusedByName() throws {
    let scratch = try fitted("vae-gaussian", "iris")
    let mixture = try Lvmc.run(
      ["run", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"), "-o", "m.fit"], in: scratch)
    #expect(mixture.status == 0)
    let chain = try Lvmc.run(
      ["run", Lvmc.model("local-level"), Lvmc.data("nile"), "-o", "c.fit"], in: scratch)
    #expect(chain.status == 0)
    let (iris, nile, faithful) = (Lvmc.data("iris"), Lvmc.data("nile"), Lvmc.data("faithful"))
    let refused = [
      Refusal(line: "reconstruct a.fit \(iris) --png x.png", message: "[no-image]"),
      Refusal(line: "sample a.fit -n 3 --png x.png", message: "`x` is not"),
      Refusal(line: "sample a.fit -n 3 --aggregated", message: "DATA is missing"),
      Refusal(line: "interpolate a.fit \(iris) --to 3", message: "--from ROW is missing"),
      Refusal(line: "interpolate a.fit \(iris) --from 3", message: "--to ROW is missing"),
      Refusal(line: "interpolate a.fit \(iris) --from 0 --to 3", message: "whole number from 1"),
      Refusal(
        line: "interpolate a.fit \(iris) --from 1 --to 151",
        message: "there is no row 151: the table has rows 1…150"),
      Refusal(
        line: "interpolate a.fit \(iris) --from 1 --to 2 --steps 1", message: "number from 2"),
      Refusal(
        line: "interpolate m.fit \(faithful) --from 1 --to 2",
        message: "`kind` cannot be interpolated: it is a label"),
      Refusal(line: "interpolate c.fit \(nile) --from 1 --to 2", message: "[no-interpolation]"),
      Refusal(line: "sample c.fit \(nile) -n 2 --aggregated", message: "[no-aggregate]"),
      Refusal(line: "predict a.fit \(iris) --of z", message: "no observed variable `z`"),
      Refusal(line: "predict a.fit \(iris) --samples 0", message: "whole number from 1"),
      Refusal(line: "impute a.fit none.csv", message: "no such file", status: 3),
    ]
    for wrong in refused {
      let result = try Lvmc.run(wrong.line.split(separator: " ").map(String.init), in: scratch)
      #expect(result.status == wrong.status, "\(wrong.line): \(result.errors)")
      #expect(result.errors.contains(wrong.message), "\(wrong.line): \(result.errors)")
      #expect(result.output.isEmpty)
    }
    #expect(!scratch.entries.contains("x.png"))
  }
}
