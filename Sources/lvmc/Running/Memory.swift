import LVM

/// `--memory`: how much of it a table may take; results do not depend on it.
enum Memory {
  static let option = Option(
    "memory", .text(placeholder: "SIZE"),
    help: "for the table, such as 256MB; a larger one is read from the disk in blocks")

  private static let units: [(name: String, bytes: Double)] = [
    ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("KIB", 1024), ("MIB", 1_048_576),
    ("GIB", 1_073_741_824), ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("B", 1),
  ]

  /// Bytes, nil where nothing is said; a number without a unit is bytes.
  static func bytes(_ arguments: Arguments) throws(UsageError) -> Int? {
    guard let text = arguments.text("memory") else { return nil }
    let upper = text.uppercased()
    let unit = units.first { upper.hasSuffix($0.name) }
    let digits = upper.dropLast(unit?.name.count ?? 0).filter { $0 != " " }
    guard let number = Double(digits), number.isFinite, number > 0,
      number * (unit?.bytes ?? 1) < 9e18
    else { throw .notAnAmount(option: "--memory", found: text) }
    return max(1, Int(number * (unit?.bytes ?? 1)))
  }
}
