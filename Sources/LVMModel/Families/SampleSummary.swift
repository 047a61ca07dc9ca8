/// What a sample says of itself, from which a family guesses its arguments: where a search starts.
public struct SampleSummary: Sendable, Hashable {
  public var mean: Double
  public var variance: Double

  public init(mean: Double, variance: Double) {
    self.mean = mean
    self.variance = variance
  }

  var deviation: Double { variance.squareRoot() }

  /// Square of the mean over the variance, kept where a shape is sensible.
  var shape: Double {
    let ratio = mean * mean / variance
    return ratio.isFinite ? Swift.min(Swift.max(ratio, 1e-3), 1e6) : 1
  }

  /// A mean between 0 and 1, away from both ends.
  var chance: Double { Swift.min(Swift.max(mean, 1e-3), 1 - 1e-3) }
  /// A mean above zero.
  var level: Double { Swift.max(mean, 1e-300) }
}
