import LVMInference
import LVMModel

/// A setting of the `fit` block that does nothing for the strategy of a plan.
public struct SettingWithoutMeaning: Sendable, Hashable {
  public var key: FitEntry.Key
  /// Why, with a subject: `it has no meaning …`.
  public var reason: String

  public var warning: Warning { .settingWithoutMeaning(key, reason: reason) }
}

extension Plan {
  /// Whether a setting of the `fit` block bears on how this plan is carried out.
  public func gives(meaningTo key: FitEntry.Key) -> Bool {
    estimation.estimator.settings.contains(key)
  }

  /// Why a setting does nothing, to follow `has no meaning`.
  public func reason(againstSetting key: FitEntry.Key) -> String {
    key == .patience && estimation.isByMinibatches
      ? "where each row has a guide of its own, for rows that are held out have none"
      : "for this model, which is fitted by \(strategy.rawValue)"
  }

  /// The settings of the model's `fit` block that this plan has no use for.
  public var settingsWithoutMeaning: [SettingWithoutMeaning] {
    model.fit.filter { !gives(meaningTo: $0.key) }.map {
      SettingWithoutMeaning(key: $0.key, reason: reason(againstSetting: $0.key))
    }
  }

  /// What settings that have a meaning each do not mean together.
  func settingWarnings(_ options: FitOptions, rows: Int) -> [Warning] {
    guard estimation.isByMinibatches else { return [] }
    let settings = TrainingSettings(model, overrides: options.training, rows: rows)
    var result: [Warning] = []
    if settings.patience != nil, gives(meaningTo: .patience),
      rows < TrainingSettings.fewestRowsToDivide
    {
      result.append(.patienceIgnored(rows: rows, fewest: TrainingSettings.fewestRowsToDivide))
    }
    guard gives(meaningTo: .warmup), settings.warmup > settings.epochs else { return result }
    result.append(.longWarmup(warmup: settings.warmup, epochs: settings.epochs))
    return result
  }

  /// Options with what the model's `fit` block says; the caller's own come first.
  func options(_ options: FitOptions) -> FitOptions {
    var options = options
    for entry in model.fit where entry.key == .restarts && options.restarts == nil {
      if case .number(let value) = entry.value { options.restarts = Int(value) }
    }
    return options
  }
}
