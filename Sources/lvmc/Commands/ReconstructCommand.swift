import Foundation
import LVM

/// `lvmc reconstruct FIT DATA`: observed variables from the latents of their own rows.
enum ReconstructCommand: Command {
  static let name = "reconstruct"
  static let summary = "each row as its own latents have it, as CSV"
  static let details = [
    "The mean of each observed variable given the posterior of the row's latents, in the columns' own",
    "units and under their names; missing cells too. For a 0/1 variable it is the probability of 1, for",
    "a label the most probable one.",
  ]
  static let arguments = [Argument(name: "FIT"), Argument(name: "DATA")]
  static let options = [TableOutput.option, Threads.option]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    let fit = try Fit(contentsOf: URL(fileURLWithPath: arguments.positional[0]))
    let table = try Table.read(path: arguments.positional[1])
    terminal.warn(of: try fit.bound(to: table), in: table)
    let result = try fit.reconstruct(table, threads: Threads.count(arguments))
    var names = ColumnNames()
    var writer = CSVWriter(
      header: result.variables.flatMap { $0.columns.map { names.unique($0) } })
    let labels = result.variables.map {
      LabelNames($0.labels, of: fit.model.variable(named: $0.name))
    }
    for row in 0..<result.rows {
      writer.append(
        zip(result.variables, labels).flatMap { variable, names in
          (0..<variable.width).map { entry in
            let value = variable.values[row * variable.width + entry]
            return variable.isLabel ? names.cell(Int(value)) : .number(value)
          }
        })
    }
    try TableOutput.write(writer.take(), arguments, terminal)
    return .done
  }
}
