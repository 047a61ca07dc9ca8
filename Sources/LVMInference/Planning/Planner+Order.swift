import LVMCompute
import LVMModel
import LVMSyntax

/// One elimination order for the joint structure.
extension Planner {
  /// One order for the joint structure: per plate from the rows outwards, continuous latents, then finite
  /// ones by smallest table, then the product over the plate.
  mutating func eliminationOrder(_ nesting: PlateNesting) -> [FactorProgram.Step] {
    var steps: [FactorProgram.Step] = []
    var scopes: [Set<Axis>] = []
    let eliminated = Set(gaussian + conjugate + gaussianChain)
    // The nodes of a block are one more axis of every table that reads it.
    func nodes(_ v: Variable) -> Set<Axis> {
      let read = structure.reads(v).union([v.id])
      return Set(quadrature.filter { !read.isDisjoint(with: $0.members) }.map(\.axis))
    }
    for p in 0..<nesting.count {
      let plate = PlateID(p)
      var here: [Set<Axis>] = scopes
      scopes = []
      let continuous = gaussian.filter { nesting.compute(model[$0].plate) == plate }
      if p == 0, !gaussianChain.isEmpty { steps.append(.scanGaussian(gaussianChain)) }
      if !continuous.isEmpty { steps.append(.integrateGaussian(continuous, plate)) }
      for id in conjugate where nesting.compute(model[id].plate) == plate {
        steps.append(.integrateConjugate(id, plate))
      }
      // Tables of this plate: observed variables and finite latents; a continuous block joins those of
      // everything that reads it.
      var joined: Set<Axis> = []
      for v in model.variables where v.role == .observe || v.role == .latent {
        guard nesting.compute(v.plate) == plate, v.plate != .global else { continue }
        if case .equal = v.definition { continue }
        let touches = !structure.reads(v).isDisjoint(with: eliminated) || eliminated.contains(v.id)
        if touches {
          joined.formUnion(structure.axes(of: v).union(nodes(v)))
        } else {
          here += structure.tableScopes(of: v).map { $0.union(nodes(v)) }
        }
      }
      here.append(joined)
      let blocks = quadrature.indices.filter { quadrature[$0].plate == plate }
      // Labels that share nodes are summed at each node, the others after the integral.
      let late = blocks.filter { structure.sharesNodes(quadrature[$0]) }
      for i in blocks where !late.contains(i) {
        guard integrate(i, &here, &steps) else { return [] }
      }
      let own = structure.finite.filter { nesting.compute($0.plate) == plate }
      var chains = own.filter(structure.isChain)
      var open = Set(own.filter { !structure.isChain($0) }.flatMap(structure.entries))
      while !open.isEmpty {
        let choice = open.map { ($0, here.filter { $0.count > 0 }, $0) }.map { axis, all, _ in
          (axis, all.filter { $0.contains(axis) }.reduce(into: Set([axis])) { $0.formUnion($1) })
        }.min { (cells($0.1), $0.0) < (cells($1.1), $1.0) }
        guard let (axis, scope) = choice else { break }
        let count = cells(scope)
        guard count <= Self.cellLimit else {
          let v = model[axis.variable]
          findings.append(
            PlanError.tooManyCells(v.name, cells: count, limit: Self.cellLimit).at(v.nameSpan))
          return []
        }
        here.removeAll { $0.contains(axis) }
        here.append(scope.subtracting([axis]))
        open.remove(axis)
        steps.append(.sumOut(axis, plate, cells: count))
        describe(axis, scope, nesting)
      }
      for i in late { guard integrate(i, &here, &steps) else { return [] } }
      if chains.count > 1 {
        let second = chains[1]
        findings.append(PlanError.twoChains(chains[0].name, second.name).at(second.nameSpan))
        return []
      }
      if let chain = chains.popLast() {
        steps.append(.scanFinite(chain.id))
        let k = cells([Axis(chain.id)])
        entries[chain.id] = Plan.Entry(
          variable: chain.name, role: role(chain, nesting),
          strategy: LatentStrategy.enumeration.rawValue,
          reason:
            "a chain of \(Int(k)) states: forward–backward sums over all its paths in \(Int(k * k)) steps a row",
          refused: [], identified: nil)
      }
      steps.append(.productOver(plate))
      scopes = here.filter { !$0.isEmpty }
    }
    return steps
  }

  mutating func describe(_ axis: Axis, _ scope: Set<Axis>, _ nesting: PlateNesting) {
    let v = model[axis.variable]
    let latents = Set(structure.finite.map(\.id))
    let others = scope.subtracting([axis]).filter { latents.contains($0.variable) }.sorted().map {
      "`\(model[$0.variable].name)`"
    }
    let k = Int(cells([axis]))
    let with = others.isEmpty ? "" : ", together with \(others.joined(separator: ", "))"
    if opened.contains(v.id) {
      entries[axis.variable] = Plan.Entry(
        variable: v.name, role: "observed", strategy: LatentStrategy.missing.rawValue,
        reason:
          "where its cell is empty it is summed over its \(k) values, for others depend on it",
        refused: [], identified: nil)
      return
    }
    entries[axis.variable] = Plan.Entry(
      variable: v.name, role: role(v, nesting), strategy: LatentStrategy.enumeration.rawValue,
      reason:
        "it takes \(k) values, so it is summed exactly: \(Int(cells(scope))) cells a row\(with)",
      refused: [], identified: nil)
  }

  func cells(_ scope: Set<Axis>) -> Double {
    scope.reduce(1.0) { total, axis in
      let nodes = quadrature.first { $0.axis == axis }?.count
      return total * Double(nodes ?? structure.states(of: axis))
    }
  }
}
