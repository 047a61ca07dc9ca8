import LVMData
import LVMInference
import LVMModel

/// The posterior of the latents of one plate as a table: a line a row, or a line a group. Observed labels
/// with empty cells stand in it as latent ones do.
///
/// A category gives its most probable value (a label where the type names them, else its number from
/// 1) and `_p1…`; a real latent `_mean` and `_sd`. A name that ends in a digit takes `_` before its
/// index, and so do further indices: `z1_mean`, `z1_1_mean`, `u1_2_mean`.
public struct LatentTable: Sendable {
  /// The group's name; nil for rows.
  public var group: String?
  public private(set) var header: [String]
  /// The variables it is of.
  public private(set) var variables: [String] = []
  /// Lines below the header.
  public let count: Int
  /// The cells of a line, part by part: keys, then latents. A table of many rows is never whole in memory.
  private var parts: [@Sendable (Int) -> [CSVWriter.Cell]] = []

  /// The cells of one line.
  public func cells(_ line: Int) -> [CSVWriter.Cell] { parts.flatMap { $0(line) } }

  public var csv: [UInt8] {
    var bytes: [UInt8] = []
    write(withHeader: true) { bytes += $0 }
    return bytes
  }

  /// Hands over the text in pieces.
  func write(withHeader: Bool, _ take: ([UInt8]) throws -> Void) rethrows {
    var writer = CSVWriter(header: header)
    if !withHeader { _ = writer.take() }
    for line in 0..<count {
      writer.append(cells(line))
      if writer.bytes.count >= 1 << 20 { try take(writer.take()) }
    }
    try take(writer.take())
  }

  /// The name of the file in a fit directory.
  public var fileName: String { group.map { "latents.\($0).csv" } ?? "latents.csv" }

  /// A table for each plate that has latents, rows first, then groups from the inner outwards.
  public static func all(of latents: [LatentPosterior], in bound: BoundModel) -> [LatentTable] {
    let plates = Set(latents.map(\.plate)).sorted()
    return plates.map { plate in
      let mine = latents.filter { $0.plate == plate }
      var table =
        plate == 0
        ? LatentTable(rows: mine.map(\.instances).max() ?? 0)
        : LatentTable(keys: GroupKeys(bound, plate: plate))
      for latent in mine {
        let (variable, entry) = Self.resolve(latent.variable, in: bound.graph)
        let labels = variable.flatMap { bound.binding[$0.name]?.labels }
        table.append(latent, variable, entry, labels)
      }
      return table
    }
  }

  /// Latents and observed labels in the order of the model.
  ///
  /// An observed label that others depend on is summed like a latent; what is said of it is in `labels`.
  static func joined(
    _ latents: [LatentPosterior], _ labels: [LatentPosterior], in bound: BoundModel
  ) -> [LatentPosterior] {
    func variable(_ p: LatentPosterior) -> Variable? {
      resolve(p.variable, in: bound.graph).variable
    }
    let own = latents.filter { variable($0)?.role == .latent }
    guard !labels.isEmpty else { return own }
    let all = (own + labels).map { (variable($0)?.id.index ?? 0, $0) }
    // Entries of a vector keep their order.
    return all.enumerated().sorted {
      ($0.element.0, $0.offset) < ($1.element.0, $1.offset)
    }.map(\.element.1)
  }

  private init(rows count: Int) {
    header = []
    self.count = count
  }

  private init(keys: GroupKeys) {
    group = keys.name
    header = keys.columns
    count = keys.cells.count
    parts = [{ line in keys.cells[line].map { .text($0) } }]
  }

  /// The variable that a posterior is of. A vector of categories has a posterior for each entry, named
  /// by the entry's number; that number counts from zero here.
  private static func resolve(
    _ name: String, in graph: ModelGraph
  ) -> (variable: Variable?, entry: Int?) {
    if let variable = graph.variable(named: name) { return (variable, nil) }
    for variable in graph.variables where !variable.type.isScalar {
      guard variable.role == .latent || variable.role == .observe else { continue }
      guard name.hasPrefix(variable.name), let number = Int(name.dropFirst(variable.name.count))
      else { continue }
      return (variable, number - 1)
    }
    return (nil, nil)
  }

  private mutating func append(
    _ latent: LatentPosterior, _ variable: Variable?, _ entry: Int?, _ labels: [String]?
  ) {
    var name = latent.variable
    if let known = variable?.name, variables.last != known { variables.append(known) }
    if let variable, let entry {
      name = Self.elementName(variable.name, variable.type.dims ?? [], entry)
    }
    switch latent.content {
    case .probabilities(let p, let states):
      let values = CategoryValues(variable, labels)
      header.append(name)
      header += (1...max(1, states)).map { "\(name)_p\($0)" }
      parts.append { line in
        guard (line + 1) * states <= p.count else { return missing(1 + states) }
        let own = p[(line * states)..<((line + 1) * states)]
        let best = own.indices.max { own[$0] < own[$1] } ?? own.startIndex
        return [values.cell(best - own.startIndex)] + own.map { .number($0) }
      }
    case .moments(let mean, let sd, let size):
      let dims = variable?.type.dims ?? []
      for j in 0..<size {
        let column = Self.elementName(name, dims, j)
        header += [column + "_mean", column + "_sd"]
      }
      parts.append { line in
        guard (line + 1) * size <= mean.count else { return missing(2 * size) }
        return ((line * size)..<((line + 1) * size)).flatMap {
          [CSVWriter.Cell.number(mean[$0]), .number(sd[$0])]
        }
      }
    }
  }

  /// The name of one element of a vector or matrix, indices from 1.
  static func elementName(_ name: String, _ dims: [Int], _ flat: Int) -> String {
    guard !dims.isEmpty else { return name }
    var indices: [Int] = []
    var rest = flat
    for size in dims.reversed() {
      indices.insert(rest % max(1, size) + 1, at: 0)
      rest /= max(1, size)
    }
    let separator = name.last?.isNumber == true ? "_" : ""
    return name + separator + indices.map(String.init).joined(separator: "_")
  }
}

private func missing(_ count: Int) -> [CSVWriter.Cell] {
  [CSVWriter.Cell](repeating: .missing, count: count)
}

/// What the values of a label are called: as the model or the table names them, or by number.
private struct CategoryValues: Sendable {
  private let labels: [String]?
  private let first: Int

  init(_ variable: Variable?, _ found: [String]?) {
    switch variable?.type.kind {
    case .category(_, let labels): (self.labels, first) = (labels ?? found, 1)
    case .binary: (labels, first) = (found, 0)
    case .real, .positive, .unit, .count, .integer, .simplex, .covariance, .correlation, .cholesky,
      .orthonormal, nil:
      (labels, first) = (nil, 1)
    }
  }

  func cell(_ index: Int) -> CSVWriter.Cell {
    if let labels, labels.indices.contains(index) { return .text(labels[index]) }
    return .integer(index + first)
  }
}
