import LVMCompute
import LVMModel
import LVMSyntax

extension LatentInquiry {
  /// Whether a block can be drawn from guides: latents of the row, continuous, no chain.
  func canSample(_ component: [Variable]) -> Bool {
    component.allSatisfy { v in
      guard nesting.count == 1, nesting.compute(v.plate) == .rows, !structure.isChain(v) else {
        return false
      }
      switch v.type.kind {
      case .real, .positive, .unit, .simplex: return true
      case .count, .integer, .binary, .category, .covariance, .correlation, .cholesky,
        .orthonormal:
        return false
      }
    }
  }
}

/// The strategy of latents that nothing eliminates: drawn from a guide, with gradients through the draw.
enum GuideStrategy: EliminationStrategy {
  static let name = "guide"
  static let advice = "sampling by a guide serves latents of the row that are no chain"

  static func claim(_ block: LatentBlock, _ inquiry: LatentInquiry) throws(BlockRefusal) -> Claim {
    guard block.finding == nil, inquiry.canSample(block.members) else { throw .silent }
    var reasons = block.reasons
    let drawn = block.drawn.isEmpty ? block.members : block.drawn
    if inquiry.facts.guide != .point, block.drawn.contains(where: inquiry.structure.feedsNetwork) {
      // Why the whole has no closed form, which was not asked of what has to be drawn.
      do { try GaussianStrategy.consider(block.members, inquiry.structure, inquiry.facts) } catch {
        reasons.append("\(GaussianStrategy.name): \(error.reason)")
      }
    }
    var claim = Claim()
    claim.sampled = drawn.map(\.id)
    for member in drawn { claim.entries[member.id] = entry(member, reasons, inquiry) }
    let known = Set(claim.sampled)
    claim.rest = block.members.filter { !known.contains($0.id) }
    claim.given = .draws(drawn)
    return claim
  }

  private static func entry(_ member: Variable, _ reasons: [String], _ inquiry: LatentInquiry)
    -> Plan.Entry
  {
    let written = inquiry.model.guides.first { $0.variable == member.id }?.definition
    let strategy: LatentStrategy
    let reason: String
    switch (written, inquiry.facts.guide) {
    case (.equal, _):
      strategy = .point
      reason = "the model's guide gives it one value for each row"
    case (_, .point):
      strategy = .point
      reason = "each row has its most probable value, found beside the parameters"
    case (.drawn, _):
      strategy = .sampled
      reason = "it is drawn from the guide that the model gives"
    case (nil, .encoder):
      strategy = .sampled
      reason = "it is drawn from a guide: a mirrored encoder with a diagonal Gaussian"
    case (nil, .local):
      strategy = .sampled
      reason =
        "it is drawn from a guide of each row's own: a mean and a scale, found beside the parameters"
    }
    return inquiry.entry(member, strategy.rawValue, reason, refused: reasons)
  }
}

extension Planner {
  /// Writes the guides that the model does not give.
  mutating func completeGuides() {
    guard !sampled.isEmpty else { return }
    if facts.guide != .encoder { writeLocalGuides() }
    let latents = sampled.map { model[$0] }
    do {
      let completed = try AutomaticGuide(
        structure: structure, indicated: facts.indicated, opened: opened
      ).completed(latents)
      structure = ModelStructure(model: completed, nesting: structure.nesting)
    } catch let failure as LoweringFailure {
      findings.append(
        PlanError.lowering(variable: latents[0].name, reason: failure.reason).at(failure.span))
    } catch {
      findings.append(
        PlanError.lowering(variable: latents[0].name, reason: "\(error)").at(latents[0].span))
    }
  }

  /// The step that draws latents from their guides, if any are.
  var guides: [FactorProgram.Step] {
    guard !sampled.isEmpty else { return [] }
    let sampled = sampled.sorted()
    let read = model.guides.filter { sampled.contains($0.variable) }.flatMap { structure.reads($0) }
    let rule = GuideSubstitution(sampled: sampled, opened: opened, reads: Set(read))
    return [.substitute(Substitution(replaced: sampled, rule: rule))]
  }

  /// Guides of each row's own: where the model gives none, and for points in place of those it draws from.
  private mutating func writeLocalGuides() {
    var guide = LocalGuide(model)
    let isPoint = facts.guide == .point
    for id in sampled.sorted() {
      let written = model.guides.first { $0.variable == id }
      if case .equal? = written?.definition { continue }
      guard written == nil || isPoint else { continue }
      guide.add(model[id], isPoint: isPoint)
    }
    locals = guide.columns
    structure = ModelStructure(model: guide.model, nesting: structure.nesting)
  }
}

extension ModelStructure {
  /// Whether any network is applied to anything.
  var usesNetworks: Bool { model.variables.contains { network(in: $0) != nil } }

  /// Whether a latent is an input of a network, by itself or through names for expressions.
  func feedsNetwork(_ latent: Variable) -> Bool {
    var found = false
    func look(_ e: Expression) {
      e.visit { part in
        guard case .network(_, let inputs, _) = part.node else { return }
        found = found || inputs.contains { reads($0).contains(latent.id) }
      }
    }
    for v in model.variables where !found { v.definition.expressions.forEach(look) }
    return found
  }

  /// Whether a variable that a network enters is one that minibatches of rows can train.
  func isTrainable(_ v: Variable) -> Bool {
    guard v.plate != .global, nesting.count == 1, nesting.compute(v.plate) == .rows else {
      return false
    }
    switch v.role {
    case .observe:
      if case .drawn = v.definition { return true }
      return false
    case .latent, .binding:
      return !isChain(v)
    case .param, .given:
      return false
    }
  }
}
