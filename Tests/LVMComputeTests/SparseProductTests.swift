import LVMCompute
import Testing

/// h = x W of rows that are mostly zeros, and the gradient of Σ h², beside plain sums.
private struct SparseRows {
  let width: Int
  let units: Int
  /// Rows × width.
  let x: [Float]
  var count: Int { x.count / width }
  var weights: [Float] { wobble(width * units, salt: 3).map { Float($0) } }

  /// Rows of which about one in `every` numbers is not 0; row r is dense where `dense` says so.
  init(
    rows: Int, width: Int, units: Int, every: Int, dense: (Int) -> Bool = { _ in false }
  ) {
    self.width = width
    self.units = units
    let sizes = wobble(rows * width, from: 0.5, to: 3, salt: 5)
    x = sizes.enumerated().map { i, size in
      // A multiplicative hash: zeros without a pattern in rows or columns.
      let drawn = (UInt64(i) &* 0x9e37_79b9_7f4a_7c15) >> 40
      return dense(i / width) || drawn % UInt64(every) == 0 ? Float(size) : 0
    }
  }

  func program(batch: Int, runtime: Runtime = .serial) throws -> MinibatchTrainer {
    let builder = GraphBuilder()
    let w = builder.parameter("w", [width, units], dtype: .f32)
    let h = builder.data("x", [width], dtype: .f32).dense(w)
    builder.setOutput("h", h)
    builder.setOutput("loss", h.square().sumAll().cast(.f64).sumPlate())
    let program = try runtime.trainer(
      builder.finish(), losses: [TrainedLoss("loss", parameters: ["w"])], batch: batch)
    try program.set("x", .rows(FloatRows(x, width: width)))
    try program.parameters.set("w", weights)
    return program
  }

  func expected(_ row: Int) -> [Double] {
    let w = weights
    return (0..<units).map { j in
      (0..<width).reduce(0.0) { $0 + Double(x[row * width + $1]) * Double(w[$1 * units + j]) }
    }
  }
}

@Test(arguments: [(784, 400), (100, 64), (97, 131), (33, 70), (300, 513)])
func rowsOfZerosAreMultipliedExactly(width: Int, units: Int) throws {
  for every in [3, 8, 50, 1_000_000] {
    let rows = SparseRows(rows: 70, width: width, units: units, every: every)
    let all = Array(0..<rows.count)
    let program = try rows.program(batch: 70, runtime: Runtime(threads: 2))
    let h = try #require(try program.evaluate(rows: all[...])["h"]?.values)
    var gradient = [Double](repeating: 0, count: width * units)
    for row in all {
      let own = rows.expected(row)
      for j in 0..<units {
        #expect(abs(h[row * units + j] - own[j]) <= 2e-5 * (1 + abs(own[j])))
      }
      for k in 0..<width where rows.x[row * width + k] != 0 {
        for j in 0..<units {
          gradient[k * units + j] += 2 * Double(rows.x[row * width + k]) * own[j]
        }
      }
    }
    _ = try program.differentiate(rows: all[...])
    let found = try program.parameters.gradient("w")
    let size = gradient.reduce(1) { max($0, abs($1)) }
    #expect(zip(found, gradient).allSatisfy { abs(Double($0) - $1) <= 1e-5 * size })
  }
}

private let mixed = SparseRows(rows: 256, width: 200, units: 150, every: 10) { $0 >= 64 }
private let sparse = Array(0..<64)

/// A row's numbers have the same bits whether its minibatch is dense or sparse, where both products are
/// this package's: at the level that has kernels for them. Of BLAS nothing is promised.
@Test(.enabled(if: KernelLevel.current == .v4))
func zerosChangeNoBits() throws {
  let alone = try #require(
    try mixed.program(batch: 64).evaluate(rows: sparse[...])["h"]?.values)
  let among = try mixed.program(batch: 256).evaluate(rows: (0..<256).flatMap { [$0] }[...])["h"]
  #expect(Array(try #require(among).values.prefix(64 * 150)) == alone)
  // Every other row dense: each run of rows has both.
  let woven = (0..<128).map { $0 % 2 == 0 ? $0 / 2 : 64 + $0 / 2 }
  let between = try #require(try mixed.program(batch: 128).evaluate(rows: woven[...])["h"]?.values)
  for k in 0..<64 {
    #expect(between[(2 * k * 150)..<(2 * k * 150 + 150)] == alone[(k * 150)..<(k * 150 + 150)])
  }
}

@Test func rowsOfZerosHaveTheSameBitsForAnyThreads() throws {
  for rows in [sparse, Array(0..<256)] {
    let one = try #require(
      try mixed.program(batch: 256).evaluate(rows: rows[...])["h"]?.values)
    for threads in [2, 3] {
      let program = try mixed.program(batch: 256, runtime: Runtime(threads: threads))
      #expect(try program.evaluate(rows: rows[...])["h"]?.values == one)
    }
  }
}

/// What is not a number is not taken for a zero.
@Test func invalidNumbersAmongZerosShow() throws {
  var rows = [Float](repeating: 0, count: 64 * 100)
  rows[5 * 100 + 7] = .nan
  let sparse = SparseRows(rows: 64, width: 100, units: 64, every: 1_000_000)
  let program = try sparse.program(batch: 64)
  try program.set("x", .rows(FloatRows(rows, width: 100)))
  let all = Array(0..<64)
  let h = try #require(try program.evaluate(rows: all[...])["h"]?.values)
  for i in h.indices { #expect(h[i].isNaN == (i / 64 == 5)) }
}
