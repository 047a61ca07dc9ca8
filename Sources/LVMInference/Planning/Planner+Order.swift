import LVMCompute
import LVMModel
import LVMSyntax

/// One elimination order for the joint structure.
extension Planner {
  /// One order for the joint structure: per plate from the rows outwards, continuous latents, then finite
  /// ones by smallest table, then the product over the plate. Empty where a table is too large.
  mutating func eliminationOrder(_ nesting: PlateNesting) -> [FactorProgram.Step] {
    var steps: [FactorProgram.Step] = []
    var tables: [Set<Axis>] = []
    for p in 0..<nesting.count {
      let plate = PlateID(p)
      steps += closedForms(plate, nesting).map { .eliminate($0) }
      tables += scopes(plate, nesting)
      let blocks = quadrature.indices.filter { quadrature[$0].plate == plate }
      // Labels that share nodes are summed at each node, the others after the integral.
      let late = blocks.filter { structure.sharesNodes(quadrature[$0]) }
      for i in blocks where !late.contains(i) {
        guard integrate(i, &tables, &steps) else { return [] }
      }
      for other in others where other.plate == plate {
        guard carry(other, &tables, &steps) else { return [] }
      }
      guard sumLabels(plate, nesting, &tables, &steps) else { return [] }
      for i in late { guard integrate(i, &tables, &steps) else { return [] } }
      guard scanLabels(plate, nesting, &steps) else { return [] }
      steps.append(.multiply(over: plate))
      tables = tables.filter { !$0.isEmpty }
    }
    let placed = quadrature.map { block in
      FactorProgram.Step.substitute(
        Substitution(replaced: block.members, rule: NodeSubstitution(block: block)))
    }
    return placed + others.compactMap(\.substitution).map { .substitute($0) } + steps
  }

  /// The step of an elimination that was added; false if its tables are too large.
  private mutating func carry(
    _ elimination: any Elimination, _ tables: inout [Set<Axis>],
    _ steps: inout [FactorProgram.Step]
  ) -> Bool {
    if let axis = elimination.places?.axis {
      let scope = tables.filter { $0.contains(axis) }.reduce(into: Set([axis])) { $0.formUnion($1) }
      let count = cells(scope)
      guard count <= Self.cellLimit else {
        let v = model[axis.variable]
        findings.append(
          PlanError.tooManyCells(v.name, cells: count, limit: Self.cellLimit).at(v.nameSpan))
        return false
      }
      tables.removeAll { $0.contains(axis) }
      tables.append(scope.subtracting([axis]))
    }
    steps.append(.eliminate(elimination))
    return true
  }

  /// Continuous latents of a plate that have a closed form, in the order of their steps.
  private func closedForms(_ plate: PlateID, _ nesting: PlateNesting) -> [any Elimination] {
    var result: [any Elimination] = []
    if plate == .rows, !gaussianChain.isEmpty {
      result.append(GaussianScan(latents: gaussianChain))
    }
    let own = gaussian.filter { nesting.compute(model[$0].plate) == plate }
    if !own.isEmpty {
      result.append(GaussianIntegral(latents: own, plate: plate, system: gaussian))
    }
    for id in conjugate where nesting.compute(model[id].plate) == plate {
      result.append(ConjugateIntegral(latent: id, plate: plate))
    }
    return result
  }

  /// Scopes of the tables of a plate's observed variables and finite latents; a continuous block joins those
  /// of everything that reads it.
  private func scopes(_ plate: PlateID, _ nesting: PlateNesting) -> [Set<Axis>] {
    let eliminated = Set(
      gaussian + conjugate + gaussianChain + others.filter(\.takesFactors).flatMap(\.latents))
    let placed =
      quadrature.map { (latents: $0.members, axis: $0.axis) }
      + others.compactMap { other in other.places.map { (latents: other.latents, axis: $0.axis) } }
    // The nodes of a block are one more axis of every table that reads it.
    func nodes(_ v: Variable) -> Set<Axis> {
      let read = structure.reads(v).union([v.id])
      return Set(placed.filter { !read.isDisjoint(with: $0.latents) }.map(\.axis))
    }
    var result: [Set<Axis>] = []
    var joined: Set<Axis> = []
    for v in model.variables where v.role == .observe || v.role == .latent {
      guard nesting.compute(v.plate) == plate, v.plate != .global else { continue }
      if case .equal = v.definition { continue }
      let touches = !structure.reads(v).isDisjoint(with: eliminated) || eliminated.contains(v.id)
      if touches {
        joined.formUnion(structure.axes(of: v).union(nodes(v)))
      } else {
        result += structure.tableScopes(of: v).map { $0.union(nodes(v)) }
      }
    }
    result.append(joined)
    return result
  }

  /// The sums over a plate's labels that are no chains, smallest table first; false if one is too large.
  private mutating func sumLabels(
    _ plate: PlateID, _ nesting: PlateNesting, _ tables: inout [Set<Axis>],
    _ steps: inout [FactorProgram.Step]
  ) -> Bool {
    let own = structure.finite.filter { nesting.compute($0.plate) == plate }
    var open = Set(own.filter { !structure.isChain($0) }.flatMap(structure.entries))
    while !open.isEmpty {
      let choice = open.map { axis in
        (axis, tables.filter { $0.contains(axis) }.reduce(into: Set([axis])) { $0.formUnion($1) })
      }.min { (cells($0.1), $0.0) < (cells($1.1), $1.0) }
      guard let (axis, scope) = choice else { break }
      let count = cells(scope)
      guard count <= Self.cellLimit else {
        let v = model[axis.variable]
        findings.append(
          PlanError.tooManyCells(v.name, cells: count, limit: Self.cellLimit).at(v.nameSpan))
        return false
      }
      tables.removeAll { $0.contains(axis) }
      tables.append(scope.subtracting([axis]))
      open.remove(axis)
      steps.append(
        .eliminate(
          LabelSum(
            axis: axis, plate: plate, cells: count, isOpened: opened.contains(axis.variable))))
      describe(axis, scope, nesting)
    }
    return true
  }

  /// The scan of a plate's chain of labels; false if there are two.
  private mutating func scanLabels(
    _ plate: PlateID, _ nesting: PlateNesting, _ steps: inout [FactorProgram.Step]
  ) -> Bool {
    let chains = structure.finite.filter {
      nesting.compute($0.plate) == plate && structure.isChain($0)
    }
    guard chains.count <= 1 else {
      let second = chains[1]
      findings.append(PlanError.twoChains(chains[0].name, second.name).at(second.nameSpan))
      return false
    }
    guard let chain = chains.first else { return true }
    let k = cells([Axis(chain.id)])
    var stepCells = 1.0
    if case .category(let size, _) = chain.type.kind {
      stepCells = Double(size.constant ?? 2) * Double(size.constant ?? 2)
    }
    steps.append(.eliminate(LabelChain(label: chain.id, cells: stepCells)))
    entries[chain.id] = PlanEntry(
      variable: chain.name, role: role(chain, nesting),
      strategy: LatentStrategy.enumeration.rawValue,
      reason:
        "a chain of \(Int(k)) states: forward–backward sums over all its paths in \(Int(k * k)) steps a row",
      refused: [], identified: nil)
    return true
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
      entries[axis.variable] = PlanEntry(
        variable: v.name, role: "observed", strategy: LatentStrategy.missing.rawValue,
        reason:
          "where its cell is empty it is summed over its \(k) values, for others depend on it",
        refused: [], identified: nil)
      return
    }
    entries[axis.variable] = PlanEntry(
      variable: v.name, role: role(v, nesting), strategy: LatentStrategy.enumeration.rawValue,
      reason:
        "it takes \(k) values, so it is summed exactly: \(Int(cells(scope))) cells a row\(with)",
      refused: [], identified: nil)
  }

  func cells(_ scope: Set<Axis>) -> Double {
    scope.reduce(1.0) { total, axis in
      let nodes =
        quadrature.first { $0.axis == axis }?.count
        ?? others.lazy.compactMap(\.places).first { $0.axis == axis }?.count
      return total * Double(nodes ?? structure.states(of: axis))
    }
  }
}
