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

  private enum Role { case leaf, free, reduction, barrier, local }

  init(_ graph: Graph, _ layout: PlateLayout) {
    let nodes = graph.nodes
    let splits = Schedule.splitsPlates(graph, layout)
    let roles = nodes.map { Schedule.role($0, nodes, splitsPlates: splits) }
    // `ready`: after how many phases a value is there as a whole; `phase`: in which one a local runs.
    var ready = [Int](repeating: 0, count: nodes.count)
    var phase = [Int](repeating: 0, count: nodes.count)
    var fromData = [Bool](repeating: false, count: nodes.count)
    for (i, node) in nodes.enumerated() {
      let inputs = Schedule.operands(node)
      switch roles[i] {
      case .leaf:
        fromData[i] = node.shape.plate != nil
      case .free:
        ready[i] = inputs.map { ready[$0] }.max() ?? 0
      case .barrier:
        ready[i] = inputs.map { roles[$0] == .local ? phase[$0] : ready[$0] }.max() ?? 0
      case .local, .reduction:
        let after = inputs.map { roles[$0] == .local ? phase[$0] : ready[$0] + 1 }.max() ?? 1
        phase[i] = max(1, after)
        ready[i] = phase[i]
        fromData[i] = inputs.allSatisfy { fromData[$0] || nodes[$0].shape.plate == nil }
      }
    }
    let outputs = Set(graph.outputs.values)
    // What comes straight from data is computed where it is first used, so that it need not be kept.
    var firstUse = [Int](repeating: Int.max, count: nodes.count)
    for i in nodes.indices.reversed() {
      if roles[i] == .local && fromData[i] && !outputs.contains(i) && firstUse[i] != Int.max {
        phase[i] = max(phase[i], firstUse[i])
      }
      let place = roles[i] == .local || roles[i] == .reduction ? phase[i] : 0
      for input in Schedule.operands(nodes[i]) { firstUse[input] = min(firstUse[input], place) }
    }
    for (i, node) in nodes.enumerated() {
      for input in Schedule.operands(node) where roles[input] == .local {
        let together = roles[i] == .local || roles[i] == .reduction
        if !together || phase[i] != phase[input] { stored.insert(input) }
      }
      if roles[i] == .barrier && node.shape.plate != nil { stored.insert(i) }
      if roles[i] == .local && outputs.contains(i) { stored.insert(i) }
      if roles[i] == .reduction { reductions.insert(i) }
    }
    for (i, node) in nodes.enumerated() where roles[i] == .free || roles[i] == .local {
      if !stored.contains(i) && Schedule.isAlias(node, nodes) { aliases[i] = node.inputs[0] }
    }
    let last = (ready + phase).max() ?? 0
    for p in 0...last {
      if p > 0 {
        let members = nodes.indices.filter {
          (roles[$0] == .local || roles[$0] == .reduction) && phase[$0] == p
        }
        var groups: [PlateID: [Int]] = [:]
        for i in members {
          let plate = Schedule.plate(of: i, nodes)
          groups[splits ? plate : .rows, default: []].append(i)
        }
        for (_, members) in groups.sorted(by: { $0.key < $1.key }) {
          let plates = members.flatMap { i in
            ([i] + nodes[i].inputs).compactMap { nodes[$0].shape.plate }
          }
          let unit = splits ? Schedule.plate(of: members[0], nodes) : (plates.max() ?? .rows)
          steps.append(.sweep(Sweep(nodes: members, unit: unit)))
        }
      }
      let serial = nodes.indices.filter {
        (roles[$0] == .free || roles[$0] == .barrier) && ready[$0] == p
      }
      if !serial.isEmpty { steps.append(.serial(serial)) }
    }
  }

  /// Nodes whose values are read as a whole: by serial steps or as outputs.
  func readWhole(_ graph: Graph) -> Set<Int> {
    var result = Set(graph.outputs.values)
    for case .serial(let members) in steps {
      for i in members { result.formUnion(Schedule.operands(graph.nodes[i])) }
    }
    for i in result {
      var root = i
      while let source = aliases[root] { root = source }
      result.insert(root)
    }
    return result
  }

  /// The plate a node in a sweep is computed along.
  static func plate(of i: Int, _ nodes: [Node]) -> PlateID {
    nodes[i].shape.plate ?? nodes[i].inputs.lazy.compactMap { nodes[$0].shape.plate }.first ?? .rows
  }

  /// Inputs whose values a node reads.
  static func operands(_ node: Node) -> [Int] {
    if case .segmentStart = node.op { return [] }
    return node.inputs
  }

  private static func role(_ node: Node, _ nodes: [Node], splitsPlates: Bool) -> Role {
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
      if node.shape.plate != nil { return .local }
      return node.inputs.contains { nodes[$0].shape.plate != nil } ? .reduction : .free
    }
  }

  /// Whether a node's values are its input's, bit for bit in the same places.
  private static func isAlias(_ node: Node, _ nodes: [Node]) -> Bool {
    guard let first = node.inputs.first else { return false }
    let source = nodes[first]
    guard source.shape.plate == node.shape.plate, source.dtype == node.dtype else { return false }
    if case .broadcast = node.op { return source.shape.count == node.shape.count }
    if case .reshape = node.op { return true }
    if case .stopGradient = node.op { return true }
    return false
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
