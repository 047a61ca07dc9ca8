import LVMInference

/// How an answer that is averaged over draws of the latents came about.
public struct DrawnEstimate: Sendable {
  /// Draws a row.
  public var samples: Int
  /// For each row with an answer, as how many equally weighted draws its draws count.
  public var effectiveSamples: [Double]

  /// Rows whose answer rests on fewer equally weighted draws than this say so.
  public static let fewest = 5.0

  public var weakRows: Int { effectiveSamples.count { $0 < Self.fewest } }

  /// Nil where a posterior draws nothing, or a single time.
  init?(_ posterior: any Posterior) {
    guard case .guide(let samples) = posterior.source, samples > 1 else { return nil }
    self.samples = samples
    effectiveSamples = []
  }
}
