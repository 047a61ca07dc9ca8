/// A run of whole units, with the instances of every plate it covers.
struct Block {
  /// Range per plate index; plates outside the unit are empty.
  var ranges: [Range<Int>]
}

extension PlateLayout {
  /// Divides a plate's instances, and what they hold of inner plates, into blocks of about so many of
  /// the innermost rows.
  func blocks(of unit: PlateID, rows target: Int) -> [Block] {
    guard unit.index < counts.count, counts[unit.index] > 0 else { return [] }
    if unit == .rows {
      // As below where every unit is a row, without a number for each.
      let others = [Range<Int>](repeating: 0..<0, count: counts.count - 1)
      return stride(from: 0, to: counts[0], by: max(1, target)).map { start in
        Block(ranges: [start..<min(start + max(1, target), counts[0])] + others)
      }
    }
    let inner = (0...unit.index).map { offsets(of: unit, into: PlateID($0)) }
    let rows = inner[0]
    var blocks: [Block] = []
    var start = 0
    for i in 0..<counts[unit.index] {
      let end = i + 1
      let units = end - start
      if end == counts[unit.index] || rows[end] - rows[start] >= target || units >= target {
        var ranges = inner.map { $0[start]..<$0[end] }
        ranges += [Range<Int>](repeating: 0..<0, count: counts.count - ranges.count)
        blocks.append(Block(ranges: ranges))
        start = end
      }
    }
    return blocks
  }
}
