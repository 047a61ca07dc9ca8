/// A column that is copied to each worker's own memory, a block at a time.
struct ColumnFeed {
  let column: DataColumn
  let plate: Int
  let buffers: [UnsafeMutableBufferPointer<Double>]

  init(_ column: DataColumn, capacities: [Int], workers: Int) {
    self.column = column
    plate = column.plate.index
    let count = max(1, capacities[plate] * column.width)
    buffers = (0..<workers).map { _ in
      let block = UnsafeMutableRawPointer.allocate(
        byteCount: count * MemoryLayout<Double>.stride, alignment: 64)
      return UnsafeMutableBufferPointer(
        start: block.bindMemory(to: Double.self, capacity: count), count: count)
    }
    // One number is the same in every block.
    if column.isConstant {
      for buffer in buffers { column.copyRows(0..<capacities[plate], into: buffer) }
    }
  }

  /// Copies a block's instances for a worker.
  func read(_ block: Block, for worker: Int) {
    if !column.isConstant { column.copyRows(block.ranges[plate], into: buffers[worker]) }
  }

  func deallocate() {
    for buffer in buffers { buffer.deallocate() }
  }
}
