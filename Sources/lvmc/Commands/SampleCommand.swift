import Foundation
import LVM

/// `lvmc sample FIT [DATA] -n N`: draws from a fitted model.
enum SampleCommand: Command {
  static let name = "sample"
  static let summary = "draws from a fitted model, as CSV"
  static let details = [
    "-n N is how many. Without DATA, N rows are drawn; in a chain they are one series, in a model with",
    "groups one group. With DATA, N are drawn for each of its rows, with its given columns and its",
    "groups, the draws of a row one after the other. The columns are all variables that rows have.",
    "With --aggregated, N are drawn in all, each with the latents of a row of DATA chosen at random.",
  ]
  static let arguments = [Argument(name: "FIT"), Argument(name: "DATA", isOptional: true)]
  static let options = [
    Option("count", short: "n", .wholeNumber(placeholder: "N", from: 1), help: "how many draws"),
    Option(
      "given", .pair(placeholder: "NAME=VALUE"),
      help: "a given variable in all draws, a vector as 1,2,3; repeatable"),
    Option(
      "seed", .wholeNumber(placeholder: "N", from: 0), help: "for everything random; 1 if not said"),
    TableOutput.option, Pictures.option,
    Option("mean", help: "means of the observed variables at the drawn latents, instead of draws"),
    Option(
      "aggregated",
      help: "latents from the posterior of random rows of DATA, instead of the model's prior"),
    Threads.option,
  ]

  /// Draws are held in memory: what a machine of ordinary size can hold.
  private static let mostCells = 100_000_000

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    guard let count = arguments.integer("count") else {
      throw UsageError.missingArgument("-n N", command: name, usage: "\(usage) -n N")
    }
    let fit = try Fit(contentsOf: URL(fileURLWithPath: arguments.positional[0]))
    let given = try givenValues(arguments, fit)
    let path = arguments.positional.dropFirst().first
    let isAggregated = arguments.has("aggregated")
    if isAggregated, path == nil {
      throw UsageError.missingArgument(
        "DATA", command: "\(name) --aggregated", usage: "lvmc sample FIT DATA -n N --aggregated")
    }
    let pictures = try Pictures.variables(fit.model, arguments)
    let table = try path.map { try Table.read(path: $0) }
    try checkSize(count, rows: isAggregated ? 1 : table?.rowCount ?? 1, fit.model)
    let seed = arguments.text("seed").flatMap { UInt64($0) } ?? 1
    let runtime = Threads.runtime(arguments)
    let samples =
      if isAggregated, let table {
        try fit.sampleAggregated(
          count: count, seed: seed, given: given, rows: table, means: arguments.has("mean"),
          runtime: runtime)
      } else {
        try fit.sample(
          count: count, seed: seed, given: given, rows: table, means: arguments.has("mean"),
          runtime: runtime)
      }
    try Pictures.write(
      pictures.map { samples.images($0, fit.data.memory.preparations[$0.name]) }, arguments,
      terminal)
    if isAggregated {
      try TableOutput.write(csv(samples, [], perRow: 1), arguments, terminal)
      return .done
    }
    let supplied = Set(given.keys)
    let groups =
      try table.map {
        try fit.bound(to: $0, supplied: supplied, needsColumns: false).binding.groups
      } ?? []
    try TableOutput.write(csv(samples, groups, perRow: count), arguments, terminal)
    return .done
  }

  private static func givenValues(
    _ arguments: Arguments, _ fit: Fit
  ) throws(UsageError) -> [String: GivenValue] {
    let known = fit.model.variables.filter { $0.role == .given }
    var values: [String: GivenValue] = [:]
    for (name, text) in arguments.pairs("given") {
      guard let variable = known.first(where: { $0.name == name }) else {
        throw .unknownName(
          option: "--given", name: name, what: "given variable", known: known.map(\.name))
      }
      if values[name] != nil { throw .repeated(option: "--given \(name)") }
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let numbers = parts.compactMap { Double($0) }.filter(\.isFinite)
      if fit.data.memory.labels[name]?.contains(text) == true {
        values[name] = .label(text)
      } else if numbers.count == parts.count {
        values[name] = .numbers(numbers)
      } else if case .category = variable.type.kind {
        values[name] = .label(text)
      } else {
        throw .notANumber(option: "--given", name: name, found: text)
      }
    }
    return values
  }

  private static func checkSize(_ count: Int, rows: Int, _ model: ModelGraph) throws(UsageError) {
    let drawn = model.variables.filter { [.latent, .given, .observe].contains($0.role) }
    let width = drawn.reduce(1) { $0 + max(1, ($1.type.dims ?? []).reduce(1, *)) }
    let most = max(1, mostCells / (max(1, rows) * width))
    guard count <= most else {
      throw .tooMany(option: "-n", found: count, most: most)
    }
  }

  static func csv(_ samples: Samples, _ groups: [GroupIndex], perRow: Int) -> [UInt8] {
    var names = ColumnNames()
    let keys = groups.flatMap { group in group.columns.indices.map { (group, $0) } }
    var writer = CSVWriter(
      header: keys.map { names.unique($0.columns[$1]) }
        + samples.columns.map { names.unique($0.name) })
    for draw in 0..<samples.rows {
      let row = draw / perRow
      let own = keys.map { group, i in
        CSVWriter.Cell.text(group.labels[group.groupOfRow[row]][i])
      }
      writer.append(own + samples.columns.map { cell($0, draw) })
    }
    return writer.take()
  }

  private static func cell(_ column: Samples.Column, _ draw: Int) -> CSVWriter.Cell {
    let value = column.values[draw]
    guard column.isLabel, !value.isNaN else { return .number(value) }
    return LabelNames(column.labels, of: nil).cell(Int(value))
  }
}
