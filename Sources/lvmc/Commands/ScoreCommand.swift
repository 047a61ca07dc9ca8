import Foundation
import LVM

/// `lvmc score FIT DATA`: log p of each row or group.
enum ScoreCommand: Command {
  static let name = "score"
  static let summary = "log p of each row, or of each outermost group, as CSV"
  static let details = [
    "In a chain it is log p of a row given the rows before it. The values are in nats: exact where the",
    "column is log_p_exact; log_p_quadrature is right to nearly all digits. Where latents are drawn from",
    "a guide, they are importance-weighted over K draws (log_p_iwae), with the standard error of each:",
    "lower bounds in the mean that tighten as K grows. Where latents are at points, log_joint is the log joint",
    "density there, neither log p nor a bound of it.",
  ]
  static let arguments = [Argument(name: "FIT"), Argument(name: "DATA")]
  static let options = [
    TableOutput.option, Threads.option, Memory.option,
    Option(
      "samples", .count(placeholder: "K", from: 1),
      help: "draws a row where nothing exact is to be had; 100 if not said"),
  ]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    let fit = try Fit(contentsOf: URL(fileURLWithPath: arguments.positional[0]))
    let draws = try LatentSamples.count(arguments, fit.model, otherwise: 100)
    let table = try Table.read(path: arguments.positional[1], memory: try Memory.bytes(arguments))
    let samples = arguments.integer("samples")
    let (scores, bound) = try fit.logLikelihood(
      of: table, samples: draws, runtime: Threads.runtime(arguments))
    if samples != nil, scores.estimate == nil {
      terminal.complain(
        "lvmc: nothing is drawn to score this model: --samples has no meaning and is ignored")
    }
    terminal.warn(of: bound, in: table)
    let keys = scores.plate == 0 ? nil : GroupKeys(bound, plate: scores.plate)
    let own: [String]
    switch scores.source {
    case .exact: own = ["log_p_exact"]
    case .nodes: own = ["log_p_quadrature"]
    case .guide: own = ["log_p_iwae", "log_p_iwae_se"]
    case .point: own = ["log_joint"]
    case .draws: own = ["log_p_draws"]
    }
    let pieces = try TablePieces(arguments, terminal)
    var writer = CSVWriter(header: (keys?.columns ?? []) + own)
    for (i, value) in scores.values.enumerated() {
      // One draw tells nothing of how draws differ.
      let error =
        scores.estimate.map { [samples == 1 ? .missing : CSVWriter.Cell.number($0.errors[i])] }
        ?? []
      writer.append((keys?.cells[i] ?? []).map { .text($0) } + [.number(value)] + error)
      if writer.bytes.count >= 1 << 20 { try pieces.write(writer.take()) }
    }
    try pieces.write(writer.take())
    try pieces.finish()
    return .done
  }
}
