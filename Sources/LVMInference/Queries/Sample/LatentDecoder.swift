import LVMCompute
import LVMModel

/// What observed variables are in the mean where the latents are known.
///
/// The same for every model: latents are data here, however they were integrated, summed or drawn when the
/// model was fitted.
public struct LatentDecoder {
  private let model: ModelGraph
  private let nesting: PlateNesting
  private let parameters: [String: Tensor]

  /// `model` is the model with every size known, each variable in its own role.
  public init(_ plan: InferencePlan, model: ModelGraph, parameters: [String: Tensor]) {
    self.model = model
    nesting = plan.nesting
    self.parameters = parameters
  }

  /// Latents that an observed variable reads, through names for expressions.
  public func latents(readBy names: [String]) -> [Variable] {
    let structure = ModelStructure(model: model, nesting: nesting)
    let read = names.compactMap { model.variable(named: $0) }.reduce(into: Set<VariableID>()) {
      $0.formUnion(structure.reads($1))
    }
    return read.sorted().map { model[$0] }.filter { v in
      if case .equal = v.definition { return false }
      return v.role == .latent
    }
  }

  /// Means of observed variables in the model's units, [instances of the plate, size]: of a 0/1 variable the
  /// probability of 1, of a label the index of the most probable value.
  ///
  /// - Parameter columns: values of everything they read: latents, given variables, other observed ones.
  /// - Throws: `QueryError` naming a variable whose mean has no closed form.
  public func means(of names: [String], at columns: DataColumns, runtime: Runtime = .serial) throws
    -> [String: DataColumn]
  {
    var data = columns
    let builder = GraphBuilder()
    let context = LoweringContext(model: model, builder: builder, plates: nesting)
    for v in model.variables where v.role == .latent {
      if case .equal = v.definition { continue }
      context.replacements[v.id] = Lowered(
        builder.data(v.name, plate: nesting.compute(v.plate), v.type.dims ?? []))
    }
    for p in 0..<nesting.count {
      let n = data.layout.count(PlateID(p))
      data.columns[ModelColumn.ones(PlateID(p))] = DataColumn(
        plate: PlateID(p), repeating: 1, instances: n)
    }
    var found: [(variable: Variable, values: Int)] = []
    for name in names {
      guard let v = model.variable(named: name) else { continue }
      // The density of a value that is not there is not asked for, but its column is named.
      if data.columns[name] == nil {
        let plate = nesting.compute(v.plate)
        data.columns[name] = DataColumn(
          plate: plate, dims: v.type.dims ?? [], repeating: 0, instances: data.layout.count(plate))
      }
      let (mean, k) = try mean(of: v, context)
      builder.setOutput(name, mean)
      found.append((v, k))
    }
    let out = try runtime.evaluator(Program(builder.finish()), data: data).run(parameters)
    var result: [String: DataColumn] = [:]
    for (v, k) in found {
      let plate = nesting.compute(v.plate)
      result[v.name] = DataColumn(
        plate: plate, dims: v.type.dims ?? [],
        values: Self.chosen(out[v.name]?.values ?? [], k, v.type.kind))
    }
    return result
  }

  /// The numbers themselves, the probability of 1, or the index of the most probable of `k` values.
  private static func chosen(_ values: [Double], _ k: Int, _ kind: ElementKind) -> [Double] {
    guard k > 0 else { return values }
    return stride(from: 0, to: values.count, by: k).map { start in
      if case .binary = kind { return values[start + k - 1] }
      let best = (start..<(start + k)).max { values[$0] < values[$1] } ?? start
      return Double(best - start)
    }
  }

  /// A variable's mean on its plate, or the probabilities of its values and how many there are.
  private func mean(of v: Variable, _ context: LoweringContext) throws -> (Value, Int) {
    guard case .drawn(let distribution) = v.definition else {
      throw QueryError.noMoments(variable: model.place(of: v), distribution: "it is a chain")
    }
    if v.definition.expressions.contains(where: { !$0.previousVariables.isEmpty }) {
      throw QueryError.noMoments(
        variable: model.place(of: v), distribution: "it depends on earlier rows")
    }
    do {
      return try mean(of: v, distribution, context)
    } catch let failure as LoweringFailure {
      throw QueryError.noDraw(variable: v.name, reason: failure.reason)
    }
  }

  private func mean(of v: Variable, _ distribution: Distribution, _ context: LoweringContext) throws
    -> (Value, Int)
  {
    let dims = v.type.dims ?? []
    let plate = nesting.compute(v.plate)
    let ones = context.ones(plate)
    func placed(_ value: Value, _ shape: [Int]) -> Value {
      let padding = [Int](repeating: 1, count: max(0, shape.count - value.shape.rank))
      let wide = value.reshape(padding + value.shape.dims).broadcast(shape)
      return wide * ones.reshape([Int](repeating: 1, count: shape.count))
    }
    if case .zeroInflated(let base, let p, _) = distribution, v.type.kind == .count,
      let own = try context.zeroInflatedMoments(base, p, axes: [], shape: dims, plate)
    {
      return (placed(own.mean, dims), 0)
    }
    if case .censored(let base, let low, let high, let right, _) = distribution {
      // What an indicator says is censored is the observation, not the value.
      if right != nil { return try mean(of: v, base, context) }
      if let own = try clippedMean(base, low, high, v, context) { return (placed(own, dims), 0) }
    }
    guard case .family(let name, let form, _, _) = distribution else {
      throw QueryError.noMoments(
        variable: model.place(of: v), distribution: "it is drawn from a combinator over a family")
    }
    guard let factor = try context.factors(v, distribution, part: .whole).first,
      factor.axes.isEmpty
    else { throw QueryError.finiteCombinator(variable: model.place(of: v)) }
    let family = LVMModel.family(name)
    if v.type.kind.isFinite {
      guard let table = family.logTable(factor.aligned, form: form) else {
        throw QueryError.finiteCombinator(variable: model.place(of: v))
      }
      let k = table.shape.dims.last ?? 1
      return (placed(table.exp(), dims + [k]), k)
    }
    if SupportLimits(v.type.kind, family.support) != nil {
      throw QueryError.noMoments(
        variable: model.place(of: v),
        distribution: "it is \(name.rawValue) cut to \(v.type.kind.word) values")
    }
    guard let mean = family.mean(factor.aligned, form: form) else {
      throw QueryError.noMoments(
        variable: model.place(of: v), distribution: "\(name.rawValue) has no mean in closed form")
    }
    return (placed(mean, dims), 0)
  }

  /// E[min(max(x, a), b)] of x ~ Normal(m, s): a Φ(α) + b Φ(−β) + m (Φ(β) − Φ(α)) + s (φ(α) − φ(β)), with
  /// α = (a − m)/s and β = (b − m)/s (Tobin 1958); nil for other families.
  private func clippedMean(
    _ base: Distribution, _ low: Expression?, _ high: Expression?, _ v: Variable,
    _ context: LoweringContext
  ) throws -> Value? {
    guard case .family(.normal, let form, let arguments, _) = base, v.type.kind == .real,
      form == 0
    else { return nil }
    let shape = v.type.dims ?? []
    let plate = nesting.compute(v.plate)
    func value(_ e: Expression) throws -> Value {
      try context.lower(e).on(plate).broadcast(event: shape).value
    }
    func cumulative(_ x: Value) -> Value { x.apply(.logNormalCDF).exp() }
    func density(_ x: Value) -> Value {
      (x.square() * -0.5).exp() * (1 / (2 * Double.pi).squareRoot())
    }
    let (m, s) = (try value(arguments[0]), try value(arguments[1]))
    var result = m
    if let low {
      let a = try value(low)
      let t = (a - m) / s
      result = result + (a - m) * cumulative(t) + s * density(t)
    }
    if let high {
      let b = try value(high)
      let t = (b - m) / s
      result = result + (b - m) * cumulative(-t) - s * density(t)
    }
    return result
  }
}

extension InferencePlan {
  /// Whether rows are independent of one another: no groups and no chains.
  public var isOfRows: Bool {
    nesting.count == 1
      && !model.variables.contains { v in
        if case .chain = v.definition { return true }
        return v.definition.expressions.contains { !$0.previousVariables.isEmpty }
      }
  }
}
