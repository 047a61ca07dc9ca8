import Foundation
import LVMData
import Testing

/// A counter-based generator (splitmix64): the same numbers on every machine.
struct Counter: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

@Suite struct NumberReadingTests {
  /// A random decimal as people and programs write them, short or long, plain or with an exponent.
  private func randomDecimal(_ random: inout Counter) -> String {
    func digits(_ count: Int) -> String {
      (0..<count).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
    }
    let sign = ["", "-", "+"].randomElement(using: &random) ?? ""
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return sign + digits(Int.random(in: 1...25, using: &random))
    case 1:
      return sign + digits(Int.random(in: 1...12, using: &random)) + "."
        + digits(Int.random(in: 0...25, using: &random))
    case 2: return sign + "." + digits(Int.random(in: 1...25, using: &random))
    case 3:
      return sign + digits(1) + "." + digits(Int.random(in: 1...20, using: &random)) + "e"
        + String(Int.random(in: -330...310, using: &random))
    case 4: return Double(bitPattern: random.next() & 0xbfff_ffff_ffff_ffff).description
    default:
      // Halfway between two doubles, where rounding is hardest.
      let m = (UInt64(1) << 53) + (random.next() >> 12) * 2 + 1
      return sign + String(m) + (Bool.random(using: &random) ? "" : ".0")
    }
  }

  @Test func numbersAreRoundedAsTheCLibraryRoundsThem() throws {
    var random = Counter(state: 1)
    let texts = (0..<100_000).map { _ in randomDecimal(&random) }
    let column = try #require(try Table(csv: "x\n" + texts.joined(separator: "\n")).columns.first)
    #expect(column.isNumeric)
    let values = column.storage.doubles()
    #expect(values.count == texts.count)
    for (text, value) in zip(texts, values) where text != "nan" && text != "-nan" {
      let expected = strtod(text, nil)
      if value.bitPattern != expected.bitPattern {
        Issue.record("\(text) was read as \(value), not \(expected)")
      }
    }
  }

  @Test func fractionsKeepEveryDigit() throws {
    var random = Counter(state: 2)
    let values = (0..<20_000).map { _ in Double.random(in: -10...10, using: &random) }
    let text = "x\n" + values.map(\.description).joined(separator: "\n")
    #expect(try Table(csv: text).columns[0].storage.doubles() == values)
  }

  @Test func storageIsNarrowWhereNothingIsLost() throws {
    let table = try Table(
      csv: """
        byte,signed,word,half,decimal,zero,gap
        0,-1,70000,0.5,0.1,-0,1
        255,127,-3,NA,7,0,
        """)
    let kinds = table.columns.map { column in
      switch column.storage {
      case .uint8: "uint8"
      case .int8: "int8"
      case .int32: "int32"
      case .float: "float"
      case .double: "double"
      case .text: "text"
      case .stored: "stored"
      }
    }
    #expect(kinds == ["uint8", "int8", "int32", "float", "double", "float", "float"])
    #expect(table.columns[5].storage.value(0).sign == .minus)
    #expect(table.columns[4].storage.doubles() == [0.1, 7])
    #expect(table.columns[6].missingCount == 1)
  }

  @Test func longColumnsJoinPiecesOfDifferentKinds() throws {
    var values = (0..<20_000).map { Double($0 % 200) }
    values[9_000] = -5
    values[15_000] = 100_000
    values[19_999] = 0.25
    let text = "x\n" + values.map { "\($0)" }.joined(separator: "\n")
    let column = try Table(csv: text).columns[0]
    #expect(column.storage.doubles() == values)
    #expect(column.minimum == -5)
    #expect(column.maximum == 100_000)
    #expect(!column.isInteger)
  }
}
