import LVMCompute
import LVMModel

/// A random part of a large table on which starts are tried cheaply.
struct Subsample {
  let data: ModelData

  /// Tables from this size on have their starts tried on a part.
  static let fromRows = 20_000
  static let rows = 5_000

  /// Nil where rows are not exchangeable (series, groups) or the table is small.
  init?(_ whole: ModelData, _ structure: ModelStructure, seed: UInt64) {
    guard whole.rows > Self.fromRows, whole.columns.layout.counts.count == 1,
      !structure.model.variables.contains(where: structure.isChain)
    else { return nil }
    var random = RandomStream(
      seed: seed, purpose: "subsample", site: 0, row: 0, step: 0, sample: 0)
    // Selection sampling (Knuth 3.4.2 S): each subset of the size is equally likely.
    var chosen: [Int] = []
    for i in 0..<whole.rows where chosen.count < Self.rows {
      if random.uniform() * Double(whole.rows - i) < Double(Self.rows - chosen.count) {
        chosen.append(i)
      }
    }
    var part = whole
    part.rows = chosen.count
    let order = whole.order
    part.order = chosen.map { order[$0] }
    part.columns.layout = .rows(chosen.count)
    for (name, column) in whole.columns.columns {
      part.columns.columns[name]?.values = chosen.flatMap { column.numbers(of: $0..<($0 + 1)) }
    }
    data = part
  }
}
