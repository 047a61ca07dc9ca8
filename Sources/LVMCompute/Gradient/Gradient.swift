extension GraphBuilder {
  /// Derivatives of a scalar with respect to values of the same graph, as new nodes: reverse mode.
  ///
  /// - Parameters:
  ///   - output: a value without a plate and without dims.
  ///   - inputs: any earlier values: parameters, data or nodes in between.
  /// - Returns: for each input a value of its shape: zeros where the output does not depend on it. A
  ///   value without a plate that is used on one gets the sum over the plate; an input on a plate gets
  ///   the derivative with respect to each instance.
  public func gradient(of output: Value, with respect: [Value]) -> [Value] {
    precondition(output.shape == Shape(), "the gradient is of a scalar, not of \(output.shape)")
    let pass = ReversePass(builder: self, targets: Set(respect.map(\.id)), last: output.id)
    pass.add(one(like: output), to: output.id)
    for id in stride(from: output.id, through: 0, by: -1) where pass.reaches[id] {
      guard let adjoint = pass.adjoints[id] else { continue }
      pass.propagate(adjoint, through: Value(builder: self, id: id))
    }
    return respect.map { value in
      guard value.id <= output.id, let adjoint = pass.adjoints[value.id] else {
        return pass.expanded(number(0, like: value), to: value.shape)
      }
      return pass.expanded(adjoint, to: value.shape)
    }
  }

  func one(like value: Value) -> Value { number(1, like: value) }

  /// A scalar constant in the number format of another value.
  func number(_ x: Double, like value: Value) -> Value { constant(Tensor(x), dtype: value.dtype) }
}

/// The state of one reverse pass.
///
/// An adjoint may have a smaller shape than its node: it then stands for itself repeated over the node's
/// dims and plate, so that sums cost nothing on the way back.
final class ReversePass {
  let builder: GraphBuilder
  var adjoints: [Int: Value] = [:]
  /// Whether a node depends on a target.
  var reaches: [Bool]

  init(builder: GraphBuilder, targets: Set<Int>, last: Int) {
    self.builder = builder
    reaches = [Bool](repeating: false, count: last + 1)
    for id in 0...last {
      let node = builder.nodes[id]
      if case .stopGradient = node.op {
        reaches[id] = targets.contains(id)
      } else {
        reaches[id] = targets.contains(id) || node.inputs.contains { reaches[$0] }
      }
    }
  }

  /// Adds to a node's adjoint.
  func add(_ contribution: Value, to id: Int) {
    let typed = contribution.cast(builder.nodes[id].dtype)
    adjoints[id] = adjoints[id].map { $0 + typed } ?? typed
  }

  /// The inputs of a node.
  func inputs(_ node: Value) -> [Value] {
    builder.nodes[node.id].inputs.map { Value(builder: builder, id: $0) }
  }

  /// Adds to the adjoint of an input of `node` what is given at the node's full shape, summed down to
  /// the input's shape.
  func send(_ input: Value, _ contribution: @autoclosure () -> Value, at shape: Shape) {
    guard reaches[input.id] else { return }
    add(reduced(contribution(), from: shape, to: input.shape), to: input.id)
  }

  /// Adds Σ x·y over what `input` does not have: a contraction where anything is summed.
  func sendProduct(
    _ input: Value, _ x: @autoclosure () -> Value, _ y: @autoclosure () -> Value, at shape: Shape
  ) {
    guard reaches[input.id] else { return }
    add(reducedProduct(x(), y(), from: shape, to: input.shape), to: input.id)
  }

  /// Adds to the adjoint of an input whose contribution already fits its shape.
  func sendExact(_ input: Value, _ contribution: @autoclosure () -> Value) {
    guard reaches[input.id] else { return }
    add(contribution(), to: input.id)
  }

  /// Passes a node's adjoint on to its inputs.
  func propagate(_ g: Value, through node: Value) {
    switch builder.nodes[node.id].op {
    case .parameter, .data, .constant, .ones:
      break
    case .stopGradient, .segmentStart, .oneHot:
      break
    case .unary(let function):
      propagate(g, throughUnary: function, node)
    case .binary(let function):
      propagate(g, throughBinary: function, node)
    case .select: selectRule(g, node)
    case .cast: castRule(g, node)
    case .reshape: reshapeRule(g, node)
    case .transpose(let permutation): transposeRule(g, node, permutation: permutation)
    case .broadcast: broadcastRule(g, node)
    case .slice(let axis, let start, let count):
      sliceRule(g, node, axis: axis, start: start, count: count)
    case .concat(let axis): concatRule(g, node, axis: axis)
    case .sum(let axes): sumRule(g, node, axes: axes)
    case .max(let axes): maxRule(g, node, axes: axes)
    case .logSumExp(let axes): logSumExpRule(g, node, axes: axes)
    case .cumsum(let axis, let reversed): cumsumRule(g, node, axis: axis, reversed: reversed)
    case .sumPlate: sumPlateRule(g, node)
    case .segmentSum: segmentSumRule(g, node)
    case .spread(let inner): spreadRule(g, node, inner: inner)
    case .take: takeRule(g, node)
    case .scatterAdd: scatterAddRule(g, node)
    case .contract(let spec): contractRule(g, node, spec: spec)
    case .cholesky: choleskyRule(g, node)
    case .stackedRoot: stackedRootRule(g, node)
    case .triangularSolve(let transposed):
      triangularSolveRule(g, node, transposedSolve: transposed)
    case .gaussianIntegral: gaussianIntegralRule(g, node)
    case .spdSolve: spdSolveRule(g, node)
    case .spdInverse: spdInverseRule(g, node)
    case .whitenedSquares: whitenedSquaresRule(g, node)
    case .diagonal: diagonalRule(g, node)
    case .diagonalMatrix: diagonalMatrixRule(g, node)
    case .lowerTriangle: lowerTriangleRule(g, node)
    case .patches(let spec):
      let x = inputs(node)[0]
      sendExact(x, builder.add(.foldPatches(spec), [filled(g, to: node.shape.dims)]))
    case .foldPatches(let spec):
      let x = inputs(node)[0]
      var inner = spec
      inner.fill = 0
      sendExact(x, builder.add(.patches(inner), [filled(g, to: node.shape.dims)]))
    case .finiteChain(let segment): finiteChainRule(g, node, segment: segment)
    case .gaussianChain(let segment): gaussianChainRule(g, node, segment: segment)
    case .weightedScatter, .finiteChainPosterior, .gaussianChainAdjoint, .gaussianChainSmoother:
      preconditionFailure("\(builder.nodes[node.id].op) has no gradient rule; stop it before")
    }
  }
}
