import LVMSyntax

/// A cell as it lies in the file.
struct CSVCell {
  /// The text: within the quotes, or without the spaces around it.
  var start: UnsafePointer<UInt8>
  var count: Int
  /// Holds doubled quotes that stand for one.
  var hasDoubledQuotes = false
  var isQuoted = false
  /// The separator, line break or end of file after the cell.
  var end: UnsafePointer<UInt8>
  /// Line breaks inside the cell.
  var lineBreaks = 0

  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

  /// The text with doubled quotes resolved; `nil` where it is not UTF-8 or holds a zero byte.
  var text: String? {
    guard !bytes.contains(0) else { return nil }
    return String(validating: unescaped, as: UTF8.self)
  }

  /// The text's bytes with doubled quotes resolved.
  var unescaped: [UInt8] {
    guard hasDoubledQuotes else { return Array(bytes) }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var i = 0
    while i < count {
      result.append(start[i])
      i += start[i] == 0x22 ? 2 : 1
    }
    return result
  }

  /// Empty, or without quotes `NA`, or NaN in any case. `na` and `Na` are text.
  var isMissing: Bool { count == 0 || !isQuoted && isMissingWord(bytes) }

  /// `NA` or NaN in quotes: a label among labels, and no number among numbers.
  var isQuotedWord: Bool { isQuoted && isMissingWord(bytes) }

  /// The truth value of TRUE and FALSE in any case.
  var truthValue: Bool? {
    guard count == 4 || count == 5 else { return nil }
    let word = bytes.map { $0 | 0x20 }
    if word.elementsEqual("true".utf8) { return true }
    if word.elementsEqual("false".utf8) { return false }
    return nil
  }

  /// The number that the cell holds, spaces around it aside; `inf` and `infinity` are numbers here,
  /// refused later where they are used.
  func number(
    _ tens: UnsafePointer<Double>, _ integerTens: UnsafePointer<UInt64>
  ) -> (value: Double, traits: DecimalTraits)? {
    var first = start
    var last = start + count
    while first < last, first.pointee == 0x20 || first.pointee == 0x09 { first += 1 }
    while last > first, (last - 1).pointee == 0x20 || (last - 1).pointee == 0x09 { last -= 1 }
    guard first < last else { return nil }
    let parsed = parseDecimal(first, last, tens, integerTens)
    if parsed.end == last { return (parsed.value, parsed.traits) }
    guard last - first <= 9 else { return nil }
    let word = String(
      decoding: UnsafeBufferPointer(start: first, count: last - first), as: UTF8.self)
    switch word.lowercased() {
    case "inf", "+inf", "infinity", "+infinity": return (.infinity, [])
    case "-inf", "-infinity": return (-.infinity, [])
    default: return nil
    }
  }
}

/// `NA`, or NaN in any case.
func isMissingWord(_ text: some RandomAccessCollection<UInt8>) -> Bool {
  switch text.count {
  case 2: return text.elementsEqual([0x4e, 0x41])
  case 3: return text.elementsEqual([0x6e, 0x61, 0x6e]) { $0 | 0x20 == $1 }
  default: return false
  }
}

/// Why a cell cannot be read, and how many line breaks after its start.
enum CSVCellError: Error {
  case unterminatedQuote
  case textAfterQuote(lineBreaks: Int)
}

/// Finds the cell that starts at `start`.
///
/// A quote opens a quoted cell only as its first character (spaces aside); elsewhere it is text.
func scanCell(
  _ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, separator: UInt8
) throws(CSVCellError) -> CSVCell {
  var p = start
  while p < limit, p.pointee == 0x20 { p += 1 }
  if p < limit, p.pointee == 0x22 { return try scanQuoted(p + 1, limit, separator: separator) }
  let first = p
  while p < limit, p.pointee != separator, p.pointee != 0x0a, p.pointee != 0x0d { p += 1 }
  var last = p
  while last > first, (last - 1).pointee == 0x20 { last -= 1 }
  return CSVCell(start: first, count: last - first, end: p)
}

private func scanQuoted(
  _ first: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, separator: UInt8
) throws(CSVCellError) -> CSVCell {
  var p = first
  var cell = CSVCell(start: first, count: 0, isQuoted: true, end: first)
  while true {
    guard p < limit else { throw .unterminatedQuote }
    switch p.pointee {
    case 0x22:
      guard p + 1 < limit, p[1] == 0x22 else {
        cell.count = p - first
        p += 1
        while p < limit, p.pointee == 0x20 { p += 1 }
        guard p == limit || p.pointee == separator || p.pointee == 0x0a || p.pointee == 0x0d else {
          throw .textAfterQuote(lineBreaks: cell.lineBreaks)
        }
        cell.end = p
        return cell
      }
      cell.hasDoubledQuotes = true
      p += 2
    case 0x0a:
      cell.lineBreaks += 1
      p += 1
    case 0x0d:
      // A lone carriage return breaks a line too; with a line feed they count once.
      if !(p + 1 < limit && p[1] == 0x0a) { cell.lineBreaks += 1 }
      p += 1
    default: p += 1
    }
  }
}
