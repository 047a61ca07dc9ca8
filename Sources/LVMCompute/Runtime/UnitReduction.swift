/// Where partial sums over units meet those of other ranks: every sum of rows goes through it, and here an
/// all-gather of several machines attaches.
///
/// All that is asked of it is to bring bytes together; merging is done by each rank, in the order of
/// blocks, so that the bits are those of one rank.
public protocol UnitReduction: Sendable {
  /// The bytes of every rank one after the other, in the order of ranks; returns when all have called.
  func gathered(_ own: [UInt8]) -> [UInt8]
}

/// The reduction of a run that nothing shares.
public struct SingleRank: UnitReduction {
  public init() {}

  public func gathered(_ own: [UInt8]) -> [UInt8] { own }
}

/// The order in which partial sums are merged: neighbours, then pairs of neighbours, and so on.
enum MergeTree {
  static func merge(_ count: Int, _ add: (_ from: Int, _ into: Int) -> Void) {
    var step = 1
    while step < count {
      for g in stride(from: 0, to: count - step, by: 2 * step) { add(g + step, g) }
      step *= 2
    }
  }
}

extension Runtime {
  /// Completes memory that holds one part for each of some tasks: those of other ranks are filled in.
  ///
  /// - Parameters:
  ///   - own: the bytes that are computed here.
  ///   - total: bytes of all ranks.
  func complete(_ memory: UnsafeMutableRawPointer, own: Range<Int>, total: Int) {
    guard rank.count > 1, total > 0 else { return }
    let part = UnsafeRawBufferPointer(start: memory + own.lowerBound, count: own.count)
    let all = reduction.gathered([UInt8](part))
    precondition(all.count == total, "another rank computes something else")
    all.withUnsafeBytes {
      if let base = $0.baseAddress { memory.copyMemory(from: base, byteCount: total) }
    }
  }
}
