import Foundation
import LVM

/// `lvmc interpolate FIT DATA --from ROW --to ROW`: what lies between two rows.
enum InterpolateCommand: Command {
  static let name = "interpolate"
  static let summary = "observed variables on the straight line between two rows' latents, as CSV"
  static let details = [
    "The latents of both rows are the means of their posteriors; each line of the result is the mean of",
    "the observed variables at a point between them, the two rows' own points first and last. Given",
    "numbers go along. The latents must be numbers of a row.",
  ]
  static let arguments = [Argument(name: "FIT"), Argument(name: "DATA")]
  static let options = [
    Option("from", .wholeNumber(placeholder: "ROW", from: 1), help: "where to begin, rows from 1"),
    Option("to", .wholeNumber(placeholder: "ROW", from: 1), help: "where to end"),
    Option(
      "steps", .wholeNumber(placeholder: "N", from: 2),
      help: "points in all, both ends among them; 10 if not said"),
    TableOutput.option, Pictures.option, Threads.option,
  ]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    guard let from = arguments.integer("from"), let to = arguments.integer("to") else {
      throw UsageError.missingArgument(
        arguments.has("from") ? "--to ROW" : "--from ROW", command: name,
        usage: "\(usage) --from ROW --to ROW")
    }
    let steps = arguments.integer("steps") ?? 10
    guard steps <= mostSteps else {
      throw UsageError.tooMany(option: "--steps", found: steps, most: mostSteps)
    }
    let fit = try Fit(contentsOf: URL(fileURLWithPath: arguments.positional[0]))
    let pictures = try Pictures.variables(fit.model, arguments)
    let table = try Table.read(path: arguments.positional[1])
    terminal.warn(of: try fit.bound(to: table), in: table)
    let line = try fit.interpolate(
      table, from: from, to: to, steps: steps, runtime: Threads.runtime(arguments))
    let shown = Set(line.columns.map(\.variable))
    try Pictures.write(
      pictures.filter { shown.contains($0.name) }.map {
        line.images($0, fit.data.memory.preparations[$0.name])
      }, arguments, terminal)
    try TableOutput.write(SampleCommand.csv(line, [], perRow: 1), arguments, terminal)
    return .done
  }

  private static let mostSteps = 100_000
}
