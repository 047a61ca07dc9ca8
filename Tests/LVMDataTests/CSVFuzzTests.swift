import Foundation
import LVMData
import Testing

@Suite struct CSVFuzzTests {
  /// `LVM_FUZZ=100000` runs longer.
  private let rounds = ProcessInfo.processInfo.environment["LVM_FUZZ"].flatMap(Int.init) ?? 2_000

  @Test func anyBytesAreReadOrRefused() throws {
    let pieces: [[UInt8]] =
      [
        ",", "\n", "\r", "\r\n", "\"", "\"\"", "a", "1", "-2.5e3", "NA", "TRUE", " ", ";", "\t",
        "é",
        "nan", "inf", ".", "e", "+",
      ].map { Array($0.utf8) } + [[0xff], [0]]
    for round in 0..<rounds {
      var random = Counter(state: UInt64(round) << 20)
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...60, using: &random) {
        bytes += pieces.randomElement(using: &random) ?? []
      }
      guard let table = try? Table(csv: bytes) else { continue }
      var line = 1
      for column in table.columns { #expect(column.rowCount == table.rowCount) }
      for row in 0..<table.rowCount {
        let next = try #require(table.line(ofRow: row))
        #expect(next > line)
        line = next
      }
    }
  }

  /// What the writer writes, the reader reads.
  @Test func writtenTablesComeBack() throws {
    let parts = ["a", ",", "\"", "\n", " ", "é", "x y", "'", ";", "0", "NAN0"]
    for round in 0..<max(1, rounds / 10) {
      var random = Counter(state: UInt64(round) << 20 | 1)
      let rows = Int.random(in: 1...12, using: &random)
      let texts: [String?] = (0..<rows).map { row in
        if row > 0, Int.random(in: 0..<5, using: &random) == 0 { return nil }
        return "t"
          + (0..<Int.random(in: 0...4, using: &random)).map { _ in
            parts.randomElement(using: &random) ?? ""
          }.joined()
      }
      let numbers: [Double] = (0..<rows).map { _ in
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .nan
        case 1: Double(Int.random(in: -1000...1000, using: &random))
        default: Double.random(in: -1e6...1e6, using: &random)
        }
      }
      var writer = CSVWriter(header: ["some, text", "number"])
      for (text, number) in zip(texts, numbers) {
        writer.append([text.map { .text($0) } ?? .missing, .number(number)])
      }
      let table = try Table(csv: writer.bytes)
      #expect(table.rowCount == rows)
      #expect((0..<rows).map { table.columns[0].label($0) } == texts)
      for (a, b) in zip(table.columns[1].storage.doubles(), numbers) {
        #expect(a == b || a.isNaN && b.isNaN)
      }
    }
  }
}
