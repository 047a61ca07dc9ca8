import LVMCompute
import LVMModel

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
  /// Where sums over its columns are computed; the bits do not depend on it.
  public var runtime = Runtime.serial

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

extension ModelData {
  /// Masked variables of a graph that are drawn as vectors of counts, and that some rows have in part.
  func torn(in graph: ModelGraph) -> Set<String> {
    var result: Set<String> = []
    for v in graph.variables where masked.contains(v.name) {
      guard case .drawn(.family(let family, _, _, _)) = v.definition,
        LVMModel.family(family).support == .countVector,
        let mask = columns.columns[ModelColumn.mask(v)], let n = mask.dims.last
      else { continue }
      mask.eachBlock { values in
        for start in stride(from: 0, to: values.count, by: n) {
          let own = values[start..<(start + n)]
          if own.contains(0), own.contains(1) { result.insert(v.name) }
        }
      }
    }
    return result
  }
}

extension DataFacts {
  /// What the planner is told of a table.
  public init(
    of data: ModelData, in graph: ModelGraph, indicated: Set<String>? = nil,
    prefersQuadrature: Bool = false, guide: GuideKind = .encoder
  ) {
    self.init(
      masked: data.masked, torn: data.torn(in: graph), indicated: indicated,
      prefersQuadrature: prefersQuadrature, guide: guide)
  }
}
