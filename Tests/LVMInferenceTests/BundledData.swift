import Foundation
import LVM

/// The data sets that come with the bundled models.
enum BundledData {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("models")

  private static func url(_ name: String) -> URL {
    folder.appendingPathComponent("data/\(name).csv")
  }

  /// The names of the bundled models.
  static let models: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".lvm") }.map { String($0.dropLast(4)) }.sorted()

  /// A bundled model and the table that its line `// data:` names.
  static func model(_ name: String) throws -> (model: URL, data: URL) {
    let model = folder.appendingPathComponent(name + ".lvm")
    let lines = try String(contentsOf: model, encoding: .utf8).split(separator: "\n")
    let line = lines.first { $0.hasPrefix("// data: ") } ?? ""
    return (model, folder.appendingPathComponent(String(line.dropFirst("// data: ".count))))
  }

  static func table(_ name: String) throws -> Table { try Table(csv: url(name)) }

  /// A column of numbers as it stands in the file.
  static func numbers(_ name: String, column: Int) throws -> [Double] {
    try String(contentsOf: url(name), encoding: .utf8).split(separator: "\n").dropFirst()
      .compactMap { Double($0.split(separator: ",")[column]) }
  }
}
