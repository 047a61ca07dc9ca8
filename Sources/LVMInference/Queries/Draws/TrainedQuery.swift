import LVMCompute
import LVMModel

/// Queries of a trained model: the guide's posterior of its latents, and importance-weighted scores.
///
/// Draws are keyed by (seed, latent, draw, row): the same seed gives the same numbers.
public final class TrainedQuery {
  let plan: Plan
  private let data: ModelData
  let program: StepProgram
  private let graph: Graph
  private let model: VariationalModel
  let finite: [(axis: Axis, name: String)]
  private let drawn: [(variable: Variable, isClosed: Bool, size: Int)]
  /// Latents that are integrated given the draws.
  private let integrated: [(variable: Variable, size: Int)]
  static let batch = 512

  /// - Parameter scores: whether weights are asked for; where nothing else needs them, a query without is
  ///   computed without decoders.
  /// - Throws: `StepError` and lowering failures for models it cannot compute.
  public init(
    _ plan: Plan, data: ModelData, parameters: [String: Tensor], scores: Bool = true,
    seed: UInt64 = 1, runtime: Runtime = .serial
  ) throws {
    self.plan = plan
    self.data = try data.withLocalGuides(
      plan, parameters: parameters, seed: seed, runtime: runtime)
    let model = try VariationalModel(
      plan, masked: data.masked, mode: .evaluation, closedForm: false, sources: true)
    self.model = model
    let builder = model.builder
    let finite = model.lowered.sources.keys.sorted().map { axis in
      let v = plan.model[axis.variable]
      return (axis: axis, name: v.type.isScalar ? v.name : "\(v.name)\(axis.component + 1)")
    }
    self.finite = finite
    let sources = finite.compactMap { model.lowered.sources[$0.axis] }
    let root = model.lowered.root
    for (f, g) in zip(finite, builder.gradient(of: root, with: sources)) {
      builder.setOutput("p.\(f.name)", g)
    }
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    var drawn: [(Variable, Bool, Int)] = []
    for draw in model.draws {
      let v = plan.model[draw.latent]
      // Moments are closed where the guide has them and reads no other draw.
      let entry = plan.model.guides.first { $0.variable == v.id }
      let reads = entry.map { structure.reads($0) } ?? []
      let isClosed =
        (draw.deviation != nil || draw.logDensity == nil) && reads.isDisjoint(with: plan.sampled)
      builder.setOutput("v.\(v.name)", isClosed ? draw.mean : draw.value)
      builder.setOutput("z.\(v.name)", draw.value)
      if isClosed, let deviation = draw.deviation { builder.setOutput("s.\(v.name)", deviation) }
      drawn.append((v, isClosed, Swift.max(1, draw.mean.shape.count)))
    }
    self.drawn = drawn.map { (variable: $0.0, isClosed: $0.1, size: $0.2) }
    integrated = Self.putMoments(of: model.lowered)
    if !scores, finite.isEmpty, integrated.isEmpty, let first = model.draws.first {
      builder.setOutput("loss", first.mean.sumAll().sumPlate())
    } else {
      builder.setOutput("weight", model.logWeights)
      builder.setOutput("loss", model.logWeights.sumPlate())
    }
    graph = narrowed(builder.finish(), parameters: [])
    program = try StepProgram(
      graph, loss: "loss", parameters: [], batch: Self.batch, runtime: runtime)
    try feed(parameters, seed)
  }

  /// Outputs the means and variances of latents that are integrated, at the draws of the others.
  private static func putMoments(of lowered: Fork) -> [(variable: Variable, size: Int)] {
    var moments = GaussianMoments(lowered).all()
    moments.merge(ConjugateMoments(lowered).all()) { $1 }
    let ones = lowered.context.ones(.rows).reshape([1])
    return moments.sorted { $0.key < $1.key }.map { id, m in
      let v = lowered.plan.model[id]
      let size = m.mean.event.reduce(1, *)
      lowered.builder.setOutput("v.\(v.name)", m.mean.on(.rows).value.reshape([size]) * ones)
      lowered.builder.setOutput(
        "w.\(v.name)", m.variance.on(.rows).value.reshape([size]) * ones)
      return (v, size)
    }
  }

  private func feed(_ parameters: [String: Tensor], _ seed: UInt64) throws {
    let noise = Dictionary(
      model.context.noise.map { ($0.column, $0) }, uniquingKeysWith: { a, _ in a })
    for node in graph.nodes {
      if case .parameter(let name) = node.op, let value = parameters[name] {
        try program.set(name, value)
      }
      if case .data(let name) = node.op {
        if let n = noise[name] {
          try program.set(
            name,
            .random(
              RandomRows(n.kind == .normal ? .normal : .uniform, seed: seed, purpose: name)))
        } else if let column = data.columns.columns[name] {
          try program.set(name, .rows(column.minibatchRows))
        }
      }
    }
  }

  private func sweep(draw: Int, _ body: (Range<Int>, [String: Tensor]) -> Void) throws {
    let rows = Array(0..<data.rows)
    for start in stride(from: 0, to: rows.count, by: Self.batch) {
      let end = Swift.min(start + Self.batch, rows.count)
      body(start..<end, try program.evaluate(rows: rows[start..<end], epoch: draw))
    }
  }

  /// The guide's posterior of sampled latents, and the posteriors of labels that are summed and of latents
  /// that are integrated, averaged over draws of the others.
  public func posteriors(draws: Int = 100) throws -> [LatentPosterior] {
    let n = data.rows
    let needsDraws =
      !model.context.noise.isEmpty
      && (!finite.isEmpty || !integrated.isEmpty || drawn.contains { !$0.isClosed })
    let count = needsDraws ? draws : 1
    var first: [String: [Double]] = [:]
    var second: [String: [Double]] = [:]
    for draw in 0..<count {
      try sweep(draw: draw) { range, out in
        for (name, value) in out
        where name.hasPrefix("p.") || name.hasPrefix("v.") || name.hasPrefix("w.") {
          let width = value.count / Swift.max(1, range.count)
          let start = range.lowerBound * width
          let none = [Double](repeating: 0, count: first[name] == nil ? n * width : 0)
          Self.add(value.values, to: &first[name, default: none], from: start) {
            $0 / Double(count)
          }
          Self.add(value.values, to: &second[name, default: none], from: start) {
            $0 * $0 / Double(count)
          }
        }
        guard draw == 0 else { return }
        for (name, value) in out where name.hasPrefix("s.") {
          first[name, default: []] += value.values
        }
      }
    }
    var result: [LatentPosterior] = []
    for f in finite {
      let p = first["p.\(f.name)"] ?? []
      result.append(
        LatentPosterior(
          variable: f.name, plate: 0,
          content: .probabilities(p, states: n > 0 ? p.count / n : 1), instances: n))
    }
    for d in drawn {
      let mean = first["v.\(d.variable.name)"] ?? []
      let sd: [Double]
      if d.isClosed {
        sd = first["s.\(d.variable.name)"] ?? [Double](repeating: 0, count: mean.count)
      } else {
        let squares = second["v.\(d.variable.name)"] ?? []
        sd = zip(mean, squares).map { Swift.max(0, $1 - $0 * $0).squareRoot() }
      }
      result.append(
        LatentPosterior(
          variable: d.variable.name, plate: 0,
          content: .moments(mean: mean, sd: sd, size: d.size), instances: n))
    }
    for (v, size) in integrated {
      // Var[f] = E Var[f | z] + Var E[f | z] over the draws z.
      let mean = first["v.\(v.name)"] ?? []
      let own = first["w.\(v.name)"] ?? []
      let squares = second["v.\(v.name)"] ?? []
      let sd = mean.indices.map {
        (Swift.max(0, own[$0]) + Swift.max(0, squares[$0] - mean[$0] * mean[$0])).squareRoot()
      }
      result.append(
        LatentPosterior(
          variable: v.name, plate: 0, content: .moments(mean: mean, sd: sd, size: size),
          instances: n))
    }
    let order = Dictionary(uniqueKeysWithValues: plan.model.variables.map { ($0.name, $0.id) })
    let place = { (p: LatentPosterior) in order[p.variable]?.index ?? 0 }
    return result.sorted { place($0) < place($1) }
  }

  private static func add(
    _ values: [Double], to sums: inout [Double], from start: Int, _ term: (Double) -> Double
  ) {
    sums.withUnsafeMutableBufferPointer { sums in
      for (k, x) in values.enumerated() { sums[start + k] += term(x) }
    }
  }

  /// log (1/K) Σ p̃(x, z_k)/q(z_k) of each row: a lower bound in the mean that tightens with K (Burda et
  /// al. 2016), with the standard error of the average by the delta method.
  public func scores(samples: Int) throws -> (values: [Double], errors: [Double]) {
    let n = data.rows
    var largest = [Double](repeating: -.infinity, count: n)
    var sum = [Double](repeating: 0, count: n)
    var squares = [Double](repeating: 0, count: n)
    for draw in 0..<Swift.max(1, samples) {
      try sweep(draw: draw) { range, out in
        guard let weights = out["weight"]?.values else { return }
        for (k, w) in weights.enumerated() {
          let i = range.lowerBound + k
          if w > largest[i] {
            let shift = (largest[i] - w).exponential
            sum[i] = sum[i] * shift + 1
            squares[i] = squares[i] * shift * shift + 1
            largest[i] = w
          } else {
            let e = (w - largest[i]).exponential
            sum[i] += e
            squares[i] += e * e
          }
        }
      }
    }
    let k = Double(Swift.max(1, samples))
    var values = [Double](repeating: 0, count: n)
    var errors = [Double](repeating: 0, count: n)
    for i in 0..<n {
      values[i] = largest[i] + (sum[i] / k).logarithm
      let mean = sum[i] / k
      let variance = Swift.max(0, squares[i] / k - mean * mean)
      errors[i] = k > 1 ? (variance / (k - 1)).squareRoot() / mean : 0
    }
    return (values, errors)
  }

  /// Whether scores are estimates: something is drawn.
  public var isEstimate: Bool { !model.context.noise.isEmpty }
}
