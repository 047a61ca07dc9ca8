/// The cells of one column, as narrow as they can be held without loss.
///
/// A missing cell is NaN in `float` and `double`, and −1 in a text column's codes; the integer
/// kinds have none.
public enum ColumnStorage: Sendable, Hashable {
  case uint8([UInt8])
  case int8([Int8])
  case int32([Int32])
  case float([Float])
  case double([Double])
  indirect case text(TextCells)
  /// A column of an array that lies in memory row by row, or on the disk.
  case stored(StoredCells)

  public var count: Int {
    switch self {
    case .uint8(let a): a.count
    case .int8(let a): a.count
    case .int32(let a): a.count
    case .float(let a): a.count
    case .double(let a): a.count
    case .text(let t): t.codes.count
    case .stored(let s): s.count
    }
  }

  /// Copies the cells of `rows` into `destination`, one every `stride` places from `offset`;
  /// text cells give their codes, missing cells NaN.
  public func doubles(
    rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Double>, offset: Int = 0,
    stride: Int = 1
  ) {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count)
    guard !rows.isEmpty else { return }
    precondition(offset >= 0 && offset + (rows.count - 1) * stride < destination.count)
    switch self {
    case .uint8(let a): spread(a, rows, destination, offset, stride) { Double($0) }
    case .int8(let a): spread(a, rows, destination, offset, stride) { Double($0) }
    case .int32(let a): spread(a, rows, destination, offset, stride) { Double($0) }
    case .float(let a): spread(a, rows, destination, offset, stride) { Double($0) }
    case .double(let a): spread(a, rows, destination, offset, stride) { $0 }
    case .text(let t):
      spread(t.codes, rows, destination, offset, stride) { $0 < 0 ? .nan : Double($0) }
    case .stored(let s):
      guard let base = destination.baseAddress else { return }
      s.store.copy(
        rows: rows, columns: [s.column], to: base + offset, positions: [0], stride: stride)
    }
  }

  /// All cells as doubles; see `doubles(rows:into:offset:stride:)`.
  public func doubles() -> [Double] {
    let n = count
    return [Double](unsafeUninitializedCapacity: n) { buffer, filled in
      doubles(rows: 0..<n, into: buffer)
      filled = n
    }
  }

  /// One cell as a double; for messages and small loops, not for whole columns.
  public func value(_ row: Int) -> Double {
    switch self {
    case .uint8(let a): Double(a[row])
    case .int8(let a): Double(a[row])
    case .int32(let a): Double(a[row])
    case .float(let a): Double(a[row])
    case .double(let a): a[row]
    case .text(let t): t.codes[row] < 0 ? .nan : Double(t.codes[row])
    case .stored(let s): s.value(row)
    }
  }

  /// Hands over the cells as doubles, some rows at a time, in order.
  func eachBlock(_ body: (_ rows: Range<Int>, _ cells: UnsafeBufferPointer<Double>) -> Void) {
    let n = count
    let block = 65_536
    let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: max(1, min(n, block)))
    defer { buffer.deallocate() }
    for start in Swift.stride(from: 0, to: n, by: block) {
      let rows = start..<min(start + block, n)
      doubles(rows: rows, into: buffer)
      body(rows, UnsafeBufferPointer(rebasing: buffer[..<rows.count]))
    }
  }

  @inline(__always)
  private func spread<T>(
    _ cells: [T], _ rows: Range<Int>, _ destination: UnsafeMutableBufferPointer<Double>,
    _ offset: Int, _ stride: Int, _ widen: (T) -> Double
  ) {
    cells.withUnsafeBufferPointer { source in
      guard let from = source.baseAddress, let to = destination.baseAddress else { return }
      var at = to + offset
      for row in rows {
        at.pointee = widen(from[row])
        at += stride
      }
    }
  }
}

/// The cells of a text column: a code a row into the column's distinct labels.
public struct TextCells: Sendable, Hashable {
  /// Per row an index into `labels`, −1 where missing.
  public var codes: [Int32]
  /// Distinct and in sorted order (by UTF-8 bytes).
  public var labels: [String]

  public init(codes: [Int32], labels: [String]) {
    self.codes = codes
    self.labels = labels
  }
}

/// What is known about a column's numbers without reading them again.
public struct ColumnSummary: Sendable, Hashable {
  public var missingCount = 0
  /// The least number; +∞ where there is none.
  public var minimum = Double.infinity
  /// The greatest number; −∞ where there is none.
  public var maximum = -Double.infinity
  /// Every number present is whole.
  public var isWhole = true

  public init() {}

  mutating func merge(_ other: ColumnSummary) {
    missingCount += other.missingCount
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    isWhole = isWhole && other.isWhole
  }
}
