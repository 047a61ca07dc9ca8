import LVMModel

/// How minibatches train a model: the `fit` block's settings with defaults for what it leaves out.
public struct TrainingSettings: Sendable, Hashable {
  public var epochs: Int
  public var batch: Int
  /// `Adam` or `SGD`, with its step size.
  public var optimizer: String
  public var rate: Double
  /// Draws of each row's latents in a step.
  public var samples: Int
  /// The weight of the divergence in what is maximised; the bound that is reported never has one.
  public var kl: Double
  /// Epochs over which that weight rises from zero.
  public var warmup: Int
  /// Epochs without a better validation bound after which training stops; nil trains to the end.
  public var patience: Int?

  /// Tables with fewer rows are trained on whole, also with `patience`.
  public static let fewestRowsToDivide = 20

  /// Settings of a model for a number of rows; `overrides` come before the model's own.
  ///
  /// By default a minibatch is 128 rows (or all there are), and epochs are as many as make about 10,000
  /// steps, at least 30 and at most 2,000.
  public init(_ model: ModelGraph, overrides: [FitEntry.Key: FitEntry.Setting], rows: Int) {
    var entries: [FitEntry.Key: FitEntry.Setting] = [:]
    for entry in model.fit { entries[entry.key] = entry.value }
    entries.merge(overrides) { $1 }
    func number(_ key: FitEntry.Key) -> Double? {
      if case .number(let value)? = entries[key] { return value }
      return nil
    }
    batch = Swift.max(1, Swift.min(number(.batch).map { Int($0) } ?? 128, Swift.max(1, rows)))
    let steps = Swift.max(1, (rows + batch - 1) / batch)
    epochs = number(.epochs).map { Int($0) } ?? Swift.min(2000, Swift.max(30, 10_000 / steps))
    // More rows than any memory holds are counted as that many, so that the refusal can say how many.
    samples = Swift.min(number(.samples).map { Int($0) } ?? 1, Swift.max(1, 1_000_000_000 / batch))
    kl = number(.kl) ?? 1
    warmup = number(.warmup).map { Int($0) } ?? 0
    patience = number(.patience).map { Int($0) }
    optimizer = "Adam"
    rate = 1e-3
    if case .named(let name, let numbers)? = entries[.optimizer] {
      optimizer = name
      rate = numbers.first ?? (name == "SGD" ? 0.01 : 1e-3)
    }
  }

  /// The weight of the divergence in an epoch, counted from 0.
  func weight(epoch: Int) -> Double {
    warmup > 0 ? kl * Swift.min(1, Double(epoch + 1) / Double(warmup)) : kl
  }

  /// The step size of numbers that belong to one row, which see one gradient an epoch.
  func localRate(epoch: Int) -> Double { 0.05 * rate(epoch: epoch) / rate }

  /// The step size in an epoch: constant for two thirds of the way, then down to a fiftieth.
  func rate(epoch: Int) -> Double {
    let start = Double(epochs) * 2 / 3
    guard epochs >= 10, Double(epoch) > start else { return rate }
    let way = (Double(epoch) - start) / Swift.max(1, Double(epochs) - 1 - start)
    return rate * (1 - 0.98 * Swift.min(1, way))
  }
}
