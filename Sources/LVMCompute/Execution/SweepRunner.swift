/// One sweep over the data, prepared: kernels, blocks, arenas, and the sums they add up.
///
/// Blocks are dealt into groups of neighbours; a group adds up its blocks in order, and groups are merged
/// in a fixed tree. Threads take groups as they come.
final class SweepRunner {
  /// A node with values outside the arena: its place moves with the block.
  private struct Window {
    var node: Int
    var base: UnsafeMutableRawPointer
    var bytes: Int
    var plate: Int
  }

  /// A column that is copied to each worker's own memory, a block at a time.
  private struct Feed {
    var column: DataColumn
    var plate: Int
    var width: Int
    var buffers: [UnsafeMutableBufferPointer<Double>]
  }

  /// A reduction's place in a group's memory.
  private struct Total {
    var node: Int
    var offset: Int
    var count: Int
    var dtype: DType
  }

  private var kernels: [Kernel] = []
  private let blocks: [Block]
  private var windows: [Window] = []
  private var feeds: [Int: Feed] = [:]
  private var totals: [Total] = []
  private let totalBytes: Int
  private let sums: UnsafeMutableRawPointer
  private let frames: [Frame]
  private let arenas: [UnsafeMutableRawPointer]
  private let groups: [Range<Int>]
  private let memory: ExecutorMemory
  let arenaBytes: Int

  /// What a block's values should fit into, in bytes: about a core's second-level cache.
  private static let arenaTarget = 768 * 1024
  private static let rowLimits = (least: 64, most: 1024)
  /// Memory for the groups' sums, in bytes.
  private static let sumsTarget = 16 * 1024 * 1024

  init(
    _ sweep: Schedule.Sweep, _ graph: Graph, _ schedule: Schedule, _ memory: ExecutorMemory,
    layout: PlateLayout, threads: Int
  ) {
    let nodes = graph.nodes
    self.memory = memory
    func operand(_ i: Int) -> Operand {
      Operand(slot: i, shape: nodes[i].shape, dtype: nodes[i].dtype)
    }
    func root(_ i: Int) -> Int {
      var i = i
      while let source = schedule.aliases[i] { i = source }
      return i
    }
    // Lifetimes of what lives in the arena.
    var first: [Int: Int] = [:]
    var last: [Int: Int] = [:]
    for (step, i) in sweep.nodes.enumerated() {
      for input in Schedule.operands(nodes[i]) { last[root(input)] = step }
      if schedule.aliases[i] == nil { first[i] = step }
      last[root(i)] = step
    }
    let fusion = Fusion(sweep.nodes, nodes, aliases: schedule.aliases)
    for (total, weights) in fusion.softmax { first[weights] = first[total] }
    let local = sweep.nodes.filter {
      schedule.aliases[$0] == nil && !schedule.stored.contains($0)
        && !schedule.reductions.contains($0)
    }.sorted { (first[$0] ?? 0, $0) < (first[$1] ?? 0, $1) }
    func plan(_ capacity: (Int) -> Int) -> ArenaPlan {
      ArenaPlan(
        local.map { i in
          .init(
            id: i,
            bytes: nodes[i].shape.count * nodes[i].dtype.byteCount
              * capacity(nodes[i].shape.plate?.index ?? 0), first: first[i] ?? 0, last: last[i] ?? 0
          )
        })
    }
    // Bytes a row, from a plan for 64 rows: then alignment does not count.
    let perRow = max(1, plan { _ in 64 }.bytes / 64)
    let limits = SweepRunner.rowLimits
    let rows = min(limits.most, max(limits.least, SweepRunner.arenaTarget / perRow)) / 16 * 16
    blocks = layout.blocks(of: sweep.unit, rows: rows)
    var capacities = [Int](repeating: 0, count: layout.counts.count)
    for block in blocks {
      for (p, range) in block.ranges.enumerated() {
        capacities[p] = max(capacities[p], range.count)
      }
    }
    let arena = plan { capacities[$0] }
    arenaBytes = arena.bytes

    // Kernels.
    let builder = KernelBuilder(layout: layout)
    var scratch = 64
    var offset = 0
    for i in sweep.nodes where schedule.aliases[i] == nil && !fusion.absorbed.contains(i) {
      if let weights = fusion.softmax[i] {
        kernels.append(
          builder.softmax(operand(nodes[i].inputs[0]), operand(i), operand(weights)).run)
        continue
      }
      var accumulator: Int?
      if schedule.reductions.contains(i) {
        accumulator = totals.count
        totals.append(
          Total(node: i, offset: offset, count: nodes[i].shape.count, dtype: nodes[i].dtype))
        offset += (max(nodes[i].shape.count, 1) * nodes[i].dtype.byteCount + 63) & ~63
      }
      let kernel = builder.prepare(
        nodes[i].op, nodes[i].inputs.map(operand), operand(i), accumulator: accumulator,
        capacity: capacities.max() ?? 0)
      scratch = max(scratch, kernel.scratchBytes)
      kernels.append(kernel.run)
    }
    totalBytes = offset
    let most = offset == 0 ? 64 : min(64, max(8, SweepRunner.sumsTarget / offset))
    let count = min(blocks.count, most)
    let blockCount = blocks.count
    groups = (0..<count).map { g in (g * blockCount / count)..<((g + 1) * blockCount / count) }
    sums = .allocate(byteCount: max(64, totalBytes * max(count, 1)), alignment: 64)

    // Frames: one per worker; any of them may take a task, however few there are.
    let workers = count > 1 ? max(1, threads) : 1
    let plates = layout.counts.count
    let reductions = totals.count
    frames = (0..<workers).map { _ in
      Frame(
        nodes: nodes.count, accumulators: reductions, plates: plates, scratchBytes: scratch)
    }
    let bytes = max(arena.bytes, 64)
    arenas = (0..<workers).map { _ in .allocate(byteCount: bytes, alignment: 64) }
    let touched = Set(sweep.nodes + sweep.nodes.flatMap { nodes[$0].inputs })
    for i in touched.sorted() {
      let source = root(i)
      if let base = memory.bases[source] {
        if let plate = nodes[i].shape.plate {
          windows.append(
            Window(
              node: i, base: base, bytes: nodes[i].shape.count * nodes[i].dtype.byteCount,
              plate: plate.index + 1))
        } else {
          for frame in frames { frame.slots[i] = base }
        }
      } else if let column = memory.streams[source] {
        let feed = feeds[source] ?? feed(column, capacities, workers)
        feeds[source] = feed
        for (frame, buffer) in zip(frames, feed.buffers) {
          frame.slots[i] = UnsafeMutableRawPointer(buffer.baseAddress)
        }
      } else if let place = arena.offsets[source] {
        for (frame, memory) in zip(frames, arenas) { frame.slots[i] = memory + place }
      }
    }
  }

  deinit {
    sums.deallocate()
    for arena in arenas { arena.deallocate() }
    for feed in feeds.values { for buffer in feed.buffers { buffer.deallocate() } }
  }

  private func feed(_ column: DataColumn, _ capacities: [Int], _ workers: Int) -> Feed {
    let plate = column.plate.index
    let count = max(1, capacities[plate] * column.width)
    let feed = Feed(
      column: column, plate: plate, width: column.width,
      buffers: (0..<workers).map { _ in
        let block = UnsafeMutableRawPointer.allocate(
          byteCount: count * MemoryLayout<Double>.stride, alignment: 64)
        return UnsafeMutableBufferPointer(
          start: block.bindMemory(to: Double.self, capacity: count), count: count)
      })
    // One number is the same in every block.
    if column.isConstant {
      for buffer in feed.buffers { column.copyRows(0..<capacities[plate], into: buffer) }
    }
    return feed
  }

  /// Computes the sweep's stored values and totals.
  func run(_ pool: ThreadPool) {
    pool.run(tasks: groups.count) { group, worker in run(group, frames[worker], worker) }
    merge()
  }

  private func run(_ group: Int, _ frame: Frame, _ worker: Int) {
    let base = sums + group * totalBytes
    if totalBytes > 0 { base.initializeMemory(as: UInt8.self, repeating: 0, count: totalBytes) }
    for (k, total) in totals.enumerated() { frame.accumulators[k] = base + total.offset }
    for b in groups[group] {
      for (p, range) in blocks[b].ranges.enumerated() {
        frame.counts[p + 1] = range.count
        frame.starts[p + 1] = range.lowerBound
      }
      for window in windows {
        frame.slots[window.node] = window.base + frame.starts[window.plate] * window.bytes
      }
      for feed in feeds.values where !feed.column.isConstant {
        feed.column.copyRows(blocks[b].ranges[feed.plate], into: feed.buffers[worker])
      }
      for kernel in kernels { kernel(frame) }
    }
  }

  /// Adds neighbours pairwise, then pairs of pairs; the total goes to the node's own place.
  private func merge() {
    if totals.isEmpty { return }
    let count = groups.count
    if count == 0 { sums.initializeMemory(as: UInt8.self, repeating: 0, count: max(totalBytes, 1)) }
    var step = 1
    while step < count {
      for g in stride(from: 0, to: count - step, by: 2 * step) {
        for total in totals {
          let into = sums + g * totalBytes + total.offset
          let from = sums + (g + step) * totalBytes + total.offset
          switch total.dtype {
          case .f64: SweepRunner.add(from, into, total.count, Double.self)
          case .f32: SweepRunner.add(from, into, total.count, Float.self)
          }
        }
      }
      step *= 2
    }
    for total in totals {
      memory.bases[total.node]?.copyMemory(
        from: sums + total.offset, byteCount: total.count * total.dtype.byteCount)
    }
  }

  private static func add<T: Element>(
    _ from: UnsafeMutableRawPointer, _ into: UnsafeMutableRawPointer, _ count: Int, _: T.Type
  ) {
    T.sum(
      UnsafePointer(from.assumingMemoryBound(to: T.self)), into.assumingMemoryBound(to: T.self), 1,
      1, count, adding: true)
  }
}
