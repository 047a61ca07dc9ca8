/// Rules of ops that choose or move values.
extension ReversePass {
  func selectRule(_ g: Value, _ node: Value) {
    let inputs = inputs(node)
    let x = inputs[0]
    let shape = node.shape
    let zero = builder.number(0, like: node)
    send(inputs[1], g.selected(where: x, else: zero), at: shape)
    send(inputs[2], zero.selected(where: x, else: g), at: shape)
  }

  func castRule(_ g: Value, _ node: Value) {
    let x = inputs(node)[0]
    sendExact(x, g)
  }

  func reshapeRule(_ g: Value, _ node: Value) {
    let x = inputs(node)[0]
    let shape = node.shape
    sendExact(
      x, g.shape.count == 1 ? g.reshape([]) : filled(g, to: shape.dims).reshape(x.shape.dims))
  }

  func transposeRule(_ g: Value, _ node: Value, permutation: [Int]) {
    let x = inputs(node)[0]
    let shape = node.shape
    var inverse = permutation
    for (i, p) in permutation.enumerated() { inverse[p] = i }
    sendExact(x, aligned(g, rank: shape.rank).transpose(inverse))
  }

  func broadcastRule(_ g: Value, _ node: Value) {
    let x = inputs(node)[0]
    let shape = node.shape
    send(x, g, at: shape)
  }

  func sliceRule(_ g: Value, _ node: Value, axis: Int, start: Int, count: Int) {
    let x = inputs(node)[0]
    let shape = node.shape
    guard reaches[x.id] else { return }
    let full = filled(g, to: shape.dims)
    func zeros(_ n: Int) -> [Value] {
      var dims = shape.dims
      dims[axis] = n
      return n == 0 ? [] : [builder.constant(Tensor(repeating: 0, dims), dtype: g.dtype)]
    }
    let parts = zeros(start) + [full] + zeros(x.shape.dims[axis] - start - count)
    add(parts.count == 1 ? full : builder.add(.concat(axis: axis), parts), to: x.id)
  }

  func concatRule(_ g: Value, _ node: Value, axis: Int) {
    let inputs = inputs(node)
    let shape = node.shape
    let g = aligned(g, rank: shape.rank)
    var start = 0
    for input in inputs {
      let count = input.shape.dims[axis]
      var part = shape
      part.dims[axis] = count
      let from = start
      send(
        input,
        g.shape.dims[axis] == 1 && shape.dims[axis] != 1
          ? g : g.slice(axis: axis, start: from, count: count), at: part)
      start += count
    }
  }
}
