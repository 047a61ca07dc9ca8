import LVM

/// Where a command's table goes: the file of `-o`, or standard output.
enum TableOutput {
  static let option = Option(
    "output", short: "o", .text(placeholder: "FILE"), help: "write to a file")

  static func write(_ csv: [UInt8], _ arguments: Arguments, _ terminal: Terminal) throws {
    if let path = arguments.text("output") {
      try Interruption.holding(whileReplacing: path) { try FileOutput.replace(path, with: csv) }
    } else {
      try terminal.write(csv)
    }
  }
}

/// Names of columns, none of them twice: a table with a name twice could not be read again.
struct ColumnNames {
  private var taken: Set<String> = []

  /// The name, with as many `_` after it as it takes to be the only one.
  mutating func unique(_ name: String) -> String {
    var result = name
    while !taken.insert(result).inserted { result += "_" }
    return result
  }
}

/// What the values of a label are called in a table: by name, or by number as the model counts them.
struct LabelNames {
  private let labels: [String]?
  private let first: Int

  init(_ labels: [String]?, of variable: Variable?) {
    self.labels = labels
    first = if case .binary = variable?.type.kind { 0 } else { 1 }
  }

  func cell(_ index: Int) -> CSVWriter.Cell {
    if let labels, labels.indices.contains(index) { return .text(labels[index]) }
    return .integer(index + first)
  }
}
