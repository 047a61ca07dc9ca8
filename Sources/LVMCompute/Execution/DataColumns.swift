/// Sizes of the plates of a data set, and which inner instances each outer one holds.
public struct PlateLayout: Sendable, Equatable {
  /// Instances per plate index; 0 is the rows.
  public var counts: [Int]
  /// `offsets[p - 1]`, for plate p ≥ 1: `counts[p] + 1` offsets into plate p − 1.
  public var offsets: [[Int]]

  public init(counts: [Int], offsets: [[Int]] = []) {
    precondition(offsets.count == max(0, counts.count - 1), "one offset array per outer plate")
    for (p, offset) in offsets.enumerated() {
      precondition(
        offset.count == counts[p + 1] + 1 && offset.first == 0 && offset.last == counts[p]
          && zip(offset, offset.dropFirst()).allSatisfy { $0 <= $1 },
        "offsets of plate \(p + 1) do not divide plate \(p)")
    }
    self.counts = counts
    self.offsets = offsets
  }

  /// A table of rows without groups.
  public static func rows(_ count: Int) -> PlateLayout { PlateLayout(counts: [count]) }

  /// The number of instances of a plate: 0 for one the data does not have.
  public func count(_ plate: PlateID) -> Int {
    plate.index < counts.count ? counts[plate.index] : 0
  }

  /// Offsets of an outer plate's instances into an inner plate, across the plates between.
  public func offsets(of outer: PlateID, into inner: PlateID) -> [Int] {
    precondition(inner <= outer && outer.index < counts.count, "no such plates")
    var result = Array(0...counts[outer.index])
    for p in stride(from: outer.index, to: inner.index, by: -1) {
      result = result.map { offsets[p - 1][$0] }
    }
    return result
  }
}

/// The data a program runs on: columns by name.
public struct DataColumns: Sendable {
  public var layout: PlateLayout
  public var columns: [String: DataColumn]
  /// Where columns that are computed from data go, given their numbers a row; nil keeps them in memory.
  public var spill: (@Sendable (_ width: Int) throws -> any RowSink)?

  public init(layout: PlateLayout, columns: [String: DataColumn]) {
    self.layout = layout
    self.columns = columns
  }

  /// The same data with every column an array.
  public var materialized: DataColumns {
    var copy = self
    copy.columns = columns.mapValues(\.materialized)
    return copy
  }

  /// Some rows of data without groups.
  public func rows(_ range: Range<Int>) -> DataColumns {
    var copy = self
    copy.layout = .rows(range.count)
    copy.columns = columns.mapValues { $0.instances(range) }
    return copy
  }

  /// No data: for programs of parameters alone.
  public static let none = DataColumns(layout: PlateLayout(counts: []), columns: [:])
}

/// What can be wrong with what a caller hands to a program.
public enum ExecutionError: Error, Equatable, CustomStringConvertible {
  case missingParameter(String)
  case parameterShape(String, expected: [Int], found: [Int])

  public var description: String {
    switch self {
    case .missingParameter(let name):
      "the program needs a value for the parameter '\(name)'"
    case .parameterShape(let name, let expected, let found):
      "the parameter '\(name)' has dimensions \(found); the program expects \(expected)"
    }
  }
}
