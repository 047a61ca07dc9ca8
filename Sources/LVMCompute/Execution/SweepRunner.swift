/// One sweep over the data, prepared: kernels, blocks, arenas, and the sums they add up.
///
/// Blocks are dealt into groups of neighbours; a group adds up its blocks in order, and groups are merged
/// in a fixed tree. Threads take groups as they come, and ranks each have some of them.
final class SweepRunner {
  /// A node with values outside the arena: its place moves with the block.
  private struct Window {
    var node: Int
    var base: UnsafeMutableRawPointer
    var bytes: Int
    var plate: Int
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
  /// Whole values that the sweep computes.
  private var stored: [Window] = []
  private var feeds: [Int: ColumnFeed] = [:]
  private var totals: [Total] = []
  private var totalBytes = 0
  private let sums: UnsafeMutableRawPointer
  private let frames: [Frame]
  private let arenas: [UnsafeMutableRawPointer]
  private let groups: [Range<Int>]
  private let memory: ExecutorMemory
  private let runtime: Runtime
  let arenaBytes: Int

  /// Memory for the groups' sums, in bytes.
  private static let sumsTarget = 16 * 1024 * 1024

  init(
    _ sweep: Schedule.Sweep, _ graph: Graph, _ schedule: Schedule, _ memory: ExecutorMemory,
    layout: PlateLayout, runtime: Runtime
  ) {
    let nodes = graph.nodes
    self.memory = memory
    self.runtime = runtime
    let plan = SweepMemory(sweep, nodes, schedule, layout)
    blocks = plan.blocks
    arenaBytes = plan.arena.bytes

    var scratch = 64
    let builder = KernelBuilder(layout: layout)
    let capacity = plan.capacities.max() ?? 0
    for i in sweep.nodes where schedule.aliases[i] == nil && !plan.fusion.absorbed.contains(i) {
      func operand(_ i: Int) -> Operand {
        Operand(slot: i, shape: nodes[i].shape, dtype: nodes[i].dtype)
      }
      if let weights = plan.fusion.softmax[i] {
        kernels.append(
          builder.softmax(operand(nodes[i].inputs[0]), operand(i), operand(weights)).run)
        continue
      }
      var accumulator: Int?
      if schedule.reductions.contains(i) {
        accumulator = totals.count
        totals.append(
          Total(node: i, offset: totalBytes, count: nodes[i].shape.count, dtype: nodes[i].dtype))
        totalBytes += (max(nodes[i].shape.count, 1) * nodes[i].dtype.byteCount + 63) & ~63
      }
      let kernel = builder.prepare(
        nodes[i].op, nodes[i].inputs.map(operand), operand(i), accumulator: accumulator,
        capacity: capacity)
      scratch = max(scratch, kernel.scratchBytes)
      kernels.append(kernel.run)
    }
    let most =
      totalBytes == 0 ? 64 : min(64, max(8, SweepRunner.sumsTarget / totalBytes))
    let count = min(blocks.count, most)
    let blockCount = blocks.count
    groups = (0..<count).map { g in (g * blockCount / count)..<((g + 1) * blockCount / count) }
    sums = .allocate(byteCount: max(64, totalBytes * max(count, 1)), alignment: 64)

    // Frames: one per worker; any of them may take a task, however few there are.
    let workers = count > 1 ? runtime.threads : 1
    let plates = layout.counts.count
    let reductions = totals.count
    frames = (0..<workers).map { _ in
      Frame(nodes: nodes.count, accumulators: reductions, plates: plates, scratchBytes: scratch)
    }
    let bytes = max(plan.arena.bytes, 64)
    arenas = (0..<workers).map { _ in .allocate(byteCount: bytes, alignment: 64) }
    place(sweep, nodes, schedule, plan)
  }

  deinit {
    sums.deallocate()
    for arena in arenas { arena.deallocate() }
    for feed in feeds.values { feed.deallocate() }
  }

  /// Says where the values are that kernels touch: in the executor's memory, fed, or in the arenas.
  private func place(
    _ sweep: Schedule.Sweep, _ nodes: [Node], _ schedule: Schedule, _ plan: SweepMemory
  ) {
    let touched = Set(sweep.nodes + sweep.nodes.flatMap { nodes[$0].inputs })
    let own = Set(sweep.nodes)
    for i in touched.sorted() {
      let source = schedule.root(i)
      if let base = memory.bases[source] {
        if let plate = nodes[i].shape.plate {
          let window = Window(
            node: i, base: base, bytes: nodes[i].shape.count * nodes[i].dtype.byteCount,
            plate: plate.index + 1)
          windows.append(window)
          if own.contains(i), schedule.stored.contains(i) { stored.append(window) }
        } else {
          for frame in frames { frame.slots[i] = base }
        }
      } else if let column = memory.streams[source] {
        let feed =
          feeds[source]
          ?? ColumnFeed(column, capacities: plan.capacities, workers: frames.count)
        feeds[source] = feed
        for (frame, buffer) in zip(frames, feed.buffers) {
          frame.slots[i] = UnsafeMutableRawPointer(buffer.baseAddress)
        }
      } else if let place = plan.arena.offsets[source] {
        for (frame, memory) in zip(frames, arenas) { frame.slots[i] = memory + place }
      }
    }
  }

  /// Computes the sweep's stored values and totals.
  func run(_ pool: ThreadPool) {
    let own = runtime.rank.share(of: groups.count)
    pool.run(tasks: own.count) { task, worker in
      run(own.lowerBound + task, frames[worker], worker)
    }
    complete(own)
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
      for feed in feeds.values { feed.read(blocks[b], for: worker) }
      for kernel in kernels { kernel(frame) }
    }
  }

  /// Fills in what other ranks computed: sums of their groups, and values of their units.
  private func complete(_ own: Range<Int>) {
    guard runtime.rank.count > 1, !groups.isEmpty else { return }
    runtime.complete(
      sums, own: (own.lowerBound * totalBytes)..<(own.upperBound * totalBytes),
      total: groups.count * totalBytes)
    func instances(_ groups: Range<Int>, _ plate: Int) -> Range<Int> {
      guard let first = groups.first, let last = groups.last else { return 0..<0 }
      let (start, end) = (self.groups[first].lowerBound, self.groups[last].upperBound)
      return blocks[start].ranges[plate].lowerBound..<blocks[end - 1].ranges[plate].upperBound
    }
    for value in stored {
      let range = instances(own, value.plate - 1)
      let all = instances(groups.indices, value.plate - 1)
      runtime.complete(
        value.base, own: (range.lowerBound * value.bytes)..<(range.upperBound * value.bytes),
        total: all.upperBound * value.bytes)
    }
  }

  /// Merges the groups' sums; the total goes to the node's own place.
  private func merge() {
    if totals.isEmpty { return }
    if groups.isEmpty {
      sums.initializeMemory(as: UInt8.self, repeating: 0, count: max(totalBytes, 1))
    }
    MergeTree.merge(groups.count) { g, h in
      for total in totals {
        let from = sums + g * totalBytes + total.offset
        let into = sums + h * totalBytes + total.offset
        switch total.dtype {
        case .f64: SweepRunner.add(from, into, total.count, Double.self)
        case .f32: SweepRunner.add(from, into, total.count, Float.self)
        }
      }
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
