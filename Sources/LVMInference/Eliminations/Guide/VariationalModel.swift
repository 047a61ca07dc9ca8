import LVMCompute
import LVMModel
import LVMSyntax

/// The evidence lower bound of a planned model as a tensor program.
///
/// ELBO(row) = E_q[log p̃(x, z) − log q(z)], p̃ after everything that can be eliminated exactly has been.
/// Where guide and prior of a latent are both Gaussian and nothing eliminated stands between, the part
/// E_q[log p(z) − log q(z)] is −KL in closed form; else it is the draw's own log weight.
struct VariationalModel {
  let lowered: Fork
  let draws: [GuideDraw]
  /// The bound, per row.
  let rows: Value
  /// Its two shares per row, log p(x | z) and the divergence of guide from prior; nil where a label that is
  /// summed stands between a latent and its prior, so that they do not come apart.
  let split: (reconstruction: Value, divergence: Value)?
  /// Shares of the bound by variable, per row, for finding where it has no value: log densities of observed
  /// variables and divergences of latents.
  let terms: [(variable: VariableID, value: Value)]
  /// Log weight log p̃(x, z) − log q(z) of the draw, per row, with nothing in closed form.
  let logWeights: Value

  var builder: GraphBuilder { lowered.builder }
  var context: LoweringContext { lowered.context }

  /// - Parameters:
  ///   - prepare: puts values in place of parameters and of columns of data.
  ///   - closedForm: whether Gaussian divergences are closed; false gives log weights alone.
  init(
    _ plan: InferencePlan, masked: Set<String>, mode: NetworkMode, closedForm: Bool = true,
    sources: Bool = false, prepare: ((LoweringContext) -> Void)? = nil
  ) throws {
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    lowered = try plan.lowered(masked: masked, sources: sources, mode: mode)
      .fork(prepare)
    let (draws, priors) = (lowered.context.guided.draws, lowered.context.guided.priors)
    self.draws = draws
    let context = lowered.context
    let zero = context.ones(.rows) * 0.0
    // What remains of the joint after the priors of the draws that stand apart.
    let joint = lowered.perUnit ?? zero
    var divergence = zero
    var logWeights = joint
    var splits = true
    var rest = joint
    var terms = lowered.factors.compactMap { factor -> (variable: VariableID, value: Value)? in
      guard factor.x != nil else { return nil }
      let sum = factor.table.value.sum(axes: Array(factor.table.axes.indices))
      return (factor.variable, sum * context.ones(.rows))
    }
    for draw in draws {
      guard let log = draw.logDensity else { continue }
      guard let prior = priors[draw.latent] else {
        splits = false
        rest = rest - log
        logWeights = logWeights - log
        continue
      }
      logWeights = logWeights + prior - log
      if closedForm, let kl = try Self.gaussianDivergence(draw, plan, structure, context) {
        divergence = divergence + kl
        terms.append((draw.latent, kl))
      } else {
        divergence = divergence + log - prior
        terms.append((draw.latent, log - prior))
      }
    }
    self.terms = terms
    rows = rest - divergence
    split = splits && draws.contains { $0.logDensity != nil } ? (rest, divergence) : nil
    self.logWeights = logWeights
  }

  /// KL(q ‖ p) of diagonal Gaussians, summed over the latent; nil where it is not closed.
  private static func gaussianDivergence(
    _ draw: GuideDraw, _ plan: InferencePlan, _ structure: ModelStructure,
    _ context: LoweringContext
  ) throws -> Value? {
    let variable = plan.model[draw.latent]
    guard let q = draw.gaussian,
      case .drawn(.family(.normal, _, let arguments, _)) = variable.definition,
      !plan.guideReads(draw.latent, anyOf: structure.reads(variable), structure)
    else { return nil }
    let shape = try context.dims(variable.type, at: variable.typeSpan)
    let plate = context.plates.compute(variable.plate)
    let p = try arguments.map { try context.lower($0) }
    guard p.allSatisfy({ $0.axes.isEmpty }) else { return nil }
    let wide = p.map { $0.on(plate).broadcast(event: shape).value }
    let ratio = (q.scale / wide[1]).square()
    let shift = ((q.mean - wide[0]) / wide[1]).square()
    let terms = (ratio + shift - ratio.log() - 1.0) * 0.5
    return terms.sum(axes: Array(shape.indices))
  }
}

extension InferencePlan {
  /// Whether the guide of any of some latents reads a latent, directly or through others.
  func guideReads(_ id: VariableID, anyOf parents: Set<VariableID>, _ structure: ModelStructure)
    -> Bool
  {
    let entries = Dictionary(uniqueKeysWithValues: model.guides.map { ($0.variable, $0) })
    var seen: Set<VariableID> = []
    func reaches(_ from: VariableID) -> Bool {
      guard seen.insert(from).inserted, let entry = entries[from] else { return false }
      let reads = structure.reads(entry)
      return reads.contains(id) || reads.contains(where: reaches)
    }
    return parents.contains { $0 != id && reaches($0) }
  }
}

extension ModelStructure {
  /// Guides of the sampled latents, each after those it reads.
  func guideOrder(_ sampled: [VariableID]) throws -> [GuideEntry] {
    let entries = Dictionary(
      uniqueKeysWithValues: model.guides.filter { sampled.contains($0.variable) }.map {
        ($0.variable, $0)
      })
    var done: Set<VariableID> = []
    var result: [GuideEntry] = []
    func place(_ id: VariableID) throws {
      guard done.insert(id).inserted else { return }
      guard let entry = entries[id] else {
        throw LoweringFailure(.noGuide(model[id].name), at: model[id].nameSpan)
      }
      for other in reads(entry).intersection(sampled).sorted() { try place(other) }
      result.append(entry)
    }
    for id in sampled { try place(id) }
    return result
  }

  /// Every variable a guide reads.
  func reads(_ entry: GuideEntry) -> Set<VariableID> {
    switch entry.definition {
    case .drawn(let d): reads(d)
    case .equal(let e): reads(e)
    }
  }
}
