/// Declared rules of chains: posterior marginals and pairs, and the disturbance smoother.
extension ReversePass {
  func finiteChainRule(_ g: Value, _ node: Value, segment: PlateID?) {
    let inputs = inputs(node)
    let emission = inputs[2]
    guard let plate = emission.shape.plate, inputs.contains(where: { reaches[$0.id] }) else {
      return
    }
    let k = emission.shape.dims[0]
    let shape = Shape(plate: plate, [k])
    let weight = perRow(g, plate)
    let posterior = builder.add(.finiteChainPosterior(segment: segment), inputs)
    let marginals = posterior.slice(axis: 0, start: 0, count: k)
    sendExact(emission, weight * marginals)
    if reaches[inputs[0].id] {
      let start = builder.add(.segmentStart(segment), [emission])
      sendProduct(inputs[0], weight * start, marginals, at: shape)
    }
    sendProduct(
      inputs[1], weight, posterior.slice(axis: 0, start: k, count: k * k).reshape([k, k]),
      at: Shape(plate: plate, [k, k]))
  }

  func gaussianChainRule(_ g: Value, _ node: Value, segment: PlateID?) {
    let inputs = inputs(node)
    let y = inputs[8]
    guard let plate = y.shape.plate, inputs.prefix(9).contains(where: { reaches[$0.id] }) else {
      return
    }
    let weight = perRow(g, plate)
    let packed = builder.add(.gaussianChainAdjoint(segment: segment), inputs)
    var start = 0
    for input in inputs.prefix(9) {
      let count = input.shape.count
      let from = start
      sendProduct(
        input, weight,
        packed.slice(axis: 0, start: from, count: count).reshape(input.shape.dims),
        at: Shape(plate: plate, input.shape.dims))
      start += count
    }
  }

  /// A segment's adjoint at each of its rows.
  private func perRow(_ g: Value, _ plate: PlateID) -> Value {
    g.shape.plate == nil || g.shape.plate == plate ? g : g.spread(plate)
  }
}
