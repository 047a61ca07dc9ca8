import LVMCompute
import LVMModel

/// A column of numbers that belong to each row's own guide: a given variable of the plan's model, whose
/// values training finds instead of a table.
public struct LocalColumn: Hashable, Sendable {
  enum Part: String, Sendable { case location, spread }

  var latent: String
  var part: Part
  /// Free numbers of the latent; a spread is the logarithm of a scale.
  var dims: [Int]

  /// The name of variable and column.
  var name: String { "guide.\(latent).\(part.rawValue)" }
  var width: Int { Swift.max(1, dims.reduce(1, *)) }

  /// What it holds before anything is known: places near the middle that differ, and half of one.
  func start(rows: Int, seed: UInt64) -> [Float] {
    switch part {
    case .spread:
      return [Float](repeating: Float((0.5).logarithm), count: rows * width)
    case .location:
      var random = RandomStream(seed: seed, purpose: name)
      return (0..<(rows * width)).map { _ in Float(0.1 * random.normal()) }
    }
  }
}
