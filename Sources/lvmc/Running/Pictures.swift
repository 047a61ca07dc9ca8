import Foundation
import LVM

/// `--png FILE`: rows of observed variables that are images, on a sheet.
struct Pictures {
  static let option = Option(
    "png", .text(placeholder: "FILE"), help: "write the images among them as a sheet, too")

  /// Images of one variable, and the originals that stand above them.
  struct Images {
    var variable: Variable
    var shown: [[Double]]
    var originals: [[Double]] = []
    /// What is black and what is white; nil for the least and the largest number.
    var range: ClosedRange<Double>?
  }

  /// Images on a sheet at most, and in a line of it.
  private static let most = 400
  private static let perLine = 20

  /// Observed variables of a model whose rows are images.
  ///
  /// - Throws: `QueryError.noImage` where there is none, if a sheet was asked for.
  static func variables(_ model: ModelGraph, _ arguments: Arguments) throws -> [Variable] {
    guard arguments.has("png") else { return [] }
    let observed = model.variables.filter { $0.role == .observe }
    let found = observed.filter { ImageSheet(dims: $0.type.dims ?? []) != nil }
    guard !found.isEmpty else { throw QueryError.noImage(known: observed.map(\.name)) }
    return found
  }

  /// Black and white of a variable whose mean is a probability, in its column's units.
  static func range(_ variable: Variable, _ preparation: LVMData.Preparation?) -> ClosedRange<
    Double
  >? {
    switch variable.type.kind {
    case .binary, .unit:
      let column = preparation?.columns.first
      let (low, high) = (column?.undo(0) ?? 0, column?.undo(1) ?? 1)
      return min(low, high)...max(low, high)
    case .real, .positive, .count, .integer, .category, .simplex, .covariance, .correlation,
      .cholesky, .orthonormal:
      return nil
    }
  }

  /// Writes a sheet for each variable: the first to FILE, others beside it as FILE with the variable's name
  /// before its extension.
  static func write(_ all: [Images], _ arguments: Arguments, _ terminal: Terminal) throws {
    guard let path = arguments.text("png") else { return }
    for (i, images) in all.enumerated() {
      guard let (bytes, shown) = sheet(images) else { continue }
      let file = i == 0 ? path : beside(path, images.variable.name)
      try OutputTarget.check(file, option: "--png", arguments)
      try Interruption.holding(whileReplacing: file) { try FileOutput.replace(file, with: bytes) }
      if shown < images.shown.count {
        terminal.complain(
          "lvmc: note: \(file) shows the first \(shown) of \(images.shown.count) rows")
      }
    }
  }

  /// The bytes of a sheet, and how many rows it shows.
  private static func sheet(_ images: Images) -> ([UInt8], Int)? {
    guard var sheet = ImageSheet(dims: images.variable.type.dims ?? []) else { return nil }
    let pairs = !images.originals.isEmpty
    let shown = min(images.shown.count, pairs ? most / 2 : most)
    let square = Int(Double(shown).squareRoot().rounded(.up))
    let columns = shown <= perLine ? shown : min(perLine, pairs ? perLine : square)
    for start in stride(from: 0, to: shown, by: max(1, columns)) {
      let line = start..<min(start + columns, shown)
      for part in pairs ? [images.originals, images.shown] : [images.shown] {
        for row in line { sheet.append(part[row]) }
        for _ in line.count..<columns { sheet.appendBlank() }
      }
    }
    return sheet.png(columns: columns, range: images.range).map { ($0, shown) }
  }

  private static func beside(_ path: String, _ name: String) -> String {
    let url = URL(fileURLWithPath: path)
    let stem = url.deletingPathExtension().path
    return url.pathExtension.isEmpty ? "\(stem).\(name)" : "\(stem).\(name).\(url.pathExtension)"
  }
}

extension Samples {
  /// One variable's rows as images.
  func images(_ variable: Variable, _ preparation: LVMData.Preparation?) -> Pictures.Images {
    let own = columns.filter { $0.variable == variable.name }
    return Pictures.Images(
      variable: variable, shown: (0..<rows).map { row in own.map { $0.values[row] } },
      range: Pictures.range(variable, preparation))
  }
}
