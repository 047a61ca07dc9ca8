import Foundation
import LVM

/// The data sets that come with the bundled models.
enum BundledData {
  static func table(_ name: String) throws -> Table {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try Table(csv: root.appendingPathComponent("models/data/\(name).csv"))
  }
}
