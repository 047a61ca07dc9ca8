import CLVMKernels
import Foundation

/// Reads an array: its rows are the table's rows, its columns `x1`, `x2`…; further dimensions are
/// flattened in C order.
///
/// The array stays as it lies in the file, in memory or, where `limit` bytes are not enough for it, on
/// the disk; then `bytes` may be the beginning of a file of `fileSize`. Without `isWholeFile` the file is
/// compressed, and `bytes` alone hold the array. Floating-point NaN is a missing cell.
func npyTable(
  _ bytes: FileBytes, name: String, origin: TableOrigin, isWholeFile: Bool = true,
  limit: Int? = nil, fileSize: Int? = nil
) throws(DataErrors) -> Table {
  let header = try NPYHeader(bytes, name: name)
  let file = DataPlace(file: name)
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
          + ", and rows and columns were expected"), at: file)
  }
  if header.isFortranOrder && header.shape.count > 2 {
    throw DataErrors(
      .malformedNPY(reason: "arrays of three or more dimensions are read in C order only"),
      at: file)
  }
  // Columns without rows take no bytes, and there could be any number of them.
  guard rows > 0 || width <= 1_000_000 else {
    throw DataErrors(
      .malformedNPY(reason: "it has no rows, and \(width) columns"), at: file)
  }
  let found = (fileSize ?? bytes.count) - header.dataOffset
  guard found == size else {
    throw DataErrors(.npySize(expected: size, found: found), at: file)
  }
  let (place, type) = try npyPlace(
    bytes, header, size: size, name: name, origin: isWholeFile ? origin : .memory, limit: limit)
  let store = RowStore(
    place, rows: rows, width: width, type: type, isFortranOrder: header.isFortranOrder, name: name)
  guard let summaries = summaries(of: store) else {
    throw DataErrors(.npyIntegerTooLarge, at: file)
  }
  if let failure = store.failure { throw failure }

  var indices: [String: Int] = [:]
  var columns: [Column] = []
  for i in 0..<width {
    let column = Column(
      name: "x\(i + 1)", number: i + 1, storage: .stored(StoredCells(store: store, column: i)),
      summary: summaries[i], isLogical: header.type == .b1)
    indices[column.name] = i
    columns.append(column)
  }
  return Table(
    name: name, columns: columns, rowCount: rows, indices: indices, lines: nil, origin: origin,
    memoryLimit: store.isInMemory ? nil : limit)
}

/// Reads the numbers into memory, as bytes where they are whole and small, or opens the file anew to leave
/// them there; with the type they then have.
private func npyPlace(
  _ bytes: FileBytes, _ header: NPYHeader, size: Int, name: String, origin: TableOrigin,
  limit: Int?
) throws(DataErrors) -> (RowStore.Place, NPYType) {
  func block(_ size: Int) throws(DataErrors) -> UnsafeMutableRawPointer {
    if let block = malloc(max(1, size)) {
      preferLargePages(block, size)
      return block
    }
    throw DataErrors(.cannotRead(reason: "there is too little memory"), at: .init(file: name))
  }
  guard case .file(let path, let identity) = origin else {
    if let limit, size > limit / 2 {
      return (.scratch(try scratch(bytes, header, size: size, name: name)), header.type)
    }
    let block = try block(size)
    memcpy(block, bytes.base + header.dataOffset, size)
    return (.memory(block), header.type)
  }
  let (descriptor, status) = try openFile(path, name: name)
  guard FileIdentity(status) == identity else {
    close(descriptor)
    throw DataErrors(.changedSinceReading, at: .init(file: name))
  }
  if let limit, size > limit / 2 {
    return (.file(descriptor, offset: header.dataOffset), header.type)
  }
  defer { close(descriptor) }
  let count = size / header.type.size
  let bytes = try block(count)
  if narrow(descriptor, header, count: count, into: bytes) { return (.memory(bytes), .u1) }
  free(bytes)
  let block = try block(size)
  let code = readFully(
    descriptor, UnsafeMutableRawBufferPointer(start: block, count: size), at: header.dataOffset)
  guard code == 0 else {
    free(block)
    throw DataErrors(
      .cannotRead(reason: String(cString: strerror(code))), at: .init(file: name))
  }
  return (.memory(block), header.type)
}

/// A temporary file with the numbers alone.
private func scratch(
  _ bytes: FileBytes, _ header: NPYHeader, size: Int, name: String
) throws(DataErrors) -> ScratchFile {
  do throws(ScratchError) {
    let file = try ScratchFile()
    for start in stride(from: 0, to: size, by: 1 << 20) {
      let from = bytes.base + header.dataOffset + start
      try file.append(UnsafeRawBufferPointer(start: from, count: min(1 << 20, size - start)))
    }
    return file
  } catch {
    throw DataErrors(error.problem, at: .init(file: name))
  }
}

/// Reads numbers of four bytes, or 64-bit integers, as bytes; false where one does not fit or cannot be
/// read. Doubles stay as they are: programs read them where they lie.
private func narrow(
  _ descriptor: Int32, _ header: NPYHeader, count: Int, into out: UnsafeMutableRawPointer
) -> Bool {
  let kind: Int32
  switch header.type {
  case .f4: kind = LVM_NARROW_F32
  case .i4, .u4: kind = LVM_NARROW_I32
  case .i8, .u8: kind = LVM_NARROW_I64
  case .f8, .i1, .u1, .b1, .i2, .u2: return false
  }
  let size = header.type.size
  let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  defer { piece.deallocate() }
  let step = piece.count / size
  for start in stride(from: 0, to: count, by: step) {
    let n = min(step, count - start)
    let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<(n * size)])
    guard readFully(descriptor, part, at: header.dataOffset + start * size) == 0,
      lvm_narrow(kind, part.baseAddress, n, out + start) != 0
    else { return false }
  }
  return true
}

/// Asks for large pages under a block, where the system has them: each first touch of a page takes a while.
private func preferLargePages(_ block: UnsafeMutableRawPointer, _ size: Int) {
  #if os(Linux)
    let large = 2 << 20
    guard size >= 2 * large else { return }
    let page = sysconf(Int32(_SC_PAGESIZE))
    let start = (Int(bitPattern: block) + page - 1) / page * page
    let end = (Int(bitPattern: block) + size) / page * page
    madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, Int32(MADV_HUGEPAGE))
  #endif
}

/// A summary of each column, in one pass; `nil` where an integer does not fit a double.
private func summaries(of store: RowStore) -> [ColumnSummary]? {
  let width = store.width
  var summaries = [ColumnSummary](repeating: ColumnSummary(), count: width)
  let block = max(1, min(store.rowCount, max(16, min(4096, 262_144 / width))))
  // The padding keeps equal rows of neighbouring columns out of the same cache set.
  let stride = block + 9
  let tile = UnsafeMutablePointer<Double>.allocate(capacity: block * width)
  let column = UnsafeMutablePointer<Double>.allocate(capacity: stride)
  defer {
    tile.deallocate()
    column.deallocate()
  }
  let all = Array(0..<width)
  let mayBeTooLarge = store.type == .i8 || store.type == .u8
  for start in Swift.stride(from: 0, to: store.rowCount, by: block) {
    let rows = start..<min(start + block, store.rowCount)
    store.copy(rows: rows, columns: all, to: tile, positions: all, stride: width)
    for j in 0..<width {
      for i in 0..<rows.count { column[i] = tile[i * width + j] }
      let values = UnsafeBufferPointer(start: column, count: rows.count)
      summaries[j].merge(ColumnStorage.summary(of: values))
    }
    if mayBeTooLarge, !store.isExact(rows) { return nil }
  }
  return summaries
}
