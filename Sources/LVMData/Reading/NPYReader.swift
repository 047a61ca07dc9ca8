/// Reads a `.npy` array of one or two dimensions: columns are called `x1` to `xD`.
///
/// Arrays of more dimensions are read as rows of their first, the others flattened row-major, as
/// images are. NaN is a missing cell.
func npyTable(
  _ bytes: FileBytes, name: String, origin: TableOrigin
) throws(DataErrors) -> Table {
  let header = try NPYHeader(bytes, name: name)
  let place = DataPlace(file: name)
  var rows = 1
  var width = 1
  var isTooLarge = header.shape.isEmpty
  rows = header.shape.first ?? 0
  for size in header.shape.dropFirst() {
    let (product, overflow) = width.multipliedReportingOverflow(by: size)
    width = product
    if overflow { isTooLarge = true }
  }
  let (cells, overflow) = rows.multipliedReportingOverflow(by: width)
  let (size, secondOverflow) = cells.multipliedReportingOverflow(by: header.type.size)
  guard !isTooLarge, !overflow, !secondOverflow, width > 0 else {
    throw DataErrors(
      .malformedNPY(
        reason: "its shape is (\(header.shape.map(String.init).joined(separator: ", ")))"
          + ", and rows and columns were expected"), at: place)
  }
  if header.isFortranOrder && header.shape.count > 2 {
    throw DataErrors(
      .malformedNPY(reason: "arrays of three or more dimensions are read in C order only"),
      at: place)
  }
  // Columns without rows take no bytes, and there could be any number of them.
  guard rows > 0 || width <= 1_000_000 else {
    throw DataErrors(
      .malformedNPY(reason: "it has no rows, and \(width) columns"), at: place)
  }
  guard bytes.count - header.dataOffset == size else {
    throw DataErrors(.npySize(expected: size, found: bytes.count - header.dataOffset), at: place)
  }

  let source = NPYSource(
    base: UnsafeRawPointer(bytes.base + header.dataOffset), type: header.type,
    rowStride: header.isFortranOrder ? 1 : width, columnStride: header.isFortranOrder ? rows : 1)
  var chunks = NumberChunks(columnCount: width, rowLimit: rows)
  defer { chunks.deallocate() }
  var row = 0
  while row < rows {
    let count = min(chunks.tileRows, rows - row)
    guard source.copy(rows: row..<(row + count), columns: width, into: chunks) else {
      throw DataErrors(.npyIntegerTooLarge, at: place)
    }
    chunks.flush(rows: count) { _ in true }
    row += count
  }
  withExtendedLifetime(bytes) {}

  var indices: [String: Int] = [:]
  var columns: [Column] = []
  for i in 0..<width {
    let (storage, summary) = chunks.take(i)
    let column = Column(
      name: "x\(i + 1)", number: i + 1, storage: storage, summary: summary,
      isLogical: header.type == .b1)
    indices[column.name] = i
    columns.append(column)
  }
  return Table(
    name: name, columns: columns, rowCount: rows, indices: indices, lines: nil, origin: origin)
}

/// The elements of an array in a file, wherever they lie.
private struct NPYSource {
  let base: UnsafeRawPointer
  let type: NPYType
  /// In elements.
  let rowStride: Int
  let columnStride: Int

  /// Copies a block of rows into the tile; false where an integer does not fit a double.
  func copy(rows: Range<Int>, columns: Int, into chunks: NumberChunks) -> Bool {
    switch type {
    case .f4: each(rows, columns, chunks) { Double(Float(bitPattern: UInt32(littleEndian: $0))) }
    case .f8: each(rows, columns, chunks) { Double(bitPattern: UInt64(littleEndian: $0)) }
    case .i1: each(rows, columns, chunks) { (v: Int8) in Double(v) }
    case .i2: each(rows, columns, chunks) { Double(Int16(littleEndian: $0)) }
    case .i4: each(rows, columns, chunks) { Double(Int32(littleEndian: $0)) }
    case .i8: each(rows, columns, chunks) { Double(exactly: Int64(littleEndian: $0)) }
    case .u1: each(rows, columns, chunks) { (v: UInt8) in Double(v) }
    case .u2: each(rows, columns, chunks) { Double(UInt16(littleEndian: $0)) }
    case .u4: each(rows, columns, chunks) { Double(UInt32(littleEndian: $0)) }
    case .u8: each(rows, columns, chunks) { Double(exactly: UInt64(littleEndian: $0)) }
    case .b1: each(rows, columns, chunks) { (v: UInt8) in v == 0 ? 0 : 1 }
    }
  }

  @inline(__always)
  private func each<T: BitwiseCopyable>(
    _ rows: Range<Int>, _ columns: Int, _ chunks: NumberChunks, _ convert: (T) -> Double?
  ) -> Bool {
    for column in 0..<columns {
      let to = chunks.tile + column * chunks.stride
      var from = base + (rows.lowerBound * rowStride + column * columnStride) * type.size
      for i in 0..<rows.count {
        guard let value = convert(from.loadUnaligned(as: T.self)) else { return false }
        to[i] = value
        from += rowStride * type.size
      }
    }
    return true
  }
}
