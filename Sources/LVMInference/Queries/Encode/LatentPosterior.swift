import LVMCompute
import LVMModel

/// The posterior of one latent given data: an entry for each instance of its plate.
public struct LatentPosterior: Sendable {
  public enum Content: Sendable {
    /// Probabilities of each value, [instances × states].
    case probabilities([Double], states: Int)
    /// Means and standard deviations, [instances × size].
    case moments(mean: [Double], sd: [Double], size: Int)
  }

  public var variable: String
  /// 0 for rows, 1 for the group round them, and so on.
  public var plate: Int
  public var content: Content
  public var instances: Int

  public init(variable: String, plate: Int, content: Content, instances: Int) {
    self.variable = variable
    self.plate = plate
    self.content = content
    self.instances = instances
  }
}

/// Posteriors of every latent of a plan: roots of their own over the same factor program.
///
/// Probabilities of a finite latent are the gradient of the root with respect to a zero table of its own;
/// moments of a continuous one come from its elimination, mixed over the labels it depends on.
public final class PosteriorQuery {
  private let plan: Plan
  private let data: ModelData
  private let runtime: Runtime
  private let ready: Prepared?

  private struct Prepared {
    var plan: Plan
    var program: Program
    var finite: [(axis: Axis, name: String)]
    var continuous: [(variable: Variable, size: Int)]
  }

  public init(_ plan: Plan, data: ModelData, runtime: Runtime = .serial) throws {
    self.plan = plan
    self.data = data
    self.runtime = runtime
    // How many nodes quadrature takes depends on the parameters.
    ready =
      plan.isTrained || !plan.quadrature.isEmpty ? nil : try Self.prepare(plan, data)
  }

  private static func prepare(_ plan: Plan, _ data: ModelData) throws -> Prepared {
    let lowered = try plan.lowered(masked: data.masked, sources: true).fork()
    let builder = lowered.builder
    let finite = lowered.sources.keys.sorted().map { axis in
      let v = plan.model[axis.variable]
      return (axis: axis, name: v.type.isScalar ? v.name : "\(v.name)\(axis.component + 1)")
    }
    let sources = finite.compactMap { lowered.sources[$0.axis] }
    for (f, g) in zip(finite, builder.gradient(of: lowered.root, with: sources)) {
      builder.setOutput("p.\(f.name)", g)
    }
    var moments = GaussianMoments(lowered).all()
    moments.merge(ConjugateMoments(lowered).all()) { $1 }
    moments.merge(ChainMoments(lowered).all()) { $1 }
    moments.merge(QuadratureMoments(lowered).all()) { $1 }
    var found: [(Variable, Int)] = []
    for (id, m) in moments.sorted(by: { $0.key < $1.key }) {
      let v = plan.model[id]
      let plate = plan.nesting.compute(v.plate)
      let size = m.mean.event.reduce(1, *)
      let ones = lowered.context.ones(plate).reshape([1])
      // Moments that are the same for all of a group's rows live on the group until here.
      let mean = m.mean.on(plate).value.reshape([size])
      let variance = m.variance.on(plate).value.reshape([size])
      builder.setOutput("m.\(v.name)", mean * ones)
      builder.setOutput(
        "s.\(v.name)", variance.apply(.maximum, builder.constant(0)).sqrt() * ones)
      found.append((v, size))
    }
    return Prepared(
      plan: plan, program: Program(builder.finish()), finite: finite,
      continuous: found.map { (variable: $0.0, size: $0.1) })
  }

  /// Whether posteriors of a table are had a piece of rows at a time.
  public var isPiecewise: Bool {
    guard let program = ready?.program else { return false }
    return data.columns.layout.counts.count == 1 && !program.graph.outputs.isEmpty
      && program.isRowwise
  }

  /// Hands over posteriors for some rows at a time, in order, so that those of a large table are never
  /// all in memory; where rows are not independent, everything at once.
  public func eachPiece(
    _ parameters: [String: Tensor], _ body: ([LatentPosterior]) throws -> Void
  ) throws {
    guard let ready, isPiecewise else { return try body(posteriors(parameters)) }
    try ready.program.runPiecewise(data.columns, parameters: parameters, runtime: runtime) {
      _, out in
      try body(posteriors(of: out, ready))
    }
  }

  /// Posteriors at the given parameters.
  public func posteriors(_ parameters: [String: Tensor]) throws -> [LatentPosterior] {
    if plan.isTrained {
      return try TrainedQuery(
        plan, data: data, parameters: parameters, scores: false, runtime: runtime
      ).posteriors()
    }
    guard isPiecewise else {
      let prepared =
        try ready
        ?? Self.prepare(plan.settledForQuery(data, parameters, runtime: runtime), data)
      let executor = try PlacedExecutor(
        prepared.program, prepared.plan, data: data, runtime: runtime)
      return posteriors(of: try executor.run(parameters), prepared)
    }
    var result: [LatentPosterior] = []
    try eachPiece(parameters) { piece in
      if result.isEmpty {
        result = piece
      } else {
        for (i, more) in piece.enumerated() { result[i].append(more) }
      }
    }
    return result
  }

  private func posteriors(of out: [String: Tensor], _ prepared: Prepared) -> [LatentPosterior] {
    let (finite, continuous) = (prepared.finite, prepared.continuous)
    var result: [LatentPosterior] = []
    for f in finite {
      guard let p = out["p.\(f.name)"] else { continue }
      let plate = plan.nesting.compute(plan.model[f.axis.variable].plate)
      result.append(
        LatentPosterior(
          variable: f.name, plate: plate.index,
          content: .probabilities(p.values, states: p.dims.last ?? 1),
          instances: p.dims.first ?? 0))
    }
    for (v, size) in continuous {
      guard let m = out["m.\(v.name)"], let s = out["s.\(v.name)"] else { continue }
      result.append(
        LatentPosterior(
          variable: v.name, plate: plan.nesting.compute(v.plate).index,
          content: .moments(mean: m.values, sd: s.values, size: size), instances: m.dims.first ?? 0)
      )
    }
    // In the order of the model, entries of a vector in theirs.
    var order = Dictionary(
      uniqueKeysWithValues: plan.model.variables.map { ($0.name, ($0.id.index, 0)) })
    for f in finite { order[f.name] = (f.axis.variable.index, f.axis.component) }
    return result.sorted { order[$0.variable] ?? (0, 0) < order[$1.variable] ?? (0, 0) }
  }
}

/// Mean and elementwise variance of a latent, as values on its plate without axes.
struct LoweredMoments {
  var mean: Lowered
  var variance: Lowered
}

extension Fork {
  /// Mixes moments that depend on labels by the posterior of those labels: E[v] and Var[v] by the law of
  /// total variance. `table` is the log table whose cells the labels index.
  func mixed(_ mean: Lowered, _ variance: Lowered, over table: Lowered?) -> LoweredMoments {
    let axes = Lowered.axes(of: [mean, variance])
    guard !axes.isEmpty, let table else { return LoweredMoments(mean: mean, variance: variance) }
    let weights = Lowered(
      builder.gradient(of: root, with: [table.value])[0], axes: table.axes)
    func average(_ value: Lowered) -> Lowered {
      let rank = value.event.count
      let product = Lowered.combine(
        weights.reshape(event: [Int](repeating: 1, count: rank)), value
      ) { $0 * $1 }
      return Lowered(product.value.sum(axes: Array(0..<product.axes.count)))
    }
    let centre = average(mean)
    let deviation = mean - centre
    return LoweredMoments(mean: centre, variance: average(variance + deviation * deviation))
  }
}

extension LatentPosterior {
  /// The same posterior, of rows that come after so many others.
  ///
  /// - Throws: `QueryError` where a number of it could not be computed.
  public func checked(after rows: Int = 0) throws -> LatentPosterior {
    func check(_ values: [Double], _ width: Int) throws {
      guard let at = values.firstIndex(where: \.isNaN) else { return }
      let row = plate == 0 ? " (row \(rows + at / Swift.max(1, width) + 1))" : ""
      throw QueryError.noFiniteValue(variable: "`\(variable)`" + row)
    }
    switch content {
    case .probabilities(let p, let states): try check(p, states)
    case .moments(let mean, let sd, let size):
      try check(mean, size)
      try check(sd, size)
    }
    return self
  }

  /// Joins the posterior of further instances.
  mutating func append(_ other: LatentPosterior) {
    instances += other.instances
    let own = content
    content = .probabilities([], states: 0)
    switch (own, other.content) {
    case (.probabilities(var p, let states), .probabilities(let q, _)):
      p += q
      content = .probabilities(p, states: states)
    case (.moments(var m, var s, let size), .moments(let n, let t, _)):
      m += n
      s += t
      content = .moments(mean: m, sd: s, size: size)
    case (.probabilities, .moments), (.moments, .probabilities):
      preconditionFailure("pieces of one posterior are alike")
    }
  }

  /// The same posterior with rows in the order of the table they came from.
  public func inTableOrder(_ data: ModelData) -> LatentPosterior {
    guard plate == 0, let moved = data.moved else { return self }
    func permuted(_ values: [Double], _ width: Int) -> [Double] {
      var result = values
      for (i, row) in moved.enumerated() {
        for j in 0..<width { result[row * width + j] = values[i * width + j] }
      }
      return result
    }
    var copy = self
    switch content {
    case .probabilities(let p, let states):
      copy.content = .probabilities(permuted(p, states), states: states)
    case .moments(let mean, let sd, let size):
      copy.content = .moments(mean: permuted(mean, size), sd: permuted(sd, size), size: size)
    }
    return copy
  }
}
