import Foundation
import LVMCompute
import Testing

/// Distance in units of the last place.
private func ulps(_ a: Double, _ b: Double) -> Double {
  if a.isNaN || b.isNaN { return a.isNaN && b.isNaN ? 0 : .infinity }
  if a == b { return 0 }
  return abs(a - b) / max(b.ulp, .leastNonzeroMagnitude)
}

@Test(
  arguments: [
    (UnaryFunction.exp, 1.0), (.expm1, 2), (.log, 1), (.log1p, 1.5), (.tanh, 3), (.sigmoid, 2.5),
    (.softplus, 2),
  ])
func elementaryFunctionsAreAccurate(function: UnaryFunction, most: Double) throws {
  let points = try #require(elementaryReference[function.rawValue])
  let x = points.map(\.x)
  let data = DataColumns(layout: .rows(x.count), columns: ["x": DataColumn(values: x)])
  let found = try evaluate(data: data) { ["y": $0.data("x", []).apply(function)] }
  let y = try #require(found["y"]?.values)
  for (point, y) in zip(points, y) {
    #expect(ulps(y, point.y) <= most, "\(function)(\(point.x)) = \(y), not \(point.y)")
  }
}

/// Single precision, measured in its own units of the last place.
@Test(
  arguments: [
    (UnaryFunction.exp, 1.1), (.expm1, 2), (.log, 1), (.log1p, 1), (.tanh, 3), (.sigmoid, 2.5),
    (.softplus, 2),
  ])
func singlePrecisionIsAccurate(function: UnaryFunction, most: Double) throws {
  let points = try #require(elementarySingleReference[function.rawValue])
  let data = DataColumns(
    layout: .rows(points.count), columns: ["x": DataColumn(values: points.map(\.x))])
  let found = try evaluate(data: data) { ["y": $0.data("x", []).cast(.f32).apply(function)] }
  let y = try #require(found["y"]?.values)
  for (point, y) in zip(points, y) {
    let unit = Double(max(Float(point.y).ulp, Float.leastNonzeroMagnitude))
    let close = y.isNaN && point.y.isNaN || y == point.y || abs(y - point.y) <= most * unit
    #expect(close, "\(function)(\(point.x)) = \(y), not \(point.y)")
  }
}

@Test(arguments: UnaryFunction.allCases)
func notANumberComesThrough(function: UnaryFunction) throws {
  let found = try evaluate(["x": Tensor([3], [.nan, 1, .nan])]) {
    ["y": $0.parameter("x", [3]).apply(function)]
  }
  let y = try #require(found["y"]?.values)
  // A step is a comparison, which NaN fails.
  #expect(y[0].isNaN || function == .step)
  #expect(!y[1].isNaN)
}

@Test func functionsAtInfinity() throws {
  func at(_ x: Double, _ function: UnaryFunction) throws -> Double {
    try evaluate(["x": Tensor(x)]) { ["y": $0.parameter("x", []).apply(function)] }["y"]?.values[0]
      ?? .nan
  }
  let inf = Double.infinity
  let expected: [(UnaryFunction, Double, Double)] = [
    (.exp, inf, -inf), (.expm1, inf, -inf), (.log, inf, -inf), (.log1p, inf, -inf),
    (.tanh, inf, -inf), (.sigmoid, inf, -inf), (.softplus, inf, -inf), (.relu, inf, -inf),
    (.normalCDF, inf, -inf), (.logNormalCDF, inf, -inf),
  ]
  let limits: [UnaryFunction: (Double, Double)] = [
    .exp: (inf, 0), .expm1: (inf, -1), .log: (inf, .nan), .log1p: (inf, .nan), .tanh: (1, -1),
    .sigmoid: (1, 0), .softplus: (inf, 0), .relu: (inf, 0), .normalCDF: (1, 0),
    .logNormalCDF: (0, -inf),
  ]
  for (function, high, low) in expected {
    let limit = try #require(limits[function])
    #expect(ulps(try at(high, function), limit.0) == 0, "\(function) at ∞")
    #expect(ulps(try at(low, function), limit.1) == 0, "\(function) at −∞")
  }
}

/// Functions of two arguments where a formula taken at its word gives NaN.
@Test(
  arguments: [
    (BinaryFunction.xlogy, 0.0, 0.0, 0.0), (.xlogy, 0, -1, 0), (.xlog1py, 0, -1, 0),
    (.xlogy, 2, 0, -Double.infinity), (.expDifference, -Double.infinity, -Double.infinity, 0),
    (.expDifference, 1, 1, 1), (.maximum, .nan, 1, .nan), (.minimum, 1, .nan, .nan),
    (.power, 0, 0, 1), (.equal, 2, 2, 1), (.less, 2, 2, 0), (.lessEqual, 2, 2, 1),
  ])
func conventionsAtTheEdges(function: BinaryFunction, a: Double, b: Double, expected: Double) throws
{
  let found = try evaluate(["a": Tensor(a), "b": Tensor(b)]) {
    ["y": $0.parameter("a", []).apply(function, $0.parameter("b", []))]
  }
  #expect(ulps(found["y"]?.values[0] ?? 0.5, expected) == 0)
}

@Test(arguments: [1, 3, 20, 300])
func logSumExpIsSafe(count: Int) throws {
  let inf = Double.infinity
  let shift = tensor([4, count], from: 700, to: 800)
  var values = shift.values
  for i in 0..<count { values[count + i] = -inf }
  values[2 * count] = -inf
  values[3 * count] = inf
  let found = try evaluate(["x": Tensor([4, count], values)]) { b in
    let x = b.parameter("x", [4, count])
    let y = x.logSumExp(axes: [1])
    return [
      "rows": y, "columns": x.transpose([1, 0]).logSumExp(axes: [0]),
      "gradient": b.gradient(of: y.slice(axis: 0, start: 1, count: 1).sumAll(), with: [x])[0],
    ]
  }
  let top = shift.values[..<count].max() ?? 0
  let first = top + shift.values[..<count].reduce(0) { $0 + ($1 - top).exponential }.logarithm
  for name in ["rows", "columns"] {
    let y = try #require(found[name]?.values)
    #expect(isClose(y[0], first, 1e-14))
    #expect(y[1] == -inf)
    #expect(y[2].isFinite || count == 1)
    #expect(y[3] == inf)
  }
  // In the row with +∞ the gradient is not defined.
  #expect(found["gradient"]?.values.prefix(3 * count).allSatisfy { $0 == 0 } == true)
}

/// Rows times logarithms of parameters, and the corner where a parameter has no logarithm.
@Test(arguments: [BinaryFunction.xlogy, .xlog1py])
func logProductsWithParameters(function: BinaryFunction) throws {
  let rows = 150
  let x = wobble(rows * 3, from: 0, to: 4).enumerated().map { $0 % 5 == 0 ? 0 : $1 }
  let data = DataColumns(
    layout: .rows(rows), columns: ["x": DataColumn(dims: [1, 3], values: x)])
  let low = function == .xlogy ? 0.0 : -1
  for last in [0.5, low, low - 1, .nan] {
    let y = wobble(5, from: low, to: 2, salt: 1) + [last]
    let found = try evaluate(["y": Tensor([2, 3], y)], data: data) { b in
      ["z": b.data("x", [1, 3]).apply(function, b.parameter("y", [2, 3]))]
    }
    let z = try #require(found["z"]?.values)
    for r in 0..<rows {
      for i in 0..<6 {
        let (a, b) = (x[r * 3 + i % 3], y[i])
        let product = a * (function == .xlogy ? log(b) : log1p(b))
        let expected = b.isNaN ? b : a == 0 ? 0 : product
        #expect(isClose(z[r * 6 + i], expected, 1e-14))
      }
    }
  }
}
