import LVMCompute

/// A table as a model sees it: bound columns by variable, rows sorted so that groups are contiguous.
public struct ModelData: Sendable {
  /// Columns by variable name, with masks, lags and indicators beside them.
  public var columns: DataColumns
  public var rows: Int
  /// The table's row for each row here, where groups have moved them.
  public private(set) var moved: [Int]?
  /// Observed variables with missing cells.
  public var masked: Set<String>
  /// Per group plate from the inner outwards: the label of each group, in the order of this data.
  public var groupLabels: [[String]]
  /// Whether rows are weighted sums of original rows (`compressed(for:)`); `rows` counts the original.
  public var isWeighted = false

  public init(
    columns: DataColumns, rows: Int, moved: [Int]?, masked: Set<String>, groupLabels: [[String]]
  ) {
    self.columns = columns
    self.rows = rows
    self.moved = moved
    self.masked = masked
    self.groupLabels = groupLabels
  }

  /// The table's row for each row here.
  public var order: [Int] {
    get { moved ?? Array(0..<rows) }
    set { moved = newValue }
  }
}
