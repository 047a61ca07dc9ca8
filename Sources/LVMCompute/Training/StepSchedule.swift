/// When each node of a training step runs.
///
/// A step is a list of phases. In a phase, *locals* (values on the rows of the minibatch) are computed
/// tile by tile, every tile a task of its own from the first layer to the last gradient of an
/// activation; then *panels* (gradients of large weights) are computed over the whole minibatch, each
/// task a run of rows of the result; then *free* values, which have no rows. A second phase is there
/// only where a row needs a total of all rows, as batch normalisation does.
struct StepSchedule {
  struct Phase {
    var locals: [Int] = []
    /// Reductions over rows that tiles add up and a merge completes.
    var sums: [Int] = []
    /// Products of whole minibatches.
    var panels: [Int] = []
    /// Values without rows that are ready after this phase.
    var free: [Int] = []
  }

  private(set) var roles: [PhaseOrder.Role] = []
  private(set) var phases: [Phase] = []
  /// Nodes that share their input's memory, with that input.
  private(set) var aliases: [Int: Int] = [:]
  /// Nodes on rows whose values are kept for the whole minibatch.
  private(set) var kept: Set<Int> = []

  /// Windows that only products read, and products that only windows' sums read: they are many times
  /// their image, so that they are made a few rows at a time, whenever they are read.
  private(set) var parts: Set<Int> = []

  /// Numbers in a weight from which its gradient is computed in panels.
  static let panelSize = 1 << 14

  init(_ graph: Graph) throws(StepError) {
    let nodes = graph.nodes
    for node in nodes {
      if let plate = node.shape.plate, plate != .rows { throw .unsupported(node.op.text) }
      if !StepSchedule.isSupported(node.op) { throw .unsupported(node.op.text) }
    }
    let order = PhaseOrder(nodes) { StepSchedule.role($0, nodes) }
    roles = order.roles
    for (i, node) in nodes.enumerated() where roles[i] != .leaf {
      if PhaseOrder.isAlias(node, nodes) { aliases[i] = node.inputs[0] }
    }
    phases = [Phase](repeating: Phase(), count: max(1, order.last) + 1)
    for i in nodes.indices { place(i, order, nodes) }
    for output in graph.outputs.values where nodes[output].shape.plate != nil {
      kept.insert(root(output))
    }
    findParts(nodes)
  }

  private mutating func place(_ i: Int, _ order: PhaseOrder, _ nodes: [Node]) {
    let node = nodes[i]
    // Data are read where rows are first gone through.
    func phase(_ i: Int) -> Int { order.roles[i] == .leaf ? 1 : order.phase[i] }
    let isPanel = roles[i] == .reduction && StepSchedule.isPanel(node, nodes)
    switch roles[i] {
    case .leaf:
      if node.shape.plate != nil { phases[1].locals.append(i) }
    case .local:
      phases[order.phase[i]].locals.append(i)
    case .reduction:
      if isPanel {
        phases[order.phase[i]].panels.append(i)
      } else {
        phases[order.phase[i]].sums.append(i)
      }
    case .free, .barrier:
      phases[order.ready[i]].free.append(i)
    }
    for input in node.inputs where nodes[input].shape.plate != nil {
      if isPanel || phase(input) != phase(i) { kept.insert(root(input)) }
    }
  }

  /// What a reshaped value is of.
  private static func source(of i: Int, _ nodes: [Node]) -> Int {
    if case .reshape = nodes[i].op { return source(of: nodes[i].inputs[0], nodes) }
    return i
  }

  /// Nodes whose memory a node reads while it runs, passing through parts that have none.
  func reads(_ i: Int, _ nodes: [Node]) -> [Int] {
    nodes[i].inputs.map(root).flatMap { parts.contains($0) ? reads($0, nodes) : [$0] }
  }

  /// The node whose memory a node has.
  func root(_ i: Int) -> Int {
    var i = i
    while let source = aliases[i] { i = source }
    return i
  }

  private mutating func findParts(_ nodes: [Node]) {
    var users = [[Int]](repeating: [], count: nodes.count)
    for (i, node) in nodes.enumerated() where aliases[i] == nil {
      for input in node.inputs { users[root(input)].append(i) }
    }
    for (i, node) in nodes.enumerated()
    where roles[i] == .local && aliases[i] == nil && !kept.contains(i) && !users[i].isEmpty {
      if node.op.isPatches {
        let one = users[i].allSatisfy { user in
          nodes[user].inputs.filter { root($0) == i }.count == 1 && nodes[user].op.isContract
        }
        if one { parts.insert(i) }
      } else if node.op.isContract, users[i].count == 1, case .foldPatches = nodes[users[i][0]].op,
        !node.inputs.contains(where: { parts.contains(root($0)) })
      {
        parts.insert(i)
      }
    }
  }

  private static func role(_ node: Node, _ nodes: [Node]) -> PhaseOrder.Role {
    switch node.op {
    case .parameter, .data, .constant: return .leaf
    default: break
    }
    if fixedNumber(node, nodes) != nil { return .leaf }
    return PhaseOrder.role(onRows: node, nodes)
  }

  /// The value of a constant, cast or not.
  static func fixedNumber(_ node: Node, _ nodes: [Node]) -> Tensor? {
    if case .constant(let tensor) = node.op { return tensor }
    if case .cast = node.op, case .constant(let tensor) = nodes[node.inputs[0]].op { return tensor }
    return nil
  }

  /// Whether a reduction is a matrix product large enough to be worth splitting by its result.
  private static func isPanel(_ node: Node, _ nodes: [Node]) -> Bool {
    guard case .contract(let spec) = node.op, node.shape.count >= panelSize else { return false }
    let (a, b) = (nodes[node.inputs[0]].shape, nodes[node.inputs[1]].shape)
    guard a.plate != nil, b.plate != nil else { return false }
    if node.inputs.contains(where: { nodes[source(of: $0, nodes)].op.isPatches }) { return false }
    return PanelProduct(ContractLayout(spec, a, b)) != nil
  }

  /// Whether an op is defined on rows that come in any order: not on groups or sequences of them.
  private static func isSupported(_ op: Op) -> Bool {
    switch op {
    case .segmentSum, .spread, .segmentStart, .finiteChain, .finiteChainPosterior, .gaussianChain,
      .gaussianChainAdjoint, .gaussianChainSmoother:
      false
    case .parameter, .data, .constant, .ones, .unary, .binary, .select, .cast, .reshape, .transpose,
      .broadcast, .slice, .concat, .sum, .max, .logSumExp, .cumsum, .sumPlate, .take, .scatterAdd,
      .oneHot, .contract, .cholesky, .stackedRoot, .triangularSolve, .gaussianIntegral, .spdSolve,
      .whitenedSquares, .weightedScatter, .spdInverse, .diagonal, .diagonalMatrix, .lowerTriangle,
      .patches, .foldPatches, .stopGradient:
      true
    }
  }
}

extension Op {
  var isPatches: Bool {
    if case .patches = self { return true }
    return false
  }

  var isContract: Bool {
    if case .contract = self { return true }
    return false
  }
}
