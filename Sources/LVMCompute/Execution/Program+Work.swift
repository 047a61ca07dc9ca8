extension Program {
  /// About how many numbers a run goes through: what it costs, told without a clock.
  ///
  /// Each operation counts the largest of its operands and its result, a product over shared axes its
  /// terms, and a little for being there at all.
  func work(over layout: PlateLayout) -> Double {
    func instances(_ shape: Shape) -> Double { shape.plate.map { Double(layout.count($0)) } ?? 1 }
    var total = 0.0
    for node in graph.nodes {
      let shapes = node.inputs.map { graph.nodes[$0].shape }
      var own = Double(node.shape.count) * instances(node.shape)
      for shape in shapes { own = Swift.max(own, Double(shape.count) * instances(shape)) }
      if node.op.isFree { continue }
      if case .contract(let spec) = node.op {
        var sizes: [Int: Int] = [:]
        for (labels, shape) in zip([spec.left, spec.right], shapes) {
          for (label, size) in zip(labels, shape.dims) { sizes[label] = size }
        }
        let rows = shapes.map(instances).max() ?? 1
        own = Swift.max(own, sizes.values.reduce(rows) { $0 * Double($1) })
      }
      total += own + Self.operationWork
    }
    return total
  }

  /// What starting an operation costs, in numbers gone through.
  private static let operationWork = 200.0
}

extension Op {
  /// Whether a run has nothing to compute here.
  fileprivate var isFree: Bool {
    if case .parameter = self { return true }
    if case .data = self { return true }
    if case .constant = self { return true }
    if case .reshape = self { return true }
    return false
  }
}

extension Executor {
  /// About how many numbers a run goes through.
  public var work: Double { program.work(over: layout) }
}
