import Foundation
import LVM

/// `lvmc reconstruct FIT DATA`: observed variables from the latents of their own rows.
enum ReconstructCommand: Command {
  static let name = "reconstruct"
  static let summary = "each row as its own latents have it, as CSV"
  static let details = [
    "The mean of each observed variable given the posterior of the row's latents, in the columns' own",
    "units and under their names; missing cells too. For a 0/1 variable it is the probability of 1, for",
    "a label the most probable one. Where latents are drawn from a guide, it is the mean over its draws.",
    "A sheet of images shows each original above its reconstruction.",
  ]
  static let arguments = [Argument(name: "FIT"), Argument(name: "DATA")]
  static let options = [
    TableOutput.option, Pictures.option, Threads.option, Memory.option, LatentSamples.option,
  ]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    let fit = try Fit(contentsOf: URL(fileURLWithPath: arguments.positional[0]))
    let table = try Table.read(path: arguments.positional[1], memory: try Memory.bytes(arguments))
    let bound = try fit.bound(to: table)
    terminal.warn(of: bound, in: table)
    let pictures = try Pictures.variables(fit.model, arguments)
    let output = try TablePieces(arguments, terminal)
    var isFirst = true
    func take(_ result: Reconstruction) throws {
      if isFirst, result.samples == nil { LatentSamples.tellExact(arguments, terminal) }
      try output.write(csv(result, fit.model, withHeader: isFirst))
      isFirst = false
    }
    let (samples, runtime) = (
      try LatentSamples.count(arguments, fit.model), Threads.runtime(arguments)
    )
    if pictures.isEmpty {
      try fit.eachReconstruction(table, samples: samples, runtime: runtime, take)
    } else {
      let result = try fit.reconstruct(table, samples: samples, runtime: runtime)
      try Pictures.write(
        pictures.compactMap { images($0, result, bound) }, arguments, terminal)
      try take(result)
    }
    try output.finish()
    return .done
  }

  private static func csv(_ result: Reconstruction, _ model: ModelGraph, withHeader: Bool)
    -> [UInt8]
  {
    var names = ColumnNames()
    var writer = CSVWriter(
      header: result.variables.flatMap { $0.columns.map { names.unique($0) } })
    let labels = result.variables.map {
      LabelNames($0.labels, of: model.variable(named: $0.name))
    }
    if !withHeader { _ = writer.take() }
    for row in 0..<result.rows {
      writer.append(
        zip(result.variables, labels).flatMap { variable, names in
          (0..<variable.width).map { entry in
            let value = variable.values[row * variable.width + entry]
            return variable.isLabel ? names.cell(Int(value)) : .number(value)
          }
        })
    }
    return writer.take()
  }

  /// The rows of an image variable, the originals with them.
  private static func images(_ variable: Variable, _ result: Reconstruction, _ bound: BoundModel)
    -> Pictures.Images?
  {
    guard let own = result[variable.name], let source = bound.binding[variable.name] else {
      return nil
    }
    var originals = source.values
    source.preparation?.undo(&originals)
    func rows(_ values: [Double]) -> [[Double]] {
      stride(from: 0, to: values.count, by: own.width).map {
        Array(values[$0..<($0 + own.width)])
      }
    }
    return Pictures.Images(
      variable: variable, shown: rows(own.values), originals: rows(originals),
      range: Pictures.range(variable, source.preparation))
  }
}
