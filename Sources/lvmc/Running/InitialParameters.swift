import Foundation
import LVM

/// `--init FIT|FILE.json`: what the first start begins with: parameters, and arrays of networks.
enum InitialParameters {
  static let option = Option(
    "init", .text(placeholder: "FIT|FILE"),
    help: "start from a fit, its networks included, or from a JSON file such as fit.json")

  /// The values by name; nil if none were asked for.
  ///
  /// Throws `UsageError` where a name is neither a parameter's nor an array's of a network, or a value
  /// does not fit it.
  static func read(_ arguments: Arguments, for plan: Plan) throws -> [String: Tensor]? {
    guard let path = arguments.text("init") else { return nil }
    var values = try values(path)
    let declared = plan.model.variables.filter { $0.role == .param }
    let arrays = plan.isTrained ? plan.networkWeights : []
    // Rows that have guides of their own, or points, have no use for an encoder.
    if !plan.locals.isEmpty { values = values.filter { !isEncoders($0.key) } }
    for (name, tensor) in values.sorted(by: { $0.key < $1.key }) {
      if let parameter = declared.first(where: { $0.name == name }) {
        if let reason = whyNot(tensor, parameter) {
          throw UsageError.initialValue(name: name, reason: reason)
        }
      } else if let array = arrays.first(where: { $0.name == name }) {
        if let reason = whyNot(tensor, dims: array.dims) {
          throw UsageError.initialValue(name: name, reason: reason)
        }
      } else {
        throw UsageError.unknownName(
          option: "--init", name: name,
          what: arrays.isEmpty ? "parameter" : "parameter or array of a network",
          known: declared.map(\.name) + arrays.map(\.name))
      }
    }
    return values
  }

  /// Whether a name is of an encoder that the compiler writes.
  private static func isEncoders(_ name: String) -> Bool { name.hasPrefix("guide.") }

  private static func values(_ path: String) throws -> [String: Tensor] {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw UsageError.cannotRead(path: path)
    }
    if isDirectory.boolValue {
      return try Fit(contentsOf: URL(fileURLWithPath: path)).parameters
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError.cannotRead(path: path)
    }
    guard let values = Fit.parameterValues(json: data) else {
      throw UsageError.initialValue(
        name: path, reason: "it is no JSON object of parameters with their numbers")
    }
    return values
  }

  /// Why a value cannot be an array of some dims; nil if it can.
  private static func whyNot(_ value: Tensor, dims: [Int]) -> String? {
    guard value.dims == dims else {
      func shape(_ dims: [Int]) -> String {
        switch dims.count {
        case 0: "one number"
        case 1: "\(dims[0]) number\(dims[0] == 1 ? "" : "s")"
        default: dims.map(String.init).joined(separator: " by ")
        }
      }
      return "it is \(shape(value.dims)), and the model has \(shape(dims))"
    }
    return value.values.allSatisfy(\.isFinite) ? nil : "it holds what is not a number"
  }

  /// Why a value is none that the parameter can have; nil if it is one.
  private static func whyNot(_ value: Tensor, _ parameter: Variable) -> String? {
    let dims = parameter.type.dims ?? []
    if let reason = whyNot(value, dims: dims) { return reason }
    let n = dims.last ?? 1
    switch parameter.type.kind {
    case .positive: return value.values.allSatisfy { $0 > 0 } ? nil : "it has to be positive"
    case .unit:
      return value.values.allSatisfy { (0...1).contains($0) } ? nil : "it has to lie in 0…1"
    case .simplex:
      let sums = stride(from: 0, to: value.count, by: max(1, n)).map {
        value.values[$0..<($0 + n)].reduce(0, +)
      }
      return value.values.allSatisfy { $0 >= 0 } && sums.allSatisfy { abs($0 - 1) < 1e-6 }
        ? nil : "its numbers have to sum to 1"
    case .covariance, .correlation, .cholesky:
      let isPositive = (0..<(value.count / max(1, n * n))).allSatisfy { k in
        (0..<n).allSatisfy { value.values[k * n * n + $0 * (n + 1)] > 0 }
      }
      return isPositive ? nil : "its diagonal has to be positive"
    case .real, .count, .integer, .binary, .category, .orthonormal: return nil
    }
  }
}
