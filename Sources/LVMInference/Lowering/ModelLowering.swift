import LVMCompute
import LVMModel
import LVMSyntax

/// Carries the steps of a plan out, one after the other, on a builder of its own.
struct ModelLowering {
  private(set) var fork: Fork
  private let options: LoweringOptions
  private var working = WorkingFactors()

  private var plan: InferencePlan { fork.plan }
  private var context: LoweringContext { fork.context }
  private var builder: GraphBuilder { fork.builder }

  init(_ plan: InferencePlan, _ options: LoweringOptions, nodes position: NodePosition) {
    self.options = options
    let builder = GraphBuilder()
    let context = LoweringContext(model: plan.model, builder: builder, plates: plan.nesting)
    context.masked = Set(
      plan.model.variables.filter { options.masked.contains($0.name) }.map(\.id))
    context.isWeighted = options.weighted
    context.nodePosition = position
    context.networkMode = options.mode
    fork = Fork(plan: plan, context: context, root: builder.constant(0))
  }

  /// Substitutions first, then factors, then what eliminates them.
  ///
  /// - Parameter others: substitutions that stand in place of the plan's own for the same variables.
  mutating func run(_ others: [Substitution]) throws {
    let known = Set(others.flatMap(\.replaced))
    for s in others { try substitute(s) }
    for case .substitute(let s) in plan.program.steps where known.isDisjoint(with: s.replaced) {
      try substitute(s)
    }
    try lowerFactors()
    for step in plan.program.steps {
      switch step {
      // What lowering has to know of compressed rows is in the context; whoever fits compresses the data.
      case .compressRows, .substitute: continue
      case .eliminate(let elimination): try eliminate(elimination)
      case .multiply(let plate): try multiply(over: plate)
      }
    }
    var total: Value?
    for (_, table) in working.tables {
      total = total.map { $0 + table.value } ?? table.value
    }
    fork.root = total ?? builder.constant(0)
  }

  private mutating func substitute(_ s: Substitution) throws {
    let done = try context.substitute(s)
    if let gained = done.logDeterminant { working.add(gained, on: done.plate) }
  }

  /// Tables of everything that no elimination takes up by itself.
  private mutating func lowerFactors() throws {
    let taken = Set(plan.program.eliminations.filter(\.takesFactors).flatMap(\.latents))
    let opened = plan.opened
    for v in plan.model.variables where v.role == .observe || v.role == .latent {
      if context.apart.contains(v.id) { continue }
      if taken.contains(v.id) || !context.structure.reads(v).isDisjoint(with: taken) {
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
      if opened.contains(v.id) { addEvidence(v, plate) }
      if options.sources, v.role == .latent { addSource(v, plate) }
      if options.seeds, v.role == .latent, !opened.contains(v.id) { addSeeds(v, plate) }
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
    working.chains[v.id] = (initial.table, transition.table)
  }

  private mutating func addLeaf(_ table: Lowered, on plate: PlateID?) {
    working.add(table, on: plate)
    addLeaf((plate, table))
  }

  private mutating func addLeaf(_ leaf: (plate: PlateID?, table: Lowered)) {
    if !fork.leaves.contains(where: { $0.table.value.id == leaf.table.value.id }) {
      fork.leaves.append(leaf)
    }
  }

  /// What the data say of a label that is missing in some rows: where present, all other values are
  /// impossible.
  private mutating func addEvidence(_ v: Variable, _ plate: PlateID) {
    guard let k = context.states(of: v.type) else { return }
    let x = builder.data(ModelColumn.values(v), plate: plate, [])
    let present = builder.data(ModelColumn.mask(v), plate: plate, []).reshape([1])
    let hot = builder.add(.oneHot(count: k), [x])
    let excluded = present * (1.0 - hot)
    let table = builder.constant(-.infinity).selected(where: excluded, else: builder.constant(0))
    working.add(Lowered(table, axes: [Axis(v.id)]), on: plate)
  }

  private mutating func addSource(_ v: Variable, _ plate: PlateID) {
    guard let k = context.states(of: v.type) else { return }
    for component in 0..<max(1, (v.type.dims ?? []).reduce(1, *)) {
      // A distinct zero each, so that equal nodes do not become one.
      let name = ModelColumn.zero(plate)
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
    guard let k = context.states(of: v.type) else { return }
    for component in 0..<max(1, (v.type.dims ?? []).reduce(1, *)) {
      let weights = builder.data(ModelColumn.seed(v, component), plate: plate, [k])
      working.add(
        Lowered(weights.log() * 3, axes: [Axis(v.id, component: component)]), on: plate)
    }
  }

  private mutating func eliminate(_ elimination: any Elimination) throws {
    let known = Set(working.tables.map(\.table.value.id))
    if let left = try elimination.lower(&working, context) { fork.eliminated.append(left) }
    // Where factors did not enter as tables, what remains of them is a share of the log joint density.
    guard elimination.takesFactors else { return }
    for entry in working.tables where !known.contains(entry.table.value.id) { addLeaf(entry) }
  }

  private mutating func multiply(over plate: PlateID) throws {
    for elimination in plan.program.eliminations { try elimination.gather(&working, context) }
    let context = context
    for i in working.gathered.indices {
      if let c = working.gathered[i].multiply(over: plate, context) { addLeaf(c, on: plate) }
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
