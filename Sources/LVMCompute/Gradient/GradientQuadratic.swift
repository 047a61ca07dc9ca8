extension ReversePass {
  /// Adjoints of Gaussian quadratic forms: with v = W(x − m), y = |v|², dv = 2·dy·v.
  func whitenedSquaresRule(_ g: Value, _ node: Value) {
    let inputs = inputs(node)
    let (x, m, w) = (inputs[0], inputs[1], inputs[2])
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
}
