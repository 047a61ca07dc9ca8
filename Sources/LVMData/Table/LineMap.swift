/// Which line of the file each row came from, kept as the exceptions to "row r is line r + 2".
struct LineMap: Sendable {
  /// From `row` on, the line is `row + 2 + shift`; sorted by row.
  private var shifts: [(row: Int, shift: Int)] = []

  /// Rows are recorded in order.
  mutating func record(row: Int, line: Int) {
    let shift = line - row - 2
    if shift != shifts.last?.shift ?? 0 { shifts.append((row, shift)) }
  }

  /// One-based line on which a zero-based row starts.
  func line(ofRow row: Int) -> Int {
    var low = 0
    var high = shifts.count
    while low < high {
      let middle = (low + high) / 2
      if shifts[middle].row <= row { low = middle + 1 } else { high = middle }
    }
    return row + 2 + (low == 0 ? 0 : shifts[low - 1].shift)
  }
}
