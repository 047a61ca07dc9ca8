import LVMCompute
import LVMData
import LVMModel

/// Rows in the order of their groups, and where each instance of a plate begins.
struct UnitOrder {
  let rows: Int
  /// Whether there are no groups: rows stay where they are.
  let isRows: Bool
  /// The row of the table at each place; empty where rows stay.
  private(set) var order: [Int]
  private(set) var layout: PlateLayout
  /// Per group plate from the inner outwards, the text of each instance.
  private(set) var labels: [[String]] = []
  /// Per plate, the places at which its instances begin, and the end.
  private var starts: [[Int]]

  /// Rows sorted by the outermost group first, then inwards; stable within a group.
  init(_ model: ModelGraph, _ nesting: PlateNesting, _ binding: Binding) {
    rows = binding.rowCount
    // Per group plate from the inner outwards, each row's group; nested ids are pairs.
    let groups = nesting.chain.dropFirst().map { binding.group(model[$0].name) }
    isRows = groups.isEmpty
    order = groups.isEmpty ? [] : Array(0..<rows)
    // Sort by the outermost group first, then inwards; stable within a group.
    let keys = groups.reversed().map { group in
      group?.groupOfRow ?? [Int](repeating: 0, count: binding.rowCount)
    }
    if !keys.isEmpty {
      order.sort { a, b in
        for key in keys where key[a] != key[b] { return key[a] < key[b] }
        return a < b
      }
    }
    layout = PlateLayout(counts: [rows])
    starts = groups.isEmpty ? [] : [Array(0...rows)]
    for level in 0..<groups.count {
      // Instances of this plate begin where any key from the outermost down to it changes.
      let relevant = Array(keys.prefix(groups.count - level))
      var begins: [Int] = []
      var names: [String] = []
      for (i, row) in order.enumerated() {
        if i == 0 || relevant.contains(where: { $0[row] != $0[order[i - 1]] }) {
          begins.append(i)
          names.append(
            groups[level].map { $0.labels[$0.groupOfRow[row]].joined(separator: ", ") } ?? "")
        }
      }
      begins.append(rows)
      // Offsets into the plate inside.
      let inner = starts[level]
      var position = 0
      let offsets = begins.map { begin in
        while position < inner.count - 1, inner[position] < begin { position += 1 }
        return position
      }
      layout.counts.append(begins.count - 1)
      layout.offsets.append(offsets)
      starts.append(begins)
      labels.append(names)
    }
  }

  /// Places of the first rows of a plate's instances.
  func firsts(of plate: PlateID) -> [Int] {
    plate == .rows ? Array(0..<rows) : Array(starts[plate.index].dropLast())
  }
}
