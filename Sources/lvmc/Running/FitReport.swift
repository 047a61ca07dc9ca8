import Foundation
import LVM

/// What `lvmc run` says on standard output, before and after a fit.
enum FitReport {
  /// Numbers of a parameter up to which it is shown.
  private static let shownLimit = 64

  /// Columns, then the strategy with its reason.
  static func before(_ bound: BoundModel, _ plan: Plan, _ table: Table) -> String {
    var lines: [String] = []
    let rows = bound.binding.rowCount
    let sizes = bound.graph.sizes.compactMap { size in
      size.value.map { "\(size.name) = \(number($0))" }
    }
    lines.append(
      (["\(bound.graph.name): \(rows) row\(rows == 1 ? "" : "s")"] + sizes).joined(separator: ", "))
    if table.memoryLimit != nil {
      lines.append("  the table stays on the disk and is read a block of rows at a time (--memory)")
    }
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
    if let validation = fit.validation {
      let each = validation.value / Double(max(1, validation.rows))
      lines.append(
        "validation: \(fixed(validation.value)) nats in total, \(fixed(each)) a row of \(validation.rows)"
      )
    }
    let noun = fit.plan.estimation.isByMinibatches ? "epoch" : "iteration"
    let count = "\(fit.iterations) \(noun)\(fit.iterations == 1 ? "" : "s")"
    let starts = "\(fit.restarts) start\(fit.restarts == 1 ? "" : "s")"
    lines.append(
      fit.plan.estimation.isByMinibatches
        ? "trained for \(count), \(fit.converged ? "settled" : "not settled"), \(String(format: "%.3f", fit.seconds)) s"
        : fit.converged
          ? "converged after \(count), \(starts), \(String(format: "%.3f", fit.seconds)) s"
          : "not converged: stopped after \(count), \(starts)")
    let judged = fit.epochs.compactMap(\.judged)
    if judged.count == fit.epochs.count, let most = judged.max(),
      let place = judged.firstIndex(of: most), let best = fit.epochs[place].heldOut
    {
      lines.append(
        "kept: the state after epoch \(place + 1), the best on the tenth of the rows held out (\(fixed(best)) a row)"
      )
    }
    lines += symmetries(fit.plan)
    let declared = Set(fit.model.variables.map(\.name))
    for name in fit.parameterNames where declared.contains(name) {
      guard let tensor = fit.parameters[name] else { continue }
      lines += table(name, tensor, errors: fit.parameterErrors.values[name])
    }
    if !fit.parameterErrors.values.isEmpty { lines.append("(after ±: standard errors)") }
    lines += networks(fit.plan)
    lines.append("written to \(path)")
    return lines.joined(separator: "\n")
  }

  /// What the data leave open, so that nobody reads more into a number than there is.
  private static func symmetries(_ plan: Plan) -> [String] {
    plan.identifiability.symmetries.map { s in
      func names(_ ids: [VariableID]) -> String {
        ids.map { plan.model[$0].name }.joined(separator: ", ")
      }
      let whole = names(s.latents.isEmpty ? s.parameters : s.latents)
      let others =
        s.latents.isEmpty || s.parameters.isEmpty ? "" : ", and with it \(names(s.parameters))"
      return "\(whole): identified \(s.extent.rawValue)\(others)"
    }
  }

  /// A line for each network: its arrays are in the file.
  private static func networks(_ plan: Plan) -> [String] {
    plan.model.networks.compactMap { network in
      let own = plan.networkWeights.filter { $0.name.hasPrefix(network.name + ".") }
      guard !own.isEmpty else { return nil }
      let count = own.reduce(0) { $0 + $1.dims.reduce(1, *) }
      return "\(network.name): \(count) numbers, in parameters.safetensors"
    }
  }

  private static func objective(_ objective: Objective) -> String {
    if objective.isMinimised {
      return
        "\(objective.name): \(fixed(objective.value)), a summed squared error: smaller is better"
    }
    var text = "\(objective.name): \(fixed(objective.value)) nats in total, "
    text += objective.exact ? "exact" : objective.estimator.text ?? "approximate"
    if objective.logJacobian != 0 {
      text +=
        "\n  of the prepared columns; in the columns' own units "
        + fixed(objective.value + objective.logJacobian)
    }
    return text
  }

  /// A parameter on one line, or a line for each row of its last dimension; below each, its standard
  /// errors where there are some.
  private static func table(_ name: String, _ tensor: Tensor, errors: Tensor?) -> [String] {
    if tensor.count > shownLimit {
      let shape = tensor.dims.map(String.init).joined(separator: " × ")
      return ["\(name): \(shape) numbers, in parameters.safetensors"]
    }
    let errorCells = errors.map { $0.values.map { $0.isNaN ? "–" : String(format: "%.3g", $0) } }
    guard tensor.dims.count > 1, let width = tensor.dims.last, width > 0 else {
      let values = tensor.values.map(number)
      guard let errorCells else { return ["\(name) = " + values.joined(separator: "  ")] }
      if values.count == 1 { return ["\(name) = \(values[0]) ± \(errorCells[0])"] }
      let lines = aligned([values, errorCells])
      let margin = String(repeating: " ", count: name.count)
      return ["\(name) = \(lines[0])", "\(margin) ± \(lines[1])"]
    }
    func rows(_ cells: [String]) -> [[String]] {
      stride(from: 0, to: cells.count, by: width).map { Array(cells[$0..<($0 + width)]) }
    }
    let values = rows(tensor.values.map(number))
    let lines = aligned(values + (errorCells.map(rows) ?? []))
    return ["\(name) ="]
      + values.indices.flatMap { i in
        let index = "  [\(Self.index(of: i, dims: tensor.dims.dropLast()))]  "
        let own = [index + lines[i]]
        guard errorCells != nil else { return own }
        return own + [
          String(repeating: " ", count: index.count - 2) + "± " + lines[values.count + i]
        ]
      }
  }

  /// Rows of cells as lines whose columns end in the same place.
  private static func aligned(_ rows: [[String]]) -> [String] {
    let widths = (rows.first ?? []).indices.map { j in rows.map { $0[j].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { j, cell in
        String(repeating: " ", count: widths[j] - cell.count) + cell
      }.joined(separator: "  ")
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
