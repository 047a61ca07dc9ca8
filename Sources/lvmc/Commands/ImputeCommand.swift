import Foundation
import LVM

/// `lvmc impute FIT DATA`: the table with its missing cells filled.
enum ImputeCommand: Command {
  static let name = "impute"
  static let summary = "the table with missing cells filled, as CSV"
  static let details = [
    "A missing number becomes its mean given all that is observed, and NAME_sd is its standard",
    "deviation, 0 where the cell was observed. A missing label becomes the most probable one, and",
    "NAME_p is its probability. Observed cells and other columns stay as they are.",
  ]
  static let arguments = [Argument(name: "FIT"), Argument(name: "DATA")]
  static let options = [TableOutput.option, Threads.option, Memory.option, LatentSamples.option]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    let fit = try Fit(contentsOf: URL(fileURLWithPath: arguments.positional[0]))
    let table = try Table.read(path: arguments.positional[1], memory: try Memory.bytes(arguments))
    let bound = try fit.bound(to: table)
    terminal.warn(of: bound, in: table)
    let pieces = try TablePieces(arguments, terminal)
    let missing = Dictionary(
      uniqueKeysWithValues: bound.data.masked.map { ($0, bound.missingEntries(of: $0)) })
    var first = 0
    try fit.eachImputed(
      table, samples: try LatentSamples.count(arguments, fit.model),
      runtime: Threads.runtime(arguments)
    ) { imputed in
      if first == 0 { LatentSamples.tell(imputed.estimate, arguments, terminal) }
      try pieces.write(csv(imputed, from: first, table, bound, missing))
      first += imputed.rows
    }
    try pieces.finish()
    return .done
  }

  /// One column of an imputed variable.
  private struct Entry {
    var variable: Imputed.Variable
    var index: Int
    var labels: LabelNames
    /// Truth values are written as they are read.
    var isLogical: Bool

    var column: String { variable.columns[index] }

    private func place(_ row: Int) -> Int { row * variable.width + index }

    func isImputed(_ row: Int) -> Bool { variable.isImputed[place(row)] }

    func value(_ row: Int) -> CSVWriter.Cell {
      let value = variable.values[place(row)]
      if value.isNaN { return .missing }
      if variable.labels != nil { return labels.cell(Int(value)) }
      if isLogical, variable.sd.isEmpty { return .text(value == 0 ? "FALSE" : "TRUE") }
      return .number(value)
    }

    /// The deviation of a number, or the probability of a label.
    var suffix: String { variable.sd.isEmpty ? "_p" : "_sd" }

    func certainty(_ row: Int) -> CSVWriter.Cell {
      .number(variable.sd.isEmpty ? variable.probability[place(row)] : variable.sd[place(row)])
    }
  }

  /// The rows of the table from `first` on, as many as were imputed; the first have the header above them.
  private static func csv(
    _ imputed: Imputed, from first: Int, _ table: Table, _ bound: BoundModel,
    _ missing: [String: [Bool]]
  ) -> [UInt8] {
    // Where a cell is computed from several columns there is none to fill: it is a column of its own.
    var filled: [String: Entry] = [:]
    var added: [Entry] = []
    var all: [Entry] = []
    for variable in imputed.variables {
      let names = LabelNames(variable.labels, of: bound.graph.variable(named: variable.name))
      let isMissing = missing[variable.name] ?? []
      let isOwn = bound.binding[variable.name]?.columns == variable.columns
      for index in 0..<variable.width {
        let column = isOwn ? table.column(named: variable.columns[index]) : nil
        let entry = Entry(
          variable: variable, index: index, labels: names, isLogical: column?.isLogical ?? false)
        guard isMissing.indices.contains(index), isMissing[index] else { continue }
        all.append(entry)
        if column == nil { added.append(entry) } else { filled[entry.column] = entry }
      }
    }
    var names = ColumnNames()
    let header =
      table.columns.map { names.unique($0.name) } + added.map { names.unique($0.column) }
      + all.map { names.unique($0.column + $0.suffix) }
    var writer = CSVWriter(header: header)
    if first > 0 { _ = writer.take() }
    for row in 0..<imputed.rows {
      let own = table.columns.map { column -> CSVWriter.Cell in
        let label = column.label(first + row)
        if let entry = filled[column.name] {
          if entry.isImputed(row) { return entry.value(row) }
          // A column that gets numbers has all of them written alike.
          let value =
            column.isNumeric && !column.isLogical ? column.storage.value(first + row) : .nan
          if let label, !value.isNaN, Double(label) != value { return .number(value) }
        }
        return label.map { .text($0) } ?? .missing
      }
      writer.append(own + added.map { $0.value(row) } + all.map { $0.certainty(row) })
    }
    return writer.take()
  }
}
