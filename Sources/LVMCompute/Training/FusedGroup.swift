/// Elementwise operations on rows that run as one pass, and sums of them along the rows' last dims.
struct FusedGroup {
  /// Nodes in order.
  var members: [Int]
  /// The shape all elementwise members have.
  let shape: Shape
  /// How many leading dims belong to rows; the others are columns.
  var split: Int
}

/// A node, or several at once, computed for one tile of rows.
enum LocalStep {
  case single(Int)
  case fused(FusedGroup)

  var members: [Int] {
    switch self {
    case .single(let i): [i]
    case .fused(let group): group.members
    }
  }
}

/// Divides the locals of a phase into fused groups and single nodes.
///
/// Nodes are placed from the last to the first. When a node's turn comes all its users are placed and
/// none of what it reads is, so that it may go into any step up to its first user: it goes into that user
/// if that is a group of its shape, else into an earlier group that reads the same values, else into a
/// step of its own as late as it may be.
struct FusionPass {
  private let nodes: [Node]
  private let schedule: StepSchedule
  private var steps: [LocalStep] = []  // last first
  private var place: [Int: Int] = [:]
  private var users: [Int: [Int]] = [:]
  private var sources: [Int: Set<Int>] = [:]

  static func steps(
    _ locals: [Int], sums: [Int], _ nodes: [Node], _ schedule: StepSchedule
  ) -> [LocalStep] {
    var pass = FusionPass(nodes: nodes, schedule: schedule)
    pass.run(locals, sums)
    return pass.steps.reversed()
  }

  private init(nodes: [Node], schedule: StepSchedule) {
    self.nodes = nodes
    self.schedule = schedule
  }

  private mutating func run(_ locals: [Int], _ sums: [Int]) {
    let order = (locals + sums).sorted().filter {
      schedule.aliases[$0] == nil && !schedule.parts.contains($0)
    }
    for i in order {
      let reads = schedule.reads(i, nodes)
      for input in reads { users[input, default: []].append(i) }
      var found: Set<Int> = []
      for input in reads where nodes[input].shape.plate != nil {
        if let shape = groupShape(input), shape == groupShape(i), !isSum(input) {
          found.formUnion(sources[input] ?? [])
        } else {
          found.insert(input)
        }
      }
      sources[i] = found
    }
    for i in order.reversed() { put(i) }
  }

  private mutating func put(_ i: Int) {
    let after = (users[i] ?? []).compactMap { place[$0] }.max() ?? -1
    guard let shape = groupShape(i) else { return insert(.single(i), [i], at: after + 1) }
    var candidates: [Int] = []
    if after >= 0, !isSum(i) { candidates.append(after) }
    candidates += ((after + 1)..<max(after + 1, steps.count)).filter { step in
      guard case .fused(let group) = steps[step] else { return false }
      return group.members.contains { !(sources[$0] ?? []).isDisjoint(with: sources[i] ?? []) }
    }
    for step in candidates {
      guard case .fused(var group) = steps[step], group.shape == shape else { continue }
      group.members.insert(i, at: 0)
      guard let split = split(group) else { continue }
      group.split = split
      steps[step] = .fused(group)
      place[i] = step
      return
    }
    var group = FusedGroup(members: [i], shape: shape, split: 0)
    guard let split = split(group) else { return insert(.single(i), [i], at: after + 1) }
    group.split = split
    insert(.fused(group), [i], at: after + 1)
  }

  /// A new step, as late as its users let it be.
  private mutating func insert(_ step: LocalStep, _ members: [Int], at index: Int) {
    for (node, own) in place where own >= index { place[node] = own + 1 }
    steps.insert(step, at: index)
    for node in members { place[node] = index }
  }

  private func isSum(_ i: Int) -> Bool {
    if case .sum = nodes[i].op { return true }
    return false
  }

  /// The shape a group must have for a node to be in it; nil where the node cannot be in any.
  private func groupShape(_ i: Int) -> Shape? {
    let node = nodes[i]
    guard node.shape.plate != nil, node.dtype == .f32, schedule.roles[i] == .local else {
      return nil
    }
    if case .sum(let axes) = node.op {
      let shape = nodes[node.inputs[0]].shape
      let first = shape.rank - axes.count
      return axes.sorted() == Array(first..<shape.rank) ? shape : nil
    }
    return FusedLowering.isElementwise(node.op) ? node.shape : nil
  }

  /// The fewest leading dims that, taken as rows, let every operand be read; nil where none do.
  private func split(_ group: FusedGroup) -> Int? {
    let members = Set(group.members)
    var fixed: Int?
    var operands: Set<Int> = []
    for i in group.members {
      if case .sum(let axes) = nodes[i].op {
        let first = group.shape.rank - axes.count
        if fixed != nil && fixed != first { return nil }
        fixed = first
      }
      for input in nodes[i].inputs where !members.contains(schedule.root(input)) {
        operands.insert(input)
      }
    }
    // The kernel has 96 registers; a member takes at most two, one for its result and one on the way.
    if operands.count + 2 * group.members.count > 96 { return nil }
    let choices = fixed.map { $0...$0 } ?? 0...group.shape.rank
    return choices.first { split in
      operands.allSatisfy { OperandMap(nodes[$0].shape, in: group.shape, split: split) != nil }
    }
  }
}
