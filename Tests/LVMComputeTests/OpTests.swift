import LVMCompute
import Testing

/// Each op against values of numpy and scipy, on the inputs of `Reference/ops.py`.
@Test func opsAgreeWithReference() throws {
  let found = try opResults()
  #expect(Set(found.keys) == Set(opReference.keys))
  for (name, reference) in opReference {
    guard let value = found[name] else { continue }
    #expect(value.dims == reference.dims, "\(name)")
    #expect(
      zip(value.values, reference.values).allSatisfy { isClose($0, $1, 1e-10) },
      "\(name): \(value.values) \(reference.values)")
  }
}

func opResults() throws -> [String: Tensor] {
  let builder = GraphBuilder()
  for (name, value) in opCases(builder) { builder.setOutput(name, value) }
  // Parameters, not constants: folding would run everything as one kind of program.
  let inputs = [
    "x": tensor([2, 3, 4]), "w": tensor([3, 1], from: 0.5, to: 2, salt: 1),
    "p": positiveDefinite(4), "h": tensor([3, 4], salt: 2), "large": positiveDefinite(30),
    "rhs": tensor([30, 2], salt: 3),
    "batch": Tensor([2, 3, 3], positiveDefinite(3).values + positiveDefinite(3, salt: 1).values),
  ]
  return try Runtime.serial.evaluator(Program(builder.finish())).run(inputs)
}

private func opCases(_ b: GraphBuilder) -> [String: Value] {
  let x = b.parameter("x", [2, 3, 4])
  let w = b.parameter("w", [3, 1])
  let (p, h) = (b.parameter("p", [4, 4]), b.parameter("h", [3, 4]))
  let (large, rhs) = (b.parameter("large", [30, 30]), b.parameter("rhs", [30, 2]))
  let batch = b.parameter("batch", [2, 3, 3])
  let lower = p.cholesky()
  func solve(_ l: Value, _ y: Value, transposed: Bool = false) -> Value {
    b.add(.triangularSolve(transposed: transposed), [l, y])
  }
  return [
    "add": x + w, "divide": x / w, "power": (x + 2).apply(.power, w),
    "maximum": x.apply(.maximum, w - 1), "xlogy": x.apply(.xlogy, w),
    "logRising": (x + 2).apply(.logRising, w), "lbeta": (x + 2).apply(.lbeta, w),
    "expDifference": x.apply(.expDifference, w),
    "digammaRising": (x + 2).apply(.digammaRising, w), "lgamma": (x + 2).lgamma(),
    "digamma": (x + 2).apply(.digamma), "trigamma": (x + 2).apply(.trigamma),
    "normalCDF": x.apply(.normalCDF), "logNormalCDF": x.apply(.logNormalCDF),
    "sum 0 2": x.sum(axes: [0, 2]), "sum 1": x.sum(axes: [1]),
    "max 0 2": x.max(axes: [0, 2]), "max 2": x.max(axes: [2]),
    "logSumExp 0 2": x.logSumExp(axes: [0, 2]), "logSumExp 1": x.logSumExp(axes: [1]),
    "cumsum 1": b.add(.cumsum(axis: 1, reversed: false), [x]),
    "cumsum 1 reversed": b.add(.cumsum(axis: 1, reversed: true), [x]),
    "transpose": x.transpose([2, 0, 1]), "slice": x.slice(axis: 1, start: 1, count: 2),
    "concat": b.add(.concat(axis: 1), [x, x.slice(axis: 1, start: 0, count: 1)]),
    "take": b.add(
      .take,
      [
        x.slice(axis: 1, start: 0, count: 1).reshape([2, 4]), b.constant(Tensor([3], [1, 0, 1])),
      ]),
    "contract": x.contract(w, left: [0, 1, 2], right: [1, 3], output: [2, 0, 3]),
    "cholesky": lower, "cholesky large": large.cholesky(), "cholesky batch": batch.cholesky(),
    "stackedRoot": b.add(.stackedRoot, [h]),
    "triangularSolve": solve(lower, h.transpose([1, 0])),
    "triangularSolve transposed": solve(lower, h.transpose([1, 0]), transposed: true),
    "triangularSolve large": solve(large.cholesky(), rhs),
    "gaussianIntegral": b.add(.gaussianIntegral, [p, h]),
    "spdSolve": b.add(.spdSolve, [p, h]), "spdInverse": b.add(.spdInverse, [p]),
    "spdInverse large": b.add(.spdInverse, [large]), "diagonal": batch.diagonal(),
    "lowerTriangle": b.add(.lowerTriangle(diagonalFactor: 0.5), [p]),
  ]
}

@Test(arguments: [3, 40])
func matricesThatAreNotPositiveDefiniteGiveNaN(n: Int) throws {
  var values = positiveDefinite(n).values
  values[n * n - 1] = -1
  let found = try evaluate(["p": Tensor([n, n], values)]) { b in
    let p = b.parameter("p", [n, n])
    let h = b.constant(Tensor(repeating: 1, [n]))
    return [
      "factor": p.cholesky(), "solve": b.add(.spdSolve, [p, h]),
      "inverse": b.add(.spdInverse, [p]), "integral": b.add(.gaussianIntegral, [p, h]),
    ]
  }
  for (name, value) in found {
    #expect(value.values.allSatisfy { $0.isNaN }, "\(name)")
  }
}

/// Rows with precisions of their own, and rows that share one.
@Test func gaussianIntegralsByRow() throws {
  let n = 100
  let data = DataColumns(
    layout: .rows(n),
    columns: [
      "s": DataColumn(values: wobble(n, from: 0.5, to: 2)),
      "h": DataColumn(dims: [3], values: wobble(n * 3)),
    ])
  let error = try gradientError(["a": tensor([3, 3], salt: 1)], data: data) { b, p in
    let base =
      p["a"]!.contract(p["a"]!, left: [0, 2], right: [1, 2], output: [0, 1])
      + b.constant(Tensor([3], [1, 1, 1])).diagonalMatrix()
    let h = b.data("h", [3])
    let own = base * b.data("s", []).reshape([1, 1])
    return b.add(.gaussianIntegral, [own, h]) + b.add(.gaussianIntegral, [base, h])
      + b.add(.spdSolve, [own, h]).sumAll()
  }
  #expect(error < 1e-6)
}
