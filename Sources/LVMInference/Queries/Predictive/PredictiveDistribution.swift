import LVMModel

/// The distribution of the cells of one observed variable given everything else that is observed.
///
/// Given the labels it depends on, each cell has a law of its own; labels are weighted by their posterior.
/// Arrays are row-major over [instances, states, size], where `states` counts the joint labels.
public struct PredictiveDistribution: Sendable {
  public enum Content: Sendable {
    /// Probabilities of the values, [instances, size, values], labels already summed out.
    case probabilities([Double], values: Int)
    /// A normal for each state.
    case normal(mean: [Double], variance: [Double])
    /// Mean and variance of another law for each state, not finite where there is none, with the numbers
    /// that its form takes, each [instances, states, size]; without a form quantiles are drawn.
    case scalar(PredictiveForm?, mean: [Double], variance: [Double], arguments: [[Double]])
    /// A law of which nothing is tabulated: it can only be drawn from.
    case drawn(reason: String)
  }

  public var variable: VariableID
  /// Compute plate of its instances: 0 for rows.
  public var plate: Int
  /// The instances, in the order of the data, that the arrays hold.
  public var instances: [Int]
  /// Entries of one value.
  public var size: Int
  public var states: Int
  /// Posterior probabilities of the joint labels, [instances, states].
  public var weights: [Double]
  /// The labels that a state stands for, slowest first, with the number of values of each.
  public var axes: [(axis: Axis, values: Int)]
  public var content: Content
  /// Of latents that quadrature integrates: their values at each state, [instances, states, size].
  public var nodes: [VariableID: [Double]] = [:]
}
