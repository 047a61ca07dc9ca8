import LVMCompute
import LVMInference
import LVMModel

/// What tells the groups of a plate apart: the cells of its columns, and of the groups round it.
public struct GroupKeys: Sendable {
  /// The group's name in the model.
  public var name: String
  /// Columns of the table, the outermost group's first.
  public var columns: [String]
  /// Per group, a cell for each column.
  public var cells: [[String]]

  /// The keys of the groups of compute plate `plate`, which is 1 for the innermost grouping.
  public init(_ bound: BoundModel, plate: Int) {
    let nesting = try? PlateNesting(bound.graph)
    let chain = nesting?.chain ?? []
    name = chain.indices.contains(plate) ? bound.graph[chain[plate]].name : ""
    columns = []
    cells = []
    let layout = bound.data.columns.layout
    guard plate < layout.counts.count else { return }
    let firsts = layout.offsets(of: PlateID(plate), into: .rows).dropLast()
    // Groups without rows do not exist, so that each has a first row in the table.
    let rows = firsts.map { bound.data.order[$0] }
    cells = [[String]](repeating: [], count: rows.count)
    for level in stride(from: chain.count - 1, through: plate, by: -1) {
      guard let group = bound.binding.group(bound.graph[chain[level]].name) else { continue }
      columns += group.columns
      for (i, row) in rows.enumerated() { cells[i] += group.labels[group.groupOfRow[row]] }
    }
  }
}
