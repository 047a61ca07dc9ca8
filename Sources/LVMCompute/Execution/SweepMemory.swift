/// How the values that a block needs for itself alone lie in a worker's memory, and how many rows a block
/// has: so many that the values stay in the second-level cache.
struct SweepMemory {
  let fusion: Fusion
  let blocks: [Block]
  /// The most instances a block has, per plate.
  let capacities: [Int]
  let arena: ArenaPlan

  /// What a block's values should fit into, in bytes: about a core's second-level cache.
  private static let arenaTarget = 768 * 1024
  private static let rowLimits = (least: 64, most: 1024)

  init(_ sweep: Schedule.Sweep, _ nodes: [Node], _ schedule: Schedule, _ layout: PlateLayout) {
    var first: [Int: Int] = [:]
    var last: [Int: Int] = [:]
    for (step, i) in sweep.nodes.enumerated() {
      for input in PhaseOrder.operands(nodes[i]) { last[schedule.root(input)] = step }
      if schedule.aliases[i] == nil { first[i] = step }
      last[schedule.root(i)] = step
    }
    fusion = Fusion(sweep.nodes, nodes, aliases: schedule.aliases)
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
    let limits = SweepMemory.rowLimits
    let rows = min(limits.most, max(limits.least, SweepMemory.arenaTarget / perRow)) / 16 * 16
    let blocks = layout.blocks(of: sweep.unit, rows: rows)
    var capacities = [Int](repeating: 0, count: layout.counts.count)
    for block in blocks {
      for (p, range) in block.ranges.enumerated() {
        capacities[p] = max(capacities[p], range.count)
      }
    }
    arena = plan { capacities[$0] }
    self.blocks = blocks
    self.capacities = capacities
  }
}
