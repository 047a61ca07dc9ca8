import Foundation

/// Whether `mantissa` over 10^`decimals` is what the double prints with as many decimals: then the double
/// says all that the text does, as of every number that a program has printed.
///
/// That is |mantissa − value · 10^decimals| ≤ 1/2, in whole numbers of 128 bits; `decimals` is 0…22.
@inline(never)
func isWholeText(
  _ value: Double, _ mantissa: UInt64, _ decimals: Int, _ integerTens: UnsafePointer<UInt64>
) -> Bool {
  guard decimals <= 19 else { return true }
  guard value != 0 else { return mantissa == 0 }
  let shift = 52 - Int(value.exponent)
  let significand = value.significandBitPattern | 1 << 52
  var product = significand.multipliedFullWidth(by: integerTens[decimals])
  guard shift > 0 else {
    return shift > -12 && product.high == 0 && product.low << UInt64(-shift) == mantissa
  }
  guard shift < 118 else { return false }
  // Half a unit of the last decimal, then the bits below it go.
  let half = shift - 1
  if half < 64 {
    let (low, carry) = product.low.addingReportingOverflow(1 << UInt64(half))
    product = (product.high + (carry ? 1 : 0), low)
  } else {
    product.high += 1 << UInt64(half - 64)
  }
  let rounded =
    shift < 64
    ? product.high << UInt64(64 - shift) | product.low >> UInt64(shift)
    : product.high >> UInt64(shift - 64)
  return rounded == mantissa
}

/// The same of a text of any length, without an exponent.
@inline(never)
func isWholeText(_ value: Double, _ text: String) -> Bool {
  let digits = text.drop { $0 == "-" || $0 == "+" }
  let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
  let decimals = parts.count > 1 ? parts[1].count : 0
  guard decimals > 0 else { return false }
  guard decimals <= 1000 else { return true }
  let printed = String(format: "%.\(decimals)f", abs(value))
  return printed == (parts[0].isEmpty ? "0" : "") + digits
}

/// What a cell is compared by where it is an id or a label: whole numbers by all their digits, decimals
/// without the zeros at their end, everything else as it is written. `7`, `7.0` and `+7` are one; `007` is
/// another, and so is `7e0`.
func labelKey(_ text: String) -> String {
  guard let first = text.utf8.first,
    first &- 0x30 <= 9 || first == 0x2d || first == 0x2b || first == 0x2e || first == 0x20
  else { return text }
  let trimmed = text.utf8.drop { $0 == 0x20 }
  var rest = trimmed
  var isNegative = false
  if let sign = rest.first, sign == 0x2d || sign == 0x2b {
    isNegative = sign == 0x2d
    rest = rest.dropFirst()
  }
  let whole = rest.prefix { $0 &- 0x30 <= 9 }
  rest = rest.dropFirst(whole.count)
  var decimals = rest.prefix(0)
  if rest.first == 0x2e {
    decimals = rest.dropFirst().prefix { $0 &- 0x30 <= 9 }
    rest = rest.dropFirst(decimals.count + 1)
  }
  guard rest.allSatisfy({ $0 == 0x20 }), whole.count + decimals.count > 0,
    whole.count < 2 || whole.first != 0x30
  else { return text }
  var fraction = Array(decimals)
  while fraction.last == 0x30 { fraction.removeLast() }
  let digits = whole.isEmpty ? [0x30] : Array(whole)
  if fraction.isEmpty, digits == [0x30] { return "0" }
  let sign: [UInt8] = isNegative ? [0x2d] : []
  return String(
    decoding: sign + digits + (fraction.isEmpty ? [] : [0x2e] + fraction), as: UTF8.self)
}
