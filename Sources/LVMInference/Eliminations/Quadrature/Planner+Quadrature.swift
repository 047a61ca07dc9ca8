import LVMCompute
import LVMModel
import LVMSyntax

extension Planner {
  /// Integrates a block over nodes, or refuses it with every reason there is.
  mutating func planQuadrature(
    _ component: [Variable], _ nesting: PlateNesting, _ reasons: [String],
    otherwise refusal: Diagnostic? = nil
  ) {
    if component.contains(where: { structure.feedsNetwork($0) }), canSample(component, nesting) {
      sample(component, reasons)
      return
    }
    if let split = nodeSplit(component, nesting) {
      take(split, nesting, reasons)
      return
    }
    do {
      let blocks = try QuadratureStrategy.blocks(component, structure)
      quadrature += blocks
      for member in component {
        guard let block = blocks.first(where: { $0.members.contains(member.id) }) else { continue }
        entries[member.id] = Plan.Entry(
          variable: member.name, role: role(member, nesting),
          strategy: LatentStrategy.quadrature.rawValue,
          reason:
            "its integral has no closed form that serves, and nodes about the mode of each "
            + "\(block.plateName) give it to nearly all digits"
            + (block.outer.map { ", for each node of `\(model[$0].name)`" } ?? ""),
          refused: reasons, identified: nil)
      }
    } catch {
      if refusal == nil, canSample(component, nesting) {
        sample(component, reasons + ["quadrature: \(error.reason)"])
        return
      }
      var finding =
        refusal
        ?? PlanError.unplannable(
          latent: component[0].name, reasons: reasons,
          advice: "sampling by a guide serves latents of the row that are no chain"
        ).at(component[0].nameSpan)
      finding.help.insert("quadrature: \(error.reason)", at: refusal == nil ? reasons.count : 0)
      findings.append(finding)
    }
  }

  /// Blocks of a model that minibatches train are drawn from guides: nodes about modes belong to passes over
  /// all rows.
  mutating func sampleInsteadOfNodes(_ nesting: PlateNesting) {
    guard !sampled.isEmpty || structure.usesNetworks, !quadrature.isEmpty else { return }
    let reason = "quadrature: the model is trained on minibatches"
    for block in quadrature {
      let members = block.members.map { model[$0] }
      if canSample(members, nesting) {
        sample(members, [reason])
      } else {
        findings.append(
          PlanError.unplannable(
            latent: members[0].name, reasons: [reason],
            advice: "sampling by a guide serves latents of the row that are no chain"
          ).at(members[0].nameSpan))
      }
    }
    quadrature = []
  }

  /// The step that integrates a block; false if its tables are too large.
  mutating func integrate(
    _ i: Int, _ tables: inout [Set<Axis>], _ steps: inout [FactorProgram.Step]
  ) -> Bool {
    let block = quadrature[i]
    let scope = tables.filter { $0.contains(block.axis) }.reduce(into: Set([block.axis])) {
      $0.formUnion($1)
    }
    let count = cells(scope)
    guard count <= Self.cellLimit else {
      let v = model[block.members[0]]
      findings.append(
        PlanError.tooManyCells(v.name, cells: count, limit: Self.cellLimit).at(v.nameSpan))
      return false
    }
    // More nodes only as far as the table may grow.
    while cells(scope) / Double(block.count) * Double(block.count(along: quadrature[i].limit))
      > Self.cellLimit
    {
      quadrature[i].limit = quadrature[i].limit / 2
    }
    tables.removeAll { $0.contains(block.axis) }
    tables.append(scope.union(block.labels).subtracting([block.axis]))
    steps.append(.eliminate(quadrature[i]))
    return true
  }
}
