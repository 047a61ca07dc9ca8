import CLVMKernels

/// Makes the kernels of a step plan and places its memory.
struct StepCompiler {
  let memory: StepMemory
  let batch: StepBatch
  private(set) var phases: [StepPlan.Phase] = []
  /// Moves values to the gradient that could not be computed there.
  private(set) var copies: [Kernel] = []
  private(set) var scratchBytes = 64
  private(set) var sumBytes = 0
  let partials: UnsafeMutableRawPointer

  let graph: Graph
  let schedule: StepSchedule
  let tileRows: Int
  private let users: [[Int]]

  init(
    _ graph: Graph, _ schedule: StepSchedule, _ parameters: ParameterArena,
    gradients: [String: String], batch: Int,
    tileRows: Int, publishes: Bool
  ) throws(StepError) {
    let nodes = graph.nodes
    self.graph = graph
    self.schedule = schedule
    self.tileRows = tileRows
    var users = [[Int]](repeating: [], count: nodes.count)
    for i in nodes.indices where schedule.aliases[i] == nil && !schedule.parts.contains(i) {
      for input in schedule.reads(i, nodes) { users[input].append(i) }
    }
    self.users = users

    let (targets, moved) = try StepCompiler.targets(gradients, graph, schedule, parameters)
    var steps: [[LocalStep]] = [[]]
    var lifetimes: [[ArenaPlan.Request]] = []
    for phase in schedule.phases.dropFirst() {
      let order = FusionPass.steps(phase.locals, sums: phase.sums, nodes, schedule)
      steps.append(order)
      lifetimes.append(
        StepCompiler.lifetimes(
          order, nodes, schedule, users, tileRows: tileRows, publishes: publishes))
    }
    memory = try StepMemory(
      graph, schedule, parameters, gradients: targets, lifetimes: lifetimes,
      batch: batch)
    var names: [String] = []
    for node in nodes { if case .data(let name) = node.op { names.append(name) } }
    self.batch = StepBatch(names: names)

    // Sums of tiles, one block of memory a tile.
    var sums: [[StepPlan.TileSum]] = [[]]
    for phase in schedule.phases.dropFirst() {
      var offset = 0
      sums.append(
        phase.sums.map { i in
          defer { offset += (nodes[i].shape.count * nodes[i].dtype.byteCount + 63) & ~63 }
          return StepPlan.TileSum(node: i, offset: offset)
        })
      sumBytes = max(sumBytes, offset)
    }
    let tiles = (batch + tileRows - 1) / tileRows
    let partialBytes = max(64, sumBytes) * tiles
    try StepMemory.check(memory.fixedBytes + partialBytes, rows: batch)
    partials = memory.allocate(partialBytes)

    let builder = KernelBuilder(layout: .rows(batch))
    for (p, phase) in schedule.phases.enumerated() {
      var made = StepPlan.Phase()
      if p > 0 {
        made.steps = steps[p]
        made.sums = sums[p]
        for step in steps[p] {
          made.kernels.append(kernel(step, sums[p], names, builder))
          if publishes { made.kernels += publications(of: step) }
        }
        made.windows = windows(steps[p], publishes: publishes)
        made.kept = kept(steps[p])
        made.tasks = tasks(phase, sums[p], targets, isLast: p == schedule.phases.count - 1)
      }
      for i in phase.free where schedule.aliases[i] == nil {
        let kernel = builder.prepare(
          nodes[i].op, nodes[i].inputs.map(operand), operand(i), accumulator: nil, capacity: batch)
        scratchBytes = max(scratchBytes, kernel.scratchBytes)
        made.free.append(kernel.run)
      }
      phases.append(made)
    }
    copies = moved.map { copy(schedule.root($0.node), to: $0.entry, parameters) }
  }

  private typealias Moved = [(node: Int, entry: ParameterArena.Entry)]

  /// Where gradients go: straight to their place, if they are computed at all and asked for once; the others
  /// are moved there.
  private static func targets(
    _ gradients: [String: String], _ graph: Graph, _ schedule: StepSchedule,
    _ parameters: ParameterArena
  ) throws(StepError) -> (targets: [Int: Int], moved: Moved) {
    var targets: [Int: Int] = [:]
    var moved: Moved = []
    for (output, name) in gradients.sorted(by: { $0.key < $1.key }) {
      guard let node = graph.outputs[output] else { continue }
      let entry = try parameters.entry(name)
      let root = schedule.root(node)
      let isComputed = schedule.roles[root] == .reduction || schedule.roles[root] == .free
      if isComputed && targets[root] == nil && graph.nodes[root].dtype == .f32 {
        targets[root] = entry.offset
      } else {
        moved.append((node, entry))
      }
    }
    return (targets, moved)
  }

  /// Moves a value to its place in the gradient.
  private func copy(
    _ source: Int, to entry: ParameterArena.Entry, _ parameters: ParameterArena
  ) -> Kernel {
    let (target, count) = (parameters.gradient + entry.offset, entry.count)
    let type = graph.nodes[source].dtype
    return { frame in
      switch type {
      case .f32: target.update(from: frame.input(source, Float.self), count: count)
      case .f64: lvm_to_f32(frame.input(source, Double.self), target, count)
      }
    }
  }

  private func operand(_ i: Int) -> Operand {
    Operand(slot: i, shape: graph.nodes[i].shape, dtype: graph.nodes[i].dtype)
  }

  /// What one step of a tile does.
  private mutating func kernel(
    _ step: LocalStep, _ sums: [StepPlan.TileSum], _ names: [String], _ builder: KernelBuilder
  ) -> Kernel {
    let nodes = graph.nodes
    switch step {
    case .fused(let group):
      let schedule = schedule
      let members = Set(group.members)
      let outputs = Set(graph.outputs.values.map(schedule.root))
      let lowering = FusedLowering(group, nodes, root: schedule.root) { i in
        outputs.contains(i) || users[i].contains { !members.contains($0) }
      }
      scratchBytes = max(scratchBytes, lowering.workspace)
      return { frame in lowering.run(frame) }
    case .single(let i):
      if case .data(let name) = nodes[i].op {
        return input(i, names.firstIndex(of: name) ?? 0)
      }
      let kernel = prepared(i, sums, builder)
      guard let part = nodes[i].inputs.map(schedule.root).first(where: schedule.parts.contains)
      else { return kernel }
      return inParts(i, part, kernel, prepared(part, sums, builder))
    }
  }

  private mutating func prepared(
    _ i: Int, _ sums: [StepPlan.TileSum], _ builder: KernelBuilder
  ) -> Kernel {
    let node = graph.nodes[i]
    let kernel = builder.prepare(
      node.op, node.inputs.map(operand), operand(i),
      accumulator: sums.firstIndex { $0.node == i }, capacity: tileRows)
    scratchBytes = max(scratchBytes, kernel.scratchBytes)
    return kernel.run
  }

  /// Runs two kernels, the first's result being read by the second alone, over a few rows at a time.
  private func inParts(_ i: Int, _ part: Int, _ kernel: @escaping Kernel, _ first: @escaping Kernel)
    -> Kernel
  {
    let nodes = graph.nodes
    let rows = StepCompiler.partRows(nodes[part], tileRows: tileRows)
    let own = Set([i] + nodes[i].inputs + nodes[part].inputs)
    let moving = own.filter {
      nodes[$0].shape.plate != nil && schedule.root($0) != part
    }.sorted()
    let bytes = moving.map { nodes[$0].shape.count * nodes[$0].dtype.byteCount }
    return { frame in
      let total = frame.counts[1]
      var done = 0
      while done < total {
        let count = min(rows, total - done)
        frame.counts[1] = count
        first(frame)
        kernel(frame)
        for (k, slot) in moving.enumerated() { frame.slots[slot]? += count * bytes[k] }
        done += count
      }
      frame.counts[1] = total
      for (k, slot) in moving.enumerated() { frame.slots[slot]? -= total * bytes[k] }
    }
  }

  /// Rows at a time, so that a part stays in the second-level cache.
  static func partRows(_ node: Node, tileRows: Int) -> Int {
    max(1, min(tileRows, (1 << 18) / max(1, node.shape.count * node.dtype.byteCount)))
  }

  /// Whole-minibatch values that a phase's tiles touch in place: those of earlier phases, and where
  /// nothing is published their own.
  private func windows(_ steps: [LocalStep], publishes: Bool) -> [StepPlan.Window] {
    let own = Set(steps.flatMap(\.members))
    var touched = own.union(own.flatMap { graph.nodes[$0].inputs })
    for part in touched.map(schedule.root) where schedule.parts.contains(part) {
      touched.formUnion(graph.nodes[part].inputs)
    }
    return touched.sorted().compactMap { i in
      let node = graph.nodes[i]
      guard node.shape.plate != nil, let base = memory.bases[i] else { return nil }
      if publishes && own.contains(schedule.root(i)) { return nil }
      return StepPlan.Window(node: i, base: base, bytes: node.shape.count * node.dtype.byteCount)
    }
  }

  /// Values of steps that are kept for the whole minibatch.
  private func kept(_ steps: [LocalStep]) -> [StepPlan.Window] {
    steps.flatMap(\.members).filter(schedule.kept.contains).compactMap { i in
      let node = graph.nodes[i]
      guard let base = memory.bases[i], node.shape.plate != nil else { return nil }
      return StepPlan.Window(node: i, base: base, bytes: node.shape.count * node.dtype.byteCount)
    }
  }

  /// Copies what a step computed to where other workers read it.
  private func publications(of step: LocalStep) -> [Kernel] {
    step.members.filter(schedule.kept.contains).compactMap { i in
      guard let base = memory.bases[i], graph.nodes[i].shape.plate != nil else { return nil }
      let bytes = graph.nodes[i].shape.count * graph.nodes[i].dtype.byteCount
      return { frame in
        lvm_publish(frame.slots[i], base + frame.starts[1] * bytes, frame.counts[1] * bytes)
      }
    }
  }

  /// Reads the tile's rows of an input.
  private func input(_ node: Int, _ place: Int) -> Kernel {
    let batch = batch
    let width = graph.nodes[node].shape.count
    let type = graph.nodes[node].dtype
    return { frame in
      let range = frame.starts[1]..<(frame.starts[1] + frame.counts[1])
      switch type {
      case .f32:
        batch.fill(place, range, width: width, frame.output(node))
      case .f64:
        // Float32 numbers in the upper half widen in place.
        let count = range.count * width
        let wide: UnsafeMutablePointer<Double> = frame.output(node)
        let narrow = UnsafeMutableRawPointer(wide).assumingMemoryBound(to: Float.self) + count
        batch.fill(place, range, width: width, narrow)
        for i in 0..<count {
          let value = narrow[i]
          wide[i] = Double(value)
        }
      }
    }
  }
}
