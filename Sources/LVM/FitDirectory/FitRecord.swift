import Foundation
import LVMData
import LVMInference

/// What loading needs of `fit.json`.
struct FitRecord: Decodable {
  /// The version of the format that this release writes and reads.
  static let format = 1

  struct Objective: Decodable {
    var name: ObjectiveName
    var value: Double
    var exact: Bool
    var estimator: String?
    var logJacobian: Double
  }

  struct Data: Decodable {
    var sha256: String
    var columns: [String: [String]]
    var labels: [String: [String]]
    var preparation: [String: [[Step]]]
  }

  /// A step of a preparation; which numbers it has depends on its name.
  struct Step: Decodable {
    var step: String
    var mean: Double?
    var deviation: Double?
    var factor: Double?
    var level: Double?
    var maximum: Double?
  }

  /// A seed is a number, or text where it would not fit a signed one.
  struct Seed: Decodable {
    var value: UInt64

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(UInt64.self) {
        value = number
      } else if let number = UInt64(try container.decode(String.self)) {
        value = number
      } else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "a seed is a whole number")
      }
    }
  }

  var format: Int
  var model: String
  var rows: Int
  var seed: Seed
  var data: Data
  var strategy: String
  /// What guides latents, unless it is an encoder.
  var guide: String?
  /// The method that was asked for, where the model alone would lead to another.
  var method: String?
  var objective: Objective
  var parameterCount: Int
  var bic: Double?
  var converged: Bool
  var iterations: Int
  var restarts: Int
  var seconds: Double
  var secondsReading: Double
  var secondsCompiling: Double
  var warnings: [Warning]
  var standardErrors: [String: NestedNumbers]?
  var standardErrorsOmitted: [String: String]?
  var validation: Validation?
}

extension FitRecord.Data {
  /// The binding that a fit remembers; nil if a step is not a known one.
  var memory: BindingMemory? {
    var preparations: [String: LVMData.Preparation] = [:]
    for (name, columns) in preparation {
      var prepared: [ColumnPreparation] = []
      for column in columns {
        let steps = column.compactMap(\.known)
        guard steps.count == column.count else { return nil }
        prepared.append(ColumnPreparation(steps: steps))
      }
      preparations[name] = LVMData.Preparation(columns: prepared)
    }
    return BindingMemory(columns: columns, labels: labels, preparations: preparations)
  }
}

extension FitRecord.Step {
  var known: ColumnPreparation.Step? {
    switch step {
    case "standardize":
      guard let mean, let deviation else { return nil }
      return .standardize(mean: mean, deviation: deviation)
    case "center": return mean.map { .center(mean: $0) }
    case "scale": return factor.map { .scale(factor: $0) }
    case "threshold": return level.map { .threshold(level: $0) }
    case "binarize": return maximum.map { .binarize(maximum: $0) }
    case "log": return .log
    case "log1p": return .log1p
    default: return nil
    }
  }
}
