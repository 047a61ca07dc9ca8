/// What is wrong with a graph, in words; nothing for one that is sound.
///
/// Checks that inputs come before their users, that each op has as many inputs as it takes, that shapes
/// and number formats are those the ops give, and that outputs exist.
public func verify(_ graph: Graph) -> [String] {
  var findings: [String] = []
  for (i, node) in graph.nodes.enumerated() {
    guard node.inputs.allSatisfy({ $0 >= 0 && $0 < i }) else {
      findings.append("node \(i) (\(node.op)) uses a node that does not come before it")
      continue
    }
    if let count = inputCount(node.op), node.inputs.count != count {
      findings.append("node \(i) (\(node.op)) has \(node.inputs.count) inputs instead of \(count)")
      continue
    }
    if node.inputs.isEmpty {
      if case .constant(let tensor) = node.op, Shape(tensor.dims) != node.shape {
        findings.append("node \(i) is a constant of dimensions \(tensor.dims) as \(node.shape)")
      }
      if case .data = node.op, node.shape.plate == nil {
        findings.append("node \(i) (\(node.op)) is data without a plate")
      }
      continue
    }
    let shape = inferShape(node.op, node.inputs.map { graph.nodes[$0].shape })
    if shape != node.shape {
      findings.append("node \(i) (\(node.op)) has shape \(node.shape), its inputs give \(shape)")
    }
    let type = inferType(node.op, node.inputs.map { graph.nodes[$0].dtype })
    if type != node.dtype {
      findings.append("node \(i) (\(node.op)) is \(node.dtype), its inputs give \(type)")
    }
  }
  for (name, index) in graph.outputs.sorted(by: { $0.key < $1.key })
  where !graph.nodes.indices.contains(index) {
    findings.append("output '\(name)' is node \(index), which does not exist")
  }
  return findings
}

/// How many inputs an op takes; nil for any number.
private func inputCount(_ op: Op) -> Int? {
  switch op {
  case .parameter, .data, .constant, .ones: 0
  case .unary, .cast, .reshape, .transpose, .broadcast, .slice, .sum, .max, .logSumExp, .cumsum,
    .sumPlate, .segmentSum, .spread, .segmentStart, .oneHot, .cholesky, .stackedRoot, .spdInverse,
    .diagonal, .diagonalMatrix, .lowerTriangle, .patches, .foldPatches, .stopGradient:
    1
  case .binary, .take, .scatterAdd, .contract, .triangularSolve, .gaussianIntegral, .spdSolve: 2
  case .select, .whitenedSquares, .weightedScatter, .finiteChain, .finiteChainPosterior: 3
  case .gaussianChain, .gaussianChainAdjoint, .gaussianChainSmoother: 10
  case .concat: nil
  }
}
