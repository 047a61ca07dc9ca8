import LVMCompute
import LVMModel

/// The free numbers of estimated parameters that have a curvature, in as many coordinates as they have degrees of
/// freedom: what lies on a floor is left out, entries on a boundary are held.
struct FreeEntries {
  let space: UnconstrainedSpace
  /// Free numbers at the estimate, by parameter.
  let numbers: [String: Tensor]
  /// Entries of constrained parameters that lie on a boundary.
  let edges: [String: Set<Int>]

  /// - Parameter omitted: gets the reason of each parameter that is left out, in part or whole.
  init(
    _ plan: InferencePlan, data: ModelData, _ parameters: [String: Tensor],
    _ root: MarginalLikelihood,
    _ omitted: inout [String: String]
  ) throws {
    // A spread on its floor is one that a slightly smaller value would be raised from.
    var shrunk = parameters.mapValues { t in Tensor(t.dims, t.values.map { $0 * (1 - 1e-6) }) }
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    let floored = VarianceFloor(structure, data: data).apply(to: &shrunk)
    var edges: [String: Set<Int>] = [:]
    var free: [EstimatedParameter] = []
    for p in plan.model.estimatedParameters(readBy: .variables) {
      guard let value = parameters[p.name] else { continue }
      if floored.contains(p.name) {
        omitted[p.name] = "it lies on the floor of its spread"
        continue
      }
      let chart = ChartPolicy.minimal.chart(of: p.kind)
      guard chart.redundant(p.dims) != nil else {
        omitted[p.name] = "an orthonormal matrix has no chart of free numbers here"
        continue
      }
      var own = Self.boundary(of: value, chart)
      if chart == .exponential {
        own = try own.filter { try root.isEdge(p.name, $0, of: parameters) }
      }
      if !own.isEmpty {
        omitted[p.name] = "some of its entries lie on the boundary; they are held where they are"
      }
      edges[p.name] = own
      free.append(p)
    }
    self.edges = edges
    space = UnconstrainedSpace(free, policy: .minimal, at: parameters)
      .holding(edges, at: parameters)
    numbers = space.freeNumbers(at: space.point(of: parameters))
  }

  private static func boundary(of value: Tensor, _ chart: Chart) -> Set<Int> {
    switch chart {
    case .exponential, .softmax, .squareRoot:
      Set(value.values.indices.filter { value.values[$0] <= 1e-8 })
    case .logistic, .squareRootShare:
      Set(value.values.indices.filter { !(1e-8...(1 - 1e-8)).contains(value.values[$0]) })
    case .identity, .logCholesky, .logCholeskyProduct, .unitRows, .orthonormalColumns: []
    }
  }
}

extension UnconstrainedSpace {
  /// Directions in which predictors move by about one, and other coordinates alone: a matrix of a column for each,
  /// row-major.
  func directions(_ basis: PredictorBasis?) -> [Double] {
    let n = dimension
    let positions = blocks.flatMap { b in
      b.entries.map { entry in basis?.layout.offsets[b.id].map { $0 + entry } }
    }
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      guard let basis, let row = positions[i] else {
        result[i * n + i] = 1
        continue
      }
      for j in 0..<n {
        guard let column = positions[j] else { continue }
        result[i * n + j] = basis.map[row * basis.layout.count + column]
      }
    }
    return result
  }
}
