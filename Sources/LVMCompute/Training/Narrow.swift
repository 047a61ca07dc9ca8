/// A graph in which what varies from row to row is Float32, as training computes it.
///
/// Data and the named parameters become Float32, and with them everything elementwise and every matrix
/// product. What loses digits in Float32 stays Float64: gamma functions and their rising forms, normal
/// tails, factorisations. A row's own total goes on in Float64, and so do sums of totals over rows.
/// Constants and other parameters take the format of what they meet.
public func narrowed(_ graph: Graph, parameters: Set<String>) -> Graph {
  let builder = GraphBuilder()
  var values: [Value] = []
  // Whether a node depends on nothing that varies or is trained: it adapts.
  var adapts: [Bool] = []
  for node in graph.nodes {
    let (value, flexible) = narrow(node, values, adapts, parameters, builder)
    values.append(value)
    adapts.append(flexible)
  }
  for (name, index) in graph.outputs { builder.setOutput(name, values[index]) }
  return builder.finish()
}

private func narrow(
  _ node: Node, _ values: [Value], _ adapts: [Bool], _ parameters: Set<String>,
  _ builder: GraphBuilder
) -> (value: Value, adapts: Bool) {
  if node.inputs.isEmpty {
    var isOwn = false
    if case .data = node.op { isOwn = true }
    if case .parameter(let name) = node.op { isOwn = parameters.contains(name) }
    guard isOwn else { return (builder.addLeaf(node), true) }
    return (builder.addLeaf(Node(op: node.op, inputs: [], shape: node.shape, dtype: .f32)), false)
  }
  let inputs = node.inputs.map { values[$0] }
  if node.inputs.allSatisfy({ adapts[$0] }) {
    return (builder.add(node.op, inputs), true)
  }
  if needsDigits(node.op) {
    return (builder.add(node.op, inputs.map { $0.cast(.f64) }), false)
  }
  let own = zip(inputs, node.inputs).filter { !adapts[$0.1] }.map(\.0)
  let narrowest = own.filter { $0.dtype == .f32 }.map(\.shape.count).max() ?? 0
  let widest = own.filter { $0.dtype == .f64 }.map(\.shape.count).max() ?? 0
  var isNarrow = narrowest > widest
  if case .contract = node.op, narrowest > 0 { isNarrow = true }
  if case .sumPlate = node.op, node.shape.count == 1 { isNarrow = false }
  let result = builder.add(node.op, inputs.map { $0.cast(isNarrow ? .f32 : .f64) })
  if case .sum = node.op, isNarrow, node.shape.rank == 0 { return (result.cast(.f64), false) }
  return (result, false)
}

/// Whether an operation is computed in Float64 whatever its inputs are.
private func needsDigits(_ op: Op) -> Bool {
  switch op {
  case .unary(let function):
    switch function {
    case .lgamma, .digamma, .trigamma, .normalCDF, .logNormalCDF: return true
    case .negate, .exp, .expm1, .log, .log1p, .sqrt, .square, .reciprocal, .abs, .sign, .floor,
      .tanh, .sigmoid, .softplus, .relu, .step:
      return false
    }
  case .binary(let function):
    switch function {
    case .logRising, .lbeta, .digammaRising: return true
    case .add, .subtract, .multiply, .divide, .power, .maximum, .minimum, .less, .lessEqual,
      .equal, .xlogy, .xlog1py, .expDifference:
      return false
    }
  case .cholesky, .stackedRoot, .triangularSolve, .gaussianIntegral, .spdSolve, .spdInverse,
    .whitenedSquares,
    .weightedScatter, .finiteChain, .finiteChainPosterior, .gaussianChain, .gaussianChainAdjoint,
    .gaussianChainSmoother:
    return true
  case .parameter, .data, .constant, .ones, .select, .cast, .reshape, .transpose, .broadcast,
    .slice, .concat, .sum, .max, .logSumExp, .cumsum, .sumPlate, .segmentSum, .spread,
    .segmentStart, .take, .scatterAdd, .oneHot, .contract, .diagonal, .diagonalMatrix,
    .lowerTriangle, .patches, .foldPatches, .stopGradient:
    return false
  }
}
