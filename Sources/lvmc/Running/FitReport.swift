import Foundation
import LVM

/// What `lvmc run` says on standard output, before and after a fit.
enum FitReport {
  /// Numbers of a parameter up to which it is shown.
  private static let shownLimit = 64

  /// Columns, then the strategy with its reason.
  static func before(_ bound: BoundModel, _ plan: Plan) -> String {
    var lines: [String] = []
    let rows = bound.binding.rowCount
    let sizes = bound.graph.sizes.compactMap { size in
      size.value.map { "\(size.name) = \(number($0))" }
    }
    lines.append(
      (["\(bound.graph.name): \(rows) row\(rows == 1 ? "" : "s")"] + sizes).joined(separator: ", "))
    let columns = bound.binding.description
    if !columns.isEmpty {
      lines += columns.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
    }
    lines.append("strategy: \(plan.strategy.rawValue), because \(plan.reason)")
    return lines.joined(separator: "\n")
  }

  /// The objective, parameters, and where the fit is.
  static func after(_ fit: Fit, writtenTo path: String) -> String {
    var lines = [objective(fit.objective)]
    if let bic = fit.bic {
      lines.append("BIC: \(fixed(bic)) (\(fit.parameterCount) parameters; lower is better)")
    }
    let count = "\(fit.iterations) iteration\(fit.iterations == 1 ? "" : "s")"
    let starts = "\(fit.restarts) start\(fit.restarts == 1 ? "" : "s")"
    lines.append(
      fit.converged
        ? "converged after \(count), \(starts), \(String(format: "%.3f", fit.seconds)) s"
        : "not converged: stopped after \(count), \(starts)")
    let labels = fit.plan.entries.filter { $0.identified != nil }
    for entry in labels {
      lines.append("\(entry.variable): identified \(entry.identified ?? "")")
    }
    for name in fit.parameterNames {
      guard let tensor = fit.parameters[name] else { continue }
      lines += table(name, tensor)
    }
    lines.append("written to \(path)")
    return lines.joined(separator: "\n")
  }

  private static func objective(_ objective: Objective) -> String {
    if objective.isMinimised {
      return
        "\(objective.name): \(fixed(objective.value)), a summed squared error: smaller is better"
    }
    var text = "\(objective.name): \(fixed(objective.value)) nats in total, "
    text += objective.exact ? "exact" : objective.estimator ?? "approximate"
    if objective.logJacobian != 0 {
      text +=
        "\n  of the prepared columns; in the columns' own units "
        + fixed(objective.value + objective.logJacobian)
    }
    return text
  }

  /// A parameter on one line, or a line for each row of its last dimension.
  private static func table(_ name: String, _ tensor: Tensor) -> [String] {
    if tensor.count > shownLimit {
      let shape = tensor.dims.map(String.init).joined(separator: " × ")
      return ["\(name): \(shape) numbers, in parameters.safetensors"]
    }
    guard tensor.dims.count > 1, let width = tensor.dims.last, width > 0 else {
      return ["\(name) = " + tensor.values.map(number).joined(separator: "  ")]
    }
    let cells = tensor.values.map(number)
    let rows = stride(from: 0, to: cells.count, by: width).map { Array(cells[$0..<($0 + width)]) }
    let widths = (0..<width).map { j in rows.map { $0[j].count }.max() ?? 0 }
    return ["\(name) ="]
      + rows.enumerated().map { i, row in
        let index = Self.index(of: i, dims: tensor.dims.dropLast())
        let padded = row.enumerated().map { j, cell in
          String(repeating: " ", count: widths[j] - cell.count) + cell
        }
        return "  [\(index)]  " + padded.joined(separator: "  ")
      }
  }

  /// `2, 1` for the third row of two matrices with two rows each.
  private static func index(of flat: Int, dims: ArraySlice<Int>) -> String {
    var rest = flat
    var indices: [Int] = []
    for size in dims.reversed() {
      indices.insert(rest % max(1, size) + 1, at: 0)
      rest /= max(1, size)
    }
    return indices.map(String.init).joined(separator: ", ")
  }

  private static func fixed(_ value: Double) -> String { String(format: "%.4f", value) }

  /// Six significant digits, for reading; the files hold all of them.
  static func number(_ value: Double) -> String { String(format: "%.6g", value) }
}
