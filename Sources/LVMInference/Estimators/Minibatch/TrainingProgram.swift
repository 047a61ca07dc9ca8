import LVMCompute
import LVMModel

/// A planned model as programs over minibatches: one that trains, one that only evaluates.
struct TrainingProgram {
  /// Parameters of the model that are trained, in their free numbers.
  let space: UnconstrainedSpace
  /// Weights of networks that are trained, and those that are only kept.
  let weights: [NetworkWeight]
  let kept: [NetworkWeight]
  let graph: Graph
  let noise: [Noise]
  /// Latents that are drawn or points, with what their guides say of each row.
  let latents: [Latent]
  /// Scales of observed variables, row by row where networks give them.
  let scales: [Scale]
  /// Shares of the bound by variable, for finding where it has no value.
  let terms: [(variable: VariableID, output: String)]
  /// Numbers of each row's own guide.
  let locals: [LocalColumn]
  let averages: [String]
  let splits: Bool

  struct Latent {
    var id: VariableID
    var name: String
    var dims: [Int]
    var location: String { "$location.\(name)" }
    var spread: String?
  }

  struct Scale {
    var variable: VariableID
    var output: String
    /// Whether it is the same in every row.
    var isShared: Bool
  }

  static let loss = "$loss"
  static let bound = "$bound"
  static let divergence = "$divergence"
  /// The weight of the divergence: a setting of the program.
  static let klWeight = "$kl"
  /// The gradient by a number of the rows' own.
  static func slope(_ entry: LocalColumn) -> String { "$slope.\(entry.name)" }
  /// The bound of each row.
  static let rowBounds = "$rows"
  static func average(_ name: String) -> String { "$average.\(name)" }

  var trainedNames: [String] {
    space.blocks.map(\.inputName) + weights.map(\.name)
  }

  /// - Parameters:
  ///   - rows: rows of the whole table, over which the prior of the parameters is spread.
  ///   - binarized: observed variables whose values are probabilities, drawn afresh each epoch.
  ///   - closedForm: whether Gaussian divergences are closed; false gives log weights alone.
  ///   - isNarrow: whether what varies is Float32, as training computes it.
  init(
    _ plan: InferencePlan, masked: Set<String>, mode: NetworkMode, rows: Int,
    binarized: Set<String> = [],
    closedForm: Bool = true, isNarrow: Bool = true
  ) throws {
    let space = UnconstrainedSpace(
      plan.model.estimatedParameters(readBy: .variablesOrGuides), policy: .search)
    self.space = space
    let model = try VariationalModel(
      plan, masked: masked, mode: mode, closedForm: closedForm
    ) { context in
      space.place(in: context)
      for v in plan.model.variables where binarized.contains(v.name) {
        let dims = v.type.dims ?? []
        let column = "$binarize.\(v.name)"
        context.noise.append(Noise(column: column, kind: .uniform, dims: dims))
        let chance = context.builder.data(column, plate: .rows, dims)
        let p = context.builder.data(ModelColumn.values(v), plate: .rows, dims)
        context.replacements[v.id] = Lowered(chance.apply(.less, p))
      }
    }
    let builder = model.builder
    let prior = try model.context.logPrior()
    let bound = model.rows.sumPlate()
    var climbed = bound
    if let split = model.split {
      let weight = builder.parameter(Self.klWeight, [])
      climbed = (split.reconstruction - split.divergence * weight).sumPlate()
      builder.setOutput(Self.divergence, split.divergence.sumPlate())
    }
    splits = model.split != nil
    let share = builder.ones(.rows).sumPlate() / Double(Swift.max(1, rows))
    let loss = -(climbed + share * prior)
    builder.setOutput(Self.loss, loss)
    builder.setOutput(Self.bound, bound + share * prior)
    builder.setOutput(Self.rowBounds, model.rows)
    latents = model.draws.map { draw in
      var latent = Latent(
        id: draw.latent, name: plan.model[draw.latent].name, dims: draw.location.shape.dims)
      builder.setOutput(latent.location, draw.location)
      if let spread = draw.spread {
        latent.spread = "$spread.\(latent.name)"
        builder.setOutput("$spread.\(latent.name)", spread)
      }
      return latent
    }
    terms = model.terms.map { term in
      let output = "$term.\(plan.model[term.variable].name)"
      builder.setOutput(output, term.value)
      return (term.variable, output)
    }
    scales = Self.scales(model, builder)
    locals = plan.locals
    let own = plan.locals.compactMap { entry in
      builder.nodes.firstIndex { if case .data(entry.name) = $0.op { true } else { false } }
        .map { (entry, Value(builder: builder, id: $0)) }
    }
    for (part, slope) in zip(own, builder.gradient(of: loss, with: own.map(\.1))) {
      builder.setOutput(Self.slope(part.0), slope)
    }
    // A network that is applied to several values has the mean of their statistics.
    let statistics = Dictionary(grouping: model.context.runningAverages, by: \.name)
      .mapValues { $0.map(\.value) }
    averages = statistics.keys.sorted()
    for name in averages {
      guard let values = statistics[name], let first = values.first else { continue }
      let sum = values.dropFirst().reduce(first) { $0 + $1 }
      builder.setOutput(Self.average(name), sum / Double(values.count))
    }
    let used = model.context.weightNames
    let all = plan.model.networks.flatMap(\.weights).filter { used.contains($0.name) }
    weights = all.filter(\.isTrained)
    kept = all.filter { !$0.isTrained }
    noise = model.context.noise
    let trained = Set(space.blocks.map(\.inputName) + weights.map(\.name))
    let whole = builder.finish()
    graph = isNarrow ? narrowed(whole, parameters: trained) : whole
  }

  /// Scales of observed variables under one family, those that labels choose left out.
  private static func scales(_ model: VariationalModel, _ builder: GraphBuilder) -> [Scale] {
    model.lowered.factors.compactMap { factor in
      guard factor.x != nil, case .family(let name, let form, _, _) = factor.distribution,
        let place = family(name).forms[form].firstIndex(where: { $0.name == "scale" }),
        factor.arguments[place].axes.isEmpty
      else { return nil }
      let scale = factor.arguments[place].value
      let output = "$scale.\(model.context.model[factor.variable].name)"
      let ones = builder.ones(.rows).reshape([Int](repeating: 1, count: scale.shape.rank))
      builder.setOutput(output, scale * ones)
      return Scale(variable: factor.variable, output: output, isShared: scale.shape.plate == nil)
    }
  }
}

/// The rows of a source again and again: row number i + k·count is row i, so that each sample of a row has
/// noise of its own.
struct RepeatedRows: MinibatchRows {
  let base: any MinibatchRows
  let copies: Int
  var count: Int { base.count * copies }
  var width: Int { base.width }

  func gather(_ rows: UnsafeBufferPointer<Int>, into out: UnsafeMutablePointer<Float>) {
    let n = Swift.max(1, base.count)
    let own = rows.map { $0 % n }
    own.withUnsafeBufferPointer { base.gather($0, into: out) }
  }
}
