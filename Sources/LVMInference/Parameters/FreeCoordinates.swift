import LVMCompute
import LVMModel

/// The free numbers of parameters with as many coordinates as they have degrees of freedom: a simplex
/// of K has K − 1, a covariance of D has D(D + 1)/2. Entries on a boundary are held.
struct FreeCoordinates {
  struct Coordinate {
    var name: String
    /// The entry of the parameter's free tensor.
    var entry: Int
  }

  private(set) var coordinates: [Coordinate] = []
  /// Values of the coordinates at the estimate.
  private(set) var origin: [Double] = []
  /// Entries of constrained parameters that lie on a boundary.
  private(set) var held: [String: Set<Int>] = [:]
  private var kinds: [String: ElementKind] = [:]
  private var free: [String: Tensor] = [:]
  private let fixed: [String: Tensor]
  /// d constrained / d coordinate, per parameter: a row of the constrained value for each coordinate.
  private let maps: [String: Executor]

  var names: Set<String> { Set(coordinates.map(\.name)) }

  init(
    _ plan: Plan, _ structure: ModelStructure, data: ModelData, parameters: [String: Tensor],
    root: MarginalLikelihood, omitted: inout [String: String]
  ) throws {
    fixed = parameters
    let used = plan.model.variables.filter { $0.role == .observe || $0.role == .latent }
      .reduce(into: Set<VariableID>()) { $0.formUnion(structure.reads($1)) }
    // A spread on its floor is one that a slightly smaller value would be raised from.
    var shrunk = parameters.mapValues { t in Tensor(t.dims, t.values.map { $0 * (1 - 1e-6) }) }
    let floored = VarianceFloor(structure, data: data).apply(to: &shrunk)
    var maps: [String: Executor] = [:]
    for v in plan.model.variables where v.role == .param && used.contains(v.id) {
      if case .equal = v.definition { continue }
      guard let value = parameters[v.name] else { continue }
      if floored.contains(v.name) {
        omitted[v.name] = "it lies on the floor of its spread"
        continue
      }
      var edges = Self.boundaryEntries(of: value, v.type.kind)
      if v.type.kind == .positive {
        edges = try edges.filter { try root.isEdge(v.name, $0, of: parameters) }
      }
      held[v.name] = edges
      guard let entries = Self.entries(of: value, v.type.kind, edges) else {
        omitted[v.name] = "an orthonormal matrix has no chart of free numbers here"
        continue
      }
      if entries.isHeld {
        omitted[v.name] = "some of its entries lie on the boundary; they are held where they are"
      }
      let start = Transform.free(value, v.type.kind)
      kinds[v.name] = v.type.kind
      free[v.name] = start
      for e in entries.free {
        coordinates.append(Coordinate(name: v.name, entry: e))
        origin.append(start.values[e])
      }
      let builder = GraphBuilder()
      let u = builder.parameter("u", value.dims)
      let constrained = Transform.constrain(u, v.type.kind)
      builder.setOutput("value", constrained)
      let weight = builder.parameter("g", value.dims)
      let total = (constrained * weight).sumAll()
      builder.setOutput("pull", builder.gradient(of: total, with: [u])[0])
      maps[v.name] = Runtime.serial.evaluator(Program(builder.finish()))
    }
    self.maps = maps
  }

  private static func boundaryEntries(of value: Tensor, _ kind: ElementKind) -> Set<Int> {
    switch kind {
    case .positive, .simplex: Set(value.values.indices.filter { value.values[$0] <= 1e-8 })
    case .unit:
      Set(value.values.indices.filter { !(1e-8...(1 - 1e-8)).contains(value.values[$0]) })
    case .real, .count, .integer, .binary, .category, .covariance, .correlation, .cholesky,
      .orthonormal:
      []
    }
  }

  /// Which entries of the free tensor are coordinates; nil where a kind has none.
  private static func entries(
    of value: Tensor, _ kind: ElementKind, _ edges: Set<Int>
  ) -> (free: [Int], isHeld: Bool)? {
    let n = value.dims.last ?? 1
    switch kind {
    case .real, .count, .integer, .binary, .category: return (Array(value.values.indices), false)
    case .positive:
      let free = value.values.indices.filter { !edges.contains($0) }
      return (free, free.count < value.count)
    case .unit:
      let free = value.values.indices.filter { (1e-8...(1 - 1e-8)).contains(value.values[$0]) }
      return (free, free.count < value.count)
    case .simplex:
      var free: [Int] = []
      var isHeld = false
      for start in stride(from: 0, to: value.count, by: n) {
        let inside = (start..<(start + n)).filter { value.values[$0] > 1e-8 }
        isHeld = isHeld || inside.count < n
        // The largest is the reference: its log ratio is 0.
        let top = inside.max { value.values[$0] < value.values[$1] }
        free += inside.filter { $0 != top }
      }
      return (free, isHeld)
    case .covariance, .cholesky, .correlation:
      var free: [Int] = []
      for start in stride(from: 0, to: value.count, by: n * n) {
        for i in 0..<n {
          for j in 0...i where kind != .correlation || j < i { free.append(start + i * n + j) }
        }
      }
      return (free, false)
    case .orthonormal: return nil
    }
  }

  private func tensors(at point: [Double]) -> [String: Tensor] {
    var result = free
    for (c, x) in zip(coordinates, point) { result[c.name]?.values[c.entry] = x }
    return result
  }

  /// Directions in which predictors move by about one, and other coordinates alone: a matrix of a column for each,
  /// row-major.
  func directions(_ basis: PredictorBasis?, _ model: ModelGraph) -> [Double] {
    let n = coordinates.count
    var places: [String: Int] = [:]
    for (id, offset) in basis?.layout.offsets ?? [:] { places[model[id].name] = offset }
    let positions = coordinates.map { c in places[c.name].map { $0 + c.entry } }
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

  /// The root's gradient in these coordinates.
  func gradient(_ root: MarginalLikelihood, at point: [Double]) throws -> [Double] {
    let us = tensors(at: point)
    var parameters = fixed
    for (name, u) in us {
      guard let map = maps[name] else { continue }
      let out = try map.run(["u": u, "g": Tensor(repeating: 0, u.dims)])
      parameters[name] = out["value"]
    }
    let constrained = try root.gradient(parameters)
    var pulled: [String: Tensor] = [:]
    for (name, u) in us {
      guard let map = maps[name], let g = constrained[name] else { continue }
      pulled[name] = try map.run(["u": u, "g": g])["pull"]
    }
    return coordinates.map { pulled[$0.name]?.values[$0.entry] ?? 0 }
  }

  /// Per coordinate of a parameter (by its index), the derivative of each constrained entry.
  func jacobian(_ name: String) throws -> (rows: [(Int, [Double])], dims: [Int]) {
    guard let u = free[name], let map = maps[name] else { return ([], []) }
    var rows: [(Int, [Double])] = []
    var columns: [[Double]] = []
    for e in u.values.indices {
      var g = Tensor(repeating: 0, u.dims)
      g.values[e] = 1
      columns.append(try map.run(["u": u, "g": g])["pull"]?.values ?? [])
    }
    for (i, c) in coordinates.enumerated() where c.name == name {
      rows.append((i, columns.map { $0[c.entry] }))
    }
    return (rows, u.dims)
  }
}
