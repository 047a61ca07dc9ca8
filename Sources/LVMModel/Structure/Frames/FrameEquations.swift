/// The equations between the frames of everything in a model, from one pass over its definitions.
///
/// Scales and shifts are two such systems. In the first, entries have a scale and, where a logarithm is
/// taken of what is scaled, a shift by log 2; in the second there are only shifts, in the data's own
/// numbers.
final class FrameEquations {
  /// What a system gives the columns.
  enum Motion { case scales, shifts }

  /// Unknowns of lower ranks are expressed by those of higher ones.
  enum Rank: Int { case inner, variable, priorLiteral, literal, column }

  struct Literal {
    var value: Double
    var dims: [Int]
    var entries: [EntryFrame]
    /// Whether the entries are the diagonal of a matrix that is zero elsewhere.
    var isDiagonal = false
  }

  let model: ModelGraph
  let motion: Motion
  /// Literals that keep their number.
  let held: Set<LiteralSite>
  /// Columns whose shift, or the shift of whose logarithm, is taken up where they are read.
  let absorbed: Set<VariableID>

  private(set) var ranks: [Int] = []
  private(set) var equations: [(form: LinearForm, reason: FrameReason)] = []
  private(set) var literals: [LiteralSite: Literal] = [:]
  /// Literals that multiply what may be shifted: they must hold their number if it is.
  private(set) var multipliers: [(site: LiteralSite, shift: LinearForm)] = []
  /// Frames of values, by variable.
  private(set) var values: [FrameTensor] = []
  /// Frames of what networks give, by network and output.
  private(set) var outputs: [NetworkID: [Int: FrameTensor]] = [:]
  /// Unknowns of columns, by variable: one an entry, nil for an entry that has none.
  var columns: [VariableID: [Int?]] = [:]
  /// Unknowns that are required to be zero already.
  private var zeros: Set<Int> = []
  /// Whether anything is shifted in this system.
  private let hasShifts: Bool
  /// Where the walk is.
  var owner = VariableID(0)
  private var ownerNumber = 0

  init(
    _ model: ModelGraph, _ motion: Motion, held: Set<LiteralSite> = [],
    absorbed: Set<VariableID> = []
  ) {
    self.model = model
    self.motion = motion
    self.held = held
    self.absorbed = absorbed
    hasShifts = motion == .shifts || model.hasLogarithms
    values = model.variables.map { _ in FrameTensor([], []) }
    for v in model.variables {
      owner = v.id
      values[v.id.index] = declared(v)
    }
    // Names for expressions have the frame of what they stand for, unless an earlier row is read first.
    for id in model.topologicalOrder where model[id].role == .binding {
      guard case .equal(let e) = model[id].definition, !readsOfPast.contains(id) else { continue }
      enter(id, id.index)
      values[id.index] = used(frame(e, [0]), model[id].type.dims ?? [])
    }
    for v in model.variables { define(v) }
    for (i, entry) in model.guides.enumerated() {
      enter(entry.variable, -1 - i)
      var next = 0
      step(entry.definition, values[entry.variable.index], &next)
    }
  }

  private lazy var readsOfPast: Set<VariableID> = {
    var result: Set<VariableID> = []
    for v in model.variables {
      for e in v.definition.expressions { result.formUnion(e.previousVariables) }
    }
    return result
  }()

  private func enter(_ id: VariableID, _ number: Int) {
    owner = id
    ownerNumber = number
  }

  // MARK: Unknowns

  func unknown(_ rank: Rank) -> LinearForm {
    ranks.append(rank.rawValue)
    return LinearForm(unknown: ranks.count - 1)
  }

  func scale(_ rank: Rank) -> LinearForm {
    motion == .scales ? unknown(rank) : .zero
  }

  func shift(_ rank: Rank) -> LinearForm { hasShifts ? unknown(rank) : .zero }

  /// The frames of a variable where it is read.
  func read(_ id: VariableID) -> FrameTensor {
    motion == .shifts && absorbed.contains(id)
      ? .plain(values[id.index].dims) : values[id.index]
  }

  func output(_ id: NetworkID, _ at: Int) -> FrameTensor {
    if let known = outputs[id]?[at] { return known }
    let network = model[id]
    let type = network.outputs[at].type
    var result = FrameTensor.plain(type.dims ?? [])
    // Such an output leaves through a factor and an offset of its own.
    if network.scaled.outputs[at] != nil {
      let isReal = type.kind == .real
      result.entries = result.entries.map { _ in
        EntryFrame(scale: scale(.variable), shift: isReal ? shift(.variable) : .zero)
      }
    }
    outputs[id, default: [:]][at] = result
    return result
  }

  // MARK: Equations

  func equate(_ a: LinearForm, _ b: LinearForm, _ reason: FrameReason) {
    if a == b { return }
    equations.append((a - b, reason))
  }

  func require(_ form: LinearForm, _ reason: FrameReason) {
    if form.isZero { return }
    // The same entry of a product is asked for in each of its terms.
    if let only = form.terms.first, form.terms.count == 1, !zeros.insert(only.unknown).inserted {
      return
    }
    equations.append((form, reason))
  }

  func equateScales(_ a: LinearForm?, _ b: LinearForm?, _ reason: FrameReason) {
    if let a, let b { equate(a, b, reason) }
  }

  func equate(_ a: EntryFrame, _ b: EntryFrame, _ reason: FrameReason) {
    equateScales(a.scale, b.scale, reason)
    equate(a.shift, b.shift, reason)
  }

  func requirePlain(_ entry: EntryFrame, _ reason: FrameReason) {
    if let scale = entry.scale { require(scale, reason) }
    require(entry.shift, reason)
  }

  func requirePlain(_ tensor: FrameTensor, _ reason: FrameReason) {
    for entry in tensor.entries { requirePlain(entry, reason) }
  }

  /// A value as its place takes it: a number of the text gets an entry for each of the place's.
  func used(_ tensor: FrameTensor, _ dims: [Int]) -> FrameTensor {
    guard let (site, value) = tensor.literal else { return tensor.expanded(to: dims) }
    if let known = literals[site] {
      return FrameTensor(known.dims, known.entries).expanded(to: dims)
    }
    let isPrior =
      owner.index == ownerNumber && model[owner].plate == .global
      && (model[owner].role == .param || model[owner].role == .latent)
    let rank = isPrior ? Rank.priorLiteral : .literal
    // What is zero for latents and data says that there is no location.
    let canShift = (value != 0 || isPrior) && !held.contains(site)
    let canScale = motion == .scales && !held.contains(site)
    let entries = (0..<dims.reduce(1, *)).map { _ in
      EntryFrame(
        scale: value == 0 ? nil : canScale ? unknown(rank) : .zero,
        shift: canShift ? shift(rank) : .zero)
    }
    literals[site] = Literal(value: value, dims: dims, entries: entries)
    return FrameTensor(dims, entries)
  }

  /// The identity matrix, or a vector of ones: numbers as if the text had each.
  func ones(_ site: LiteralSite, _ dims: [Int], isDiagonal: Bool) -> FrameTensor {
    let n = dims.last ?? 1
    let vector = used(FrameTensor(site, 1), isDiagonal ? [n] : dims)
    guard isDiagonal else { return vector }
    literals[site]?.isDiagonal = true
    return FrameTensor(
      dims, (0..<n * n).map { $0 / n == $0 % n ? vector.entries[$0 % n] : .zero })
  }

  func site(_ path: [Int]) -> LiteralSite {
    LiteralSite(owner: ownerNumber, expression: path[0], path: Array(path.dropFirst()))
  }

  func multiply(_ shift: LinearForm, by site: LiteralSite, _ value: Double) -> LinearForm {
    if shift.isZero { return .zero }
    guard let factor = Rational(value) else {
      require(shift, .product(of: owner))
      return .zero
    }
    multipliers.append((site, shift))
    return shift * factor
  }

  // MARK: Definitions

  private func define(_ v: Variable) {
    enter(v.id, v.id.index)
    let value = values[v.id.index]
    var next = 0
    switch v.definition {
    case .free: break
    case .drawn(let d): constrain(framed(d, &next), value)
    case .equal(let e):
      if v.role != .binding || readsOfPast.contains(v.id) {
        equal(e, value, &next)
      }
    case .chain(let chain):
      if let first = chain.initially { step(first, value, &next) }
      step(chain.then, value, &next)
    }
  }

  private func step(_ step: Chain.Step, _ value: FrameTensor, _ next: inout Int) {
    switch step {
    case .drawn(let d): constrain(framed(d, &next), value)
    case .equal(let e): equal(e, value, &next)
    }
  }

  private func equal(_ e: Expression, _ value: FrameTensor, _ next: inout Int) {
    let other = used(frame(e, [next]), value.dims)
    next += 1
    for (a, b) in zip(value.entries, other.entries) { equate(a, b, .definition(of: owner)) }
  }
}
