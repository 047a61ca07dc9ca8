import Foundation

/// An array of numbers as a file holds it, in memory or left on the disk and read a block at a time.
final class RowStore: @unchecked Sendable {
  // Sendable: what changes after `init` is behind the lock.
  let rowCount: Int
  let width: Int
  let type: NPYType
  /// In elements.
  private let rowStride: Int
  private let columnStride: Int
  private let place: Place
  private let name: String
  private let lock = NSLock()
  private var failed: DataErrors?

  enum Place {
    /// A block from `malloc`, which the store frees.
    case memory(UnsafeMutableRawPointer)
    /// An open file, which the store closes, and where in it the numbers begin.
    case file(Int32, offset: Int)
    case scratch(ScratchFile)
  }

  init(
    _ place: Place, rows: Int, width: Int, type: NPYType, isFortranOrder: Bool = false, name: String
  ) {
    self.place = place
    self.type = type
    self.name = name
    rowCount = rows
    self.width = width
    rowStride = isFortranOrder ? 1 : width
    columnStride = isFortranOrder ? rows : 1
  }

  deinit {
    switch place {
    case .memory(let block): free(block)
    case .file(let descriptor, _): close(descriptor)
    case .scratch: break
    }
  }

  var isInMemory: Bool {
    if case .memory = place { return true }
    return false
  }

  /// The first reading that failed.
  var failure: DataErrors? { lock.withLock { failed } }

  /// All numbers, where they lie in memory row by row as doubles.
  var doubles: UnsafePointer<Double>? {
    guard case .memory(let block) = place, type == .f8, columnStride == 1 else { return nil }
    return UnsafePointer(block.assumingMemoryBound(to: Double.self))
  }

  /// Copies columns of some rows: row r of `columns[k]` goes to `r · stride + positions[k]`.
  ///
  /// Where the file cannot be read the numbers are NaN, and `failure` says why.
  func copy(
    rows: Range<Int>, columns: [Int], to destination: UnsafeMutablePointer<Double>,
    positions: [Int], stride: Int
  ) {
    guard !rows.isEmpty, !columns.isEmpty else { return }
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "no such rows")
    switch place {
    case .memory(let block):
      convert(
        UnsafeRawPointer(block) + rows.lowerBound * rowStride * type.size, rows.count, columns,
        columnStride, rowStride, destination, positions, stride)
    case .file(let descriptor, let offset):
      copy(from: descriptor, offset, rows, columns, destination, positions, stride)
    case .scratch(let file):
      copy(from: file.descriptor, 0, rows, columns, destination, positions, stride)
    }
  }

  private func copy(
    from descriptor: Int32, _ offset: Int, _ rows: Range<Int>, _ columns: [Int],
    _ destination: UnsafeMutablePointer<Double>, _ positions: [Int], _ stride: Int
  ) {
    if columnStride == 1 {
      let isWhole = type == .f8 && stride == width && columns.count == width
      if isWhole, columns == Array(0..<width), positions == columns {
        read(
          descriptor, UnsafeMutableRawPointer(destination), rows.count * width * 8,
          at: offset + rows.lowerBound * width * 8)
        return
      }
      let bytes = rows.count * width * type.size
      let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      defer { raw.deallocate() }
      read(descriptor, raw, bytes, at: offset + rows.lowerBound * width * type.size)
      convert(raw, rows.count, columns, 1, width, destination, positions, stride)
      return
    }
    let bytes = rows.count * type.size
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    defer { raw.deallocate() }
    for (column, position) in zip(columns, positions) {
      read(
        descriptor, raw, bytes,
        at: offset + (column * columnStride + rows.lowerBound) * type.size)
      convert(raw, rows.count, [0], 1, 1, destination, [position], stride)
    }
  }

  private func read(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int, at offset: Int
  ) {
    let code = readFully(
      descriptor, UnsafeMutableRawBufferPointer(start: buffer, count: count), at: offset)
    guard code != 0 else { return }
    memset(buffer, 0xff, count)
    let reason =
      code == ENODATA
      ? "it is shorter than it was" : String(cString: strerror(code))
    lock.withLock {
      if failed == nil {
        failed = DataErrors(.cannotRead(reason: reason), at: .init(file: name))
      }
    }
  }

  /// Whether 64-bit integers of some rows are exact as doubles.
  func isExact(_ rows: Range<Int>) -> Bool {
    var exact = true
    let bytes = rows.count * width * 8
    let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
    defer { raw.deallocate() }
    let isRows = columnStride == 1
    for column in isRows ? 0..<1 : 0..<width {
      let at = (isRows ? rows.lowerBound * width : column * columnStride + rows.lowerBound) * 8
      let count = isRows ? rows.count * width : rows.count
      let part = UnsafeMutableRawBufferPointer(rebasing: raw[..<(count * 8)])
      switch place {
      case .memory(let block):
        part.copyMemory(from: UnsafeRawBufferPointer(start: block + at, count: count * 8))
      case .file(let descriptor, let offset): _ = readFully(descriptor, part, at: offset + at)
      case .scratch(let file): _ = readFully(file.descriptor, part, at: at)
      }
      for i in 0..<count {
        let bits = part.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self)
        let fits =
          type == .i8
          ? Double(exactly: Int64(bitPattern: UInt64(littleEndian: bits))) != nil
          : Double(exactly: UInt64(littleEndian: bits)) != nil
        exact = exact && fits
      }
    }
    return exact
  }

  private func convert(
    _ base: UnsafeRawPointer, _ count: Int, _ columns: [Int], _ columnStride: Int,
    _ rowStride: Int, _ to: UnsafeMutablePointer<Double>, _ positions: [Int], _ stride: Int
  ) {
    // Neighbours that stay neighbours are read one row after the other.
    let isRun =
      columnStride == 1 && columns.count > 1 && columns[0] + columns.count - 1 == columns.last
      && positions[0] + positions.count - 1 == positions.last
      && zip(columns, columns.dropFirst()).allSatisfy { $1 == $0 + 1 }
      && zip(positions, positions.dropFirst()).allSatisfy { $1 == $0 + 1 }
    func each<T: BitwiseCopyable>(_ widen: (T) -> Double) {
      if isRun {
        for row in 0..<count {
          let from = base + (row * rowStride + columns[0]) * type.size
          let at = to + (row * stride + positions[0])
          for i in 0..<columns.count {
            at[i] = widen(from.loadUnaligned(fromByteOffset: i * MemoryLayout<T>.size, as: T.self))
          }
        }
        return
      }
      for (column, position) in zip(columns, positions) {
        var from = base + column * columnStride * type.size
        var at = to + position
        for _ in 0..<count {
          at.pointee = widen(from.loadUnaligned(as: T.self))
          from += rowStride * type.size
          at += stride
        }
      }
    }
    switch type {
    case .f4: each { Double(Float(bitPattern: UInt32(littleEndian: $0))) }
    case .f8: each { Double(bitPattern: UInt64(littleEndian: $0)) }
    case .i1: each { (v: Int8) in Double(v) }
    case .i2: each { Double(Int16(littleEndian: $0)) }
    case .i4: each { Double(Int32(littleEndian: $0)) }
    case .i8: each { Double(Int64(littleEndian: $0)) }
    case .u1: each { (v: UInt8) in Double(v) }
    case .u2: each { Double(UInt16(littleEndian: $0)) }
    case .u4: each { Double(UInt32(littleEndian: $0)) }
    case .u8: each { Double(UInt64(littleEndian: $0)) }
    case .b1: each { (v: UInt8) in v == 0 ? 0 : 1 }
    }
  }
}

/// One column of an array that is stored by rows.
public struct StoredCells: Sendable, Hashable {
  let store: RowStore
  let column: Int

  public var count: Int { store.rowCount }

  public static func == (a: StoredCells, b: StoredCells) -> Bool {
    if a.store === b.store { return a.column == b.column }
    guard a.count == b.count else { return false }
    for start in stride(from: 0, to: a.count, by: 4096) {
      let rows = start..<min(start + 4096, a.count)
      let (x, y) = (a.doubles(rows), b.doubles(rows))
      if zip(x, y).contains(where: { $0 != $1 && !($0.isNaN && $1.isNaN) }) { return false }
    }
    return true
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(count) }

  func value(_ row: Int) -> Double { doubles(row..<(row + 1))[0] }

  private func doubles(_ rows: Range<Int>) -> [Double] {
    [Double](unsafeUninitializedCapacity: rows.count) { buffer, filled in
      if let base = buffer.baseAddress {
        store.copy(rows: rows, columns: [column], to: base, positions: [0], stride: 1)
      }
      filled = rows.count
    }
  }
}

/// Copies rows of several columns side by side, row-major; what lies in one store is read once.
func copyCells(
  _ cells: [ColumnStorage], rows: Range<Int>,
  into destination: UnsafeMutableBufferPointer<Double>
) {
  guard let base = destination.baseAddress, !rows.isEmpty else { return }
  let width = cells.count
  precondition(destination.count >= rows.count * width, "the buffer is too short")
  // Columns of one array are copied together, row after row.
  var own: RowStore?
  var columns: [Int] = []
  var positions: [Int] = []
  func copyOwn() {
    guard let own else { return }
    own.copy(rows: rows, columns: columns, to: base, positions: positions, stride: width)
  }
  for (position, storage) in cells.enumerated() {
    guard case .stored(let cell) = storage else {
      storage.doubles(rows: rows, into: destination, offset: position, stride: width)
      continue
    }
    if cell.store !== own {
      copyOwn()
      own = cell.store
      columns.removeAll(keepingCapacity: true)
      positions.removeAll(keepingCapacity: true)
    }
    columns.append(cell.column)
    positions.append(position)
  }
  copyOwn()
}
