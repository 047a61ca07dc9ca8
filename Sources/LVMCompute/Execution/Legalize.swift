/// Rewrites a graph into what kernels expect: inputs in the node's own number format, ops without an
/// f32 kernel in f64 between casts, contractions whose every label pairs or comes out.
func legalized(_ graph: Graph) -> Graph {
  let builder = GraphBuilder()
  var values: [Value] = []
  for node in graph.nodes {
    let inputs = node.inputs.map { values[$0] }
    values.append(legalized(node, inputs, builder))
  }
  for (name, index) in graph.outputs { builder.setOutput(name, values[index]) }
  return builder.finish()
}

private func legalized(_ node: Node, _ inputs: [Value], _ builder: GraphBuilder) -> Value {
  if node.inputs.isEmpty { return builder.addLeaf(node) }
  if case .cast(let type) = node.op { return inputs[0].cast(type) }
  let type: DType = hasSingleKernel(node.op) ? node.dtype : .f64
  let typed = inputs.map { $0.cast(type) }
  if case .contract(let spec) = node.op { return contracted(spec, typed) }
  return builder.add(node.op, typed).cast(node.dtype)
}

/// Whether an op has a kernel in f32.
private func hasSingleKernel(_ op: Op) -> Bool {
  switch op {
  case .unary(let function): Float.unary(function) != nil
  case .binary(let function): Float.binary(function) != nil
  case .parameter, .data, .constant, .ones, .select, .cast, .reshape, .transpose, .broadcast,
    .slice,
    .concat, .sum, .max, .logSumExp, .cumsum, .sumPlate, .segmentSum, .spread, .segmentStart,
    .contract, .patches, .foldPatches, .stopGradient:
    true
  case .take, .scatterAdd, .oneHot, .cholesky, .stackedRoot, .triangularSolve, .gaussianIntegral,
    .spdSolve,
    .spdInverse, .whitenedSquares, .weightedScatter, .diagonal, .diagonalMatrix, .lowerTriangle,
    .finiteChain, .finiteChainPosterior,
    .gaussianChain, .gaussianChainAdjoint, .gaussianChainSmoother:
    false
  }
}

/// A contraction after sums over what only one operand has and the result does not.
private func contracted(_ spec: ContractSpec, _ inputs: [Value]) -> Value {
  var spec = spec
  var (a, b) = (inputs[0], inputs[1])
  if !spec.keepsPlate && (a.shape.plate == nil) != (b.shape.plate == nil) {
    a = a.sumPlate()
    b = b.sumPlate()
  }
  let output = spec.output
  func reduce(_ x: Value, _ labels: inout [Int], _ other: [Int]) -> Value {
    let own = labels
    let lone = own.indices.filter { !output.contains(own[$0]) && !other.contains(own[$0]) }
    labels = own.indices.filter { !lone.contains($0) }.map { own[$0] }
    return x.sum(axes: lone)
  }
  let (left, right) = (spec.left, spec.right)
  a = reduce(a, &spec.left, right)
  b = reduce(b, &spec.right, left)
  return a.builder.add(.contract(spec), [a, b])
}
