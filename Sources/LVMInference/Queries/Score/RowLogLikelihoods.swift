import LVMModel

/// log p of each unit at given parameters: of a row, of a group, or in a chain of a row given its past.
public struct RowLogLikelihoods: Sendable {
  /// One number per unit of `plate`.
  public var values: [Double]
  /// 0 for rows, else the plate of the outermost group.
  public var plate: Int
  public var source: PosteriorSource
  /// Standard errors of values that are importance-weighted over draws.
  public var errors: [Double] = []

  /// Where values are importance-weighted estimates: draws a row, and their standard errors.
  public var estimate: (samples: Int, errors: [Double])? {
    if case .guide(let samples) = source { return (samples, errors) }
    return nil
  }

  /// Whether nothing but rounding stands between the values and log p.
  public var isExact: Bool { source == .exact }
  /// True where latents are points: values are then the log joint density at them, neither log p nor a bound.
  public var isJoint: Bool { source == .point }

  /// The same values with rows in the order of the table they came from.
  public func inTableOrder(_ data: ModelData) -> RowLogLikelihoods {
    guard plate == 0, let moved = data.moved else { return self }
    var copy = self
    for (i, row) in moved.enumerated() {
      copy.values[row] = values[i]
      if !errors.isEmpty { copy.errors[row] = errors[i] }
    }
    return copy
  }
}
