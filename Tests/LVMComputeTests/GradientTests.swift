import LVMCompute
import Testing

/// Each op's gradient against central differences.
struct GradientCase: CustomStringConvertible, Sendable {
  var description: String
  var parameters: [String: Tensor]
  var symmetric: Set<String> = []
  var build: @Sendable (GraphBuilder, [String: Value]) -> Value

  init(
    _ description: String, _ parameters: [String: Tensor], symmetric: Set<String> = [],
    _ build: @escaping @Sendable (GraphBuilder, [String: Value]) -> Value
  ) {
    self.description = description
    self.parameters = parameters
    self.symmetric = symmetric
    self.build = build
  }
}

private let unaryCases: [GradientCase] = UnaryFunction.allCases.compactMap { function in
  switch function {
  case .sign, .floor, .step, .trigamma: nil
  case .negate, .exp, .expm1, .square, .abs, .tanh, .sigmoid, .softplus, .relu, .normalCDF,
    .logNormalCDF:
    GradientCase("\(function)", ["x": tensor([2, 3], from: -2, to: 2)]) { _, p in
      p["x"]!.apply(function)
    }
  case .log, .log1p, .sqrt, .reciprocal, .lgamma, .digamma:
    GradientCase("\(function)", ["x": tensor([2, 3], from: 0.4, to: 3)]) { _, p in
      p["x"]!.apply(function)
    }
  }
}

private let binaryCases: [GradientCase] = BinaryFunction.allCases.flatMap { function in
  switch function {
  case .less, .lessEqual, .equal: [GradientCase]()
  case .add, .subtract, .multiply, .divide, .power, .maximum, .minimum, .xlogy, .xlog1py,
    .logRising,
    .lbeta, .expDifference, .digammaRising:
    [([2, 3], [2, 3]), ([2, 3], [3]), ([2, 1], [3]), ([], [2, 3]), ([4, 1, 2], [3, 1])].map {
      (a: [Int], b: [Int]) in
      GradientCase(
        "\(function) \(a) \(b)",
        ["a": tensor(a, from: 0.4, to: 3), "b": tensor(b, from: 0.5, to: 2.5, salt: 1)]
      ) { _, p in p["a"]!.apply(function, p["b"]!) }
    }
  }
}

private let structureCases: [GradientCase] = [
  GradientCase("select", ["a": tensor([2, 3]), "b": tensor([3], salt: 1)]) { b, p in
    p["a"]!.selected(where: b.constant(Tensor([2, 1], [1, 0])), else: p["b"]!)
  },
  GradientCase("reshape, transpose", ["x": tensor([2, 3, 4])]) { _, p in
    p["x"]!.reshape([6, 4]).transpose([1, 0]).reshape([4, 3, 2]).transpose([2, 0, 1])
  },
  GradientCase("broadcast", ["x": tensor([3, 1])]) { _, p in p["x"]!.broadcast([2, 3, 4]) },
  GradientCase("slice", ["x": tensor([3, 5, 2])]) { _, p in
    p["x"]!.slice(axis: 1, start: 1, count: 3)
  },
  GradientCase("concat", ["a": tensor([2, 1, 2]), "b": tensor([2, 3, 2], salt: 1)]) { b, p in
    b.add(.concat(axis: 1), [p["a"]!, p["b"]!, p["a"]!])
  },
  GradientCase("sum", ["x": tensor([2, 3, 4])]) { _, p in p["x"]!.square().sum(axes: [0, 2]) },
  GradientCase("max", ["x": tensor([2, 5])]) { _, p in p["x"]!.max(axes: [1]) },
  GradientCase("logSumExp", ["x": tensor([3, 2, 4])]) { _, p in p["x"]!.logSumExp(axes: [0, 2]) },
  GradientCase("logSumExp rows", ["x": tensor([3, 5], from: -3, to: 3)]) { _, p in
    p["x"]!.logSumExp(axes: [1])
  },
  GradientCase("cumsum", ["x": tensor([2, 4, 2])]) { b, p in
    b.add(.cumsum(axis: 1, reversed: false), [p["x"]!]).square()
      + b.add(.cumsum(axis: 1, reversed: true), [p["x"]!])
  },
  GradientCase("take", ["x": tensor([4, 2])]) { b, p in
    b.add(.take, [p["x"]!, b.constant(Tensor([3], [2, 0, 2]))]).square()
  },
  GradientCase("scatterAdd", ["x": tensor([3, 2])]) { b, p in
    b.add(.scatterAdd(count: 4), [p["x"]!, b.constant(Tensor([3], [2, 0, 2]))]).square()
  },
  GradientCase("stopGradient", ["x": tensor([3])]) { _, p in
    // Its value does not depend on x: the two parts cancel.
    p["x"]!.square() + (p["x"]! - p["x"]!).stopGradient()
  },
]

private let productCases: [GradientCase] = [
  ([2, 3], [3, 4], [0, 1], [1, 2], [0, 2]),
  ([3, 2], [4, 3], [1, 0], [2, 1], [0, 2]),
  ([2, 3], [3, 4], [0, 1], [1, 2], [2, 0]),
  ([5, 2, 3], [5, 3, 4], [0, 1, 2], [0, 2, 3], [0, 1, 3]),
  ([5, 2, 3], [4, 5, 3], [0, 1, 2], [3, 0, 2], [1, 0, 3]),
  ([2, 3, 4], [4, 3, 5], [0, 1, 2], [2, 1, 3], [0, 3]),
  ([2, 3], [4], [0, 1], [2], [1, 2, 0]),
  ([2, 3], [3, 2], [0, 1], [1, 0], []),
  ([2, 3, 4], [3], [0, 1, 2], [1], [0]),
  ([24, 30], [30, 26], [0, 1], [1, 2], [2, 0]),
].map { (a: [Int], b: [Int], left: [Int], right: [Int], output: [Int]) in
  GradientCase("contract \(left) \(right) to \(output)", ["a": tensor(a), "b": tensor(b, salt: 1)])
  {
    _, p in p["a"]!.contract(p["b"]!, left: left, right: right, output: output)
  }
}

private let matrixCases: [GradientCase] = [
  GradientCase("cholesky", ["p": positiveDefinite(4)], symmetric: ["p"]) { _, p in
    p["p"]!.cholesky()
  },
  GradientCase("stackedRoot", ["g": tensor([4, 3])]) { b, p in b.add(.stackedRoot, [p["g"]!]) },
  GradientCase("stackedRoot, batch, fewer rows than columns", ["g": tensor([2, 2, 3], salt: 3)]) {
    b, p in b.add(.stackedRoot, [p["g"]!])
  },
  GradientCase(
    "triangularSolve", ["l": positiveDefinite(3), "b": tensor([3, 2], salt: 1)], symmetric: ["l"]
  ) { b, p in
    b.add(.triangularSolve(transposed: false), [p["l"]!.cholesky(), p["b"]!])
  },
  GradientCase(
    "triangularSolve, transposed, batch", ["l": positiveDefinite(3), "b": tensor([2, 3, 2])]
  ) { b, p in
    b.add(
      .triangularSolve(transposed: true),
      [b.add(.lowerTriangle(diagonalFactor: 1), [p["l"]!]), p["b"]!])
  },
  GradientCase(
    "gaussianIntegral", ["p": positiveDefinite(3), "h": tensor([4, 3])], symmetric: ["p"]
  ) { b, p in b.add(.gaussianIntegral, [p["p"]!, p["h"]!]) },
  GradientCase(
    "gaussianIntegral, batch of precisions",
    [
      "s": tensor([2, 1], from: 1, to: 2),
      "h": tensor([4, 3]),
    ]
  ) { b, p in
    let base = b.constant(positiveDefinite(3))
    return b.add(
      .gaussianIntegral, [base * p["s"]!.reshape([2, 1, 1, 1]), p["h"]!.reshape([1, 4, 3])])
  },
  GradientCase("spdSolve", ["p": positiveDefinite(3), "h": tensor([4, 3])], symmetric: ["p"]) {
    b, p in
    b.add(.spdSolve, [p["p"]!, p["h"]!])
  },
  GradientCase("spdInverse", ["p": positiveDefinite(3)], symmetric: ["p"]) { b, p in
    b.add(.spdInverse, [p["p"]!])
  },
  GradientCase("diagonal", ["x": tensor([2, 3, 3])]) { _, p in p["x"]!.diagonal().square() },
  GradientCase("diagonalMatrix", ["x": tensor([2, 3])]) { _, p in p["x"]!.diagonalMatrix().square()
  },
  GradientCase("lowerTriangle", ["x": tensor([3, 3])]) { b, p in
    b.add(.lowerTriangle(diagonalFactor: 0.5), [p["x"]!]).square()
  },
]

@Test(arguments: unaryCases + binaryCases + structureCases + productCases + matrixCases)
func gradientAgreesWithDifferences(_ row: GradientCase) throws {
  let error = try gradientError(row.parameters, symmetric: row.symmetric, row.build)
  #expect(error < 2e-7)
}
