import LVMCompute
import LVMModel

extension ModelData {
  /// Some units of a plan's outermost plate with all that lies inside them, evenly spread over the table.
  func spread(over count: Int, of outermost: PlateID) -> ModelData {
    let total = columns.layout.count(outermost)
    guard count < total, count > 0 else { return self }
    var chosen = (0..<count).map { $0 * total / count }
    var part = self
    var layout = columns.layout
    let top = outermost.index
    // Plates above the outermost one have a single instance, which is none of a model's.
    layout.counts = Array(layout.counts[0...top])
    layout.offsets = Array(layout.offsets.prefix(top))
    for p in stride(from: top, through: 0, by: -1) {
      layout.counts[p] = chosen.count
      for (name, column) in columns.columns where column.plate.index == p {
        part.columns.columns[name]?.values = chosen.flatMap { column.numbers(of: $0..<($0 + 1)) }
      }
      guard p > 0 else { break }
      var inner: [Int] = []
      var offsets = [0]
      for i in chosen {
        inner += columns.layout.offsets[p - 1][i]..<columns.layout.offsets[p - 1][i + 1]
        offsets.append(inner.count)
      }
      layout.offsets[p - 1] = offsets
      chosen = inner
    }
    let order = self.order
    part.order = chosen.map { order[$0] }
    part.rows = chosen.count
    part.columns.layout = layout
    return part
  }

  /// The same givens with observed values in another order, each number of its own: values that might have
  /// been observed together.
  func shuffled(_ model: ModelGraph, _ random: inout RandomStream) -> ModelData {
    var copy = self
    for v in model.variables where v.role == .observe {
      guard let column = columns.columns[v.name] else { continue }
      let mask = columns.columns[ModelColumn.mask(v)]
      var isWhole = v.type.kind.eventRank > 0
      if case .drawn(.family(let family, _, _, _)) = v.definition {
        isWhole = isWhole || LVMModel.family(family).eventRank > 0 && v.type.kind == .count
      }
      let width = column.width
      let n = column.count / width
      guard n > 0 else { continue }
      let old = column.values
      let oldMask = mask?.values
      var values = old
      var present = oldMask
      let maskWidth = mask?.width ?? 1
      func permutation() -> [Int] { Array(0..<n).shuffled(using: &random) }
      if isWhole || (mask != nil && maskWidth != width) {
        for (to, from) in permutation().enumerated() {
          for j in 0..<width { values[to * width + j] = old[from * width + j] }
          for j in 0..<maskWidth {
            if let oldMask { present?[to * maskWidth + j] = oldMask[from * maskWidth + j] }
          }
        }
      } else {
        for j in 0..<width {
          for (to, from) in permutation().enumerated() {
            values[to * width + j] = old[from * width + j]
            if let oldMask { present?[to * width + j] = oldMask[from * width + j] }
          }
        }
      }
      copy.columns.columns[v.name]?.values = values
      if let present { copy.columns.columns[ModelColumn.mask(v)]?.values = present }
    }
    return copy
  }
}
