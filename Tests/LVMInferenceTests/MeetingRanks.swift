import Foundation
import LVM
import Testing

/// Ranks as threads of one process: each computes its own units, and they meet at every reduction.
final class MeetingRanks: @unchecked Sendable {
  private let condition = NSCondition()
  private var parts: [[UInt8]?]
  private var whole: [UInt8] = []
  private var round = 0
  private var ended = false
  /// Bytes that each rank has handed in.
  private(set) var bytes: [Int]

  init(_ count: Int) {
    parts = [[UInt8]?](repeating: nil, count: count)
    bytes = [Int](repeating: 0, count: count)
  }

  private struct Seat: UnitReduction {
    let meeting: MeetingRanks
    let rank: Int
    func gathered(_ own: [UInt8]) -> [UInt8] { meeting.gathered(own, rank) }
  }

  private func gathered(_ own: [UInt8], _ rank: Int) -> [UInt8] {
    condition.lock()
    defer { condition.unlock() }
    parts[rank] = own
    bytes[rank] += own.count
    if !parts.contains(where: { $0 == nil }) {
      whole = parts.flatMap { $0 ?? [] }
      parts = parts.map { _ in nil }
      round += 1
      condition.broadcast()
      return whole
    }
    let own = round
    while round == own && !ended { condition.wait() }
    // A rank that ended early leaves the others without its part: what comes back is too short.
    return ended && round == own ? [] : whole
  }

  private func leave() {
    condition.withLock {
      ended = true
      condition.broadcast()
    }
  }

  /// Does the same on every rank, each on a thread of its own, and gives the results in order.
  static func run<T: Sendable>(
    _ count: Int, threads: Int = 1, _ body: @escaping @Sendable (Runtime) throws -> T
  ) throws -> (results: [T], bytes: [Int]) {
    let meeting = MeetingRanks(count)
    let results = Results<T>(count)
    let group = DispatchGroup()
    for rank in 0..<count {
      group.enter()
      let thread = Thread {
        let runtime = Runtime(
          threads: threads, rank: Rank(rank, of: count),
          reduction: Seat(meeting: meeting, rank: rank))
        results.put(Result { try body(runtime) }, rank)
        meeting.leave()
        group.leave()
      }
      thread.stackSize = 16 << 20
      thread.start()
    }
    group.wait()
    return (try results.all.map { try #require($0).get() }, meeting.bytes)
  }

  private final class Results<T: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var all: [Result<T, any Error>?]

    init(_ count: Int) { all = [Result<T, any Error>?](repeating: nil, count: count) }

    func put(_ result: Result<T, any Error>, _ rank: Int) { lock.withLock { all[rank] = result } }
  }
}
