/// What a node may be replaced by; nil where no rule applies. A replacement of another shape or number
/// format than the node's is not taken.
func replacement(_ node: Node, _ inputs: [Value], _ builder: GraphBuilder) -> Value? {
  let x = inputs[0]
  let source = builder.nodes[x.id]
  func inner(_ i: Int = 0) -> Value { Value(builder: builder, id: source.inputs[i]) }
  switch node.op {
  case .parameter, .data, .constant, .ones:
    return nil
  case .unary(let function):
    return replacement(function, x, source, builder)
  case .binary(let function):
    return replacement(function, inputs.map { unbroadcast($0, others: inputs, node) }, node)
  case .cast(let type):
    return x.dtype == type ? x : nil
  case .reshape(let dims):
    if case .reshape = source.op { return inner().reshape(dims) }
    return x.shape.dims == dims ? x : nil
  case .transpose(let outer):
    guard case .transpose(let first) = source.op else { return nil }
    return inner().transpose(outer.map { first[$0] })
  case .broadcast(let dims):
    if x.shape.dims == dims { return x }
    if case .broadcast = source.op { return inner().broadcast(dims) }
    return nil
  case .slice(let axis, let start, let count):
    if count == x.shape.dims[axis] { return x }
    return sliced(x, source, axis, start, count, builder)
  case .concat:
    return inputs.count == 1 ? x : nil
  case .sum(let axes), .max(let axes), .logSumExp(let axes):
    return axes.allSatisfy { x.shape.dims[$0] == 1 } ? x.reshape(node.shape.dims) : nil
  case .select, .cumsum, .sumPlate, .segmentSum, .spread, .segmentStart, .take, .scatterAdd,
    .oneHot,
    .contract, .cholesky, .stackedRoot, .triangularSolve, .gaussianIntegral, .spdSolve, .spdInverse,
    .whitenedSquares, .weightedScatter, .diagonal,
    .diagonalMatrix, .lowerTriangle, .patches, .foldPatches, .finiteChain, .finiteChainPosterior,
    .gaussianChain,
    .gaussianChainAdjoint, .gaussianChainSmoother, .stopGradient:
    return nil
  }
}

private func replacement(
  _ function: UnaryFunction, _ x: Value, _ source: Node, _ builder: GraphBuilder
) -> Value? {
  guard case .unary(let first) = source.op else { return nil }
  let inner = Value(builder: builder, id: source.inputs[0])
  return switch (function, first) {
  case (.negate, .negate), (.log, .exp), (.log1p, .expm1): inner
  case (.square, .negate), (.square, .abs), (.abs, .negate): inner.apply(function)
  case (.abs, .abs), (.abs, .square), (.abs, .exp), (.relu, .relu), (.floor, .floor): x
  default: nil
  }
}

private func replacement(_ function: BinaryFunction, _ inputs: [Value], _ node: Node) -> Value? {
  let (a, b) = (inputs[0], inputs[1])
  let (left, right) = (constant(a), constant(b))
  switch function {
  case .add:
    if right == 0 { return a }
    if left == 0 { return b }
    if let negated = negated(b) { return a - negated }
    if let negated = negated(a) { return b - negated }
    return a.apply(function, b)
  case .subtract:
    if right == 0 { return a }
    if let negated = negated(b) { return a + negated }
    return a.apply(function, b)
  case .multiply:
    if right == 1 { return a }
    if left == 1 { return b }
    if right == -1 { return -a }
    if left == -1 { return -b }
    return a.apply(function, b)
  case .divide:
    return right == 1 ? a : a.apply(function, b)
  case .power:
    if right == 1 { return a }
    if right == 2 { return a.square() }
    return a.apply(function, b)
  case .maximum, .minimum, .less, .lessEqual, .equal, .xlogy, .xlog1py, .logRising, .lbeta,
    .expDifference, .digammaRising:
    return a.apply(function, b)
  }
}

/// The number of a scalar constant, cast or not.
private func constant(_ value: Value) -> Double? {
  let node = value.builder.nodes[value.id]
  if case .cast = node.op { return constant(Value(builder: value.builder, id: node.inputs[0])) }
  if case .constant(let tensor) = node.op, tensor.count == 1 { return tensor.values[0] }
  return nil
}

private func negated(_ value: Value) -> Value? {
  let node = value.builder.nodes[value.id]
  guard case .unary(.negate) = node.op else { return nil }
  return Value(builder: value.builder, id: node.inputs[0])
}

/// An operand without a broadcast that the operation does by itself.
private func unbroadcast(_ x: Value, others: [Value], _ node: Node) -> Value {
  let source = x.builder.nodes[x.id]
  guard case .broadcast = source.op else { return x }
  let inner = Value(builder: x.builder, id: source.inputs[0])
  let rest = others.filter { $0.id != x.id }.map(\.shape)
  guard let joint = joined(inner.shape, rest),
    joint == node.shape
  else { return x }
  return inner
}

/// A slice of a slice, or of one part of a concatenation.
private func sliced(
  _ x: Value, _ source: Node, _ axis: Int, _ start: Int, _ count: Int, _ builder: GraphBuilder
) -> Value? {
  if case .slice(axis, let first, _) = source.op {
    return Value(builder: builder, id: source.inputs[0]).slice(
      axis: axis, start: first + start, count: count)
  }
  guard case .concat(axis) = source.op else { return nil }
  var place = 0
  for input in source.inputs {
    let part = Value(builder: builder, id: input)
    let size = part.shape.dims[axis]
    if start >= place && start + count <= place + size {
      return part.slice(axis: axis, start: start - place, count: count)
    }
    place += size
  }
  return nil
}

private func joined(_ first: Shape, _ rest: [Shape]) -> Shape? {
  var result = first
  for shape in rest {
    guard let next = Shape.broadcast(result, shape) else { return nil }
    result = next
  }
  return result
}
