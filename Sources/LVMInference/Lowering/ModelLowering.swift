import LVMCompute
import LVMModel
import LVMSyntax

/// Carries the steps of a plan out, one after the other, on a builder of its own.
struct ModelLowering {
  private(set) var fork: Fork
  private let options: LoweringOptions
  private let position: NodePosition
  private let structure: ModelStructure
  private var working = WorkingFactors()
  private var pending: [PlateID: Information] = [:]
  /// Readings of noises that all live on the readers' own plate.
  private var readings: [WhitenedObservation] = []
  private var chainSteps: [VariableID: (initial: Lowered, transition: Lowered)] = [:]

  private var plan: Plan { fork.plan }
  private var context: LoweringContext { fork.context }
  private var builder: GraphBuilder { fork.builder }

  init(_ plan: Plan, _ options: LoweringOptions, nodes position: NodePosition) {
    self.options = options
    self.position = position
    structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    let builder = GraphBuilder()
    let context = LoweringContext(model: plan.model, builder: builder, plates: plan.nesting)
    context.masked = Set(
      plan.model.variables.filter { options.masked.contains($0.name) }.map(\.id))
    context.isWeighted = options.weighted
    context.takesCurvatures = position.takesCurvatures
    context.networkMode = options.mode
    fork = Fork(plan: plan, context: context, root: builder.constant(0))
  }

  /// Substitutions first, then factors, then what eliminates them.
  mutating func run(_ substitutions: [Substitution]) throws {
    for s in substitutions {
      let done = try context.substitute(s)
      if let gained = done.logDeterminant { working.add(gained, on: done.plate) }
    }
    for block in plan.quadrature {
      let rule = NodeSubstitution(block: block, position: position)
      let done = try context.substitute(Substitution(replaced: block.members, rule: rule))
      if let gained = done.logDeterminant { working.add(gained, on: done.plate) }
      fork.blocks.append(PlacedBlock(block: block, values: done.values))
    }
    try lowerFactors(options.sources, options.seeds)
    for step in plan.program.steps { try carryOut(step) }
    var total: Value?
    for (_, table) in working.tables {
      total = total.map { $0 + table.value } ?? table.value
    }
    fork.root = total ?? builder.constant(0)
  }

  private var eliminated: Set<VariableID> {
    Set(plan.gaussian + plan.conjugate + plan.gaussianChain)
  }

  /// Tables of everything that no continuous elimination takes up.
  private mutating func lowerFactors(_ wantsSources: Bool, _ seeds: Bool) throws {
    let continuous = eliminated
    for v in plan.model.variables where v.role == .observe || v.role == .latent {
      if context.apart.contains(v.id) { continue }
      if continuous.contains(v.id) {
        fork.consumed.insert(v.id)
        continue
      }
      if !structure.reads(v).isDisjoint(with: continuous) {
        fork.consumed.insert(v.id)
        continue
      }
      let plate = context.plates.compute(v.plate)
      switch v.definition {
      case .free, .equal: continue
      case .drawn(let distribution):
        for factor in try context.factors(v, distribution, part: .whole) {
          fork.factors.append(factor)
          addLeaf(factor.table, on: plate)
        }
      case .chain(let chain):
        try lowerChain(v, chain)
      }
      if plan.opened.contains(v.id) { addEvidence(v, plate) }
      if wantsSources, v.role == .latent { addSource(v, plate) }
      if seeds, v.role == .latent { addSeeds(v, plate) }
    }
  }

  private mutating func lowerChain(_ v: Variable, _ chain: Chain) throws {
    guard case .drawn(let first)? = chain.initially, case .drawn(let then) = chain.then else {
      throw LoweringFailure(.chainWithoutFamilies(v.name), at: v.span)
    }
    guard v.type.isScalar,
      let initial = try context.factors(v, first, part: .initial).first,
      let transition = try context.factors(v, then, part: .transition).first
    else {
      throw LoweringFailure(.chainOfVectors(v.name), at: v.span)
    }
    fork.factors += [initial, transition]
    fork.leaves += [initial, transition].map { (.rows, $0.table) }
    chainSteps[v.id] = (initial.table, transition.table)
  }

  private mutating func addLeaf(_ table: Lowered, on plate: PlateID?) {
    working.add(table, on: plate)
    if !fork.leaves.contains(where: { $0.table.value.id == table.value.id }) {
      fork.leaves.append((plate, table))
    }
  }

  /// What a continuous elimination left among the working tables.
  private mutating func addLeaves(since known: Set<Int>) {
    for entry in working.tables where !known.contains(entry.table.value.id) {
      fork.leaves.append((entry.plate, entry.table))
    }
  }

  /// What the data say of a label that is missing in some rows: where present, all other values are
  /// impossible.
  private mutating func addEvidence(_ v: Variable, _ plate: PlateID) {
    guard let k = context.states(of: v.type) else { return }
    let x = builder.data(LoweringContext.column(v), plate: plate, [])
    let present = builder.data(LoweringContext.maskColumn(v), plate: plate, []).reshape([1])
    let hot = builder.add(.oneHot(count: k), [x])
    let excluded = present * (1.0 - hot)
    let table = builder.constant(-.infinity).selected(where: excluded, else: builder.constant(0))
    working.add(Lowered(table, axes: [Axis(v.id)]), on: plate)
  }

  private mutating func addSource(_ v: Variable, _ plate: PlateID) {
    guard let k = context.states(of: v.type) else { return }
    for component in 0..<max(1, (v.type.dims ?? []).reduce(1, *)) {
      // A distinct zero each, so that equal nodes do not become one.
      let name = LoweringContext.zeroColumn(plate)
      let source =
        builder.data(name, plate: plate, []).reshape([1])
        * builder.constant(Tensor(repeating: Double(1 + fork.sources.count), [k]))
      let axis = Axis(v.id, component: component)
      fork.sources[axis] = source
      working.add(Lowered(source, axes: [axis]), on: plate)
    }
  }

  /// Starting weights as a likelihood of the labels, strong enough to lead parameters that know nothing.
  private mutating func addSeeds(_ v: Variable, _ plate: PlateID) {
    guard let k = context.states(of: v.type), !plan.opened.contains(v.id) else { return }
    for component in 0..<max(1, (v.type.dims ?? []).reduce(1, *)) {
      let weights = builder.data(Expectation.seedColumn(v, component), plate: plate, [k])
      working.add(
        Lowered(weights.log() * 3, axes: [Axis(v.id, component: component)]), on: plate)
    }
  }

  private mutating func carryOut(_ step: FactorProgram.Step) throws {
    switch step {
    case .compressRows:
      // What lowering has to know is in the context; the data are compressed by whoever fits.
      break
    case .sumOut(let axis, let plate, _):
      context.sumOut(axis, on: plate, in: &working)
    case .scanFinite(let id):
      guard let steps = chainSteps[id] else { return }
      try context.scanFinite(
        id, initial: steps.initial, transition: steps.transition, in: &working)
    case .scanGaussian(let members):
      let read = Set(members.flatMap { structure.readers(of: $0).map(\.id) }).subtracting(members)
      let observed = read.sorted().map { plan.model[$0] }
      let known = Set(working.tables.map(\.table.value.id))
      fork.space = try context.scanGaussian(members, observed: observed, in: &working)
      addLeaves(since: known)
    case .integrateGaussian(_, let plate):
      try integrateGaussian(plate)
    case .integrateConjugate(let id, _):
      let readers = try ConjugateStrategy.readers(of: plan.model[id], structure)
      let known = Set(working.tables.map(\.table.value.id))
      fork.conjugates[id] = try context.integrateConjugate(id, readers: readers, in: &working)
      addLeaves(since: known)
    case .integrateQuadrature(let i, _, _, _):
      fork.integrands[i] = context.integrateQuadrature(plan.quadrature[i], in: &working)
    case .productOver(let plate):
      try productOver(plate)
    }
  }

  private mutating func integrateGaussian(_ plate: PlateID) throws {
    try gatherInformation()
    if !readings.isEmpty {
      let (table, solution) = context.integrate(
        readings, level: plate, width: fork.system.width(plate))
      readings = []
      fork.solutions[plate] = solution
      fork.gaussianTables[plate] = table
      addLeaf(table, on: plate)
      return
    }
    guard let information = pending.removeValue(forKey: plate) else {
      // Nothing reads these latents: they integrate to one.
      return
    }
    let (rest, solution) = context.integrate(
      information, level: plate, width: fork.system.width(plate))
    fork.solutions[plate] = solution
    fork.gaussianTables[plate] = rest.constant
    settle(rest, on: plate)
  }

  /// The information of every observed Gaussian variable, on its own plate; built at the first use.
  private mutating func gatherInformation() throws {
    guard fork.system.order.isEmpty, !plan.gaussian.isEmpty else { return }
    fork.system = try context.gaussianSystem(plan.gaussian)
    let ids = Set(plan.gaussian)
    var found: [(plate: PlateID, reading: WhitenedObservation)] = []
    for v in plan.model.variables where v.role == .observe {
      guard !structure.reads(v).isDisjoint(with: ids), case .drawn(let d) = v.definition else {
        continue
      }
      let plate = context.plates.compute(v.plate)
      found.append((plate, try context.reading(of: v, d, fork.system)))
    }
    if fork.system.levels.count == 1, let level = fork.system.levels.keys.first,
      found.allSatisfy({ $0.plate == level })
    {
      readings = found.map(\.reading)
      return
    }
    for (plate, reading) in found {
      var known = pending[plate] ?? Information()
      known.add(context.information(reading))
      pending[plate] = known
    }
  }

  /// Puts what remains of an information: its constant is a table, the rest waits for outer levels.
  private mutating func settle(_ information: Information, on plate: PlateID) {
    if let c = information.constant { addLeaf(c, on: plate) }
    guard !information.linear.isEmpty else { return }
    var rest = information
    rest.constant = nil
    pending[plate] = rest
  }

  private mutating func productOver(_ plate: PlateID) throws {
    if !plan.gaussian.isEmpty { try gatherInformation() }
    if let information = pending.removeValue(forKey: plate) {
      if let c = information.constant { addLeaf(c, on: plate) }
      let outer = PlateID(plate.index + 1)
      var moved = Information()
      for (level, value) in information.linear.inOrder {
        moved.linear[level] = context.product(value, over: plate)
      }
      for (pair, value) in information.quadratic.inOrder {
        moved.quadratic[pair] = context.product(value, over: plate)
      }
      var known = pending[outer] ?? Information()
      known.add(moved)
      pending[outer] = known
    }
    let tables = working.takeAll(on: plate)
    let isOutermost = plate.index + 1 >= context.plates.count
    if isOutermost {
      fork.perUnit = tables.map(\.value).reduce(nil) { sum, v in sum.map { $0 + v } ?? v }
    }
    for table in tables {
      working.add(
        context.product(table, over: plate), on: isOutermost ? nil : PlateID(plate.index + 1))
    }
  }
}
