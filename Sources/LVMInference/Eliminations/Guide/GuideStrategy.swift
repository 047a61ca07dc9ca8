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
    -> PlanEntry
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
