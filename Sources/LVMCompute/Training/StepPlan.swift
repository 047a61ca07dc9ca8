import CLVMKernels

/// A graph compiled for minibatches of at most `batch` rows: kernels in order, with their memory.
///
/// Work is divided by shapes alone: tiles of rows and panels of results, whatever the number of threads.
final class StepPlan {
  struct Task {
    var run: (Frame) -> Void
    /// The part of the parameters whose gradient is complete after it.
    var completes: Range<Int>?
    /// Arithmetic, to share tasks out evenly.
    var cost = 0
  }

  /// A reduction that tiles add up, and its place among a tile's sums.
  struct TileSum {
    var node: Int
    var offset: Int
  }

  /// A value whose place moves with the tile.
  struct Window {
    var node: Int
    var base: UnsafeMutableRawPointer
    var bytes: Int
  }

  struct Phase {
    var steps: [LocalStep] = []
    var kernels: [Kernel] = []
    var sums: [TileSum] = []
    var tasks: [Task] = []
    /// Whole-minibatch values that tiles read or write in place.
    var windows: [Window] = []
    var free: [Kernel] = []
    /// Values that the tiles compute and that are kept for the whole minibatch.
    var kept: [Window] = []
  }

  let graph: Graph
  let schedule: StepSchedule
  let memory: StepMemory
  let batchRows: Int
  let tileRows: Int
  private(set) var phases: [Phase] = []
  let batch: StepBatch
  private let pool: ThreadPool
  private let runtime: Runtime
  private let whole: Frame
  private let frames: [Frame]
  private let sumBytes: Int
  private let partials: UnsafeMutableRawPointer
  private let sums: [UnsafeMutableRawPointer]
  /// Per worker and node, its place in the worker's arena.
  private var homes: [[UnsafeMutableRawPointer?]] = []
  private var copies: [Kernel] = []

  /// Rows of a tile.
  static func tileRows(_ batch: Int) -> Int {
    batch > 256 ? 128 : max(16, (batch / 2 + 15) & ~15)
  }

  /// - Parameter gradients: outputs that are derivatives, with the parameter's name.
  init(
    _ source: Graph, _ parameters: ParameterArena,
    gradients: [String: String], batch: Int, pool: ThreadPool, runtime: Runtime
  ) throws(StepError) {
    BLAS.pinned
    let graph = Program(source).graph
    let nodes = graph.nodes
    let schedule = try StepSchedule(graph)
    let tileRows = StepPlan.tileRows(batch)
    let compiler = try StepCompiler(
      graph, schedule, parameters, gradients: gradients, batch: batch,
      tileRows: tileRows, publishes: pool.threads > 1)
    self.graph = graph
    self.schedule = schedule
    self.tileRows = tileRows
    self.pool = pool
    self.runtime = runtime
    batchRows = batch
    memory = compiler.memory
    self.batch = compiler.batch
    phases = compiler.phases
    copies = compiler.copies
    sumBytes = compiler.sumBytes
    partials = compiler.partials
    whole = Frame(
      nodes: nodes.count, accumulators: 1, plates: 1, scratchBytes: compiler.scratchBytes)
    let accumulators = phases.map(\.sums.count).max() ?? 0
    frames = (0..<pool.threads).map { _ in
      Frame(
        nodes: nodes.count, accumulators: accumulators, plates: 1,
        scratchBytes: compiler.scratchBytes)
    }
    let (arenaBytes, sumBytes) = (memory.arenaBytes, compiler.sumBytes)
    let memory = compiler.memory
    sums = frames.map { _ in memory.allocate(sumBytes) }
    for i in nodes.indices { whole.slots[i] = memory.bases[i] }
    for frame in frames {
      let arena = memory.allocate(arenaBytes)
      for i in nodes.indices {
        if let offset = memory.arenaOffsets[schedule.root(i)] {
          frame.slots[i] = arena + offset
        } else if nodes[i].shape.plate == nil {
          frame.slots[i] = memory.bases[i]
        }
      }
      homes.append(nodes.indices.map { frame.slots[$0] })
    }
  }

  /// Computes everything for some rows.
  ///
  /// - Parameter update: called once for each run of parameters whose gradient is complete, where the
  ///   plan can tell while it runs; `rangesNotCompleted` has the others.
  func run(_ rows: ArraySlice<Int>, _ epoch: Int, update: Update? = nil) throws(StepError) {
    guard rows.count <= batchRows else { throw .tooManyRows(rows.count, most: batchRows) }
    let result = rows.withUnsafeBufferPointer { places -> StepError? in
      do throws(StepError) {
        try batch.begin(places, epoch: epoch)
        run(update: update)
        return nil
      } catch {
        return error
      }
    }
    if let result { throw result }
  }

  private func run(update: Update?) {
    let n = batch.rows.count
    let tiles = (n + tileRows - 1) / tileRows
    whole.counts[1] = n
    for kernel in phases[0].free { kernel(whole) }
    for phase in phases.dropFirst() {
      let own = runtime.rank.share(of: tiles)
      pool.run(tasks: own.count) { task, worker in
        run(phase, own.lowerBound + task, worker, rows: n)
      }
      complete(phase, own, of: tiles, rows: n)
      let tasks = phase.tasks
      pool.run(tasks: tasks.count) { k, _ in
        tasks[k].run(whole)
        if let update, let range = tasks[k].completes { update.apply(range) }
      }
      for kernel in phase.free { kernel(whole) }
    }
    for kernel in copies { kernel(whole) }
  }

  private func run(_ phase: Phase, _ tile: Int, _ worker: Int, rows: Int) {
    let frame = frames[worker]
    let start = tile * tileRows
    let shared = partials + tile * sumBytes
    let own = pool.threads > 1 ? sums[worker] : shared
    frame.starts[1] = start
    frame.counts[1] = min(tileRows, rows - start)
    for window in phase.windows {
      frame.slots[window.node] = window.base + start * window.bytes
    }
    for (k, sum) in phase.sums.enumerated() { frame.accumulators[k] = own + sum.offset }
    own.initializeMemory(as: UInt8.self, repeating: 0, count: sumBytes)
    for kernel in phase.kernels { kernel(frame) }
    if own != shared { lvm_publish(own, shared, sumBytes) }
    for window in phase.windows { frame.slots[window.node] = homes[worker][window.node] }
  }

  /// Fills in what other ranks computed of a phase: sums of their tiles, and values of their rows.
  private func complete(_ phase: Phase, _ own: Range<Int>, of tiles: Int, rows: Int) {
    guard runtime.rank.count > 1 else { return }
    if !phase.sums.isEmpty {
      runtime.complete(
        partials, own: (own.lowerBound * sumBytes)..<(own.upperBound * sumBytes),
        total: tiles * sumBytes)
    }
    let (first, end) = (min(own.lowerBound * tileRows, rows), min(own.upperBound * tileRows, rows))
    for value in phase.kept {
      runtime.complete(
        value.base, own: (first * value.bytes)..<(end * value.bytes), total: rows * value.bytes)
    }
  }

  /// The value of an output, rows first where it has them.
  func read(_ node: Int) -> Tensor {
    let shape = graph.nodes[node].shape
    let count = shape.count * (shape.plate == nil ? 1 : batch.rows.count)
    let dims = (shape.plate == nil ? [] : [batch.rows.count]) + shape.dims
    guard let base = memory.bases[node] else { return Tensor(repeating: .nan, dims) }
    switch graph.nodes[node].dtype {
    case .f64:
      let numbers = UnsafeBufferPointer(
        start: base.assumingMemoryBound(to: Double.self), count: count)
      return Tensor(dims, Array(numbers))
    case .f32:
      let numbers = UnsafeBufferPointer(
        start: base.assumingMemoryBound(to: Float.self), count: count)
      return Tensor(dims, numbers.map(Double.init))
    }
  }

  /// The value of an output that is one number.
  func scalar(_ node: Int) -> Double {
    guard let base = memory.bases[node] else { return .nan }
    switch graph.nodes[node].dtype {
    case .f64: return base.assumingMemoryBound(to: Double.self).pointee
    case .f32: return Double(base.assumingMemoryBound(to: Float.self).pointee)
    }
  }

  /// Says where an input's numbers come from.
  func setInput(_ name: String, _ input: StepInput) throws(StepError) {
    for node in graph.nodes {
      guard case .data(name) = node.op, case .rows(let source) = input else { continue }
      guard source.width == node.shape.count else {
        throw .inputShape(name, expected: node.shape.dims, found: [source.width])
      }
    }
    batch.set(name, input)
  }

  /// Sets a parameter that is not trained.
  func setSetting(_ name: String, _ value: Tensor) throws(StepError) {
    for (i, node) in graph.nodes.enumerated() {
      guard case .parameter(name) = node.op else { continue }
      guard value.dims == node.shape.dims else {
        throw .parameterShape(name, expected: node.shape.count, found: value.count)
      }
      memory.load(value.values, i, node.dtype)
    }
  }

  /// Parts of the parameters whose gradient no task completes.
  func rangesNotCompleted(of entries: [ParameterArena.Entry]) -> [Range<Int>] {
    let done = phases.flatMap { $0.tasks.compactMap(\.completes) }
    return entries.compactMap { entry in
      let covered = done.filter { entry.range.overlaps($0) }.reduce(0) { $0 + $1.count }
      precondition(covered == 0 || covered == entry.count, "a gradient completed in part")
      return covered == 0 && entry.count > 0 ? entry.range : nil
    }
  }
}
