/// In which phase of a run each node is computed: what the schedules of an evaluator of all rows and of a
/// step over a minibatch have in common.
///
/// In a phase rows are gone through once. Values on rows are computed on the way, reductions over rows are
/// complete at its end, and what has no rows and is free of them follows.
struct PhaseOrder {
  enum Role {
    /// Given: parameters, data, constants.
    case leaf
    /// Without rows, from values without rows.
    case free
    /// On rows, a row from that row alone.
    case local
    /// A total over rows.
    case reduction
    /// Needs its inputs for all rows at once.
    case barrier
  }

  private(set) var roles: [Role]
  /// The phase in which a local or a reduction is computed; 0 for others.
  var phase: [Int]
  /// After how many phases a value is there as a whole.
  private(set) var ready: [Int]

  init(_ nodes: [Node], role: (Node) -> Role) {
    roles = nodes.map(role)
    phase = [Int](repeating: 0, count: nodes.count)
    ready = phase
    for (i, node) in nodes.enumerated() {
      let inputs = PhaseOrder.operands(node)
      switch roles[i] {
      case .leaf: break
      case .free:
        ready[i] = inputs.map { ready[$0] }.max() ?? 0
      case .barrier:
        ready[i] = inputs.map { roles[$0] == .local ? phase[$0] : ready[$0] }.max() ?? 0
      case .local, .reduction:
        let after = inputs.map { roles[$0] == .local ? phase[$0] : ready[$0] + 1 }.max() ?? 1
        phase[i] = max(1, after)
        ready[i] = phase[i]
      }
    }
  }

  /// The last phase of all.
  var last: Int { (ready + phase).max() ?? 0 }

  /// Whether a node is computed while rows are gone through.
  func isSwept(_ i: Int) -> Bool { roles[i] == .local || roles[i] == .reduction }

  /// Inputs whose values a node reads.
  static func operands(_ node: Node) -> [Int] {
    if case .segmentStart = node.op { return [] }
    return node.inputs
  }

  /// What an operation on single rows, or on totals of them, is by the plates of its operands.
  static func role(onRows node: Node, _ nodes: [Node]) -> Role {
    if node.shape.plate != nil { return .local }
    return node.inputs.contains { nodes[$0].shape.plate != nil } ? .reduction : .free
  }

  /// Whether a node's values are its input's, bit for bit in the same places.
  static func isAlias(_ node: Node, _ nodes: [Node]) -> Bool {
    guard let first = node.inputs.first else { return false }
    let source = nodes[first]
    guard source.shape.plate == node.shape.plate, source.dtype == node.dtype else { return false }
    if case .broadcast = node.op { return source.shape.count == node.shape.count }
    if case .reshape = node.op { return true }
    if case .stopGradient = node.op { return true }
    return false
  }
}
