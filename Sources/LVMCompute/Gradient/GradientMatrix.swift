/// Rules of products and of linear algebra (Giles 2008; Murray 2016 for the Cholesky factor).
extension ReversePass {
  func contractRule(_ g: Value, _ node: Value, spec: ContractSpec) {
    let inputs = inputs(node)
    let x = inputs[0]
    let shape = node.shape
    let g = filled(g, to: shape.dims)
    let (a, b) = (x, inputs[1])
    sendExact(a, operandGradient(g, spec.output, other: b, spec.right, for: a, spec.left))
    sendExact(b, operandGradient(g, spec.output, other: a, spec.left, for: b, spec.right))
  }

  func choleskyRule(_ g: Value, _ node: Value) {
    let x = inputs(node)[0]
    guard reaches[x.id] else { return }
    add(factored(g, node), to: x.id)
  }

  /// L factors I + GᵀG: dG is G times twice what the product's factor sends back.
  func stackedRootRule(_ g: Value, _ node: Value) {
    let x = inputs(node)[0]
    guard reaches[x.id] else { return }
    add(builder.number(2, like: node) * matrixProduct(x, factored(g, node)), to: x.id)
  }

  /// The symmetric derivative of LLᵀ from that of its lower factor.
  private func factored(_ g: Value, _ node: Value) -> Value {
    let lower = builder.add(.lowerTriangle(diagonalFactor: 1), [filled(g, to: node.shape.dims)])
    let phi = builder.add(
      .lowerTriangle(diagonalFactor: 0.5), [matrixProduct(transposed(node), lower)])
    let half = solve(node, phi, transposed: true)
    return symmetrized(transposed(solve(node, transposed(half), transposed: true)))
  }

  func triangularSolveRule(_ g: Value, _ node: Value, transposedSolve: Bool) {
    let inputs = inputs(node)
    let x = inputs[0]
    let shape = node.shape
    let b = inputs[1]
    let back = solve(x, filled(g, to: shape.dims), transposed: !transposedSolve)
    send(b, back, at: shape)
    let (left, right) = transposedSolve ? (node, back) : (back, node)
    guard reaches[x.id] else { return }
    let full = Shape(plate: shape.plate, shape.dims.dropLast(2) + x.shape.dims.suffix(2))
    let outer = outerSum(left, right, full: full, target: x.shape)
    add(-builder.add(.lowerTriangle(diagonalFactor: 1), [outer]), to: x.id)
  }

  func gaussianIntegralRule(_ g: Value, _ node: Value) {
    let inputs = inputs(node)
    let x = inputs[0]
    let shape = node.shape
    func number(_ v: Double) -> Value { builder.number(v, like: node) }
    let (p, h) = (x, inputs[1])
    let n = h.shape.dims.suffix(1)
    let mean = builder.add(.spdSolve, [p, h])
    let g = aligned(g, rank: shape.rank)
    let column = g.reshape(g.shape.dims + [1])
    send(h, column * mean, at: Shape(plate: shape.plate, shape.dims + n))
    guard reaches[p.id] else { return }
    let batch = Shape(plate: p.shape.plate, Array(p.shape.dims.dropLast(2)))
    let weight = reduced(g, from: shape, to: batch)
    let inverse = builder.add(.spdInverse, [p])
    let full = Shape(plate: shape.plate, shape.dims + p.shape.dims.suffix(2))
    let second = outerProduct(column * mean, mean, full: full, target: p.shape)
    add(number(-0.5) * (weight.reshape(weight.shape.dims + [1, 1]) * inverse + second), to: p.id)
  }

  func spdSolveRule(_ g: Value, _ node: Value) {
    let inputs = inputs(node)
    let x = inputs[0]
    let shape = node.shape
    let (p, h) = (x, inputs[1])
    let back = builder.add(.spdSolve, [p, filled(g, to: shape.dims)])
    send(h, back, at: shape)
    guard reaches[p.id] else { return }
    let full = Shape(plate: shape.plate, shape.dims.dropLast() + p.shape.dims.suffix(2))
    add(-symmetrized(outerProduct(back, node, full: full, target: p.shape)), to: p.id)
  }

  func spdInverseRule(_ g: Value, _ node: Value) {
    let x = inputs(node)[0]
    let shape = node.shape
    guard reaches[x.id] else { return }
    let product = matrixProduct(node, matrixProduct(filled(g, to: shape.dims), node))
    add(-symmetrized(product), to: x.id)
  }

  func diagonalRule(_ g: Value, _ node: Value) {
    let x = inputs(node)[0]
    let shape = node.shape
    sendExact(x, builder.add(.diagonalMatrix, [filled(g, to: shape.dims)]))
  }

  func diagonalMatrixRule(_ g: Value, _ node: Value) {
    let x = inputs(node)[0]
    let shape = node.shape
    sendExact(x, builder.add(.diagonal, [filled(g, to: shape.dims)]))
  }

  func lowerTriangleRule(_ g: Value, _ node: Value) {
    let x = inputs(node)[0]
    let shape = node.shape
    sendExact(x, builder.add(builder.nodes[node.id].op, [filled(g, to: shape.dims)]))
  }

  /// d/da of a contraction: the adjoint contracted with the other operand, to a's labels.
  private func operandGradient(
    _ g: Value, _ output: [Int], other: Value, _ labels: [Int], for a: Value, _ own: [Int]
  ) -> Value {
    let known = own.filter { output.contains($0) || labels.contains($0) }
    let result = g.contract(
      other, left: output, right: labels, output: known, keepsPlate: a.shape.plate != nil)
    let dims = own.indices.map { known.contains(own[$0]) ? a.shape.dims[$0] : 1 }
    // A plate that only the result has counts its instances; one only the operand had is repeated.
    return result.reshape(dims)
  }

  private func transposed(_ x: Value) -> Value {
    let r = x.shape.rank
    return x.transpose(Array(0..<(r - 2)) + [r - 1, r - 2])
  }

  private func symmetrized(_ x: Value) -> Value {
    builder.number(0.5, like: x) * (x + transposed(x))
  }

  private func solve(_ l: Value, _ b: Value, transposed: Bool) -> Value {
    builder.add(.triangularSolve(transposed: transposed), [l, b])
  }

  /// Matrix product over equal batches.
  private func matrixProduct(_ a: Value, _ b: Value) -> Value {
    let batch = Array(0..<(a.shape.rank - 2))
    let r = batch.count
    return a.contract(
      b, left: batch + [r, r + 1], right: batch + [r + 1, r + 2], output: batch + [r, r + 2])
  }

  /// Σ a bᵀ of vectors, over the batches `target` lacks.
  private func outerProduct(_ a: Value, _ b: Value, full: Shape, target: Shape) -> Value {
    let column = a.reshape(a.shape.dims + [1])
    let row = b.reshape(b.shape.dims.dropLast() + [1] + b.shape.dims.suffix(1))
    return reducedProduct(column, row, from: full, to: target)
  }

  /// Σ A Bᵀ of matrices [n, m], over the batches `target` lacks.
  private func outerSum(_ a: Value, _ b: Value, full: Shape, target: Shape) -> Value {
    let column = a.reshape(a.shape.dims.dropLast() + [1] + a.shape.dims.suffix(1))
    let row = b.reshape(b.shape.dims.dropLast(2) + [1] + b.shape.dims.suffix(2))
    let m = a.shape.dims.suffix(1)
    let result = reducedProduct(
      column, row, from: Shape(plate: full.plate, full.dims + m),
      to: Shape(plate: target.plate, target.dims + [1]))
    return result.reshape(Array(result.shape.dims.dropLast()))
  }
}
