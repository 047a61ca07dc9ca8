import LVMCompute
import LVMModel

/// Evaluates the laws of observed variables given everything else that is observed of their row, group
/// or series.
public struct PredictiveDistributions: Sendable {
  private let plan: Plan
  private let data: ModelData
  private let runtime: Runtime
  private let fromLatentsAlone: Bool

  /// With `fromLatentsAlone`, the law of every cell is that of a fresh value given the posterior of the
  /// latents, present or not, and no row is left out.
  public init(
    _ plan: Plan, data: ModelData, runtime: Runtime = .serial, fromLatentsAlone: Bool = false
  ) {
    self.fromLatentsAlone = fromLatentsAlone
    self.plan = plan
    self.data = data
    self.runtime = runtime
  }

  /// Numbers of one block of rows that are held at a time.
  private static let block = 2_000_000

  /// The laws of some variables' cells; rows without a missing cell among them are left out where rows
  /// are independent.
  ///
  /// - Throws: `QueryError` where a law has no closed form.
  public func laws(of names: [String], parameters: [String: Tensor]) throws
    -> [PredictiveDistribution]
  {
    let ids = names.compactMap { self.plan.model.variable(named: $0)?.id }
    guard !ids.isEmpty else { return [] }
    if plan.isTrained { throw QueryError.trained(model: plan.model.name) }
    let plan = try self.plan.settledForQuery(data, parameters, runtime: runtime)
    let laws = PredictiveLowering(
      plan, masked: data.masked, fromLatentsAlone: fromLatentsAlone)
    let (program, handles) = try laws.program(ids)
    let isRows = plan.nesting.count == 1 && !hasChain
    guard isRows else {
      let out = try PlacedExecutor(program, plan, data: data, runtime: runtime).run(parameters)
      return try handles.enumerated().map { i, h in
        let plate = plan.nesting.compute(plan.model[h.variable].plate)
        let instances = Array(0..<data.columns.layout.count(plate))
        return try law(h, i, out, plate.index, instances)
      }
    }
    let rows = fromLatentsAlone ? Array(0..<data.rows) : incompleteRows(ids)
    let width = handles.map { h in
      h.size * h.axes.reduce(1) { $0 * $1.values } * 4
    }.reduce(1, +)
    let step = max(1, Self.block / width)
    var result: [PredictiveDistribution] = try handles.enumerated().map {
      try law($1, $0, [:], 0, [])
    }
    for start in stride(from: 0, to: rows.count, by: step) {
      let some = Array(rows[start..<min(start + step, rows.count)])
      let out = try PlacedExecutor(
        program, plan, data: data.selecting(rows: some), runtime: runtime
      ).run(parameters)
      for (i, h) in handles.enumerated() { try result[i].append(law(h, i, out, 0, some)) }
    }
    return result
  }

  /// Moments of a form that has none in closed form, a cell and state each.
  static func moments(_ form: PredictiveForm, _ numbers: [[Double]]) -> ([Double], [Double]) {
    var known: [[Double]: (mean: Double, variance: Double)] = [:]
    let all = (0..<(numbers.first?.count ?? 0)).map { i in
      let own = numbers.map { $0[i] }
      if let found = known[own] { return found }
      let law = PredictiveMixture(form: form, weights: [1], numbers: own)
      let found = law.momentsFromTails() ?? (mean: .nan, variance: .nan)
      known[own] = found
      return found
    }
    return (all.map(\.mean), all.map(\.variance))
  }

  private var hasChain: Bool {
    plan.program.steps.contains { step in
      switch step {
      case .scanFinite, .scanGaussian: true
      case .compressRows, .integrateGaussian, .integrateConjugate, .integrateQuadrature, .sumOut,
        .productOver:
        false
      }
    }
  }

  private func incompleteRows(_ ids: [VariableID]) -> [Int] {
    var incomplete = [Bool](repeating: false, count: data.rows)
    for id in ids {
      guard let mask = data.columns.columns[LoweringContext.maskColumn(plan.model[id])] else {
        continue
      }
      let width = max(1, mask.dims.reduce(1, *))
      var first = 0
      mask.eachBlock { values in
        for (i, value) in values.enumerated() where value == 0 {
          incomplete[(first + i) / width] = true
        }
        first += values.count
      }
    }
    return incomplete.indices.filter { incomplete[$0] }
  }

  private func law(
    _ h: PredictiveLowering.Handles, _ i: Int, _ out: [String: Tensor], _ plate: Int,
    _ instances: [Int]
  ) throws -> PredictiveDistribution {
    func values(_ name: String) -> [Double] { out["\(i).\(name)"]?.values ?? [] }
    let content: PredictiveDistribution.Content
    switch h.content {
    case .probabilities(_, let k): content = .probabilities(values("p"), values: k)
    case .normal:
      let (mean, variance) = (values("m"), values("v"))
      guard !mean.contains(where: \.isNaN), !variance.contains(where: \.isNaN) else {
        throw QueryError.noFiniteValue(variable: plan.model.place(of: plan.model[h.variable]))
      }
      content = .normal(mean: mean, variance: variance)
    case .scalar(let form, let mean, _, let arguments):
      let numbers = arguments.indices.map { values("a\($0)") }
      if mean == nil, let form {
        let (m, v) = Self.moments(form, numbers)
        content = .scalar(form, mean: m, variance: v, arguments: numbers)
      } else {
        content = .scalar(form, mean: values("m"), variance: values("v"), arguments: numbers)
      }
    case .drawn(let reason): content = .drawn(reason: reason)
    }
    return PredictiveDistribution(
      variable: h.variable, plate: plate, instances: instances, size: h.size,
      states: h.axes.reduce(1) { $0 * $1.values },
      weights: h.weights == nil
        ? [Double](repeating: 1, count: instances.count) : values("w"),
      axes: h.axes, content: content,
      nodes: Dictionary(
        uniqueKeysWithValues: h.nodes.map { ($0.latent, values("n\($0.latent.index)")) }))
  }
}

extension PredictiveDistribution {
  /// Joins the law of further instances.
  public mutating func append(_ other: PredictiveDistribution) {
    instances += other.instances
    weights += other.weights
    nodes.merge(other.nodes) { $0 + $1 }
    switch (content, other.content) {
    case (.probabilities(let p, let k), .probabilities(let q, _)):
      content = .probabilities(p + q, values: k)
    case (.normal(let m, let v), .normal(let n, let w)):
      content = .normal(mean: m + n, variance: v + w)
    case (.scalar(let form, let m, let v, let a), .scalar(_, let n, let w, let b)):
      content = .scalar(
        form, mean: m + n, variance: v + w, arguments: zip(a, b).map { $0 + $1 })
    case (.drawn, .drawn): break
    case (.probabilities, _), (.normal, _), (.scalar, _), (.drawn, _): break
    }
  }
}

extension ModelData {
  /// Some rows of a table without groups.
  public func selecting(rows chosen: [Int]) -> ModelData {
    var copy = self
    copy.rows = chosen.count
    let order = order
    copy.order = chosen.map { order[$0] }
    copy.columns.layout = PlateLayout(counts: [chosen.count])
    for (name, column) in columns.columns {
      let width = column.width
      let values = [Double](unsafeUninitializedCapacity: chosen.count * width) { buffer, filled in
        var i = 0
        while i < chosen.count {
          // Neighbours are read together.
          var end = i + 1
          while end < chosen.count, chosen[end] == chosen[end - 1] + 1 { end += 1 }
          column.copyRows(
            chosen[i]..<(chosen[end - 1] + 1),
            into: UnsafeMutableBufferPointer(rebasing: buffer[(i * width)..<(end * width)]))
          i = end
        }
        filled = chosen.count * width
      }
      copy.columns.columns[name] = DataColumn(
        plate: column.plate, dims: column.dims, values: values)
    }
    return copy
  }

  /// The same data with all observed variables taken as wholly missing.
  func hidingObserved(_ model: ModelGraph) -> ModelData {
    model.variables.filter { $0.role == .observe }.reduce(self) { $0.hiding($1.name) }
  }

  /// The same data with a variable taken as wholly missing.
  public func hiding(_ name: String) -> ModelData {
    guard let like = columns.columns[name], like.count > 0 else { return self }
    var copy = self
    copy.masked.insert(name)
    copy.columns.columns["$mask.\(name)"] = DataColumn(
      plate: like.plate, dims: like.dims, repeating: 0, instances: like.count / like.width)
    return copy
  }
}
