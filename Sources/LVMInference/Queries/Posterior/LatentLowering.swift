import LVMCompute
import LVMModel

/// The posteriors of every latent of a plan, lowered once for any parameters: outputs of their own
/// over the same factor program.
///
/// Probabilities of a finite latent are the gradient of the log likelihood by a zero table of its
/// own; moments of a continuous one come from its elimination, mixed over the labels it depends on.
struct LatentLowering {
  private let plan: InferencePlan
  private let data: ModelData
  private let runtime: Runtime
  private let ready: Prepared?

  fileprivate struct Prepared {
    var plan: InferencePlan
    var program: Program
    var latents: [Latent]
  }

  fileprivate struct Latent {
    var variable: Variable
    /// Names of outputs: probabilities of each entry of a label, or mean and variance.
    var content: Content
    var size: Int

    enum Content {
      case probabilities([String])
      case moments(mean: String, variance: String, isNormal: Bool)
    }
  }

  init(_ plan: InferencePlan, data: ModelData, runtime: Runtime = .serial) throws {
    self.plan = plan
    self.data = data
    self.runtime = runtime
    // How many nodes quadrature takes depends on the parameters.
    ready = plan.quadrature.isEmpty ? try Self.lower(plan, data) : nil
  }

  /// The posteriors at given parameters.
  func query(_ parameters: [String: Tensor]) throws -> any PosteriorQuery {
    let own =
      try ready
      ?? Self.lower(plan.settledForQuery(data, parameters, runtime: runtime).plan, data)
    let program = own.program
    let isPiecewise =
      ready != nil && data.columns.layout.counts.count == 1 && !program.graph.outputs.isEmpty
      && program.isRowwise
    return LatentQuery(
      lowered: own, data: data, parameters: parameters, runtime: runtime,
      rows: isPiecewise ? Array(0..<data.rows) : nil)
  }

  private static func lower(_ plan: InferencePlan, _ data: ModelData) throws -> Prepared {
    let lowered = try plan.lowered(masked: data.masked, sources: true).fork()
    let builder = lowered.builder
    let axes = lowered.sources.keys.sorted()
    let sources = axes.compactMap { lowered.sources[$0] }
    var labels: [VariableID: [String]] = [:]
    for (axis, g) in zip(axes, builder.gradient(of: lowered.root, with: sources)) {
      let name = "p.\(axis.variable.index).\(axis.component)"
      builder.setOutput(name, g)
      labels[axis.variable, default: []].append(name)
    }
    var latents = labels.map { id, names in
      Latent(variable: plan.model[id], content: .probabilities(names), size: names.count)
    }
    let normal = Set(plan.program.eliminations.filter(\.leavesNormal).flatMap(\.latents))
    // Without labels and nodes to mix over, a linear-Gaussian latent is normal.
    let isUnmixed = axes.isEmpty && plan.quadrature.isEmpty
    for (id, m) in lowered.moments.sorted(by: { $0.key < $1.key }) {
      let v = plan.model[id]
      let plate = plan.nesting.compute(v.plate)
      let size = m.mean.event.reduce(1, *)
      let ones = lowered.context.ones(plate).reshape([1])
      // Moments that are the same for all of a group's rows live on the group until here.
      let mean = m.mean.on(plate).value.reshape([size])
      let variance = m.variance.on(plate).value.reshape([size])
      let names = (mean: "m.\(v.name)", variance: "v.\(v.name)")
      builder.setOutput(names.mean, mean * ones)
      builder.setOutput(
        names.variance, variance.apply(.maximum, builder.constant(0)) * ones)
      let isNormal = isUnmixed && normal.contains(id)
      latents.append(
        Latent(
          variable: v,
          content: .moments(mean: names.mean, variance: names.variance, isNormal: isNormal),
          size: size))
    }
    return Prepared(
      plan: plan, program: Program(builder.finish()),
      latents: latents.sorted { $0.variable.id < $1.variable.id })
  }
}

/// Posteriors of latents at given parameters.
private struct LatentQuery: PosteriorQuery {
  let lowered: LatentLowering.Prepared
  let data: ModelData
  let parameters: [String: Tensor]
  let runtime: Runtime
  let rows: [Int]?

  var step: Int { lowered.program.rowsOfPiece }

  func mixtures(at some: ArraySlice<Int>) throws -> [Mixture] {
    guard rows != nil else {
      let executor = try PlacedExecutor(
        lowered.program, lowered.plan, data: data, runtime: runtime)
      return mixtures(try executor.run(parameters), from: 0)
    }
    guard let first = some.first, let last = some.last else { return mixtures([:], from: 0) }
    var result: [Mixture] = []
    try lowered.program.runPiecewise(
      data.columns.rows(first..<(last + 1)), parameters: parameters, runtime: runtime
    ) { _, out in result = mixtures(out, from: first) }
    return result
  }

  private func mixtures(_ out: [String: Tensor], from first: Int) -> [Mixture] {
    lowered.latents.map { latent in
      let content: Mixture.Content
      let instances: Int
      switch latent.content {
      case .probabilities(let names):
        let entries = names.compactMap { out[$0] }
        instances = entries.first?.dims.first ?? 0
        let k = entries.first?.dims.last ?? 1
        content = .probabilities(Mixture.entriesTogether(entries.map(\.values), k), values: k)
      case .moments(let mean, let variance, let isNormal):
        let (m, v) = (out[mean], out[variance])
        instances = m?.dims.first ?? 0
        let (means, variances) = (m?.values ?? [], v?.values ?? [])
        content =
          isNormal
          ? .normal(mean: means, variance: variances)
          : .scalar(nil, mean: means, variance: variances, arguments: [])
      }
      return Mixture(
        marginal: content, of: latent.variable.id,
        plate: lowered.plan.nesting.compute(latent.variable.plate).index,
        instances: Array(first..<(first + instances)), size: latent.size)
    }
  }
}

extension Mixture {
  /// Probabilities [instances, entries, values] of those of each entry, [instances, values].
  static func entriesTogether(_ entries: [[Double]], _ values: Int) -> [Double] {
    guard entries.count > 1, let first = entries.first else { return entries.first ?? [] }
    var result: [Double] = []
    result.reserveCapacity(entries.count * first.count)
    for start in stride(from: 0, to: first.count, by: values) {
      for entry in entries { result += entry[start..<(start + values)] }
    }
    return result
  }
}
