/// In which units, and from which zeros, the columns of a model may be measured without changing what is
/// found: the group under which p(gx; gθ) = p(x; θ) / |g|.
///
/// A motion multiplies columns by powers of two, or adds numbers to them; parameters, latents and the
/// numbers that stand in the model go along. Columns that no motion reaches are `pinned`.
public struct Frames: Sendable {
  /// An entry of an observed or given variable.
  public struct Column: Hashable, Sendable {
    public var variable: VariableID
    /// Its place in the variable's flat value.
    public var entry: Int
  }

  /// What can be done freely: columns with the factor that the motion's number gets in each.
  public struct Motion: Hashable, Sendable {
    public var columns: [Column]
    public var factors: [Rational]
    /// A whole number of which the motion's own has to be a multiple, for all exponents to be whole.
    public var granularity: Int
  }

  /// What cannot be done to a column, and why not.
  public struct Pinned: Hashable, Sendable {
    public enum What: String, Hashable, Sendable { case scale, shift }
    public var column: Column
    public var what: What
    /// A clause.
    public var reason: String
  }

  /// A column that moves only together with others, and why.
  public typealias Tied = Pinned

  /// The sized model.
  public let model: ModelGraph
  /// Entries of observed and given variables, in the order of the text.
  public let columns: [Column]
  public let scales: [Motion]
  public let shifts: [Motion]
  public let pinned: [Pinned]
  public let tied: [Tied]

  let scaleSolution: FrameSolution
  let shiftSolution: FrameSolution
  let absorptions: [Absorption]
  let networkParts: [NetworkPart]

  /// The frames of a model whose sizes are all known.
  public init(_ model: ModelGraph) {
    self.model = model
    let isColumn = { (v: Variable) in v.role == .observe || v.role == .given }
    columns = model.variables.filter(isColumn).flatMap { v in
      (0..<max(0, (v.type.dims ?? []).reduce(1, *))).map { Column(variable: v.id, entry: $0) }
    }
    var found: [Absorption] = []
    var absorbed: [Bool: Set<VariableID>] = [:]
    if let expanded = ExpandedModel(model) {
      for ofLogarithms in [false, true] {
        let search = AbsorptionSearch(model: expanded, ofLogarithms: ofLogarithms)
        let kind = ofLogarithms ? ElementKind.positive : .real
        for v in model.variables where isColumn(v) && v.type.kind == kind {
          guard let own = search.absorptions(of: v.id) else { continue }
          found += own
          absorbed[ofLogarithms, default: []].insert(v.id)
        }
      }
    }
    let scaling = FrameSolution(model, .scales, absorbed: absorbed[true] ?? [])
    let moved = Set(
      scaling.literals.filter { $0.value.entries.contains { !($0.scale?.isZero ?? true) } }.keys)
    let shifting = FrameSolution(model, .shifts, moved: moved, absorbed: absorbed[false] ?? [])
    (scaleSolution, shiftSolution, absorptions) = (scaling, shifting, found)
    networkParts = model.networkParts(scaling, shifting)
    scales = Self.motions(columns, scaling, model) { $0.scale ?? .zero }
    shifts = Self.motions(columns, shifting, model) { $0.shift }
    (pinned, tied) = Self.held(columns, scaling, shifting, model)
  }

  private static func motions(
    _ columns: [Column], _ solution: FrameSolution, _ model: ModelGraph,
    _ part: (EntryFrame) -> LinearForm
  ) -> [Motion] {
    var result = solution.free.map { _ in Motion(columns: [], factors: [], granularity: 1) }
    for column in columns {
      for term in part(solution.entry(column.variable, column.entry)).terms {
        result[term.unknown].columns.append(column)
        result[term.unknown].factors.append(term.factor)
      }
    }
    var forms = solution.values.joined().map(part)
    forms += solution.values.joined().map(\.shift)
    forms += solution.literals.values.flatMap { $0.entries.flatMap { [part($0), $0.shift] } }
    for term in Set(forms).flatMap(\.terms) {
      let old = result[term.unknown].granularity
      let common = Rational.greatestDivisor(old, term.factor.denominator)
      result[term.unknown].granularity = old / common * term.factor.denominator
    }
    return result
  }

  private static func held(
    _ columns: [Column], _ scaling: FrameSolution, _ shifting: FrameSolution, _ model: ModelGraph
  ) -> (pinned: [Pinned], tied: [Tied]) {
    var pinned: [Pinned] = []
    var tied: [Tied] = []
    for column in columns {
      let (v, i) = (column.variable, column.entry)
      func add(_ what: Pinned.What, _ solution: FrameSolution, _ form: LinearForm) {
        guard let reason = solution.reasons[v]?[i] else { return }
        let entry = Pinned(
          column: column, what: what, reason: reason.words(model, isTied: !form.isZero))
        if form.isZero { pinned.append(entry) } else { tied.append(entry) }
      }
      add(.scale, scaling, scaling.entry(v, i).scale ?? .zero)
      add(.shift, shifting, shifting.entry(v, i).shift)
    }
    return (pinned, tied)
  }

  /// The column as users write it: `x[2]`.
  public func name(of column: Column) -> String {
    let v = model[column.variable]
    guard let dims = v.type.dims, !dims.isEmpty else { return v.name }
    var (rest, places) = (column.entry, [Int]())
    for n in dims.reversed() {
      places.insert(rest % n + 1, at: 0)
      rest /= n
    }
    return "\(v.name)[\(places.map(String.init).joined(separator: ", "))]"
  }
}
