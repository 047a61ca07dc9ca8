import LVMCompute
import LVMModel

/// Ancestral draws of everything a model says of its rows: latents and observed variables, groups
/// before their rows, the rows of a series one after the other.
public struct ModelSampler: Sendable {
  /// Where draws are made: how many rows and groups, and the givens of each.
  public struct Frame: Sendable {
    public var layout: PlateLayout
    /// Values of given variables in the model's units on the instances of their plates.
    public var givens: [String: DataColumn]
    /// Latents and observed variables that are taken from `givens` instead of drawn.
    public var fixed: Set<String> = []
    /// Variables that are left out: nothing that is drawn may depend on them.
    public var omitted: Set<String> = []

    public init(layout: PlateLayout, givens: [String: DataColumn]) {
      self.layout = layout
      self.givens = givens
    }
  }

  private let model: ModelGraph
  private let nesting: PlateNesting
  private let parameters: [String: Tensor]
  private let order: [Variable]
  /// Variables of each compute plate in the order they are drawn.
  private let members: [[Variable]]
  /// Variables read at earlier rows, and how far back.
  private let isLagged: Set<VariableID>
  private let deepest: Int

  public init(_ plan: InferencePlan, model: ModelGraph, parameters: [String: Tensor]) {
    self.model = model
    nesting = plan.nesting
    self.parameters = parameters
    order = model.topologicalOrder.map { model[$0] }
    let nesting = plan.nesting
    let local = model.topologicalOrder.map { model[$0] }
      .filter { $0.role != .param && $0.plate != .global }
    members = (0..<nesting.count).map { p in local.filter { nesting.compute($0.plate).index == p } }
    (isLagged, deepest) = Self.lags(model)
  }

  /// One draw of the whole frame: values by variable name, [instances of its plate, size], in the
  /// model's units, labels as zero-based indices.
  ///
  /// The same seed and replicate give the same bits; a row's draw depends on its place alone.
  ///
  /// - Throws: `QueryError` naming what has no value or cannot be drawn.
  public func draw(_ frame: Frame, seed: UInt64, replicate: Int = 0) throws -> [String: DataColumn]
  {
    let needed = model.variables.filter {
      ($0.role == .given || frame.fixed.contains($0.name)) && frame.givens[$0.name] == nil
        && !frame.omitted.contains($0.name)
    }
    guard needed.isEmpty else { throw QueryError.givenNeeded(names: needed.map(\.name)) }
    var evaluator = Evaluator(model, parameters: parameters)
    var result: [String: DataColumn] = [:]
    for v in order where v.role != .param && v.role != .binding && v.plate != .global {
      result[v.name] = DataColumn(
        plate: nesting.compute(v.plate), dims: v.type.dims ?? [], values: [])
    }
    if let latent = order.first(where: { $0.role == .latent && $0.plate == .global }),
      case .drawn = latent.definition
    {
      throw QueryError.noDraw(
        variable: latent.name, reason: "it is a latent of the whole model")
    }
    let outermost = nesting.outermost.index
    for i in 0..<frame.layout.count(nesting.outermost) {
      if outermost == 0 {
        try row(i, i, frame, seed, replicate, &evaluator, &result)
      } else {
        try group(outermost, i, frame, seed, replicate, &evaluator, &result)
      }
    }
    return result
  }

  private func group(
    _ plate: Int, _ i: Int, _ frame: Frame, _ seed: UInt64, _ replicate: Int,
    _ evaluator: inout Evaluator, _ result: inout [String: DataColumn]
  ) throws {
    forget(within: plate, &evaluator)
    try variables(plate, i, 0, frame, seed, replicate, &evaluator, &result)
    let offsets = frame.layout.offsets[plate - 1]
    for j in offsets[i]..<offsets[i + 1] {
      if plate == 1 {
        try row(j, j - offsets[i], frame, seed, replicate, &evaluator, &result)
      } else {
        try group(plate - 1, j, frame, seed, replicate, &evaluator, &result)
      }
    }
  }

  /// One row; `t` is its place in its series.
  private func row(
    _ i: Int, _ t: Int, _ frame: Frame, _ seed: UInt64, _ replicate: Int,
    _ evaluator: inout Evaluator, _ result: inout [String: DataColumn]
  ) throws {
    if t == 0 { evaluator.past = [:] }
    forget(within: 0, &evaluator)
    try variables(0, i, t, frame, seed, replicate, &evaluator, &result)
    for v in members[0] where isLagged.contains(v.id) {
      guard let value = evaluator.values[v.id] else { continue }
      var known = evaluator.past[v.id] ?? []
      known.insert(value, at: 0)
      if known.count > deepest { known.removeLast() }
      evaluator.past[v.id] = known
    }
  }

  private func forget(within plate: Int, _ evaluator: inout Evaluator) {
    for p in 0...plate { for v in members[p] { evaluator.values[v.id] = nil } }
  }

  private static func lags(_ model: ModelGraph) -> (read: Set<VariableID>, deepest: Int) {
    var read: Set<VariableID> = []
    var deepest = 1
    for v in model.variables {
      for e in v.definition.expressions {
        read.formUnion(e.previousVariables)
        e.visit { part in
          if case .previous(_, let lag) = part.node { deepest = max(deepest, lag.constant ?? 1) }
          if case .previousRange(_, _, let to) = part.node {
            deepest = max(deepest, to.constant ?? 1)
          }
        }
      }
    }
    return (read, deepest)
  }

  private func variables(
    _ plate: Int, _ i: Int, _ t: Int, _ frame: Frame, _ seed: UInt64, _ replicate: Int,
    _ evaluator: inout Evaluator, _ result: inout [String: DataColumn]
  ) throws {
    for v in members[plate] where !frame.omitted.contains(v.name) {
      let value: Tensor
      if v.role == .given || frame.fixed.contains(v.name) {
        value = try given(v, i, frame)
      } else {
        var random = RandomStream(
          seed: seed, purpose: "sample", site: v.id.index, row: i, sample: replicate)
        switch v.definition {
        case .free: continue
        case .equal(let e): value = try evaluator.evaluate(e)
        case .drawn(let d): value = try evaluator.draw(d, v, &random)
        case .chain(let chain):
          let isFirst = t < (chain.order.constant ?? 1)
          switch isFirst ? chain.initially ?? chain.then : chain.then {
          case .drawn(let d): value = try evaluator.draw(d, v, &random)
          case .equal(let e): value = try evaluator.evaluate(e)
          }
        }
      }
      let dims = v.type.dims ?? value.dims
      let wide = value.broadcast(to: dims)
      evaluator.values[v.id] = wide
      result[v.name]?.append(wide.values)
    }
  }

  private func given(_ v: Variable, _ i: Int, _ frame: Frame) throws -> Tensor {
    guard let column = frame.givens[v.name] else { throw QueryError.givenNeeded(names: [v.name]) }
    return Tensor(column.dims, column.numbers(of: i..<(i + 1)))
  }
}

extension InferencePlan {
  /// The compute plate that a variable's instances lie on: 0 for rows.
  public func plate(of variable: Variable) -> PlateID { nesting.compute(variable.plate) }
}
