import LVMCompute
import LVMModel

/// Draws of a row's sampled latents from their prior given what is known of the row, and the density they
/// have there: a part of the proposals that never misses where the posterior may lie.
struct PriorDraws {
  private let plan: InferencePlan
  private let data: ModelData
  private let evaluator: Evaluator
  /// What is drawn, parents first, and what the data give.
  private let drawn: [Variable]
  private let known: [Variable]
  private let seed: UInt64

  /// Nil where there is no such prior: a guide is a point, a latent was eliminated above the sampled ones,
  /// or what they depend on is missing in some rows.
  init?(_ plan: InferencePlan, data: ModelData, parameters: [String: Tensor], seed: UInt64) {
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    guard let names = Self.ancestors(plan, data, structure) else { return nil }
    self.plan = plan
    self.data = data
    self.seed = seed
    evaluator = Evaluator(plan.model, parameters: parameters)
    let local = plan.model.topologicalOrder.filter(names.contains).map { plan.model[$0] }
    drawn = local.filter { $0.role == .latent && !Self.isName($0) }
    known = local.filter { $0.role == .observe || $0.role == .given }
  }

  /// The latents of the draws' density: those drawn here.
  var latents: Set<VariableID> { Set(drawn.map(\.id)) }

  private static func isName(_ v: Variable) -> Bool {
    if case .equal = v.definition { return true }
    return false
  }

  /// The sampled latents and everything they depend on, up to what is observed.
  private static func ancestors(
    _ plan: InferencePlan, _ data: ModelData, _ structure: ModelStructure
  )
    -> Set<VariableID>?
  {
    let eliminated = Set(
      plan.program.eliminations.flatMap(\.latents).filter { !plan.model[$0].type.kind.isFinite })
    let points = plan.model.guides.contains { entry in
      guard plan.sampled.contains(entry.variable), case .equal = entry.definition else {
        return false
      }
      return true
    }
    guard !points, !plan.sampled.isEmpty else { return nil }
    var found: Set<VariableID> = []
    var open = plan.sampled
    while let id = open.popLast() {
      guard found.insert(id).inserted else { continue }
      let v = plan.model[id]
      switch v.role {
      case .param, .given: continue
      case .observe:
        if data.masked.contains(v.name) { return nil }
        continue
      case .latent, .binding:
        if eliminated.contains(id) || plan.opened.contains(id) || structure.isChain(v) {
          return nil
        }
        open += structure.reads(v)
      }
    }
    return found
  }

  /// Draw number `sample` of each sampled latent at some rows: [rows, the latent's size].
  func draw(rows: ArraySlice<Int>, sample: Int) throws -> [VariableID: [Float]] {
    var result: [VariableID: [Float]] = [:]
    var evaluator = evaluator
    for row in rows {
      for v in known {
        guard let column = data.columns.columns[v.name] else { continue }
        evaluator.values[v.id] = Tensor(column.dims, column.numbers(of: row..<(row + 1)))
      }
      for v in drawn {
        guard case .drawn(let distribution) = v.definition else { continue }
        var random = RandomStream(
          seed: seed, purpose: "prior draws", site: v.id.index, row: row, sample: sample)
        let value = try evaluator.draw(distribution, v, &random)
        evaluator.values[v.id] = value
        if plan.sampled.contains(v.id) {
          result[v.id, default: []] += value.broadcast(to: v.type.dims ?? []).values.map(Float.init)
        }
      }
      for v in drawn { evaluator.values[v.id] = nil }
    }
    return result
  }

  /// log p of the drawn latents, labels among them summed, a number a row.
  func logDensity(in lowered: Fork) -> Value {
    let latents = latents
    var working = WorkingFactors()
    for factor in lowered.factors where latents.contains(factor.variable) {
      working.add(factor.table, on: .rows)
    }
    for label in plan.program.all(LabelSum.self) {
      lowered.context.sumOut(label.axis, on: label.plate, in: &working)
    }
    let zero = lowered.context.ones(.rows) * 0.0
    return working.takeAll(on: .rows).reduce(zero) { $0 + $1.value }
  }
}
