/// Finds the columns numbered after a name: `x1…`, `x.1…`, `x[1]…`, `x_1…`, or counted from zero.
enum NumberedColumns {
  private enum Style: Int, CaseIterable {
    case bare, dot, bracket, underscore
  }

  /// The positions of the columns of the first style that counts on from 1, or from 0, without gap.
  ///
  /// Leading zeros (`x01`) are read as the number. `excluded` columns belong to others.
  static func find(_ prefix: String, in table: Table, excluding excluded: Set<Int>) -> [Int] {
    let start = Array(prefix.utf8)
    var found: [Style: [Int: Int]] = [:]
    for (i, column) in table.columns.enumerated() where !excluded.contains(i) {
      guard let (style, number) = parse(column.name, after: start) else { continue }
      if found[style]?[number] == nil { found[style, default: [:]][number] = i }
    }
    for style in Style.allCases {
      guard let numbers = found[style] else { continue }
      for first in [0, 1] {
        var columns: [Int] = []
        while let column = numbers[first + columns.count] { columns.append(column) }
        if !columns.isEmpty { return columns }
      }
    }
    return []
  }

  private static func parse(_ name: String, after prefix: [UInt8]) -> (Style, Int)? {
    var name = name
    return name.withUTF8 { bytes in
      guard bytes.count > prefix.count, bytes.starts(with: prefix) else { return nil }
      var rest = bytes[prefix.count...]
      var style = Style.bare
      switch rest.first {
      case UInt8(ascii: "."): style = .dot
      case UInt8(ascii: "_"): style = .underscore
      case UInt8(ascii: "["):
        guard rest.last == UInt8(ascii: "]") else { return nil }
        style = .bracket
        rest = rest.dropLast()
      default: break
      }
      if style != .bare { rest = rest.dropFirst() }
      guard !rest.isEmpty, rest.count <= 9 else { return nil }
      var number = 0
      for byte in rest {
        guard byte >= 0x30, byte <= 0x39 else { return nil }
        number = number * 10 + Int(byte - 0x30)
      }
      return (style, number)
    }
  }
}

/// Whether a name matches a pattern in which `*` stands for any run of characters.
func matches(_ name: String, pattern: String) -> Bool {
  let text = Array(name.utf8)
  let glob = Array(pattern.utf8)
  var t = 0
  var g = 0
  var star: (glob: Int, text: Int)?
  while t < text.count {
    if g < glob.count, glob[g] == UInt8(ascii: "*") {
      star = (g, t)
      g += 1
    } else if g < glob.count, glob[g] == text[t] {
      g += 1
      t += 1
    } else if let back = star {
      star = (back.glob, back.text + 1)
      g = back.glob + 1
      t = back.text + 1
    } else {
      return false
    }
  }
  return glob[g...].allSatisfy { $0 == UInt8(ascii: "*") }
}
