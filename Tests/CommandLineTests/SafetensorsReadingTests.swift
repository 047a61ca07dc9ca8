import Foundation
import Testing

/// What `parameters.safetensors` may hold, whoever wrote it.
@Suite struct SafetensorsReadingTests {
  /// A fit of two columns, whose parameters are `mean` and `cov`.
  private func fitted() throws -> Scratch {
    let scratch = try Scratch()
    let line = ["run", Lvmc.model("gaussian"), Lvmc.data("faithful"), "-o", "a.fit", "-q"]
    #expect(try Lvmc.run(line, in: scratch).status == 0)
    return scratch
  }

  private func score(_ scratch: Scratch, header: String, _ numbers: [Double]) throws -> Lvmc.Result
  {
    var bytes = Data()
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { bytes += $0 }
    bytes += Data(header.utf8)
    for x in numbers { withUnsafeBytes(of: x.bitPattern.littleEndian) { bytes += $0 } }
    try bytes.write(to: scratch.url("a.fit/parameters.safetensors"))
    return try Lvmc.run(["score", "a.fit", Lvmc.data("faithful")], in: scratch)
  }

  private let cov = "\"cov\":{\"dtype\":\"F64\",\"shape\":[2,2],\"data_offsets\":[0,32]}"
  private let mean = "\"mean\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[32,48]}"

  @Test func matricesAreChecked() throws {
    let scratch = try fitted()
    let header = "{\(cov),\(mean)}"
    #expect(try score(scratch, header: header, [2, 1, 1, 3, 3, 70]).status == 0)
    for (matrix, word) in [
      ([2, 1, 1.1, 3], "symmetric"), ([1, 0, 0.5, 1], "symmetric"), ([1, 1, 1, 1], "singular"),
      ([1, 2, 2, 1], "singular"), ([0.1, 0.3, 0.3, 0.9], "singular"), ([0, 0, 0, 1], "diagonal"),
      ([-1, 0, 0, 1], "diagonal"), ([1e-200, 0, 0, 1e200], ""),
    ] {
      let result = try score(scratch, header: header, matrix + [3, 70])
      #expect(result.status == (word.isEmpty ? 0 : 3), "\(matrix) \(result.errors)")
      #expect(word.isEmpty || result.errors.contains(word), "\(result.errors)")
      #expect(word.isEmpty || result.errors.contains("`cov`"))
    }
  }

  @Test func headers() throws {
    let scratch = try fitted()
    let numbers: [Double] = [2, 1, 1, 3, 3, 70]
    let plain = try score(scratch, header: "{\(cov),\(mean)}", numbers)
    let metadata = "\"__metadata__\":{\"format\":\"pt\",\"cov\":\"a {\\\"cov\\\": 1}\"}"
    for header in ["{\(metadata),\(cov),\(mean)}", "{ \(mean) , \(cov),\(metadata)}   "] {
      let result = try score(scratch, header: header, numbers)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == plain.output)
    }
    let other = cov.replacingOccurrences(of: "\"cov\"", with: "\"\\u0063ov\"")
    for (header, word) in [
      ("{\(cov),\(mean),\(cov)}", "`cov` twice"), ("{\(cov),\(other),\(mean)}", "`cov` twice"),
      ("{\(metadata),\(metadata),\(cov),\(mean)}", "twice"),
      ("{\"__metadata__\":{\"n\":1},\(cov),\(mean)}", "header"),
      (
        "{\(cov),\(mean.replacingOccurrences(of: "[32,48]", with: "[16,32]"))}",
        "where those before them end"
      ),
      ("[\(cov)]", "header"), ("{\(cov),\(mean)", "header"),
    ] {
      let result = try score(scratch, header: header, numbers)
      #expect(result.status == 3 && result.errors.contains(word), "\(header) \(result.errors)")
    }
  }
}
