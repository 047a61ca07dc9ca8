extension ReversePass {
  /// Adjoints of Gaussian quadratic forms: with r = x − m, v = Wr, y = |v|², dv = 2·dy·v.
  func whitenedSquaresRule(_ g: Value, _ node: Value) {
    let inputs = inputs(node)
    let (x, m, w) = (inputs[0], inputs[1], inputs[2])
    if x.shape.plate != nil && !reaches[x.id] { return pooledSquaresRule(g, node) }
    let (k, d) = (m.shape.dims[0], m.shape.dims[1])
    let r = x.reshape([1, d]) - m
    let v = r.contract(w, left: [0, 2], right: [0, 1, 2], output: [0, 1])
    let back = g.broadcast([k]).reshape([k, 1]) * v * 2.0
    let toResidual = back.contract(w, left: [0, 1], right: [0, 1, 2], output: [0, 2])
    if reaches[x.id] { add(toResidual.sum(axes: [0]), to: x.id) }
    if reaches[m.id] { add(-toResidual.sumPlate(), to: m.id) }
    if reaches[w.id] {
      let full = back.contract(
        r, left: [0, 1], right: [0, 2], output: [0, 1, 2],
        keepsPlate: x.shape.plate == nil && g.shape.plate == nil)
      add(builder.add(.lowerTriangle(diagonalFactor: 1), [full]), to: w.id)
    }
  }

  /// The same where rows are data: both adjoints come from Σ dy·r and Σ dy·rrᵀ, one pass over the rows:
  /// dm = −2WᵀW Σ dy·r, dW = 2W Σ dy·rrᵀ on and below the diagonal.
  private func pooledSquaresRule(_ g: Value, _ node: Value) {
    let inputs = inputs(node)
    let (x, m) = (inputs[0], inputs[1])
    let (k, d) = (m.shape.dims[0], m.shape.dims[1])
    guard reaches[m.id] || reaches[inputs[2].id] else { return }
    let w = builder.add(.lowerTriangle(diagonalFactor: 1), [inputs[2]])
    let weights = expanded(g, to: Shape(plate: x.shape.plate, [k]))
    let sums = builder.add(.weightedScatter, [x, m, weights])
    if reaches[m.id] {
      let first = sums.slice(axis: 1, start: 0, count: d)
      let v = w.contract(first, left: [0, 1, 2], right: [0, 2], output: [0, 1])
      add(w.contract(v, left: [0, 1, 2], right: [0, 1], output: [0, 2]) * -2.0, to: m.id)
    }
    if reaches[inputs[2].id] {
      let second = sums.slice(axis: 1, start: d, count: d * d).reshape([k, d, d])
      let full = w.contract(second, left: [0, 1, 2], right: [0, 2, 3], output: [0, 1, 3]) * 2.0
      add(builder.add(.lowerTriangle(diagonalFactor: 1), [full]), to: inputs[2].id)
    }
  }
}
