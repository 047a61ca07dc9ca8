/// Chooses the narrowest storage that holds numbers exactly, and joins pieces of a column.
extension ColumnStorage {
  /// The numbers in the narrowest kind that loses nothing, negative zeros included; and their summary.
  static func narrow(_ values: UnsafeBufferPointer<Double>) -> (ColumnStorage, ColumnSummary) {
    let (kind, summary) = narrowest(values)
    let storage: ColumnStorage =
      switch kind {
      case .uint8: .uint8(converted(values) { UInt8(truncatingIfNeeded: $0) })
      case .int8: .int8(converted(values) { Int8(truncatingIfNeeded: $0) })
      case .int32: .int32(converted(values) { $0 })
      case .float: .float(values.map { Float($0) })
      case .double: .double(Array(values))
      }
    return (storage, summary)
  }

  /// What is known of some numbers.
  static func summary(of values: UnsafeBufferPointer<Double>) -> ColumnSummary {
    narrowest(values).1
  }

  private static func narrowest(_ values: UnsafeBufferPointer<Double>) -> (Kind, ColumnSummary) {
    var summary = ColumnSummary()
    var low = Double.infinity
    var high = -Double.infinity
    // Every fact is a sum of zeros and ones, without a branch, so that the loop runs on vectors.
    var missing = 0
    var broken = 0
    var large = 0
    var beyondFloat = 0
    var negativeZeros = 0
    for v in values {
      missing &+= v != v ? 1 : 0
      low = v < low ? v : low
      high = v > high ? v : high
      // Adding 1.5 · 2^52 rounds to a whole number, up to 2^51.
      broken &+= (v + wholeShift) - wholeShift == v ? 0 : 1
      large &+= v.magnitude > 2_251_799_813_685_248 ? 1 : 0
      beyondFloat &+= Double(Float(v)) == v ? 0 : 1
      negativeZeros &+= v.bitPattern == 1 << 63 ? 1 : 0
    }
    let fitsFloat = beyondFloat == missing
    let isWhole =
      large == 0
      ? broken == missing
      : values.allSatisfy { $0.isNaN || $0.rounded(.towardZero) == $0 }
    summary.missingCount = missing
    summary.minimum = low
    summary.maximum = high
    summary.isWhole = isWhole
    let integers = isWhole && negativeZeros == 0 && missing == 0
    let kind: Kind
    if integers && low >= 0 && high <= 255 {
      kind = .uint8
    } else if integers && low >= -128 && high <= 127 {
      kind = .int8
    } else if integers && low >= -2_147_483_648 && high <= 2_147_483_647 {
      kind = .int32
    } else {
      kind = fitsFloat ? .float : .double
    }
    return (kind, summary)
  }

  /// Whole numbers within 32 bits, converted without a check each.
  @inline(__always)
  private static func converted<T>(
    _ values: UnsafeBufferPointer<Double>, _ narrow: (Int32) -> T
  ) -> [T] {
    [T](unsafeUninitializedCapacity: values.count) { buffer, filled in
      for i in 0..<values.count {
        buffer.initializeElement(at: i, to: narrow(values[i].unsafeInt32))
      }
      filled = values.count
    }
  }

  static func narrow(_ values: [Double]) -> (ColumnStorage, ColumnSummary) {
    values.withUnsafeBufferPointer { narrow($0) }
  }

  /// The pieces of one column, one after the other, in the narrowest kind that holds them all.
  static func joined(_ pieces: [ColumnStorage]) -> ColumnStorage {
    if pieces.count == 1 { return pieces[0] }
    let total = pieces.reduce(0) { $0 + $1.count }
    switch commonKind(pieces) {
    case .uint8:
      return .uint8(concatenated(pieces, total) { UInt8(truncatingIfNeeded: Int($0)) })
    case .int8: return .int8(concatenated(pieces, total) { Int8(truncatingIfNeeded: Int($0)) })
    case .int32: return .int32(concatenated(pieces, total) { Int32(truncatingIfNeeded: Int($0)) })
    case .float: return .float(concatenated(pieces, total) { Float($0) })
    case .double: return .double(concatenated(pieces, total) { $0 })
    }
  }

  private enum Kind { case uint8, int8, int32, float, double }

  private static func commonKind(_ pieces: [ColumnStorage]) -> Kind {
    var hasUInt8 = false
    var hasInt8 = false
    var hasInt32 = false
    var hasFloat = false
    var largest: Int32 = 0
    for piece in pieces where piece.count > 0 {
      switch piece {
      case .uint8: hasUInt8 = true
      case .int8: hasInt8 = true
      case .int32(let a):
        hasInt32 = true
        for v in a { largest = max(largest, v == .min ? .max : abs(v)) }
      case .float: hasFloat = true
      case .double: return .double
      case .text, .stored: preconditionFailure("only pieces of numbers in memory are joined")
      }
    }
    // A float holds every whole number up to 2^24.
    if hasFloat { return largest <= 16_777_216 ? .float : .double }
    if hasInt32 || (hasUInt8 && hasInt8) { return .int32 }
    return hasInt8 ? .int8 : .uint8
  }

  private static func concatenated<T>(
    _ pieces: [ColumnStorage], _ total: Int, _ convert: (Double) -> T
  ) -> [T] {
    var result: [T] = []
    result.reserveCapacity(total)
    for piece in pieces {
      if let same = piece.cells(as: T.self) {
        result.append(contentsOf: same)
      } else {
        for value in piece.doubles() { result.append(convert(value)) }
      }
    }
    return result
  }

  /// The cells where they are held in this very type.
  private func cells<T>(as type: T.Type) -> [T]? {
    switch self {
    case .uint8(let a): a as? [T]
    case .int8(let a): a as? [T]
    case .int32(let a): a as? [T]
    case .float(let a): a as? [T]
    case .double(let a): a as? [T]
    case .text, .stored: nil
    }
  }
}

/// 1.5 · 2^52
private let wholeShift = 6_755_399_441_055_744.0

extension Double {
  /// The whole number that this is known to be, within 32 bits.
  @inline(__always)
  fileprivate var unsafeInt32: Int32 {
    // The sum leaves the integer in the low bits of the significand.
    Int32(truncatingIfNeeded: (self + wholeShift).bitPattern)
  }
}
