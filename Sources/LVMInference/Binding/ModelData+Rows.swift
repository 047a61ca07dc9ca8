import LVMCompute
import LVMModel

/// Parts of a table, and tables with a variable hidden, for questions about them.
extension ModelData {
  /// Some rows of a table without groups.
  public func selecting(rows chosen: [Int]) -> ModelData {
    var copy = self
    copy.rows = chosen.count
    let order = order
    copy.order = chosen.map { order[$0] }
    copy.columns.layout = PlateLayout(counts: [chosen.count])
    for (name, column) in columns.columns {
      let width = column.width
      let values = [Double](unsafeUninitializedCapacity: chosen.count * width) { buffer, filled in
        var i = 0
        while i < chosen.count {
          // Neighbours are read together.
          var end = i + 1
          while end < chosen.count, chosen[end] == chosen[end - 1] + 1 { end += 1 }
          column.copyRows(
            chosen[i]..<(chosen[end - 1] + 1),
            into: UnsafeMutableBufferPointer(rebasing: buffer[(i * width)..<(end * width)]))
          i = end
        }
        filled = chosen.count * width
      }
      copy.columns.columns[name] = DataColumn(
        plate: column.plate, dims: column.dims, values: values)
    }
    return copy
  }

  /// The same data with all observed variables taken as wholly missing.
  func hidingObserved(_ model: ModelGraph) -> ModelData {
    model.variables.filter { $0.role == .observe }.reduce(self) { $0.hiding($1.name) }
  }

  /// The same data with a variable taken as wholly missing.
  public func hiding(_ name: String) -> ModelData {
    guard let like = columns.columns[name], like.count > 0 else { return self }
    var copy = self
    copy.masked.insert(name)
    copy.columns.columns["$mask.\(name)"] = DataColumn(
      plate: like.plate, dims: like.dims, repeating: 0, instances: like.count / like.width)
    return copy
  }

  /// Rows with a missing cell of one of some observed variables.
  public func incompleteRows(of names: [String]) -> [Int] {
    var incomplete = [Bool](repeating: false, count: rows)
    for name in names {
      guard let mask = columns.columns[ModelColumn.mask(named: name)] else { continue }
      let width = mask.width
      var first = 0
      mask.eachBlock { values in
        for (i, value) in values.enumerated() where value == 0 {
          incomplete[(first + i) / width] = true
        }
        first += values.count
      }
    }
    return incomplete.indices.filter { incomplete[$0] }
  }

  /// Which cells of some instances of an observed variable are missing, [instances, size]; nil where none is.
  public func missingCells(of name: String, at instances: [Int], size: Int) -> [Bool]? {
    guard let mask = columns.columns[ModelColumn.mask(named: name)], mask.width == size
    else { return nil }
    return instances.flatMap { i in mask.numbers(of: i..<(i + 1)).map { $0 == 0 } }
  }
}
