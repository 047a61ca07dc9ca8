/// What a kernel sees while it runs: where each node's values are, and how many instances of each
/// plate the block at hand holds. One per worker; kernels keep nothing else.
final class Frame {
  /// Per node, the start of its values in this block.
  let slots: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  /// Per reduction of the sweep, where this group of blocks adds up.
  let accumulators: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  /// `counts[p + 1]`: instances of plate p in this block; `counts[0]` is 1, for values without a plate.
  let counts: UnsafeMutablePointer<Int>
  /// `starts[p + 1]`: the first of those instances.
  let starts: UnsafeMutablePointer<Int>
  let scratch: UnsafeMutableRawPointer
  private let plates: Int

  init(nodes: Int, accumulators: Int, plates: Int, scratchBytes: Int) {
    slots = .allocate(capacity: max(nodes, 1))
    slots.initialize(repeating: nil, count: max(nodes, 1))
    self.accumulators = .allocate(capacity: max(accumulators, 1))
    self.accumulators.initialize(repeating: nil, count: max(accumulators, 1))
    counts = .allocate(capacity: plates + 1)
    counts.initialize(repeating: 0, count: plates + 1)
    counts[0] = 1
    starts = .allocate(capacity: plates + 1)
    starts.initialize(repeating: 0, count: plates + 1)
    scratch = .allocate(byteCount: max(scratchBytes, 64), alignment: 64)
    self.plates = plates
  }

  deinit {
    slots.deallocate()
    accumulators.deallocate()
    counts.deallocate()
    starts.deallocate()
    scratch.deallocate()
  }

  @inline(__always)
  func input<T>(_ slot: Int, _ type: T.Type = T.self) -> UnsafePointer<T> {
    UnsafePointer(slots[slot].unsafelyUnwrapped.assumingMemoryBound(to: T.self))
  }

  @inline(__always)
  func output<T>(_ slot: Int, _ type: T.Type = T.self) -> UnsafeMutablePointer<T> {
    slots[slot].unsafelyUnwrapped.assumingMemoryBound(to: T.self)
  }

  @inline(__always)
  func accumulator<T>(_ index: Int, _ type: T.Type = T.self) -> UnsafeMutablePointer<T> {
    accumulators[index].unsafelyUnwrapped.assumingMemoryBound(to: T.self)
  }
}

/// One prepared operation.
typealias Kernel = (Frame) -> Void

/// A prepared operation and the work space it needs, given the most instances its plates may have.
struct PreparedKernel {
  var run: Kernel
  var scratchBytes = 0
}

/// A node as a kernel sees it.
struct Operand {
  let slot: Int
  let shape: Shape
  let dtype: DType

  /// Index into a frame's counts.
  var plate: Int { (shape.plate?.index ?? -1) + 1 }
  var count: Int { shape.count }
}
