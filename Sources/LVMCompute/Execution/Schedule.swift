/// When each node of a program runs over a given data set.
///
/// A run is a list of steps. A *sweep* goes over the data by blocks of whole units and computes nodes on
/// plates, adding up reductions; *serial* nodes are values without a plate, and ops that need whole plates
/// at once (chains). Blocks depend on shapes alone, never on the number of threads.
struct Schedule {
  enum Step {
    case serial([Int])
    case sweep(Sweep)
  }

  struct Sweep {
    /// Nodes in order: locals and reductions.
    var nodes: [Int]
    /// The plate whose instances are never split.
    var unit: PlateID
  }

  private(set) var steps: [Step] = []
  /// Nodes on plates whose values are kept at full length.
  private(set) var stored: Set<Int> = []
  /// Reductions over a plate, by node.
  private(set) var reductions: Set<Int> = []
  /// Nodes that share their input's memory, with that input.
  private(set) var aliases: [Int: Int] = [:]

  /// Rows in one unit beyond which plates are swept one by one instead of together.
  static let longestUnit = 4096

  init(_ graph: Graph, _ layout: PlateLayout) {
    let nodes = graph.nodes
    let splits = Schedule.splitsPlates(graph, layout)
    var order = PhaseOrder(nodes) { Schedule.role($0, nodes, splitsPlates: splits) }
    let outputs = Set(graph.outputs.values)
    Schedule.postpone(&order, nodes, outputs)
    for (i, node) in nodes.enumerated() {
      for input in PhaseOrder.operands(node) where order.roles[input] == .local {
        if !order.isSwept(i) || order.phase[i] != order.phase[input] { stored.insert(input) }
      }
      if order.roles[i] == .barrier && node.shape.plate != nil { stored.insert(i) }
      if order.roles[i] == .local && outputs.contains(i) { stored.insert(i) }
      if order.roles[i] == .reduction { reductions.insert(i) }
    }
    for (i, node) in nodes.enumerated() where order.roles[i] == .free || order.roles[i] == .local {
      if !stored.contains(i) && PhaseOrder.isAlias(node, nodes) { aliases[i] = node.inputs[0] }
    }
    for p in 0...order.last {
      if p > 0 { addSweeps(of: p, order, nodes, splitsPlates: splits) }
      let serial = nodes.indices.filter {
        (order.roles[$0] == .free || order.roles[$0] == .barrier) && order.ready[$0] == p
      }
      if !serial.isEmpty { steps.append(.serial(serial)) }
    }
  }

  /// Moves what comes straight from data to where it is first used, so that it need not be kept.
  private static func postpone(_ order: inout PhaseOrder, _ nodes: [Node], _ outputs: Set<Int>) {
    var fromData = [Bool](repeating: false, count: nodes.count)
    for (i, node) in nodes.enumerated() {
      switch order.roles[i] {
      case .leaf:
        fromData[i] = node.shape.plate != nil
      case .local, .reduction:
        fromData[i] = PhaseOrder.operands(node).allSatisfy {
          fromData[$0] || nodes[$0].shape.plate == nil
        }
      case .free, .barrier: break
      }
    }
    var firstUse = [Int](repeating: Int.max, count: nodes.count)
    for i in nodes.indices.reversed() {
      if order.roles[i] == .local && fromData[i] && !outputs.contains(i) && firstUse[i] != Int.max {
        order.phase[i] = max(order.phase[i], firstUse[i])
      }
      let place = order.isSwept(i) ? order.phase[i] : 0
      for input in PhaseOrder.operands(nodes[i]) { firstUse[input] = min(firstUse[input], place) }
    }
  }

  private mutating func addSweeps(
    of phase: Int, _ order: PhaseOrder, _ nodes: [Node], splitsPlates: Bool
  ) {
    var groups: [PlateID: [Int]] = [:]
    for i in nodes.indices where order.isSwept(i) && order.phase[i] == phase {
      groups[splitsPlates ? Schedule.plate(of: i, nodes) : .rows, default: []].append(i)
    }
    for (_, members) in groups.sorted(by: { $0.key < $1.key }) {
      let plates = members.flatMap { i in
        ([i] + nodes[i].inputs).compactMap { nodes[$0].shape.plate }
      }
      let unit = splitsPlates ? Schedule.plate(of: members[0], nodes) : (plates.max() ?? .rows)
      steps.append(.sweep(Sweep(nodes: members, unit: unit)))
    }
  }

  /// The node whose memory a node has.
  func root(_ i: Int) -> Int {
    var i = i
    while let source = aliases[i] { i = source }
    return i
  }

  /// Nodes whose values are read as a whole: by serial steps or as outputs.
  func readWhole(_ graph: Graph) -> Set<Int> {
    var result = Set(graph.outputs.values)
    for case .serial(let members) in steps {
      for i in members { result.formUnion(PhaseOrder.operands(graph.nodes[i])) }
    }
    for i in result { result.insert(root(i)) }
    return result
  }

  /// The plate a node in a sweep is computed along.
  static func plate(of i: Int, _ nodes: [Node]) -> PlateID {
    nodes[i].shape.plate ?? nodes[i].inputs.lazy.compactMap { nodes[$0].shape.plate }.first ?? .rows
  }

  private static func role(_ node: Node, _ nodes: [Node], splitsPlates: Bool)
    -> PhaseOrder.Role
  {
    switch node.op {
    case .parameter, .data, .constant:
      return .leaf
    case .finiteChain, .finiteChainPosterior, .gaussianChain, .gaussianChainAdjoint,
      .gaussianChainSmoother:
      return .barrier
    case .segmentSum, .spread:
      return splitsPlates ? .barrier : .local
    case .sumPlate, .contract, .scatterAdd, .ones, .unary, .binary, .select, .cast, .reshape,
      .transpose, .broadcast, .slice, .concat, .sum, .max, .logSumExp, .cumsum, .segmentStart,
      .take,
      .oneHot, .cholesky, .stackedRoot, .triangularSolve, .gaussianIntegral, .spdSolve, .spdInverse,
      .whitenedSquares, .weightedScatter, .diagonal,
      .diagonalMatrix, .lowerTriangle, .patches, .foldPatches, .stopGradient:
      return PhaseOrder.role(onRows: node, nodes)
    }
  }

  /// Whether some unit is too long to be a block.
  private static func splitsPlates(_ graph: Graph, _ layout: PlateLayout) -> Bool {
    graph.nodes.contains { node in
      var (inner, outer) = (
        node.shape.plate, node.inputs.first.flatMap { graph.nodes[$0].shape.plate }
      )
      if case .segmentSum = node.op { swap(&inner, &outer) }
      // Only `segmentSum` and `spread` have another plate than their input.
      guard let inner, let outer, inner < outer else { return false }
      let offsets = layout.offsets(of: outer, into: inner)
      return zip(offsets, offsets.dropFirst()).contains { $1 - $0 > longestUnit }
    }
  }
}
