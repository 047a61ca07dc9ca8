import LVMCompute
import LVMModel

extension ModelData {
  /// Fewer rows with the same sums: for each pattern of missing cells the rows of the triangular factor
  /// of [1, data], and a row of zeros that counts the constants of all the others.
  ///
  /// A plan without `compressRows`, or rows too few to gain, come back as they are. The log likelihood
  /// and its gradient are those of all rows; posteriors and scores of rows are not.
  public func compressed(for plan: InferencePlan, runtime: Runtime = .serial) -> ModelData {
    guard !isWeighted, plan.compressesRows else { return self }
    let compression = CompressedRows(self, plan, runtime)
    return compression.count < rows ? compression.data : self
  }
}

/// The rows that stand for a table, as they are collected.
private struct CompressedRows {
  private struct Source {
    var name: String
    var dims: [Int]
    var width: Int
    var column: DataColumn
    /// All numbers, where rows are taken out of their order; else they are read a block at a time.
    var values: [Double] = []
    var mask: [Double]?
    /// Its first place among all columns.
    var start: Int
  }

  private var sources: [Source] = []
  private var width = 0
  private var units: [Double] = []
  private var weights: [Double] = []
  private var values: [Double] = []
  private var masks: [Bool] = []
  private let original: ModelData
  private let runtime: Runtime

  var count: Int { units.count }

  init(_ data: ModelData, _ plan: InferencePlan, _ runtime: Runtime) {
    original = data
    self.runtime = runtime
    for v in plan.model.variables where v.role == .observe || v.role == .given {
      guard let column = data.columns.columns[v.name] else { continue }
      let size = Swift.max(1, column.dims.reduce(1, *))
      let mask =
        data.masked.contains(v.name)
        ? data.columns.columns[ModelColumn.mask(v)]?.values : nil
      sources.append(
        Source(
          name: v.name, dims: column.dims, width: size, column: column, mask: mask, start: width))
      width += size
    }
    guard sources.contains(where: { $0.mask != nil }) else {
      add(Array(repeating: true, count: width), members: nil, count: data.rows)
      return
    }
    for i in sources.indices { sources[i].values = sources[i].column.values }
    for (pattern, members) in patterns() { add(pattern, members: members, count: members.count) }
  }

  /// Rows by which cells are present, in the order of first appearance.
  private func patterns() -> [([Bool], [Int])] {
    var index: [[Bool]: Int] = [:]
    var groups: [([Bool], [Int])] = []
    var pattern = [Bool](repeating: true, count: width)
    for row in 0..<original.rows {
      for s in sources {
        guard let mask = s.mask else { continue }
        for j in 0..<s.width { pattern[s.start + j] = mask[row * s.width + j] != 0 }
      }
      if let known = index[pattern] {
        groups[known].1.append(row)
      } else {
        index[pattern] = groups.count
        groups.append((pattern, [row]))
      }
    }
    return groups
  }

  /// Rows of one pattern: their factor and what it leaves out, or themselves where they are few.
  private mutating func add(_ pattern: [Bool], members: [Int]?, count n: Int) {
    let present = pattern.indices.filter { pattern[$0] }
    let d = present.count
    guard n > d + 2 else {
      for i in 0..<n { append(row: members?[i] ?? i, pattern) }
      return
    }
    let factor = factor(present, members, count: n)
    for i in 0...d {
      units.append(factor[i * (d + 1)])
      weights.append(1)
      masks += pattern
      var row = [Double](repeating: 0, count: width)
      for (j, place) in present.enumerated() { row[place] = factor[i * (d + 1) + j + 1] }
      values += row
    }
    units.append(0)
    weights.append(Double(n - d - 1))
    masks += pattern
    values += [Double](repeating: 0, count: width)
  }

  private func factor(_ present: [Int], _ members: [Int]?, count n: Int) -> [Double] {
    if members == nil, sources.count == 1 {
      return rowFactor(of: sources[0].column, runtime: runtime)
    }
    return rowFactor(rows: n, width: present.count, runtime: runtime) { first, count, out in
      read(present, members, first, count, out)
    }
  }

  private mutating func append(row: Int, _ pattern: [Bool]) {
    units.append(1)
    weights.append(1)
    masks += pattern
    for s in sources {
      values += [Double](unsafeUninitializedCapacity: s.width) { buffer, filled in
        s.column.copyRows(row..<(row + 1), into: buffer)
        filled = s.width
      }
    }
  }

  /// The present columns of some rows of a pattern, row-major.
  private func read(
    _ present: [Int], _ members: [Int]?, _ first: Int, _ count: Int,
    _ out: UnsafeMutablePointer<Double>
  ) {
    let d = present.count
    var column = 0
    for s in sources {
      let own = present.filter { $0 >= s.start && $0 < s.start + s.width }.map { $0 - s.start }
      func place(_ all: UnsafeBufferPointer<Double>, _ rows: (Int) -> Int) {
        for i in 0..<count {
          let row = rows(i) * s.width
          for (k, j) in own.enumerated() { out[i * d + column + k] = all[row + j] }
        }
      }
      if let members {
        s.values.withUnsafeBufferPointer { all in place(all) { members[first + $0] } }
      } else {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: Swift.max(1, count * s.width)) {
          s.column.copyRows(first..<(first + count), into: $0)
          place(UnsafeBufferPointer($0)) { $0 }
        }
      }
      column += own.count
    }
  }

  var data: ModelData {
    var columns: [String: DataColumn] = [:]
    let n = count
    for s in sources {
      var own = [Double](repeating: 0, count: n * s.width)
      var mask = [Double](repeating: 0, count: n * s.width)
      for i in 0..<n {
        for j in 0..<s.width {
          own[i * s.width + j] = values[i * width + s.start + j]
          mask[i * s.width + j] = masks[i * width + s.start + j] ? 1 : 0
        }
      }
      columns[s.name] = DataColumn(dims: s.dims, values: own)
      if s.mask != nil {
        columns[ModelColumn.mask(named: s.name)] = DataColumn(
          dims: s.dims, values: mask)
      }
    }
    columns[ModelColumn.unit] = DataColumn(values: units)
    columns[ModelColumn.weight] = DataColumn(values: weights)
    columns[ModelColumn.ones(.rows)] = DataColumn(
      values: [Double](repeating: 1, count: n))
    columns[ModelColumn.zero(.rows)] = DataColumn(
      values: [Double](repeating: 0, count: n))
    var result = ModelData(
      columns: DataColumns(layout: .rows(n), columns: columns), rows: original.rows, moved: nil,
      masked: original.masked, groupLabels: [])
    result.isWeighted = true
    return result
  }
}
