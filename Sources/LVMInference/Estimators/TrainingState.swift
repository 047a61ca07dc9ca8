import LVMCompute

/// Everything that training needs to go on from the start of an epoch to the same bits as if it had never
/// stopped: random numbers are keyed by epoch and row, so that they are no part of it.
public struct TrainingState: Sendable, Equatable {
  /// Epochs that are done.
  public var epoch: Int
  /// Trained numbers by name: parameters as free numbers, weights as they are.
  public var values: [String: [Float]]
  /// Of each loss that is trained: what its optimizer remembers, and what its learning rate is multiplied
  /// with after returns to a good state; and which one's turn it is.
  public var trainer: TrainerState
  /// The most a step's gradient may be long, once training has been sent back; 0 for no limit.
  public var clip: Double
  /// Numbers of each row's own guide with their moments, by column.
  public var locals: [String: [Float]]
  /// The best state on held-out rows so far, with its bound there.
  public var best: Best?
  /// Epochs since then.
  public var sinceBest: Int
  public var trace: [Double]
  /// What each epoch said of itself.
  public var epochs: [EpochReport]
  public var warnings: [Warning]

  public struct Best: Sendable, Equatable {
    public var bound: Double
    public var values: [String: [Float]]

    public init(bound: Double, values: [String: [Float]]) {
      self.bound = bound
      self.values = values
    }
  }

  public init(
    epoch: Int, values: [String: [Float]], trainer: TrainerState, clip: Double = 0,
    locals: [String: [Float]] = [:], best: Best? = nil, sinceBest: Int = 0,
    trace: [Double] = [], epochs: [EpochReport] = [], warnings: [Warning] = []
  ) {
    self.epoch = epoch
    self.values = values
    self.trainer = trainer
    self.clip = clip
    self.locals = locals
    self.best = best
    self.sinceBest = sinceBest
    self.trace = trace
    self.epochs = epochs
    self.warnings = warnings
  }
}

extension TrainingState {
  /// What the one loss of a model that is trained by its bound is called.
  public static let bound = "bound"

  /// The least of the losses' rate factors: what the rates of numbers that belong to rows are multiplied
  /// with.
  var caution: Double { trainer.losses.map(\.rateFactor).min() ?? 1 }

  /// Multiplies every loss's learning rate.
  mutating func slow(by factor: Double) {
    for i in trainer.losses.indices { trainer.losses[i].rateFactor *= factor }
  }
}

/// Training that its caller stopped, with the state to go on from: the start of the epoch it was in.
public struct TrainingStopped: Error, Sendable {
  public var state: TrainingState
}

/// Training that stayed without a finite bound, with the last good state to go on from.
public struct TrainingFailed: Error, Sendable, CustomStringConvertible {
  public var state: TrainingState
  /// Where the bound has no value: variable, line, rows.
  public var fault: String
  /// A cell of the table that is far from all others in its column and may be the cause, in words.
  public var cell: String?

  public var description: String {
    "training-diverged: \(fault); five returns to the last good state, each with half the step size, did not help"
  }
}
