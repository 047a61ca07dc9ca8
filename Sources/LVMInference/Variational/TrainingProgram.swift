import LVMCompute
import LVMModel

/// A planned model as programs over minibatches: one that trains, one that only evaluates.
struct TrainingProgram {
  /// Parameters of the model that are trained, in their free numbers.
  let parameters: [(name: String, kind: ElementKind, dims: [Int])]
  /// Weights of networks that are trained, and those that are only kept.
  let weights: [NetworkWeight]
  let kept: [NetworkWeight]
  let graph: Graph
  let noise: [Noise]
  /// Latents whose guide has a mean per row, for counting active units.
  let latents: [(name: String, output: String, dims: [Int])]
  let averages: [String]
  let splits: Bool

  static let loss = "$loss"
  static let bound = "$bound"
  static let divergence = "$divergence"
  /// The weight of the divergence: a setting of the program.
  static let klWeight = "$kl"
  static func mean(_ latent: String) -> String { "$mean.\(latent)" }
  static func average(_ name: String) -> String { "$average.\(name)" }

  var trainedNames: [String] {
    parameters.map { Maximization.freeName($0.name) } + weights.map(\.name)
  }

  /// - Parameters:
  ///   - rows: rows of the whole table, over which the prior of the parameters is spread.
  ///   - binarized: observed variables whose values are probabilities, drawn afresh each epoch.
  init(
    _ plan: Plan, masked: Set<String>, mode: NetworkMode, rows: Int, binarized: Set<String> = []
  ) throws {
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    let estimated = plan.model.variables.filter { v in
      guard v.role == .param else { return false }
      if case .equal = v.definition { return false }
      return plan.model.variables.contains {
        ($0.role == .observe || $0.role == .latent) && structure.reads($0).contains(v.id)
      } || plan.model.guides.contains { structure.reads($0).contains(v.id) }
    }
    parameters = estimated.map { ($0.name, $0.type.kind, $0.type.dims ?? []) }
    let model = try VariationalModel(plan, masked: masked, mode: mode) { context in
      for v in estimated {
        let free = context.builder.parameter(Maximization.freeName(v.name), v.type.dims ?? [])
        context.replacements[v.id] = Lowered(Transform.constrain(free, v.type.kind))
      }
      for v in plan.model.variables where binarized.contains(v.name) {
        let dims = v.type.dims ?? []
        let column = "$binarize.\(v.name)"
        context.noise.append(Noise(column: column, kind: .uniform, dims: dims))
        let chance = context.builder.data(column, plate: .rows, dims)
        let p = context.builder.data(LoweringContext.column(v), plate: .rows, dims)
        context.replacements[v.id] = Lowered(chance.apply(.less, p))
      }
    }
    let builder = model.builder
    let prior = try model.context.logPrior()
    let bound = model.rows.sumPlate()
    var climbed = bound
    if let split = model.split, !model.draws.isEmpty {
      let weight = builder.parameter(Self.klWeight, [])
      climbed = (split.reconstruction - split.divergence * weight).sumPlate()
      builder.setOutput(Self.divergence, split.divergence.sumPlate())
    }
    splits = model.split != nil && !model.draws.isEmpty
    let share = builder.ones(.rows).sumPlate() / Double(Swift.max(1, rows))
    builder.setOutput(Self.loss, -(climbed + share * prior))
    builder.setOutput(Self.bound, bound + share * prior)
    var latents: [(name: String, output: String, dims: [Int])] = []
    for draw in model.draws {
      let name = plan.model[draw.latent].name
      builder.setOutput(Self.mean(name), draw.mean)
      latents.append((name, Self.mean(name), draw.mean.shape.dims))
    }
    self.latents = latents
    for (name, value) in model.context.runningAverages {
      builder.setOutput(Self.average(name), value)
    }
    averages = model.context.runningAverages.map(\.name)
    let used = model.context.weightNames
    let all = plan.model.networks.flatMap(\.weights).filter { used.contains($0.name) }
    weights = all.filter(\.isTrained)
    kept = all.filter { !$0.isTrained }
    noise = model.context.noise
    let trained = Set(
      estimated.map { Maximization.freeName($0.name) } + weights.map(\.name))
    graph = narrowed(builder.finish(), parameters: trained)
  }
}

/// Rows of one column as a step reads them: bits, bytes or Float32, whichever holds them exactly enough.
enum ColumnRows {
  static func source(_ column: DataColumn) -> any MinibatchRows {
    let width = Swift.max(1, column.dims.reduce(1, *))
    let values = column.values
    if values.allSatisfy({ $0 == 0 || $0 == 1 }) { return BitRows(values, width: width) }
    if values.allSatisfy({ $0 >= 0 && $0 <= 255 && $0 == $0.rounded() }) {
      return ByteRows(values.map { UInt8($0) }, width: width)
    }
    return FloatRows(values.map { Float($0) }, width: width)
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
