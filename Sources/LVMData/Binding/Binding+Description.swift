extension Binding: CustomStringConvertible {
  /// The binding as a table: each variable with its columns, kind, missing cells and preparation.
  public var description: String {
    var rows: [[String]] = []
    for variable in variables {
      var notes: [String] = []
      if variable.missingCount > 0 { notes.append("\(variable.missingCount) missing") }
      if let preparation = variable.preparation, !preparation.description.isEmpty {
        notes.append(preparation.description)
      }
      if let coding = variable.binaryCoding {
        notes.append(coding)
      } else if let labels = variable.labels {
        notes.append(abridged(labels, 6))
      }
      rows.append([
        variable.name, "← " + abridged(variable.columns, 4), kind(variable),
        notes.joined(separator: "; "),
      ])
    }
    for group in groups {
      rows.append([
        group.name, "← " + abridged(group.columns, 4), "group", counted(group.count, "group"),
      ])
    }
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, text) in row.enumerated() {
        line += text + String(repeating: " ", count: widths[column] - text.count + 2)
      }
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  private func kind(_ variable: BoundVariable) -> String {
    let word = (variable.role == .given ? "given " : "") + variable.domain.word
    var sizes: [String] = []
    if variable.width > 1 { sizes.append(String(variable.width)) }
    if let labels = variable.labels, variable.domain != .binary {
      sizes.append(String(labels.count))
    }
    return sizes.isEmpty ? word : "\(word)[\(sizes.joined(separator: ", "))]"
  }

  private func abridged(_ names: [String], _ limit: Int) -> String {
    if names.count <= limit { return names.joined(separator: ", ") }
    return names.prefix(limit - 2).joined(separator: ", ") + " … " + (names.last ?? "")
  }
}
