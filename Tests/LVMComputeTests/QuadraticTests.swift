import LVMCompute
import Testing

/// A shape with the numbers that numpy finds, as `Reference/quadratic.py` sums them up.
struct QuadraticCase: Sendable {
  var rows: Int
  var d: Int
  var states: Int
  var squares: (Double, Double, Double)
  var scatter: (Double, Double, Double)

  init(
    _ rows: Int, _ d: Int, _ states: Int, squares: (Double, Double, Double),
    scatter: (Double, Double, Double)
  ) {
    (self.rows, self.d, self.states) = (rows, d, states)
    (self.squares, self.scatter) = (squares, scatter)
  }
}

/// Both ops on the inputs of the reference.
func quadratics(
  _ rows: Int, _ d: Int, _ states: Int, weights: [Double]? = nil, runtime: Runtime = .serial
) throws -> [String: Tensor] {
  let n = rows * states
  let plain = wobble(n, from: 0, to: 1, salt: 4).enumerated().map { i, w in
    i % 3 == 1 ? 0 : i % 3 == 2 ? w * 1e-60 : w
  }
  let data = DataColumns(
    layout: .rows(rows),
    columns: [
      "x": DataColumn(dims: [d], values: wobble(rows * d, from: -2, to: 3, salt: 1)),
      "w": DataColumn(dims: [states], values: weights ?? plain),
    ])
  let parameters = [
    "m": tensor([states, d], salt: 2), "factor": tensor([states, d, d], salt: 3),
  ]
  return try evaluate(parameters, data: data, runtime: runtime) { b in
    let (x, m) = (b.data("x", [d]), b.parameter("m", [states, d]))
    let factor = b.parameter("factor", [states, d, d])
    return [
      "squares": b.add(.whitenedSquares, [x, m, factor]),
      "scatter": b.add(.weightedScatter, [x, m, b.data("w", [states])]),
    ]
  }
}

@Test func quadraticFormsAgreeWithReference() throws {
  for point in quadraticReference {
    let found = try quadratics(point.rows, point.d, point.states)
    for (name, reference) in [("squares", point.squares), ("scatter", point.scatter)] {
      let values = try #require(found[name]?.values)
      let checks = wobble(values.count, from: 0.3, to: 1.7, salt: 5)
      let sum = zip(checks, values).reduce(0) { $0 + $1.0 * $1.1 }
      let size = zip(checks, values).reduce(0) { $0 + abs($1.0 * $1.1) }
      let place = "\(name) of \(point.rows) × \(point.d), \(point.states) states"
      #expect(isClose(values[0], reference.0, 1e-12), "\(place)")
      #expect(isClose(values[values.count - 1], reference.1, 1e-12), "\(place)")
      #expect(abs(sum - reference.2) <= 1e-13 * size, "\(place)")
    }
  }
}

@Test func scatterMatricesAreSymmetricToTheBit() throws {
  for d in [3, 7, 16, 21] {
    let sums = try #require(try quadratics(500, d, 2)["scatter"]?.values)
    for k in 0..<2 {
      let second = sums[(k * (d + d * d) + d)..<((k + 1) * (d + d * d))]
      let start = second.startIndex
      for i in 0..<d {
        for j in 0..<i { #expect(second[start + i * d + j] == second[start + j * d + i]) }
      }
    }
  }
}

@Test(arguments: [2, 16])
func scatterHasTheSameBitsForAnyThreads(d: Int) throws {
  let one = try quadratics(5000, d, 3)
  let three = try quadratics(5000, d, 3, runtime: Runtime(threads: 3))
  #expect(one["scatter"]?.values == three["scatter"]?.values)
  #expect(one["squares"]?.values == three["squares"]?.values)
}

/// A weight that is not a number must not pass for nothing.
@Test(arguments: [2, 16])
func weightsThatAreNotNumbersShow(d: Int) throws {
  var weights = [Double](repeating: 0, count: 300)
  weights[140] = .nan
  let sums = try #require(try quadratics(300, d, 1, weights: weights)["scatter"]?.values)
  #expect(sums.allSatisfy { $0.isNaN })
  let nothing = try quadratics(300, d, 1, weights: [Double](repeating: 0, count: 300))
  #expect(nothing["scatter"]?.values.allSatisfy { $0 == 0 } == true)
}

/// Rows that are data, whose adjoints are pooled, and rows that depend on a parameter themselves.
@Test(arguments: [1, 4, 9])
func gradientsOfWhitenedSquares(d: Int) throws {
  let data = DataColumns(
    layout: .rows(40), columns: ["x": DataColumn(dims: [d], values: wobble(40 * d, salt: 1))])
  let parameters = ["m": tensor([2, d], salt: 2), "w": tensor([2, d, d], salt: 3)]
  let fixed = try gradientError(parameters, data: data) { b, p in
    b.add(.whitenedSquares, [b.data("x", [d]), p["m"]!, p["w"]!])
  }
  #expect(fixed < 1e-7)
  let moving = parameters.merging(["shift": tensor([d], salt: 4)]) { a, _ in a }
  let moved = try gradientError(moving, data: data) { b, p in
    let w = b.add(.lowerTriangle(diagonalFactor: 1), [p["w"]!])
    return b.add(.whitenedSquares, [b.data("x", [d]) + p["shift"]!, p["m"]!, w])
  }
  #expect(moved < 1e-7)
}
