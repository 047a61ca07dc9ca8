import LVMCompute
import LVMModel
import LVMSyntax

/// How continuous latents go: chains, Gaussian blocks, conjugates, then nodes or guides.
extension Planner {
  mutating func planContinuous(_ nesting: PlateNesting) {
    let guided = Set(model.guides.map(\.variable))
    for component in structure.components(structure.continuous) {
      // Those that networks read or the model guides have to be drawn.
      let drawn = component.filter { guided.contains($0.id) || structure.feedsNetwork($0) }
      if facts.guide == .point, canSample(component, nesting) {
        sample(component, [])
      } else if !drawn.isEmpty, canSample(component, nesting) {
        planBeside(drawn, component, nesting)
      } else if let chain = component.first(where: structure.isChain) {
        planGaussianChain(component, chain, nesting)
      } else {
        planBlock(component, nesting)
      }
    }
  }

  /// Draws some latents of a block, and integrates of the others what is linear-Gaussian or conjugate given
  /// the draws.
  private mutating func planBeside(
    _ drawn: [Variable], _ component: [Variable], _ nesting: PlateNesting
  ) {
    let known = Set(drawn.map(\.id))
    let whole = reasonsAgainstWhole(component)
    sample(drawn, drawn.contains { structure.feedsNetwork($0) } ? whole : [])
    for rest in structure.components(component.filter { !known.contains($0.id) }) {
      planBlock(rest, nesting, given: drawn)
    }
  }

  private func reasonsAgainstWhole(_ component: [Variable]) -> [String] {
    do {
      try GaussianStrategy.consider(component, structure, facts)
      return []
    } catch {
      return ["gaussian: \(error.reason)"]
    }
  }

  func role(_ v: Variable, _ nesting: PlateNesting) -> String {
    nesting.compute(v.plate) == .rows ? "local latent" : "group latent"
  }

  mutating func planGaussianChain(
    _ component: [Variable], _ chain: Variable, _ nesting: PlateNesting
  ) {
    let members = structure.parentsFirst(component)
    let labels = component.flatMap { member in
      (structure.readers(of: member.id) + [member]).flatMap { structure.axes(of: $0) }
    }
    if let label = labels.sorted().first {
      findings.append(
        PlanError.labelsBesideChain(label: model[label.variable].name, chain: chain.name)
          .at(chain.nameSpan))
      return
    }
    if let group = component.first(where: { nesting.compute($0.plate) != .rows }) {
      findings.append(
        PlanError.unplannable(
          latent: group.name, reasons: ["it lasts a whole group beside the chain `\(chain.name)`"],
          advice: "make it a chain with a deterministic step: `then = previous(\(group.name))`"
        ).at(group.nameSpan))
      return
    }
    gaussianChain += members.map(\.id)
    for member in members {
      entries[member.id] = Plan.Entry(
        variable: member.name, role: role(member, nesting),
        strategy: LatentStrategy.gaussian.rawValue,
        reason:
          "its steps and everything observed of it are linear-Gaussian, so a Kalman filter integrates it exactly",
        refused: [], identified: nil)
    }
  }

  /// Integrates a block where that has a closed form, given the values of latents that are drawn.
  mutating func planBlock(
    _ component: [Variable], _ nesting: PlateNesting, given drawn: [Variable] = []
  ) {
    if facts.prefersQuadrature, drawn.isEmpty {
      planQuadrature(component, nesting, [])
      return
    }
    do {
      try GaussianStrategy.consider(component, structure, facts, given: drawn)
    } catch {
      conjugateOrRefuse(component, nesting, ["gaussian: \(error.reason)"], given: drawn)
      return
    }
    if labelsInside(component, nesting, "gaussian") { return }
    gaussian += structure.parentsFirst(component).map(\.id)
    for member in component {
      entries[member.id] = Plan.Entry(
        variable: member.name, role: role(member, nesting),
        strategy: LatentStrategy.gaussian.rawValue,
        reason: Self.condition(drawn)
          + "everything that reads it is linear-Gaussian in it given the labels, so it is integrated exactly",
        refused: [], identified: nil)
    }
  }

  private static func condition(_ drawn: [Variable]) -> String {
    guard !drawn.isEmpty else { return "" }
    return "given draws of \(drawn.map { "`\($0.name)`" }.joined(separator: ", ")), "
  }

  mutating func conjugateOrRefuse(
    _ component: [Variable], _ nesting: PlateNesting, _ against: [String],
    given drawn: [Variable] = []
  ) {
    var reasons = against
    if component.count == 1 {
      do {
        try ConjugateStrategy.consider(component[0], structure, facts, given: drawn)
        if labelsInside(component, nesting, "conjugate") { return }
        conjugate.append(component[0].id)
        entries[component[0].id] = Plan.Entry(
          variable: component[0].name, role: role(component[0], nesting),
          strategy: LatentStrategy.conjugate.rawValue,
          reason: Self.condition(drawn)
            + "its prior is conjugate to everything that reads it, so its integral has a closed form",
          refused: reasons, identified: nil)
        return
      } catch {
        reasons.append("conjugate: \(error.reason)")
      }
    } else {
      let others = component.dropFirst().map { "`\($0.name)`" }.joined(separator: ", ")
      reasons.append("conjugate: it shares factors with \(others)")
    }
    if drawn.isEmpty {
      planQuadrature(component, nesting, reasons)
    } else {
      sample(component, reasons)
    }
  }

  /// A group's continuous latent whose rows have labels of their own goes to quadrature: given a node,
  /// rows are independent again. True if the block is dealt with.
  mutating func labelsInside(
    _ component: [Variable], _ nesting: PlateNesting, _ closed: String
  ) -> Bool {
    for member in component {
      guard let label = labelInside(member, nesting) else { continue }
      let problem = PlanError.labelsInsideGroup(
        latent: member.name, label: model[label.variable].name,
        plate: model[member.plate].name, states: structure.states(of: label))
      planQuadrature(
        component, nesting, ["\(closed): \(problem.message)"],
        otherwise: problem.at(member.nameSpan))
      return true
    }
    return false
  }

  /// A label of rows inside the group of a latent that shares a factor with it.
  func labelInside(_ member: Variable, _ nesting: PlateNesting) -> Axis? {
    let plate = nesting.compute(member.plate)
    for reader in structure.readers(of: member.id) {
      let inner = structure.axes(of: reader).filter {
        nesting.compute(model[$0.variable].plate) < plate
      }
      if let label = inner.sorted().first { return label }
    }
    return nil
  }
}
