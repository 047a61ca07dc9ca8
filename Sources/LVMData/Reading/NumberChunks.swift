/// Collects the numbers of many columns: a tile of rows at a time, narrowed when it is full, or written
/// to a temporary file row by row.
struct NumberChunks {
  /// Rows that a tile holds.
  let tileRows: Int
  /// Where row r of column c lies: `tile[c * stride + r]`.
  let tile: UnsafeMutablePointer<Double>
  let stride: Int
  private let columnCount: Int
  private var pieces: [[ColumnStorage]]
  private var summaries: [ColumnSummary]
  private var rowCount = 0
  private let scratch: ScratchFile?
  private let name: String
  /// The file's columns, once all rows are in it.
  private var store: RowStore?
  /// Bytes of pieces that were joined since the heap was last tidied.
  private var freed = 0

  /// `rowLimit` is an upper bound of the rows to come, so that short tables take little memory.
  init(columnCount: Int, rowLimit: Int, scratch: ScratchFile? = nil, name: String) {
    self.columnCount = columnCount
    self.scratch = scratch
    self.name = name
    tileRows = max(1, min(rowLimit, max(16, min(4096, 262_144 / max(1, columnCount)))))
    // The padding keeps equal rows of neighbouring columns out of the same cache set.
    stride = tileRows >= 64 ? tileRows + 9 : tileRows
    tile = .allocate(capacity: stride * max(1, columnCount))
    pieces = Array(repeating: [], count: columnCount)
    summaries = Array(repeating: ColumnSummary(), count: columnCount)
  }

  /// Takes the first `rows` rows of the tile into each column for which `isNumeric` holds.
  mutating func flush(rows: Int, isNumeric: (Int) -> Bool) throws(DataErrors) {
    guard rows > 0 else { return }
    for column in 0..<columnCount where isNumeric(column) {
      let values = UnsafeBufferPointer(start: tile + column * stride, count: rows)
      if scratch == nil {
        let (piece, summary) = ColumnStorage.narrow(values)
        pieces[column].append(piece)
        summaries[column].merge(summary)
      } else {
        summaries[column].merge(ColumnStorage.summary(of: values))
      }
    }
    rowCount += rows
    if let scratch { try write(rows, to: scratch) }
  }

  /// Writes the tile row by row; a text column's place holds whatever was there.
  private func write(_ rows: Int, to scratch: ScratchFile) throws(DataErrors) {
    let turned = UnsafeMutableBufferPointer<Double>.allocate(capacity: rows * columnCount)
    defer { turned.deallocate() }
    for column in 0..<columnCount {
      let from = tile + column * stride
      for row in 0..<rows { turned[row * columnCount + column] = from[row] }
    }
    do {
      try scratch.append(UnsafeRawBufferPointer(turned))
    } catch {
      throw DataErrors(error.problem, at: .init(file: name))
    }
  }

  /// A column's numbers; its pieces are released.
  mutating func take(_ column: Int) -> (ColumnStorage, ColumnSummary) {
    if let scratch {
      let store =
        store
        ?? RowStore(.scratch(scratch), rows: rowCount, width: columnCount, type: .f8, name: name)
      self.store = store
      return (.stored(StoredCells(store: store, column: column)), summaries[column])
    }
    var taken: [ColumnStorage] = []
    swap(&taken, &pieces[column])
    let joined: ColumnStorage = taken.isEmpty ? .uint8([]) : .joined(taken)
    if taken.count > 1 { freed += joined.count * 8 }
    taken = []
    // The pieces of different columns lie side by side, so that what is freed leaves many small holes.
    if freed > 8 << 20 {
      returnFreedMemory()
      freed = 0
    }
    return (joined, summaries[column])
  }

  /// Forgets everything, to read the rows again.
  mutating func reset() throws(DataErrors) {
    pieces = Array(repeating: [], count: columnCount)
    summaries = Array(repeating: ColumnSummary(), count: columnCount)
    rowCount = 0
    do {
      try scratch?.clear()
    } catch {
      throw DataErrors(error.problem, at: .init(file: name))
    }
  }

  func deallocate() {
    tile.deallocate()
  }
}
