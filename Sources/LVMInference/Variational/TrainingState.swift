import LVMCompute

/// Everything that training needs to go on from the start of an epoch to the same bits as if it had never
/// stopped: random numbers are keyed by epoch and row, so that they are no part of it.
public struct TrainingState: Sendable, Equatable {
  /// Epochs that are done.
  public var epoch: Int
  /// Trained numbers by name: parameters as free numbers, weights as they are.
  public var values: [String: [Float]]
  public var optimizer: OptimizerState
  /// What the step size is multiplied with after returns to a good state.
  public var caution: Double
  /// The best state on held-out rows so far, with its bound there.
  public var best: Best?
  /// Epochs since then.
  public var sinceBest: Int
  public var trace: [Double]
  public var warnings: [String]

  public struct Best: Sendable, Equatable {
    public var bound: Double
    public var values: [String: [Float]]

    public init(bound: Double, values: [String: [Float]]) {
      self.bound = bound
      self.values = values
    }
  }

  public init(
    epoch: Int, values: [String: [Float]], optimizer: OptimizerState, caution: Double, best: Best?,
    sinceBest: Int, trace: [Double], warnings: [String]
  ) {
    self.epoch = epoch
    self.values = values
    self.optimizer = optimizer
    self.caution = caution
    self.best = best
    self.sinceBest = sinceBest
    self.trace = trace
    self.warnings = warnings
  }
}

/// Training that its caller stopped, with the state to go on from: the start of the epoch it was in.
public struct TrainingStopped: Error, Sendable {
  public var state: TrainingState
}
