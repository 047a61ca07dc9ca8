/// What depends on data and constants but on no parameter is computed once, before the first run:
/// totals (a scatter matrix, say) become constants, costly functions of columns become columns.
/// `varying` columns change from run to run, like parameters.
func hoisted(
  _ graph: Graph, _ data: DataColumns, varying: Set<String> = [], runtime: Runtime = .serial
) -> (graph: Graph, data: DataColumns) {
  var fixed = [Bool](repeating: false, count: graph.nodes.count)
  for (i, node) in graph.nodes.enumerated() {
    if case .parameter = node.op { continue }
    if case .data(let name) = node.op, varying.contains(name) { continue }
    fixed[i] = node.inputs.allSatisfy { fixed[$0] }
  }
  guard fixed.contains(false) else { return (graph, data) }
  let totals = edge(of: fixed, graph).filter { graph.nodes[$0].shape.plate == nil }
  // Columns: the costly ones themselves, so that cheap steps after them do not widen what is kept.
  let costly = graph.nodes.indices.filter { i in
    fixed[i] && graph.nodes[i].shape.plate != nil && graph.nodes[i].dtype == .f64
      && isCostly(graph.nodes[i].op)
  }
  var result = data
  let rewritten = replacing(
    totals + costly, in: graph, data: data, runtime: runtime
  ) { name, column in
    result.columns[name] = column
  }
  return (rewritten, result)
}

/// Whether reading the values back is cheaper than computing them again.
private func isCostly(_ op: Op) -> Bool {
  switch op {
  case .unary(let function):
    switch function {
    case .negate, .sqrt, .square, .reciprocal, .abs, .sign, .floor, .relu, .step: false
    case .exp, .expm1, .log, .log1p, .tanh, .sigmoid, .softplus, .lgamma, .digamma, .trigamma,
      .normalCDF, .logNormalCDF:
      true
    }
  case .binary(let function):
    switch function {
    case .add, .subtract, .multiply, .divide, .maximum, .minimum, .less, .lessEqual, .equal: false
    case .power, .xlogy, .xlog1py, .logRising, .lbeta, .expDifference, .digammaRising: true
    }
  case .logSumExp, .cholesky, .stackedRoot, .triangularSolve, .gaussianIntegral, .spdSolve,
    .spdInverse,
    .whitenedSquares, .weightedScatter, .segmentSum, .finiteChain, .finiteChainPosterior,
    .gaussianChain, .gaussianChainAdjoint,
    .gaussianChainSmoother:
    true
  case .parameter, .data, .constant, .ones, .select, .cast, .reshape, .transpose, .broadcast,
    .slice,
    .concat, .sum, .max, .cumsum, .sumPlate, .spread, .segmentStart, .take, .scatterAdd, .oneHot,
    .contract, .diagonal, .diagonalMatrix, .lowerTriangle, .patches, .foldPatches, .stopGradient:
    false
  }
}
