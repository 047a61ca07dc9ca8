import LVM

/// `lvmc encode --path`: the most probable values of the labels of all rows together.
enum EncodePath {
  static let option = Option(
    "path", help: "the most probable path of a chain of labels, instead of each row's own posterior"
  )

  static func csv(_ fit: Fit, _ table: Table, runtime: Runtime) throws -> [UInt8] {
    let (path, bound) = try fit.mostProbablePath(given: table, runtime: runtime)
    let variable = fit.model.variable(named: path.variable)
    var labels: [String]?
    if case .category(_, let own) = variable?.type.kind { labels = own }
    let names = LabelNames(labels, of: variable)
    let keys = path.plate == 0 ? nil : GroupKeys(bound, plate: path.plate)
    var writer = CSVWriter(header: (keys?.columns ?? []) + [path.variable])
    for (i, value) in path.values.enumerated() {
      writer.append((keys?.cells[i] ?? []).map { .text($0) } + [names.cell(value)])
    }
    return writer.take()
  }
}
