/// Collects the numbers of many columns: a tile of rows at a time, narrowed when it is full.
struct NumberChunks {
  /// Rows that a tile holds.
  let tileRows: Int
  /// Where row r of column c lies: `tile[c * stride + r]`.
  let tile: UnsafeMutablePointer<Double>
  let stride: Int
  private let columnCount: Int
  private var pieces: [[ColumnStorage]]
  private var summaries: [ColumnSummary]

  /// `rowLimit` is an upper bound of the rows to come, so that short tables take little memory.
  init(columnCount: Int, rowLimit: Int) {
    self.columnCount = columnCount
    tileRows = max(1, min(rowLimit, max(16, min(4096, 262_144 / max(1, columnCount)))))
    // The padding keeps equal rows of neighbouring columns out of the same cache set.
    stride = tileRows >= 64 ? tileRows + 9 : tileRows
    tile = .allocate(capacity: stride * max(1, columnCount))
    pieces = Array(repeating: [], count: columnCount)
    summaries = Array(repeating: ColumnSummary(), count: columnCount)
  }

  /// Narrows the first `rows` rows of the tile into each column for which `isNumeric` holds.
  mutating func flush(rows: Int, isNumeric: (Int) -> Bool) {
    guard rows > 0 else { return }
    for column in 0..<columnCount where isNumeric(column) {
      let (piece, summary) = ColumnStorage.narrow(
        UnsafeBufferPointer(start: tile + column * stride, count: rows))
      pieces[column].append(piece)
      summaries[column].merge(summary)
    }
  }

  /// A column's numbers; its pieces are released.
  mutating func take(_ column: Int) -> (ColumnStorage, ColumnSummary) {
    let taken = pieces[column]
    pieces[column] = []
    return (taken.isEmpty ? .uint8([]) : .joined(taken), summaries[column])
  }

  /// Forgets everything, to read the rows again.
  mutating func reset() {
    pieces = Array(repeating: [], count: columnCount)
    summaries = Array(repeating: ColumnSummary(), count: columnCount)
  }

  func deallocate() {
    tile.deallocate()
  }
}
