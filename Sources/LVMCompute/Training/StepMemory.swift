import CLVMKernels
import Foundation

/// Memory of a step that does not move: parameters, constants, totals and whole-minibatch values. Values
/// a tile needs only for itself are placed by lifetime in an arena each worker has.
final class StepMemory {
  /// Per node, where its value starts; nil for what lives in the workers' arenas.
  private(set) var bases: [UnsafeMutableRawPointer?]
  /// Per node, its place in the fixed memory.
  private(set) var offsets: [Int: Int] = [:]
  /// Per node a tile computes, its place in a worker's arena.
  private(set) var arenaOffsets: [Int: Int] = [:]
  private(set) var fixedBytes = 0
  private(set) var arenaBytes = 64
  private var slab: UnsafeMutableRawPointer
  private var extra: [UnsafeMutableRawPointer] = []

  /// - Parameters:
  ///   - gradients: nodes whose value belongs in the parameters' gradient, with its place there.
  ///   - lifetimes: tile values with first and last step, per phase.
  /// - Throws: `StepError.tooLarge`.
  init(
    _ graph: Graph, _ schedule: StepSchedule, _ parameters: ParameterArena,
    gradients: [Int: Int], lifetimes: [[ArenaPlan.Request]], batch: Int
  ) throws(StepError) {
    let nodes = graph.nodes
    bases = [UnsafeMutableRawPointer?](repeating: nil, count: nodes.count)
    var places: [(node: Int, offset: Int)] = []
    var total = 0
    for (i, node) in nodes.enumerated() where schedule.aliases[i] == nil {
      if case .parameter(let name) = node.op, let place = parameters.offset(name) {
        bases[i] = UnsafeMutableRawPointer(parameters.values + place)
        continue
      }
      if let place = gradients[i] {
        bases[i] = UnsafeMutableRawPointer(parameters.gradient + place)
        continue
      }
      guard node.shape.plate == nil || schedule.kept.contains(i) else { continue }
      places.append((i, total))
      let rows = node.shape.plate == nil ? 1 : batch
      total += (max(node.shape.count * rows, 1) * node.dtype.byteCount + 63) & ~63
    }
    try StepMemory.check(total, rows: batch)
    slab = .allocate(byteCount: max(total, 64), alignment: 64)
    slab.initializeMemory(as: UInt8.self, repeating: 0, count: max(total, 64))
    fixedBytes = total
    for (node, offset) in places {
      bases[node] = slab + offset
      offsets[node] = offset
    }
    for requests in lifetimes {
      let plan = ArenaPlan(requests)
      arenaOffsets.merge(plan.offsets) { $1 }
      arenaBytes = max(arenaBytes, plan.bytes)
    }
    for (i, node) in nodes.enumerated() {
      if let tensor = StepSchedule.fixedNumber(node, nodes) { load(tensor.values, i, node.dtype) }
      bases[i] = bases[schedule.root(i)]
    }
  }

  /// - Throws: `StepError.tooLarge` where the process may not have such memory.
  static func check(_ bytes: Int, rows: Int) throws(StepError) {
    guard bytes < MachineMemory.limit else {
      throw .tooLarge(bytes: bytes, rows: rows)
    }
  }

  deinit {
    slab.deallocate()
    for memory in extra { memory.deallocate() }
  }

  /// Memory with the plan's lifetime, zeroed.
  func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 64), alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(bytes, 64))
    extra.append(memory)
    return memory
  }

  /// Copies numbers to a node, in its number format.
  func load(_ values: [Double], _ node: Int, _ dtype: DType) {
    guard let base = bases[node] else { return }
    values.withUnsafeBufferPointer { source in
      guard let from = source.baseAddress else { return }
      switch dtype {
      case .f64:
        base.assumingMemoryBound(to: Double.self).update(from: from, count: source.count)
      case .f32:
        lvm_to_f32(from, base.assumingMemoryBound(to: Float.self), source.count)
      }
    }
  }
}
