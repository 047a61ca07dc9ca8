/// Rules of reductions, and of ops along plates and by index.
extension ReversePass {
  func sumRule(_ g: Value, _ node: Value, axes: [Int]) {
    let x = inputs(node)[0]
    sendExact(x, restored(g, axes, like: node))
  }

  func maxRule(_ g: Value, _ node: Value, axes: [Int]) {
    let x = inputs(node)[0]
    guard reaches[x.id] else { return }
    let attained = x.apply(.equal, restored(node, axes, like: node))
    let ties = restored(attained.sum(axes: axes), axes, like: node)
    add(restored(g, axes, like: node) * attained / ties, to: x.id)
  }

  func logSumExpRule(_ g: Value, _ node: Value, axes: [Int]) {
    let x = inputs(node)[0]
    sendExact(
      x, restored(g, axes, like: node) * x.apply(.expDifference, restored(node, axes, like: node)))
  }

  func cumsumRule(_ g: Value, _ node: Value, axis: Int, reversed: Bool) {
    let x = inputs(node)[0]
    sendExact(
      x, builder.add(.cumsum(axis: axis, reversed: !reversed), [filled(g, to: node.shape.dims)]))
  }

  func sumPlateRule(_ g: Value, _ node: Value) {
    let x = inputs(node)[0]
    sendExact(x, g)
  }

  func segmentSumRule(_ g: Value, _ node: Value) {
    let x = inputs(node)[0]
    guard reaches[x.id], let inner = x.shape.plate else { return }
    add(g.shape.plate == nil ? g : g.spread(inner), to: x.id)
  }

  func spreadRule(_ g: Value, _ node: Value, inner: PlateID) {
    let x = inputs(node)[0]
    guard reaches[x.id], let outer = x.shape.plate else { return }
    let whole = g.shape.plate == nil ? expanded(g, to: Shape(plate: inner, g.shape.dims)) : g
    add(whole.segmentSum(outer), to: x.id)
  }

  func takeRule(_ g: Value, _ node: Value) {
    let inputs = inputs(node)
    let x = inputs[0]
    guard reaches[x.id] else { return }
    let g = expanded(g, to: node.shape)
    add(builder.add(.scatterAdd(count: x.shape.dims[0]), [g, inputs[1]]), to: x.id)
  }

  func scatterAddRule(_ g: Value, _ node: Value) {
    let inputs = inputs(node)
    let x = inputs[0]
    let plate = x.shape.plate ?? inputs[1].shape.plate
    send(
      x, builder.add(.take, [filled(g, to: node.shape.dims), inputs[1]]),
      at: Shape(plate: plate, x.shape.dims))
  }

  /// A value with dims of 1 where axes were reduced.
  private func restored(_ value: Value, _ axes: [Int], like node: Value) -> Value {
    var dims = aligned(value, rank: node.shape.rank).shape.dims
    for axis in axes.sorted() { dims.insert(1, at: axis) }
    return value.reshape(dims)
  }
}
