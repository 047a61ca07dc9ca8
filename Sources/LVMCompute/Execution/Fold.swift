/// A partial sum over blocks of units.
public protocol Mergeable: Sendable {
  /// Adds what was summed over later blocks.
  mutating func merge(_ later: Self)
  /// All of it as numbers, as many as before: what goes from rank to rank.
  var numbers: [Double] { get set }
}

/// Numbers that are added up one by one.
public struct Sums: Mergeable {
  public var numbers: [Double]

  public init(count: Int) { numbers = [Double](repeating: 0, count: count) }

  public mutating func merge(_ later: Sums) {
    for i in numbers.indices { numbers[i] += later.numbers[i] }
  }
}

/// How rows are divided for a fold: blocks of about as many numbers, dealt into groups of neighbours. A
/// group takes its blocks in order; groups are merged in a fixed tree. All of it follows from shapes.
struct FoldBlocks {
  let rows: Int
  let blockRows: Int
  let groups: [Range<Int>]

  /// Numbers of a block, and partial sums that are kept at a time.
  private static let blockNumbers = 65_536
  private static let mostGroups = 64

  init(rows: Int, width: Int) {
    self.rows = rows
    let size = max(1, FoldBlocks.blockNumbers / max(1, width))
    blockRows = size
    let blocks = (rows + size - 1) / size
    let count = min(blocks, FoldBlocks.mostGroups)
    groups = (0..<count).map { g in (g * blocks / count)..<((g + 1) * blocks / count) }
  }

  /// The rows of a group, a block at a time.
  func eachBlock(_ group: Int, _ body: (Range<Int>) -> Void) {
    for block in groups[group] {
      body((block * blockRows)..<min((block + 1) * blockRows, rows))
    }
  }
}

extension Runtime {
  /// Sums over rows.
  ///
  /// - Parameters:
  ///   - width: numbers that are read of a row: what a block is measured by.
  ///   - zero: the sum over no rows.
  ///   - body: adds some rows; called for several blocks at once.
  public func fold<P: Mergeable>(
    rows: Int, width: Int, _ zero: P, _ body: (_ sum: inout P, _ rows: Range<Int>) -> Void
  ) -> P {
    let blocks = FoldBlocks(rows: rows, width: width)
    let count = blocks.groups.count
    guard count > 0 else { return zero }
    var partials = [P](repeating: zero, count: count)
    let own = rank.share(of: count)
    partials.withUnsafeMutableBufferPointer { partials in
      ThreadPool(threads: min(threads, own.count)).run(tasks: own.count) { task, _ in
        let group = own.lowerBound + task
        blocks.eachBlock(group) { body(&partials[group], $0) }
      }
    }
    complete(&partials, zero)
    MergeTree.merge(count) { from, into in partials[into].merge(partials[from]) }
    return partials[0]
  }

  /// Sums over the instances of a column.
  public func fold<P: Mergeable>(
    _ column: DataColumn, _ zero: P,
    _ body: (_ sum: inout P, _ values: UnsafeBufferPointer<Double>) -> Void
  ) -> P {
    fold(column, zero) { sum, values, _ in body(&sum, values) }
  }

  /// The same, told which instances the numbers are of.
  public func fold<P: Mergeable>(
    _ column: DataColumn, _ zero: P,
    _ body: (_ sum: inout P, _ values: UnsafeBufferPointer<Double>, _ rows: Range<Int>) -> Void
  ) -> P {
    let width = column.width
    return withExtendedLifetime(column) {
      fold(rows: column.count / width, width: width, zero) { sum, rows in
        let count = rows.count * width
        if let address = column.address {
          let start = address + rows.lowerBound * width
          return body(&sum, UnsafeBufferPointer(start: start, count: count), rows)
        }
        withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { buffer in
          column.copyRows(rows, into: buffer)
          body(&sum, UnsafeBufferPointer(buffer), rows)
        }
      }
    }
  }

  private func complete<P: Mergeable>(_ partials: inout [P], _ zero: P) {
    guard rank.count > 1 else { return }
    let own = rank.share(of: partials.count).flatMap { partials[$0].numbers }
    let bytes = own.withUnsafeBytes { reduction.gathered([UInt8]($0)) }
    let width = zero.numbers.count
    var all = [Double](repeating: 0, count: width * partials.count)
    precondition(bytes.count == all.count * 8, "another rank computes something else")
    all.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    for i in partials.indices { partials[i].numbers = Array(all[(i * width)..<((i + 1) * width)]) }
  }
}
