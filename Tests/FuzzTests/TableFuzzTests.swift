import LVM
import Testing

/// Mutated tables in every format that is read: each is read or refused with a message, and bound to a
/// model or refused with one.
@Suite struct TableFuzzTests {
  static let snippets = [
    ",", "\n", "\r", "\r\n", "\"", "\"\"", "a", "1", "-2.5e3", "NA", "TRUE", "FALSE", " ", ";",
    "\t",
    "é", "nan", "NaN", "inf", "-Infinity", ".", "e", "+", "1e400", "1e-400", "-0", "x1", "x2",
    "row",
    "\u{FEFF}", "''", "1,2", "0.1.2", "\"a\nb\"", ",,,,", "\n\n\n",
  ]

  static let mutation = Mutation(snippets: snippets, others: Seeds.pairs.map(\.table))

  /// Models with the bundled ones' columns, of every kind of variable.
  static let models: [Model] = Seeds.pairs.compactMap {
    try? Model(source: SourceText(name: $0.name, bytes: $0.model))
  }

  static let specs: [String] = [
    "x", "p*", "*", "not (x)", "standardize(\"*\")", "log(x)", "sum(\"*\")", "a,b",
    "scale(\"x*\", 2)", "binarize(\"*\")", "threshold(\"*\", 1)", "center((a, b))", "log1p(\"x*\")",
  ]

  @Test func mutatedTablesAreReadOrRefused() throws {
    #expect(Self.models.count == Seeds.pairs.count && Self.models.count >= 8)
    var name = ""
    try Fuzzing("tables", usually: 6_000).run { draws in
      let (file, bytes) = Self.make(&draws)
      name = file
      return bytes
    } _: { bytes, draws in
      try Self.attempt(bytes, name, &draws)
    }
  }

  static func make(_ draws: inout Draws) -> (String, [UInt8]) {
    if draws.once(in: 5) { return ("t.npy", NPYSeed.mutated(&draws)) }
    var text = draws.one(of: Seeds.pairs).table
    if draws.once(in: 2) {
      let lines = text.split(separator: 0x0A).prefix(1 + draws.next(below: 12))
      text = Array(lines.joined(separator: [0x0A])) + [0x0A]
    }
    if draws.once(in: 20) {
      text = (0..<draws.next(below: 60)).flatMap { _ in Array(draws.one(of: snippets).utf8) }
    }
    let isTab = draws.once(in: 6)
    if isTab { text = text.map { $0 == 0x2C ? 0x09 : $0 } }
    let name = isTab ? "t.tsv" : "t.csv"
    switch draws.next(below: 8) {
    case 0: return (name + ".gz", Gzip.stored(mutation(text, &draws)))
    case 1: return (name + ".gz", mutation(Gzip.stored(text), &draws))
    default: return (name, mutation(text, &draws))
    }
  }

  static func attempt(_ bytes: [UInt8], _ name: String, _ draws: inout Draws) throws {
    let table: Table
    do {
      table = try Table(csv: bytes, name: name)
    } catch {
      return try demand(!error.items.isEmpty && !error.description.isEmpty, "no message")
    }
    var line = 1
    for column in table.columns {
      try demand(column.rowCount == table.rowCount, "a column of another length")
    }
    for row in 0..<table.rowCount {
      guard let next = table.line(ofRow: row) else { continue }
      try demand(next > line, "rows \(row - 1) and \(row) on lines \(line) and \(next)")
      line = next
    }
    let model = draws.one(of: models)
    var options = ModelOptions()
    if draws.once(in: 4), let v = model.graph.variables.first(where: { $0.role == .observe }) {
      options.columns[v.name] = try? ColumnSpec(text: draws.one(of: specs))
    }
    do {
      let bound = try model.bound(to: table, options: options)
      try demand(bound.data.rows == table.rowCount, "rows were lost")
      let memory = ModelOptions(columns: options.columns, memory: bound.memory)
      _ = try model.bound(to: table, options: memory)
    } catch let error as DataErrors {
      try demand(!error.items.isEmpty && !error.description.isEmpty, "no message")
    } catch let error as Diagnostics {
      try demand(!error.items.isEmpty, "no message")
    }
  }

  /// What the writer writes, the reader reads.
  @Test func writtenTablesComeBack() throws {
    let parts = ["a", ",", "\"", "\n", " ", "é", "x y", "'", ";", "0", "NAN0"]
    try Fuzzing("written", usually: 300).run { draws in
      (0..<(40 + draws.next(below: 80))).map { _ in UInt8(draws.next(below: 256)) }
    } _: { bytes, draws in
      let rows = 1 + draws.next(below: 12)
      let texts: [String?] = (0..<rows).map { row in
        if row > 0, draws.once(in: 5) { return nil }
        return "t" + (0..<draws.next(below: 5)).map { _ in draws.one(of: parts) }.joined()
      }
      let numbers: [Double] = (0..<rows).map { _ in
        switch draws.next(below: 4) {
        case 0: .nan
        case 1: Double(draws.next(below: 2001) - 1000)
        case 2: Double(Int64(bitPattern: draws.next()))
        default: Double(draws.next() >> 11) / 1e9 - 4e6
        }
      }
      var writer = CSVWriter(header: ["some, text", "number"])
      for (text, number) in zip(texts, numbers) {
        writer.append([text.map { .text($0) } ?? .missing, .number(number)])
      }
      let table = try Table(csv: writer.bytes)
      try demand(table.rowCount == rows, "rows were lost")
      try demand((0..<rows).map { table.columns[0].label($0) } == texts, "texts differ")
      for (a, b) in zip(table.columns[1].storage.doubles(), numbers) {
        try demand(a == b || a.isNaN && b.isNaN, "\(b) came back as \(a)")
      }
    }
  }
}
