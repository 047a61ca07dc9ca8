import LVM
import Testing

/// Charts between free numbers and constrained values, by what they have to be.
@Suite struct ChartTests {
  /// Dims that a chart takes: two values each.
  static func dims(_ chart: Chart) -> [Int] {
    switch chart {
    case .identity, .exponential, .logistic, .squareRootShare: [2]
    case .softmax, .squareRoot: [2, 4]
    case .logCholesky, .logCholeskyProduct, .unitRows: [2, 3, 3]
    case .orthonormalColumns: [2, 4, 2]
    }
  }

  /// Free numbers of some size, in (0, 1) where roots of shares are, zero where nothing is moved.
  static func free(_ chart: Chart, size: Double, seed: Int) -> Tensor {
    var random = RandomStream(
      seed: 3, purpose: "charts", site: 0, row: 0, step: 0, sample: seed)
    let dims = dims(chart)
    let values = (0..<dims.reduce(1, *)).map { _ in
      chart == .squareRootShare ? random.uniform() : size * random.normal()
    }
    var result = Tensor(dims, values)
    if chart != .softmax { for i in chart.redundant(dims) ?? [] { result.values[i] = 0 } }
    return result
  }

  static func graphValue(_ chart: Chart, _ free: Tensor) throws -> Tensor {
    let builder = GraphBuilder()
    builder.setOutput("v", chart.constrain(builder.parameter("u", free.dims)))
    return try #require(
      try Runtime.serial.evaluator(Program(builder.finish())).run(["u": free])["v"])
  }

  static func graphJacobian(_ chart: Chart, _ free: Tensor, holding held: Set<Int>) throws
    -> Double?
  {
    let builder = GraphBuilder()
    let u = builder.parameter("u", free.dims)
    guard let own = chart.logJacobian(u, holding: held) else { return nil }
    builder.setOutput("j", own)
    return try Runtime.serial.evaluator(Program(builder.finish())).run(["u": free])["j"]?.values[0]
  }

  @Test(arguments: Chart.allCases) func graphsAndTensorsAgree(_ chart: Chart) throws {
    for seed in 0..<5 {
      let free = Self.free(chart, size: 1.5, seed: seed)
      let (a, b) = (try Self.graphValue(chart, free), try chart.constrain(free))
      #expect(a.dims == b.dims)
      for (x, y) in zip(a.values, b.values) { #expect(abs(x - y) <= 1e-14 * max(1, abs(y))) }
    }
  }

  @Test(arguments: Chart.allCases) func valuesComeBack(_ chart: Chart) throws {
    for seed in 0..<5 {
      let value = try chart.constrain(Self.free(chart, size: 1.5, seed: seed))
      let free = chart.unconstrain(value)
      for (x, y) in zip(try chart.constrain(free).values, value.values) {
        #expect(abs(x - y) <= 1e-12 * max(1, abs(y)))
      }
      // Coordinates of a minimal chart come back themselves.
      let own = Self.free(chart, size: 1.5, seed: seed)
      guard chart != .softmax, chart.redundant(own.dims) != nil else { continue }
      for (x, y) in zip(free.values, own.values) { #expect(abs(x - y) <= 1e-11 * max(1, abs(y))) }
    }
  }

  @Test func valuesObeyTheirConstraints() throws {
    for seed in 0..<5 {
      for chart in [Chart.softmax, .squareRoot] {
        let p = try chart.constrain(Self.free(chart, size: 2, seed: seed)).values
        #expect(p.allSatisfy { $0 > 0 })
        for k in 0..<2 { #expect(abs(p[(4 * k)..<(4 * k + 4)].reduce(0, +) - 1) < 1e-14) }
      }
      for chart in [Chart.logistic, .squareRootShare] {
        let p = try chart.constrain(Self.free(chart, size: 2, seed: seed)).values
        #expect(p.allSatisfy { $0 > 0 && $0 < 1 })
      }
      let r = try Chart.unitRows.constrain(Self.free(.unitRows, size: 2, seed: seed)).values
      for k in 0..<2 { for i in 0..<3 { #expect(abs(r[9 * k + 4 * i] - 1) < 1e-14) } }
      let q = try Chart.orthonormalColumns.constrain(
        Self.free(.orthonormalColumns, size: 1, seed: seed)
      ).values
      for k in 0..<2 {
        for (i, j) in [(0, 0), (0, 1), (1, 1)] {
          let dot = (0..<4).reduce(0.0) { $0 + q[8 * k + 2 * $1 + i] * q[8 * k + 2 * $1 + j] }
          #expect(abs(dot - (i == j ? 1 : 0)) < 1e-13)
        }
      }
    }
  }

  /// Boundaries are taken from just inside, so that free numbers are finite.
  @Test func boundariesHaveFreeNumbers() {
    for chart in [Chart.exponential, .logistic, .softmax] {
      for x in chart.unconstrain(Tensor([2], [0, 1])).values { #expect(x.isFinite) }
    }
    #expect(Chart.squareRoot.unconstrain(Tensor([2], [0, 1])).values == [0, 1])
    let singular = Tensor([2, 2], [1, 1, 1, 1])
    for x in Chart.logCholeskyProduct.unconstrain(singular).values { #expect(x.isFinite) }
  }

  // MARK: Jacobians

  /// Free entries of a value, of as many as there are degrees of freedom, written down here once more.
  static func entries(_ chart: Chart) -> [Int] {
    switch chart {
    case .identity, .exponential, .logistic: [0, 1]
    case .softmax: [0, 1, 2, 4, 5, 6]
    case .logCholesky, .logCholeskyProduct:
      [0, 3, 4, 6, 7, 8].flatMap { [$0, $0 + 9] }.sorted()
    case .unitRows: [3, 6, 7, 12, 15, 16]
    case .squareRoot, .squareRootShare, .orthonormalColumns: []
    }
  }

  static let minimal: [Chart] = [
    .identity, .exponential, .logistic, .softmax, .logCholesky, .logCholeskyProduct, .unitRows,
  ]

  @Test(arguments: minimal) func coordinatesAreDegreesOfFreedom(_ chart: Chart) throws {
    let dims = Self.dims(chart)
    let held = try #require(chart.redundant(dims))
    #expect(dims.reduce(1, *) - held.count == chart.degreesOfFreedom(dims))
    #expect(Self.entries(chart).count == chart.degreesOfFreedom(dims))
    #expect(chart.isMinimal(dims, holding: held))
    #expect(held.isEmpty || !chart.isMinimal(dims, holding: []))
  }

  /// The log-Jacobian against central differences of the value.
  @Test(arguments: minimal) func jacobiansAreThoseOfDifferences(_ chart: Chart) throws {
    for seed in 0..<4 {
      let free = Self.free(chart, size: 1, seed: seed)
      let held = try #require(chart.redundant(free.dims))
      let coordinates = free.values.indices.filter { !held.contains($0) }
      let rows = Self.entries(chart)
      var matrix: [[Double]] = rows.map { _ in [] }
      for c in coordinates {
        func value(_ h: Double) throws -> [Double] {
          var moved = free
          moved.values[c] += h
          return try chart.constrain(moved).values
        }
        let h = 1e-3
        let near = zip(try value(h), try value(-h)).map { ($0 - $1) / (2 * h) }
        let far = zip(try value(2 * h), try value(-2 * h)).map { ($0 - $1) / (4 * h) }
        for (r, e) in rows.enumerated() { matrix[r].append((4 * near[e] - far[e]) / 3) }
      }
      let found = try #require(try Self.graphJacobian(chart, free, holding: held))
      #expect(abs(found - logDeterminant(matrix)) < 1e-8)
    }
  }

  /// Far out, where differences have no digits, against derivatives of the graph.
  @Test(arguments: [Chart.softmax, .logCholesky, .logCholeskyProduct, .unitRows])
  func jacobiansHoldFarOut(_ chart: Chart) throws {
    for size in [6.0, 12] {
      let free = Self.free(chart, size: size, seed: 9)
      let value = try chart.constrain(free)
      // Of shares all but the largest, so that none is a difference of larger ones.
      let held = try #require(chart.redundant(free.dims, at: value))
      let rows =
        chart == .softmax ? free.values.indices.filter { !held.contains($0) } : Self.entries(chart)
      let builder = GraphBuilder()
      let u = builder.parameter("u", free.dims)
      let weight = builder.parameter("g", free.dims)
      builder.setOutput(
        "pull", builder.gradient(of: (chart.constrain(u) * weight).sumAll(), with: [u])[0])
      let executor = Runtime.serial.evaluator(Program(builder.finish()))
      let matrix = try rows.map { e -> [Double] in
        var g = Tensor(repeating: 0, free.dims)
        g.values[e] = 1
        let all = try #require(try executor.run(["u": free, "g": g])["pull"]).values
        return free.values.indices.filter { !held.contains($0) }.map { all[$0] }
      }
      let found = try #require(try Self.graphJacobian(chart, free, holding: held))
      let wanted = logDeterminant(matrix)
      #expect(abs(found - wanted) < 1e-6 * max(1, abs(wanted)))
    }
  }

  /// log v = u, and log v(1 − v) → −|u|, as far as doubles go.
  @Test func scalarJacobiansHoldAtTheEnds() throws {
    let ends = Tensor([2], [-700, 650])
    #expect(try Self.graphJacobian(.exponential, ends, holding: []) == -50)
    #expect(try Self.graphJacobian(.logistic, ends, holding: []) == -1350)
    #expect(try Self.graphJacobian(.exponential, ends, holding: [0]) == 650)
    #expect(try Self.graphJacobian(.logistic, ends, holding: [1]) == -700)
  }

  @Test func onlyMinimalChartsHaveJacobians() throws {
    for chart in Chart.allCases {
      let free = Self.free(chart, size: 1, seed: 0)
      let redundant = chart.redundant(free.dims)
      if redundant != [] { #expect(try Self.graphJacobian(chart, free, holding: []) == nil) }
      #expect((redundant == nil) == !Self.minimal.contains(chart))
    }
    // With an entry of a matrix held as well, it is another density.
    #expect(
      try Self.graphJacobian(
        .unitRows, Self.free(.unitRows, size: 1, seed: 0),
        holding: (Chart.unitRows.redundant([2, 3, 3]) ?? []).union([3])) == nil)
  }
}

/// log |det| of a square matrix, by elimination with pivots of rows that are scaled to one size.
private func logDeterminant(_ rows: [[Double]]) -> Double {
  let sizes = rows.map { row in row.map { abs($0) }.max() ?? 1 }
  var a = zip(rows, sizes).map { row, size in row.map { $0 / size } }
  var result = sizes.reduce(0) { $0 + $1.logarithm }
  for k in a.indices {
    let pivot = (k..<a.count).max { abs(a[$0][k]) < abs(a[$1][k]) } ?? k
    a.swapAt(k, pivot)
    result += abs(a[k][k]).logarithm
    for i in (k + 1)..<max(k + 1, a.count) {
      let factor = a[i][k] / a[k][k]
      for j in k..<a.count { a[i][j] -= factor * a[k][j] }
    }
  }
  return result
}
