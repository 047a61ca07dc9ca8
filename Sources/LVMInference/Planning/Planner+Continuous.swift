import LVMCompute
import LVMModel
import LVMSyntax

/// How continuous latents go: blocks that share factors are offered to the strategies of the registry in turn.
extension Planner {
  mutating func planContinuous(_ nesting: PlateNesting) {
    let guided = Set(model.guides.map(\.variable))
    for component in structure.components(structure.continuous) {
      var block = LatentBlock(members: component)
      if inquiry.canSample(component) {
        block.drawn =
          facts.guide == .point
          ? component
          : component.filter { guided.contains($0.id) || structure.feedsNetwork($0) }
      }
      offer(block)
    }
  }

  var inquiry: LatentInquiry { LatentInquiry(structure: structure, facts: facts) }

  /// Asks one strategy after the other for a block; refuses it with every reason there is if none serves.
  private mutating func offer(_ block: LatentBlock) {
    var block = block
    var since: [String] = []
    for strategy in registry.eliminations {
      do {
        let claim = try strategy.claim(block, inquiry)
        take(claim)
        for part in structure.components(claim.rest) {
          offer(LatentBlock(members: part, given: claim.given))
        }
        return
      } catch {
        if error.isFinal, let finding = error.finding {
          findings.append(finding)
          return
        }
        guard let reason = error.reason.map({ "\(strategy.name): \($0)" }) else { continue }
        if let finding = error.finding, block.finding == nil {
          // It would serve but for this, whatever was said before.
          block.finding = finding
          block.reasons = [reason]
        } else {
          block.reasons.append(reason)
          since.append(reason)
        }
      }
    }
    refuse(block, since)
  }

  /// - Parameter since: reasons that were given after the finding.
  private mutating func refuse(_ block: LatentBlock, _ since: [String]) {
    if var finding = block.finding {
      finding.help.insert(contentsOf: since, at: 0)
      findings.append(finding)
    } else {
      let first = block.members[0]
      findings.append(
        PlanError.unplannable(
          latent: first.name, reasons: block.reasons, advice: GuideStrategy.advice
        ).at(first.nameSpan))
    }
  }

  private mutating func take(_ claim: Claim) {
    for elimination in claim.eliminations {
      switch elimination {
      case let own as GaussianScan: gaussianChain += own.latents
      case let own as GaussianIntegral: gaussian += own.latents
      case let own as ConjugateIntegral: conjugate.append(own.latent)
      case let own as QuadratureBlock: quadrature.append(own)
      case let other: others.append(other)
      }
    }
    sampled += claim.sampled
    entries.merge(claim.entries) { $1 }
  }

  func role(_ v: Variable, _ nesting: PlateNesting) -> String {
    nesting.compute(v.plate) == .rows ? "local latent" : "group latent"
  }

  /// Blocks of a model that minibatches train are drawn from guides: nodes about modes belong to passes over
  /// all rows.
  mutating func sampleInsteadOfNodes(_ nesting: PlateNesting) {
    guard !sampled.isEmpty || structure.usesNetworks, !quadrature.isEmpty else { return }
    for own in quadrature {
      var block = LatentBlock(members: own.members.map { model[$0] })
      block.reasons = ["\(QuadratureStrategy.name): the model is trained on minibatches"]
      do { take(try GuideStrategy.claim(block, inquiry)) } catch { refuse(block, []) }
    }
    quadrature = []
  }
}
