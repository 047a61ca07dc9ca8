import LVMCompute
import LVMModel

/// Directions along which parameters can be moved without changing the likelihood of any unit: the null
/// space of the matrix of the units' scores at points that are nothing special (Rothenberg 1971).
///
/// What is said of a model must hold at every point that is looked at, on all its data, and with observed
/// values in another order: few rows alone leave nothing open. A direction that the data do determine,
/// though weakly, is never among them: what counts as nothing is near rounding.
struct LocalIdentifiability {
  /// More numbers than this are not looked at.
  static let limit = 400
  /// Multiplications that looking at the data may take.
  static let budget = 1.5e8
  private static let fullBudget = 2e9
  /// Share of the largest singular value, of columns scaled to one length, below which one counts as zero:
  /// of exact derivatives, and of those by quadrature or differences.
  private static let rounding = 1e-12
  private static let otherErrors = 1e-7
  private static let spare = 8

  /// A connected set of parameters, and in how many directions they move together.
  struct Component: Hashable {
    var parameters: [VariableID]
    var numbers: Int
    var directions: Int
    /// Of those, what the graph proves already.
    var known: Int
  }

  private struct NullSpace {
    /// Vectors of one number a coordinate, in units of `scale`.
    var vectors: [[Double]]
    var scale: [Double]
  }

  let plan: InferencePlan
  let data: ModelData
  let runtime: Runtime
  private let structure: ModelStructure

  init(_ plan: InferencePlan, data: ModelData, runtime: Runtime) {
    self.plan = plan
    self.data = data
    self.runtime = runtime
    structure = ModelStructure(model: plan.model, nesting: plan.nesting)
  }

  /// Components with more directions than the graph proves; empty where nothing is found or looked at.
  ///
  /// - Parameter estimate: one more point to look at.
  func components(beside estimate: [String: Tensor]?) throws -> [Component] {
    let model = plan.model
    let free = model.estimatedParameters()
    guard !free.isEmpty,
      !free.allSatisfy({ plan.identifiability.identified.contains($0.id) }),
      var space = UnconstrainedSpace(movingWhatIsReadIn: model),
      (1...Self.limit).contains(space.dimension)
    else { return [] }
    let outermost = plan.nesting.outermost
    let units = data.columns.layout.count(outermost)
    let starts = StartingValues(structure: structure, data: data)
    func cost(_ data: ModelData) -> Double {
      StandardErrors.cost(plan: plan, data: data, parameters: starts.values(seed: 1, restart: 1))
    }
    var part = data.spread(over: Swift.max(256, 3 * space.dimension), of: outermost)
    if cost(part) > Self.budget { part = data.spread(over: space.dimension + 32, of: outermost) }
    guard units > 0, cost(part) <= Self.budget else { return [] }
    let known = plan.identifiability.directions
    let placed = starts.placed()
    let basis = try PredictorBasis(plan, data: part, runtime: runtime)
    if let basis, basis.isNarrow,
      let own = UnconstrainedSpace(movingWhatIsReadIn: model, basis: basis)
    {
      // Covariates far from zero: a small share of a slope would be more than all that its rows differ by.
      space = own
    }
    var best: NullSpace?
    // About where a fit begins; with spreads so small that what overlaps there stands apart; where it ends.
    for attempt in 1...4 {
      var random = RandomStream(
        seed: 1, purpose: "identification", site: 0, row: 0, step: attempt, sample: 0)
      let point: [Double]
      if attempt < 4 {
        var first = starts.values(seed: 1, restart: attempt)
        first = basis?.tamed(first, model, placed: placed) ?? first
        space = space.anchored(at: first)
        point = space.generic(
          first, share: 0.3, narrow: attempt == 1 ? 0 : Double(attempt), &random)
      } else {
        guard let estimate else { continue }
        space = space.anchored(at: estimate)
        point = space.generic(estimate, share: 0.03, &random)
      }
      guard let found = try nullSpace(at: point, space, part, known, &random) else { continue }
      if found.vectors.count < best?.vectors.count ?? .max { best = found }
      if best?.vectors.count ?? .max <= known { return [] }
    }
    guard let best, best.vectors.count > known else { return [] }
    return components(of: best, space)
  }

  // MARK: Null spaces

  private func nullSpace(
    at point: [Double], _ free: UnconstrainedSpace, _ part: ModelData, _ known: Int,
    _ random: inout RandomStream
  ) throws -> NullSpace? {
    let n = free.dimension
    guard point.allSatisfy(\.isFinite) else { return nil }
    let parameters = try free.values(at: point)
    var plan = plan
    if !plan.quadrature.isEmpty {
      plan = try plan.settled(
        part, parameters, runtime: runtime, tolerance: QuadratureAccuracy.fineTolerance
      ).plan
    }
    guard let scores = try UnitGradients(plan, data: part, space: free, runtime: runtime) else {
      return nil
    }
    let zero =
      plan.quadrature.isEmpty && !scores.areDifferences ? Self.rounding : Self.otherErrors
    guard
      let derivatives = try scores.derivatives(
        at: point, along: nil, spare: Self.spare, &random)
    else { return nil }
    var matrix = derivatives.matrix
    var scale = [Double](repeating: 0, count: n)
    for (i, x) in matrix.enumerated() { scale[i % n] += x * x }
    scale = scale.map { $0.squareRoot() }
    for i in matrix.indices where scale[i % n] > 0 { matrix[i] /= scale[i % n] }
    guard let (values, vectors) = singularValues(matrix, derivatives.rows, n),
      let top = values.first, top > 0
    else { return nil }
    // A number that nothing depends on has no unit.
    scale = scale.map { $0 > 0 ? $0 : 1 }
    var found = NullSpace(
      vectors: values.indices.filter { values[$0] <= zero * top }.map {
        Array(vectors[($0 * n)..<(($0 + 1) * n)])
      }, scale: scale)
    // Whatever is left must be left by all units.
    if part.rows < data.rows, found.vectors.count > known {
      let whole = StandardErrors.cost(plan: plan, data: data, parameters: parameters)
      guard
        whole * Double(found.vectors.count + Self.spare) / Double(n) <= Self.fullBudget,
        let all = try UnitGradients(plan, data: data, space: free, runtime: runtime),
        try reduce(&found, by: all, at: point, zero, &random)
      else { return nil }
    }
    // And by values in another order, of which there are enough.
    var seen = data.columns.layout.count(plan.nesting.outermost)
    for round in 0..<12 where found.vectors.count > known {
      if round >= 2, seen >= 2 * n + 16 { break }
      let other = part.shuffled(plan.model, &random)
      guard let scores = try UnitGradients(plan, data: other, space: free, runtime: runtime),
        try reduce(&found, by: scores, at: point, zero, &random)
      else { continue }
      seen += scores.units
    }
    guard seen >= 2 * n + 16 || found.vectors.count <= known else { return nil }
    return found
  }

  /// Takes out of a null space what other units determine; whether they could be asked.
  private func reduce(
    _ space: inout NullSpace, by scores: UnitGradients, at point: [Double], _ zero: Double,
    _ random: inout RandomStream
  ) throws -> Bool {
    let (n, k) = (space.scale.count, space.vectors.count)
    // In each coordinate's own unit, columns of scores have about one length.
    let directions = space.vectors.map { v in (0..<n).map { v[$0] / space.scale[$0] } }
    guard
      let (matrix, rows) = try scores.derivatives(
        at: point, along: directions, spare: Self.spare, &random),
      let (values, turns) = singularValues(matrix, rows, k)
    else { return false }
    let old = space.vectors
    space.vectors = values.indices.filter { values[$0] <= zero }.map { v in
      (0..<n).map { j in (0..<k).reduce(0) { $0 + turns[v * k + $1] * old[$1][j] } }
    }
    return true
  }

  // MARK: Names

  /// Parameters that a null space moves together, and those that a symmetry of the graph moves.
  private func components(of space: NullSpace, _ free: UnconstrainedSpace) -> [Component] {
    let n = free.dimension
    let parameters = free.parameters
    var owner: [VariableID: VariableID] = [:]
    for id in parameters { owner[id] = id }
    func root(_ id: VariableID) -> VariableID {
      var id = id
      while let up = owner[id], up != id { id = up }
      return id
    }
    func join(_ a: VariableID, _ b: VariableID) {
      let (x, y) = (root(a), root(b))
      if x != y { owner[Swift.max(x, y)] = Swift.min(x, y) }
    }
    var moves = [Double](repeating: 0, count: n)
    for i in 0..<n {
      for j in 0...i {
        let shared = space.vectors.reduce(0) { $0 + $1[i] * $1[j] }
        if i == j { moves[i] = shared }
        guard Swift.abs(shared) > 1e-6 else { continue }
        join(parameters[i], parameters[j])
      }
    }
    let known = plan.identifiability.symmetries.filter { $0.directions > 0 }
    for s in known {
      let own = s.parameters.filter { owner[$0] != nil }
      for (a, b) in zip(own, own.dropFirst()) { join(a, b) }
    }
    var result: [Component] = []
    for head in Set(parameters.map(root)).sorted() {
      let places = (0..<n).filter { root(parameters[$0]) == head }
      let open = Int(places.reduce(0.0) { $0 + moves[$1] }.rounded())
      let proved = known.filter { s in
        s.parameters.contains { owner[$0] != nil && root($0) == head }
      }.reduce(0) { $0 + $1.directions }
      guard open > proved else { continue }
      let moved = Set(places.filter { moves[$0] > 1e-6 }.map { parameters[$0] }).sorted()
      result.append(
        Component(
          parameters: moved,
          numbers: places.filter { moved.contains(parameters[$0]) }.count,
          directions: open, known: proved))
    }
    return result
  }
}

extension Plan {
  /// The plan with what the likelihood of some data leaves open beyond what the graph proves, where the
  /// parameters are few enough to be looked at.
  ///
  /// - Parameter estimate: values of the parameters, as one more point to look at.
  public func probed(
    _ data: ModelData, at estimate: [String: Tensor]? = nil, runtime: Runtime = .serial
  ) -> Plan {
    guard estimation.isMaximumLikelihood,
      let found = try? LocalIdentifiability(inference, data: data, runtime: runtime)
        .components(beside: estimate), !found.isEmpty
    else { return self }
    var copy = self
    for c in found {
      copy.inference.identifiability.addOpen(
        c.directions - c.known, parameters: c.parameters,
        because: Self.words(c, inference.model))
    }
    for (i, entry) in inference.entries.enumerated() {
      guard let v = inference.model.variables.first(where: { $0.name == entry.variable }) else {
        continue
      }
      copy.inference.entries[i].identified = copy.identifiability.extent(of: v.id)
    }
    return copy
  }

  private static func words(_ c: LocalIdentifiability.Component, _ model: ModelGraph) -> String {
    let names = c.parameters.map { "`\(model[$0].name)`" }
    let all =
      names.count == 1
      ? names[0] : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    let along = c.directions == 1 ? "a direction" : "\(c.directions) directions"
    let moves = names.count == 1 ? "moves" : "move"
    return
      "the likelihood stays the same along \(along) in which \(all) \(moves): the data determine "
      + "\(c.numbers - c.directions) of \(names.count == 1 ? "its" : "their") \(c.numbers) numbers"
  }
}
