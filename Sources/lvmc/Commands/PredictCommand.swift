import Foundation
import LVM

/// `lvmc predict FIT DATA`: the distribution of observed variables given the rest.
enum PredictCommand: Command {
  static let name = "predict"
  static let summary = "the distribution of observed variables given the rest, as CSV"
  static let details = [
    "Predicts what is missing in DATA; where nothing is, each observed variable in turn from the",
    "others. Blank rows at the end of a chain are its forecast. For a number the columns are y_mean,",
    "y_sd, y_q5 and y_q95; for a label, the most probable one and y_p1…, which for a 0/1 variable is the",
    "probability of 0. Columns are named as those of the table. A cell that is known is its",
    "own mean, with deviation 0.",
  ]
  static let arguments = [Argument(name: "FIT"), Argument(name: "DATA")]
  static let options = [
    Option(
      "of", .text(placeholder: "NAME"), help: "one observed variable, as if all of it were missing"),
    TableOutput.option, Threads.option, Memory.option, LatentSamples.option,
  ]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    let fit = try Fit(contentsOf: URL(fileURLWithPath: arguments.positional[0]))
    let target = arguments.text("of")
    let observed = fit.model.variables.filter { $0.role == .observe }.map(\.name)
    if let target, !observed.contains(target) {
      throw UsageError.unknownName(
        option: "--of", name: target, what: "observed variable", known: observed)
    }
    let table = try Table.read(path: arguments.positional[1], memory: try Memory.bytes(arguments))
    terminal.warn(of: try fit.bound(to: table), in: table)
    let pieces = try TablePieces(arguments, terminal)
    var isFirst = true
    try fit.eachPrediction(
      table, of: target, samples: try LatentSamples.count(arguments, fit.model),
      runtime: Threads.runtime(arguments)
    ) { prediction in
      if isFirst { tell(prediction, arguments, terminal) }
      try pieces.write(csv(prediction, fit.model, withHeader: isFirst))
      isFirst = false
    }
    try pieces.finish()
    return .done
  }

  private static func tell(
    _ prediction: Prediction, _ arguments: Arguments, _ terminal: Terminal
  ) {
    let estimates = prediction.variables.compactMap(\.estimate)
    LatentSamples.tell(
      estimates.max { $0.weakRows < $1.weakRows }, arguments, terminal)
    for variable in prediction.variables {
      guard case .numbers(_, _, _, _, let draws?) = variable.content else { continue }
      terminal.complain(
        "lvmc: note: quantiles of `\(variable.name)` come from \(draws) draws a cell, without a"
          + " closed form")
    }
  }

  private static func csv(_ prediction: Prediction, _ model: ModelGraph, withHeader: Bool)
    -> [UInt8]
  {
    var names = ColumnNames()
    var writer = CSVWriter(
      header: prediction.variables.flatMap { variable in
        variable.columns.flatMap { column in
          switch variable.content {
          case .numbers: ["_mean", "_sd", "_q5", "_q95"].map { names.unique(column + $0) }
          case .labels(_, _, let values, _):
            [names.unique(column)] + (0..<values).map { names.unique("\(column)_p\($0 + 1)") }
          }
        }
      })
    if !withHeader { _ = writer.take() }
    for row in 0..<prediction.rows {
      writer.append(
        prediction.variables.flatMap { variable in
          (0..<variable.width).flatMap { entry in
            cells(variable, at: row * variable.width + entry, model)
          }
        })
    }
    return writer.take()
  }

  private static func cells(
    _ variable: Prediction.Variable, at place: Int, _ model: ModelGraph
  ) -> [CSVWriter.Cell] {
    switch variable.content {
    case .numbers(let mean, let sd, let q5, let q95, _):
      return [mean, sd, q5, q95].map { .number($0[place]) }
    case .labels(let best, let probabilities, let values, let labels):
      let names = LabelNames(labels, of: model.variable(named: variable.name))
      return [names.cell(best[place])]
        + probabilities[(place * values)..<((place + 1) * values)].map { .number($0) }
    }
  }
}
