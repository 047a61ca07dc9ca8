import LVMCompute
import LVMModel

/// The numbers of a model's parameters that may be moved one by one, among all the free numbers of a climb.
struct CoordinateLayout {
  let coordinates: ClimbCoordinates
  private let places: [Int]
  /// Of each coordinate, the parameter it belongs to.
  let parameters: [VariableID]
  private let kinds: [ElementKind]
  /// Whether a coordinate is an entry of a root off its diagonal.
  private let isBelow: [Bool]

  var count: Int { places.count }

  /// Nil where a parameter has no chart. In a basis the numbers of real parameters are its coordinates.
  init?(_ plan: Plan, _ structure: ModelStructure, basis: PredictorBasis? = nil) {
    coordinates = ClimbCoordinates(plan, floor: nil, basis: basis)
    let model = plan.model
    let used = model.variables.filter { $0.role == .observe || $0.role == .latent }
      .reduce(into: Set<VariableID>()) { $0.formUnion(structure.reads($1)) }
    var places: [Int] = []
    var parameters: [VariableID] = []
    var kinds: [ElementKind] = []
    var isBelow: [Bool] = []
    var at = 0
    for (p, size) in zip(coordinates.parameters, coordinates.sizes) {
      defer { at += size }
      guard let v = model.variables.first(where: { $0.role == .param && $0.name == p.name }) else {
        return nil
      }
      guard used.contains(v.id) else { continue }
      let n = Swift.max(1, p.dims.last ?? 1)
      for i in 0..<size {
        let (row, column) = (i / n % n, i % n)
        switch p.kind {
        case .real, .positive, .unit: break
        case .count, .integer, .binary, .category: continue
        // A common factor of the weights is none of their own.
        case .simplex:
          guard column < n - 1 else { continue }
        case .covariance, .cholesky, .correlation:
          guard column < row || column == row && p.kind != .correlation else { continue }
        case .orthonormal: return nil
        }
        places.append(at + i)
        isBelow.append((p.kind == .covariance || p.kind == .cholesky) && column < row)
        parameters.append(v.id)
        kinds.append(p.kind)
      }
    }
    self.places = places
    self.parameters = parameters
    self.kinds = kinds
    self.isBelow = isBelow
  }

  func chosen(_ free: [Double]) -> [Double] {
    places.allSatisfy { $0 < free.count } ? places.map { free[$0] } : []
  }

  /// Free numbers of parameters, off every place that is special: values that are equal, roots without
  /// entries off the diagonal, edges of ranges.
  ///
  /// - Parameters:
  ///   - share: how far off, where 1 is far.
  ///   - narrow: by how much spreads are smaller than the values say, in logarithms.
  func generic(
    _ values: [String: Tensor], share: Double, narrow: Double = 0, _ random: inout RandomStream
  ) -> [Double] {
    var free = coordinates.free(values)
    for (i, place) in places.enumerated() {
      let z = random.normal()
      var x = free[place]
      switch kinds[i] {
      case .real: x += 0.1 * share * z * Swift.abs(x)
      case .positive: x = (x.isFinite ? x : -7) + share * z - narrow
      case .unit, .simplex: x = Swift.min(6, Swift.max(-6, x.isNaN ? 0 : x)) + share * z
      case .covariance, .cholesky:
        // Below the diagonal in units of the row's own spread.
        x = isBelow[i] ? x + share * z : (x.isFinite ? x : -7) + share * z - narrow
      case .correlation: x += share * z
      case .count, .integer, .binary, .category, .orthonormal: break
      }
      free[place] = x
    }
    return free
  }

  /// How far coordinates may be moved for a change that matters: real ones by a share of their size.
  func units(at free: [Double]) -> [Double] {
    zip(places, kinds).map { place, kind in
      kind == .real ? Swift.max(Swift.abs(free[place]), 1e-2) : 1
    }
  }

  /// A point moved along a direction of one number a coordinate.
  func moved(_ free: [Double], by h: Double, along direction: [Double]) -> [Double] {
    var result = free
    for (place, d) in zip(places, direction) { result[place] += h * d }
    return result
  }

  func constrained(_ free: [Double]) throws -> [String: Tensor] {
    try coordinates.constrained(free, over: [:])
  }
}
