import CLVMKernels
import Foundation

/// Memory of an executor that outlives a block: values without a plate, data, and plate values kept at
/// full length.
final class ExecutorMemory {
  /// Per node, the start of its whole value; nil for what lives in the arenas of a sweep.
  private(set) var bases: [UnsafeMutableRawPointer?]
  private(set) var storedBytes = 0
  /// Data that sweeps read a block at a time, by node.
  private(set) var streams: [Int: DataColumn] = [:]
  /// Columns that nodes point into or read from.
  private var columns: [DataColumn] = []
  private var allocations: [UnsafeMutableRawPointer] = []
  private var chainWork: [Int: (UnsafeMutableRawPointer, Int)] = [:]
  private let lock = NSLock()

  init(_ graph: Graph, _ schedule: Schedule, _ data: DataColumns) {
    let nodes = graph.nodes
    bases = [UnsafeMutableRawPointer?](repeating: nil, count: nodes.count)
    // Values without a plate lie side by side in one allocation.
    var offsets: [(node: Int, offset: Int)] = []
    var total = 0
    for (i, node) in nodes.enumerated() where node.shape.plate == nil && schedule.aliases[i] == nil
    {
      offsets.append((i, total))
      total += (max(node.shape.count, 1) * node.dtype.byteCount + 63) & ~63
    }
    let slab = allocate(total)
    let readWhole = schedule.readWhole(graph)
    for (node, offset) in offsets { bases[node] = slab + offset }
    for (i, node) in nodes.enumerated() {
      let count = node.shape.count * (node.shape.plate.map(data.layout.count) ?? 1)
      if case .constant(let tensor) = node.op {
        load(tensor.values, into: i, node.dtype)
      } else if case .data(let name) = node.op {
        guard let column = data.columns[name] else {
          preconditionFailure("the data lacks the column '\(name)'")
        }
        precondition(
          column.plate == node.shape.plate && column.dims == node.shape.dims
            && column.count == count,
          "the column '\(name)' does not have the shape \(node.shape)")
        columns.append(column)
        if node.dtype == .f64, let address = column.address {
          // Kernels only read what they are given as input.
          bases[i] = UnsafeMutableRawPointer(mutating: address)
        } else if node.dtype == .f64, !readWhole.contains(i) {
          streams[i] = column
        } else {
          bases[i] = allocate(count * node.dtype.byteCount)
          load(column.values, into: i, node.dtype)
        }
      } else if schedule.stored.contains(i) {
        let bytes = count * node.dtype.byteCount
        bases[i] = allocate(bytes)
        storedBytes += bytes
      }
    }
    for i in nodes.indices {
      if let source = schedule.aliases[i], let base = bases[source] { bases[i] = base }
    }
  }

  deinit {
    for pointer in allocations { pointer.deallocate() }
    for (pointer, _) in chainWork.values { pointer.deallocate() }
  }

  private func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 64), alignment: 64)
    allocations.append(pointer)
    return pointer
  }

  /// Why rows of a column could not be read.
  var failure: (any Error)? { columns.lazy.compactMap(\.failure).first }

  /// Copies numbers to a node, in its number format.
  func load(_ values: [Double], into node: Int, _ dtype: DType) {
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

  /// Work space of a worker for chains, kept.
  func chainScratch(_ worker: Int, bytes: Int) -> UnsafeMutableRawPointer {
    lock.withLock {
      if let (pointer, size) = chainWork[worker] {
        if size >= bytes { return pointer }
        pointer.deallocate()
      }
      let pointer = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      chainWork[worker] = (pointer, bytes)
      return pointer
    }
  }
}
