import LVMData
import LVMInference

/// The number a fit maximised, with what it is.
public struct Objective: Sendable, Hashable {
  public var name: ObjectiveName
  /// A total over the data in nats, every constant included; of a `reconstruction`, the summed squared
  /// error.
  public var value: Double
  /// How the value was come by.
  public var estimator: ObjectiveEstimator
  /// Sum over observed cells of log |d prepared / d original|: add it to compare with a fit of the
  /// original columns.
  public var logJacobian: Double

  public var exact: Bool { estimator.isExact }

  /// Whether less is better: for a squared error; anything else is a log density or a bound of one.
  public var isMinimised: Bool { name == .reconstruction }

  public init(
    name: ObjectiveName, value: Double, estimator: ObjectiveEstimator = .exact,
    logJacobian: Double = 0
  ) {
    self.name = name
    self.value = value
    self.estimator = estimator
    self.logJacobian = logJacobian
  }
}

/// What a fit remembers of its data: no rows, only how to read another table alike.
public struct DataRecord: Sendable {
  /// SHA-256 of the file's bytes, in hex; empty for a table made in memory.
  public var sha256: String
  public var memory: BindingMemory

  public init(sha256: String, memory: BindingMemory) {
    self.sha256 = sha256
    self.memory = memory
  }
}
