import LVMCompute
import LVMModel
import LVMSyntax

extension Planner {
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
