import LVMCompute
import LVMData
import LVMModel

extension CellLaw {
  /// Quantiles of each cell, [instances, size], in prepared units; nil for laws that can only be drawn
  /// from.
  ///
  /// Mixtures of normals by bisection on their distribution function; counts by summing the mass, the
  /// least whole number whose distribution function reaches the level.
  public func quantiles(_ levels: [Double], _ model: ModelGraph) throws -> [[Double]]? {
    switch content {
    case .normal(let mean, let variance):
      return normalQuantiles(levels, mean, variance.map { Swift.max($0, 0).squareRoot() })
    case .family(let name, let form, let mean, let variance, let arguments):
      let kind = model[self.variable].type.kind
      guard kind == .count || kind == .integer, !arguments.isEmpty else { return nil }
      return try countQuantiles(levels, name, form, mean, variance, arguments)
    case .probabilities, .drawn: return nil
    }
  }

  private func normalQuantiles(_ levels: [Double], _ mean: [Double], _ sd: [Double]) -> [[Double]] {
    var result = levels.map { _ in [Double](repeating: 0, count: instances.count * size) }
    for i in instances.indices {
      for j in 0..<size {
        let parts = (0..<states).compactMap { s -> (Double, Double, Double)? in
          let at = (i * states + s) * size + j
          let w = weights[i * states + s]
          return w > 0 ? (w, mean[at], sd[at]) : nil
        }
        for (l, level) in levels.enumerated() {
          result[l][i * size + j] = Self.mixtureQuantile(level, parts)
        }
      }
    }
    return result
  }

  /// The quantile of a mixture of normals: weights, means, standard deviations (0 for a point).
  static func mixtureQuantile(_ level: Double, _ parts: [(Double, Double, Double)]) -> Double {
    // Each component's own quantile brackets the mixture's.
    var low = Double.infinity
    var high = -Double.infinity
    let z = standardNormalQuantile(level)
    for (_, m, s) in parts {
      low = min(low, m + z * s)
      high = max(high, m + z * s)
    }
    guard low < high else { return low }
    let total = parts.reduce(0) { $0 + $1.0 }
    for _ in 0..<200 {
      let middle = low + 0.5 * (high - low)
      if middle <= low || middle >= high { break }
      let below = parts.reduce(0.0) { sum, p in
        sum + p.0 * (p.2 > 0 ? normalCDF((middle - p.1) / p.2) : (middle >= p.1 ? 1 : 0))
      }
      if below < level * total { low = middle } else { high = middle }
    }
    return low + 0.5 * (high - low)
  }

  /// Quantiles of mixtures of a count family, from its mass on a window that grows as needed.
  private func countQuantiles(
    _ levels: [Double], _ name: FamilyName, _ form: Int, _ mean: [Double], _ variance: [Double],
    _ arguments: [[Double]]
  ) throws -> [[Double]] {
    let cells = instances.count * states * size
    var result = levels.map { _ in [Double](repeating: .nan, count: instances.count * size) }
    guard cells > 0 else { return result }
    // Mass far below every component is less than any level cares for.
    let lowest = zip(mean, variance).map { $0 - 12 * Swift.max($1, 0).squareRoot() }.min() ?? 0
    var start = Swift.max(0, lowest.rounded(.down))
    var below = [Double](repeating: 0, count: instances.count * size)
    // Cells with a level that is not reached yet; only they are looked at further.
    var open = Array(below.indices)
    while !open.isEmpty, start < 1e9 {
      let width = Swift.max(16, Swift.min(4096, 4_000_000 / (open.count * states)))
      let mass = try Self.mass(
        name, form, arguments.map { self.gathered($0, open) },
        at: (0..<width).map { start + Double($0) })
      var rest: [Int] = []
      for (o, cell) in open.enumerated() {
        let i = cell / size
        var left = levels.indices.filter { result[$0][cell].isNaN }
        for k in 0..<width {
          for s in 0..<states {
            let m = mass[(o * states + s) * width + k]
            // A mean of zero leaves nothing but zeros; its log mass is 0 · log 0.
            let isNothing = m.isNaN && mean[(i * states + s) * size + cell % size] == 0
            below[cell] +=
              weights[i * states + s] * (isNothing ? (start + Double(k) == 0 ? 1 : 0) : m)
          }
          left.removeAll { l in
            guard below[cell] >= levels[l] * (1 - 1e-12) else { return false }
            result[l][cell] = start + Double(k)
            return true
          }
          if left.isEmpty { break }
        }
        if !left.isEmpty { rest.append(cell) }
      }
      open = rest
      start += Double(width)
    }
    return result
  }

  /// An argument at some cells, [cells, states].
  private func gathered(_ argument: [Double], _ cells: [Int]) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(cells.count * states)
    for cell in cells {
      let (i, j) = (cell / size, cell % size)
      for s in 0..<states { result.append(argument[(i * states + s) * size + j]) }
    }
    return result
  }

  /// The mass of a family at some numbers, for each tuple of arguments, [tuples, numbers].
  private static func mass(
    _ name: FamilyName, _ form: Int, _ arguments: [[Double]], at x: [Double]
  ) throws -> [Double] {
    let builder = GraphBuilder()
    let values = arguments.indices.map { builder.data("a\($0)", []).reshape([1]) }
    let log = family(name).logDensity(builder.parameter("x", [x.count]), values, form: form)
    builder.setOutput("mass", log.exp())
    var columns: [String: DataColumn] = [:]
    for (i, a) in arguments.enumerated() { columns["a\(i)"] = DataColumn(values: a) }
    let executor = Executor(
      Program(builder.finish()),
      data: DataColumns(layout: .rows(arguments[0].count), columns: columns))
    return try executor.run(["x": Tensor([x.count], x)])["mass"]?.values ?? []
  }
}

/// Φ(z), by the error function of the platform.
func normalCDF(_ z: Double) -> Double { 0.5 * (-z * 0.5.squareRoot()).complementaryError }

/// Φ⁻¹(p) by bisection on Φ: quantiles are asked for in single digits of levels.
func standardNormalQuantile(_ p: Double) -> Double {
  var (low, high) = (-40.0, 40.0)
  for _ in 0..<200 {
    let middle = 0.5 * (low + high)
    if middle <= low || middle >= high { break }
    if normalCDF(middle) < p { low = middle } else { high = middle }
  }
  return 0.5 * (low + high)
}
