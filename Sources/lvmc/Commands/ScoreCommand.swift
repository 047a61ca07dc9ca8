import Foundation
import LVM

/// `lvmc score FIT DATA`: log p of each row or group.
enum ScoreCommand: Command {
  static let name = "score"
  static let summary = "log p of each row, or of each outermost group, as CSV"
  static let details = [
    "In a chain it is log p of a row given the rows before it. The values are in nats, and exact where",
    "the column is log_p_exact; log_p_quadrature is right to nearly all digits.",
  ]
  static let arguments = [Argument(name: "FIT"), Argument(name: "DATA")]
  static let options = [
    TableOutput.option, Threads.option,
    Option(
      "samples", .wholeNumber(placeholder: "K", from: 1), help: "",
      refusal: "no model that it can fit is scored by samples"),
  ]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    let fit = try Fit(contentsOf: URL(fileURLWithPath: arguments.positional[0]))
    let table = try Table.read(path: arguments.positional[1])
    let (scores, bound) = try fit.logLikelihood(of: table, threads: Threads.count(arguments))
    terminal.warn(of: bound, in: table)
    let keys = scores.plate == 0 ? nil : GroupKeys(bound, plate: scores.plate)
    let column = scores.isExact ? "log_p_exact" : "log_p_quadrature"
    var writer = CSVWriter(header: (keys?.columns ?? []) + [column])
    for (i, value) in scores.values.enumerated() {
      writer.append((keys?.cells[i] ?? []).map { .text($0) } + [.number(value)])
    }
    try TableOutput.write(writer.take(), arguments, terminal)
    return .done
  }
}
