/// How numbers are written where not by a point alone: the decimal mark, and what separates thousands.
struct NumberConvention: Hashable {
  /// `.` or `,`.
  var mark: UInt8
  /// Stands between groups of digits: a comma, a point, a space or an apostrophe.
  var group: UInt8

  private static let all: [NumberConvention] = [
    .init(mark: 0x2e, group: 0x2c), .init(mark: 0x2e, group: 0x20), .init(mark: 0x2e, group: 0x27),
    .init(mark: 0x2c, group: 0x2e), .init(mark: 0x2c, group: 0x20), .init(mark: 0x2c, group: 0x27),
  ]

  /// What the labels of a column are as numbers.
  enum Reading {
    /// The numbers, NaN for `NA` in quotes; the decimal mark, where the column shows it.
    case numbers([Double], mark: UInt8?)
    /// Different numbers, as a comma is a decimal mark or separates thousands.
    case either([(mark: UInt8, numbers: [Double])])
    case none
  }

  /// Reads all labels of a column by one convention.
  static func read(_ labels: [String]) -> Reading {
    let plain = labels.map { isMissingWord(Array($0.utf8)) ? nil : plainText($0) }
    var found: [(mark: UInt8, numbers: [Double])] = []
    for convention in all {
      var numbers: [Double] = []
      for text in plain {
        guard let text else {
          numbers.append(.nan)
          continue
        }
        guard let number = convention.number(text) else { break }
        numbers.append(number)
      }
      if numbers.count == plain.count { found.append((convention.mark, numbers)) }
    }
    guard let one = found.first else { return .none }
    let marks = Set(found.map(\.mark))
    let isSame = found.allSatisfy { other in
      zip(one.numbers, other.numbers).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
    }
    if isSame { return .numbers(one.numbers, mark: marks.count == 1 ? one.mark : nil) }
    // Of those with one mark the first, for they differ in nothing that the labels show.
    return marks.count == 1
      ? .numbers(one.numbers, mark: one.mark)
      : .either(marks.sorted().compactMap { mark in found.first { $0.mark == mark } })
  }

  /// Nothing but what numbers are written with.
  static func mayBeNumber(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "0"..."9", ",", ".", " ", "'", "+", "-", "e", "E", "\u{a0}", "\u{2009}", "\u{202f}",
        "\u{2019}", "\u{2212}":
        true
      default: false
      }
    }
  }

  /// With one kind of space, apostrophe and minus.
  private static func plainText(_ text: String) -> [UInt8] {
    var plain = text.unicodeScalars.map { scalar -> UInt8 in
      switch scalar {
      case "\u{a0}", "\u{2009}", "\u{202f}": 0x20
      case "\u{2019}": 0x27
      case "\u{2212}": 0x2d
      default: scalar.isASCII ? UInt8(scalar.value) : 0
      }
    }[...]
    while plain.first == 0x20 { plain.removeFirst() }
    while plain.last == 0x20 { plain.removeLast() }
    return Array(plain)
  }

  /// The number that a text is; `nil` where it is none.
  private func number(_ text: [UInt8]) -> Double? {
    var p = 0
    var plain: [UInt8] = []
    func isDigit(_ i: Int) -> Bool { i < text.count && text[i] &- 0x30 <= 9 }
    if p < text.count, text[p] == 0x2d || text[p] == 0x2b {
      plain.append(text[p])
      p += 1
    }
    var groups: [Int] = [0]
    let first = p
    while p < text.count {
      if isDigit(p) {
        plain.append(text[p])
        groups[groups.count - 1] += 1
      } else if text[p] == group, isDigit(p + 1), p > first {
        groups.append(0)
      } else {
        break
      }
      p += 1
    }
    guard isGrouped(groups, startsWithZero: first < text.count && text[first] == 0x30) else {
      return nil
    }
    var digits = groups.reduce(0, +)
    if p < text.count, text[p] == mark {
      plain.append(0x2e)
      p += 1
      while isDigit(p) {
        plain.append(text[p])
        digits += 1
        p += 1
      }
    }
    guard digits > 0 else { return nil }
    if p < text.count, text[p] | 0x20 == 0x65 {
      plain += text[p...]
    } else if p < text.count {
      return nil
    }
    return Double(String(decoding: plain, as: UTF8.self))
  }

  /// Groups of three, the first shorter or not; or, between commas, all but the last of two (1,00,000).
  private func isGrouped(_ groups: [Int], startsWithZero: Bool) -> Bool {
    guard groups.count > 1 else { return true }
    guard !startsWithZero, groups[0] > 0, groups[0] <= 3, groups.last == 3 else { return false }
    let inner = groups.dropFirst().dropLast()
    if inner.allSatisfy({ $0 == 3 }) { return true }
    return group == 0x2c && groups[0] <= 2 && inner.allSatisfy { $0 == 2 }
  }
}
