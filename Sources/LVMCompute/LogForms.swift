/// Logarithms of values whose inverse function stands beneath them.
///
/// A probability that is the sigmoid of its logit, or a share of a softmax, is 0 or 1 in single precision where
/// its logit is beyond about 100 or 17. Its logarithm is a function of the logit that has no such end, and
/// neither has the gradient.
extension Value {
  /// log of this value in terms of what it is exp, sigmoid or a softmax of; nil where it is none of these.
  public var closedLog: Value? {
    let node = builder.nodes[id]
    guard let first = node.inputs.first else { return nil }
    let input = Value(builder: builder, id: first)
    if case .unary(.exp) = node.op { return input }
    if case .unary(.sigmoid) = node.op { return -((-input).softplus()) }
    return input.moved(like: node.op) { $0.closedLog }
  }

  /// log(1 + this value) where this is −sigmoid of something; nil where it is not.
  public var closedLog1p: Value? {
    let node = builder.nodes[id]
    guard let first = node.inputs.first else { return nil }
    let input = Value(builder: builder, id: first)
    if case .unary(.negate) = node.op { return input.closedLogOfRest }
    return input.moved(like: node.op) { $0.closedLog1p }
  }

  /// log(1 − this value) where this is the sigmoid of something.
  private var closedLogOfRest: Value? {
    let node = builder.nodes[id]
    guard let first = node.inputs.first else { return nil }
    let input = Value(builder: builder, id: first)
    if case .unary(.sigmoid) = node.op { return -(input.softplus()) }
    return input.moved(like: node.op) { $0.closedLogOfRest }
  }

  /// The function of this value where an operation only moves its entries about, moved in the same way.
  private func moved(like op: Op, _ function: (Value) -> Value?) -> Value? {
    guard op.movesEntries else { return nil }
    return function(self).map { builder.add(op, [$0]) }
  }
}

extension Op {
  /// Whether each entry of the result is an entry of the one input.
  fileprivate var movesEntries: Bool {
    if case .reshape = self { return true }
    if case .transpose = self { return true }
    if case .broadcast = self { return true }
    if case .slice = self { return true }
    if case .spread = self { return true }
    return false
  }
}
