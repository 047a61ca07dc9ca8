import CLVMKernels

/// Where the numbers of a `data` node come from in a step.
public enum StepInput: Sendable {
  /// The minibatch's rows of a table.
  case rows(any RowSource)
  /// Random numbers, new in every epoch.
  case random(RandomRows)
}

/// Random numbers that belong to rows: they depend on the seed, the purpose, the epoch, the row's number
/// in the data and the place in the row, and not on the minibatch or the number of threads.
public struct RandomRows: Sendable {
  public enum Distribution: Sendable {
    /// Normal with mean 0 and standard deviation 1.
    case normal
    /// Uniform on (0, 1): dropout masks and binarisation compare with it.
    case uniform
  }

  public let distribution: Distribution
  private let seed: UInt64
  private let purpose: String

  /// - Parameter purpose: keeps streams of one seed apart: one for each use.
  public init(_ distribution: Distribution, seed: UInt64, purpose: String) {
    self.distribution = distribution
    self.seed = seed
    self.purpose = purpose
  }

  /// The key of an epoch's numbers.
  func key(epoch: Int) -> UInt64 {
    var stream = RandomStream(seed: seed, purpose: purpose, step: epoch)
    return stream.next()
  }

  /// `width` numbers for each row.
  func fill(
    _ rows: UnsafeBufferPointer<Int>, width: Int, key: UInt64, _ out: UnsafeMutablePointer<Float>
  ) {
    switch distribution {
    case .normal: lvm_random_normal(key, rows.baseAddress, rows.count, width, out)
    case .uniform: lvm_random_uniform(key, rows.baseAddress, rows.count, width, out)
    }
  }
}

/// The order in which an epoch visits rows: a permutation that depends on seed and epoch alone.
public func epochOrder(count: Int, seed: UInt64, epoch: Int) -> [Int] {
  var order = Array(0..<count)
  var stream = RandomStream(seed: seed, purpose: "shuffle", step: epoch)
  // Fisher and Yates; the bias of a 64-bit product is below count / 2⁶⁴.
  for i in stride(from: count - 1, to: 0, by: -1) {
    let j = Int(stream.next().multipliedFullWidth(by: UInt64(i + 1)).high)
    order.swapAt(i, j)
  }
  return order
}
