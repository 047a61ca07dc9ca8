/// Powers of ten that a double holds exactly (to 10^22), and those that fit 64 bits (to 10^19).
enum PowersOfTen {
  static let doubles: [Double] = (0...22).reduce(into: []) { powers, i in
    powers.append(i == 0 ? 1 : powers[i - 1] * 10)
  }
  static let integers: [UInt64] = (0...19).reduce(into: []) { powers, i in
    powers.append(i == 0 ? 1 : powers[i - 1] * 10)
  }
}

/// What was read at the start of some bytes.
struct ParsedDecimal {
  var value: Double
  /// Just after the last character of the number; equal to the start where there is none.
  var end: UnsafePointer<UInt8>
  var traits: DecimalTraits = []
}

/// What a number's text says beyond its value.
struct DecimalTraits: OptionSet {
  var rawValue: UInt8

  /// Three digits after the point, which elsewhere may separate thousands.
  static let hasThreeDecimals = DecimalTraits(rawValue: 1)
  /// Another number of digits after the point.
  static let hasOtherDecimals = DecimalTraits(rawValue: 2)
  /// A double cannot give the text back: leading zeros, or more digits than it holds.
  static let hasOwnText = DecimalTraits(rawValue: 4)
}

/// Reads a decimal number at `start`, correctly rounded: `12`, `-0.5`, `.5`, `1.`, `1e-3`.
///
/// Almost all numbers take one of two exact short ways: an integer below 2^53 times or over a power
/// of ten up to 10^22, both doubles without error, so that one operation rounds once (Clinger 1990,
/// "How to read floating point numbers accurately"); or an integer of 64 bits over a power of ten
/// up to 10^19, divided in 128 bits and rounded once. The rest goes to the standard library.
@inline(__always)
func parseDecimal(
  _ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>,
  _ tens: UnsafePointer<Double>, _ integerTens: UnsafePointer<UInt64>
) -> ParsedDecimal {
  var p = start
  var negative = false
  if p < limit, p.pointee == 0x2d || p.pointee == 0x2b {
    negative = p.pointee == 0x2d
    p += 1
  }
  var mantissa: UInt64 = 0
  let firstDigit = p
  while p < limit {
    let digit = p.pointee &- 0x30
    if digit > 9 { break }
    mantissa = mantissa &* 10 &+ UInt64(digit)
    p += 1
  }
  var digits = p - firstDigit
  var scale = 0
  var traits: DecimalTraits = digits > 1 && firstDigit.pointee == 0x30 ? .hasOwnText : []
  if p < limit, p.pointee == 0x2e {
    p += 1
    let firstDecimal = p
    while p < limit {
      let digit = p.pointee &- 0x30
      if digit > 9 { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      p += 1
    }
    scale = firstDecimal - p
    digits -= scale
    if scale < 0 { traits.insert(scale == -3 ? .hasThreeDecimals : .hasOtherDecimals) }
  }
  if digits == 0 { return ParsedDecimal(value: 0, end: start) }
  let textEnd = p
  if p < limit, p.pointee | 0x20 == 0x65 {
    let (exponent, end) = parseExponent(p, limit)
    scale += exponent
    p = end
  }
  // What has an exponent was printed from a floating-point number.
  let isPlain = p == textEnd
  if digits > 19 { digits -= leadingZeros(firstDigit, p) }
  if digits <= 19 {
    if mantissa <= 1 << 53 {
      if scale == 0 {
        let value = Double(mantissa)
        return ParsedDecimal(value: negative ? -value : value, end: p, traits: traits)
      }
      if scale < 0 && scale >= -22 {
        let value = Double(mantissa) / tens[-scale]
        if digits > 15, isPlain, !isWholeText(value, mantissa, -scale, integerTens) {
          traits.insert(.hasOwnText)
        }
        return ParsedDecimal(value: negative ? -value : value, end: p, traits: traits)
      }
      if scale > 0 && scale <= 22 {
        let value = Double(mantissa) * tens[scale]
        return ParsedDecimal(value: negative ? -value : value, end: p, traits: traits)
      }
    } else if scale <= 0 && scale >= -19 {
      let value = quotient(mantissa, integerTens[-scale])
      if isPlain, scale == 0 || !isWholeText(value, mantissa, -scale, integerTens) {
        traits.insert(.hasOwnText)
      }
      return ParsedDecimal(value: negative ? -value : value, end: p, traits: traits)
    }
  }
  let bytes = UnsafeBufferPointer(start: start, count: p - start)
  let text = String(decoding: bytes, as: UTF8.self)
  let value = Double(text) ?? .nan
  if isPlain, !isWholeText(value, text) { traits.insert(.hasOwnText) }
  return ParsedDecimal(value: value, end: p, traits: traits)
}

/// How many of the digits from `start` are zeros before any other digit; they carry no weight.
@inline(never)
private func leadingZeros(
  _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
) -> Int {
  var p = start
  var zeros = 0
  while p < end, p.pointee == 0x30 || p.pointee == 0x2e {
    if p.pointee == 0x30 { zeros += 1 }
    p += 1
  }
  return zeros
}

/// The exponent at an `e`, and where it ends; where no digits follow, the `e` is not taken.
@inline(never)
private func parseExponent(
  _ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>
) -> (Int, UnsafePointer<UInt8>) {
  var p = start + 1
  var negative = false
  if p < limit, p.pointee == 0x2d || p.pointee == 0x2b {
    negative = p.pointee == 0x2d
    p += 1
  }
  let first = p
  var exponent = 0
  while p < limit, p.pointee &- 0x30 <= 9 {
    // Far beyond any double, the exact value no longer matters.
    exponent = min(exponent * 10 + Int(p.pointee &- 0x30), 1_000_000_000)
    p += 1
  }
  return p == first ? (0, start) : (negative ? -exponent : exponent, p)
}

/// `mantissa / power`, rounded once to the nearest double, ties to even; `mantissa` ≥ 2^53.
@inline(never)
private func quotient(_ mantissa: UInt64, _ power: UInt64) -> Double {
  // Both shifted to the top of their words; then quotient = high : low / divisor has 64 bits.
  let mantissaShift = mantissa.leadingZeroBitCount
  let powerShift = power.leadingZeroBitCount
  let divisor = power << UInt64(powerShift)
  var high = mantissa << UInt64(mantissaShift)
  var low: UInt64 = 0
  var exponent = powerShift - mantissaShift - 64
  if high >= divisor {
    low = high << 63
    high >>= 1
    exponent += 1
  }
  let (whole, remainder) = divisor.dividingFullWidth((high, low))
  // At least 63 bits; keep 55 or more below which only "is there anything" matters.
  let sticky: UInt64 = remainder == 0 ? 0 : 1
  // The conversion rounds a 64-bit integer once; the sticky bit decides ties beyond it.
  let value = Double(whole | sticky)
  return value * powerOfTwo(exponent)
}

/// 2^n for n in the normal range.
@inline(__always)
private func powerOfTwo(_ n: Int) -> Double {
  Double(bitPattern: UInt64(n + 1023) << 52)
}
