import Foundation
import LVM

/// The data sets that come with the bundled models.
enum BundledData {
  private static func url(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("models/data/\(name).csv")
  }

  static func table(_ name: String) throws -> Table { try Table(csv: url(name)) }

  /// A column of numbers as it stands in the file.
  static func numbers(_ name: String, column: Int) throws -> [Double] {
    try String(contentsOf: url(name), encoding: .utf8).split(separator: "\n").dropFirst()
      .compactMap { Double($0.split(separator: ",")[column]) }
  }
}
