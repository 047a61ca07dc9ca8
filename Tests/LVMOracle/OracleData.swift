/// The table an oracle conditions on, already in the model's own numbers.
public struct OracleData: Sendable {
  public var rows: Int
  /// Variable name → per row, its flat row-major value. Categories are zero-based indices, a missing
  /// cell is NaN. A variable of a group repeats its value on the rows of the group (the first counts).
  public var values: [String: [[Double]]]
  /// Plate name → zero-based group number of each row; numbers of nested plates are unique over all.
  public var groups: [String: [Int]]

  public init(rows: Int, values: [String: [[Double]]], groups: [String: [Int]] = [:]) {
    self.rows = rows
    self.values = values
    self.groups = groups
  }

  /// A table of scalar columns only.
  public init(columns: [String: [Double]], groups: [String: [Int]] = [:]) {
    self.rows = columns.values.first?.count ?? 0
    self.values = columns.mapValues { $0.map { [$0] } }
    self.groups = groups
  }
}
