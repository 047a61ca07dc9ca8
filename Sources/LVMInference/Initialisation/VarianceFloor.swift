import LVMCompute
import LVMModel

/// Lower bounds on spreads, where a likelihood without them has no maximum.
///
/// A component that collapses onto a point, a constant column or collinear columns make the likelihood
/// unbounded. Spreads are kept above a small share of the data's own: as a constraint of the M-step, so
/// that the objective stays the likelihood and EM stays monotone. The maximiser of Q over covariances
/// above a floor is the free one with its small eigenvalues raised, in coordinates where the floor is the
/// identity.
struct VarianceFloor {
  /// Smallest standard deviation, relative to the data's.
  static let share = 1e-4

  /// Per parameter, standard deviations that its spread is compared with: of each entry, or of each column
  /// where it is a covariance.
  private var references: [String: (kind: ElementKind, sd: [Double])] = [:]

  init(_ structure: ModelStructure, data: ModelData) {
    var read: [String: [Bool]] = [:]
    for v in structure.model.variables where v.role == .observe {
      guard case .drawn(let distribution) = v.definition,
        let (spread, isMatrix, isLogarithmic) = Self.spread(distribution),
        var column = data.columns.columns[v.name], column.plate == .rows
      else { continue }
      if isLogarithmic {
        column.values = column.values.map { Swift.max($0, 1e-300).logarithm }
      }
      let sd = Self.deviations(column, data.runtime)
      for id in structure.reads(spread) {
        let p = structure.model[id]
        guard p.role == .param else { continue }
        if p.type.kind == .covariance, references[p.name] == nil {
          references[p.name] = (.covariance, sd)
        }
        guard p.type.kind == .positive else { continue }
        let governed = GovernedColumns(
          p, spread, of: v, structure, columns: sd.count, isMatrix: isMatrix)
        var least = governed.least(of: sd)
        if let known = references[p.name]?.sd, let before = read[p.name] {
          // A column that an entry does not go with says nothing of it.
          least = least.indices.map { i in
            guard before[i] else { return least[i] }
            return governed.weights[i] > 0 ? Swift.min(least[i], known[i]) : known[i]
          }
        }
        read[p.name] = zip(read[p.name] ?? governed.weights.map { _ in false }, governed.weights)
          .map { $0 || $1 > 0 }
        references[p.name] = (.positive, least)
      }
    }
  }

  /// The argument that says how far continuous values spread, and whether of their logarithm.
  private static func spread(_ distribution: Distribution) -> (
    Expression, isMatrix: Bool, isLogarithmic: Bool
  )? {
    switch distribution {
    case .family(let name, let form, let arguments, _):
      let family = LVMModel.family(name)
      guard family.support == .real || family.support == .realVector || family.isLogarithmic else {
        return nil
      }
      let position = family.forms[form].firstIndex {
        $0.name == "scale" || $0.constraint == .covariance
      }
      return position.map {
        (arguments[$0], family.forms[form][$0].constraint == .covariance, family.isLogarithmic)
      }
    case .zeroInflated(let base, _, _), .truncated(let base, _, _, _),
      .censored(let base, _, _, _, _), .mixture(_, let base, _):
      return spread(base)
    }
  }

  /// The least value of a parameter that has a floor: standard deviations, or a covariance.
  func lowest(_ name: String, _ dims: [Int]) -> Tensor? {
    guard let reference = references[name] else { return nil }
    var result = Tensor(repeating: 0, dims)
    let width = reference.sd.count
    if reference.kind == .positive {
      for i in result.values.indices {
        result.values[i] = Self.share * reference.sd[i]
      }
      return result
    }
    guard dims.last == width else { return nil }
    for start in stride(from: 0, to: result.count, by: width * width) {
      for i in 0..<width {
        result.values[start + i * width + i] =
          Self.share * Self.share * reference.sd[i] * reference.sd[i]
      }
    }
    return result
  }

  /// The least values of those parameters that have a floor, by name.
  func lowest(of parameters: [EstimatedParameter]) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for p in parameters { result[p.name] = lowest(p.name, p.dims) }
    return result
  }

  /// Spreads that lie on the floor, or as near as a maximisation comes; they are put on it.
  func settle(_ parameters: inout [String: Tensor]) -> Set<String> {
    var raised = apply(to: &parameters)
    for (name, reference) in references where reference.kind == .positive {
      guard var value = parameters[name], let floor = lowest(name, value.dims) else { continue }
      for i in value.values.indices where value.values[i] < 1.01 * floor.values[i] {
        value.values[i] = floor.values[i]
        raised.insert(name)
      }
      parameters[name] = value
    }
    for (name, reference) in references where reference.kind == .covariance {
      guard var value = parameters[name] else { continue }
      if Self.raise(&value, reference.sd, below: 1.01 * 1.01) {
        parameters[name] = value
        raised.insert(name)
      }
    }
    return raised
  }

  private static func deviations(_ column: DataColumn, _ runtime: Runtime) -> [Double] {
    let moments = CellMoments(column, runtime)
    return (0..<column.width).map { scale(sd: moments.deviation($0), mean: moments.mean[$0]) }
  }

  /// What a column's spread is compared with: a constant one has no scale of its own but its size.
  static func scale(sd: Double, mean: Double) -> Double {
    sd > 1e-12 * Swift.abs(mean) ? sd : Swift.max(Swift.abs(mean), 1) * 1e-3
  }

  /// Raises spreads to the floor; returns the names of parameters that were below it.
  func apply(to parameters: inout [String: Tensor]) -> Set<String> {
    var raised: Set<String> = []
    for (name, reference) in references {
      guard var value = parameters[name] else { continue }
      switch reference.kind {
      case .positive:
        for i in value.values.indices {
          let floor = Self.share * reference.sd[i]
          if value.values[i] < floor {
            value.values[i] = floor
            raised.insert(name)
          }
        }
      case .covariance:
        if Self.raise(&value, reference.sd) { raised.insert(name) }
      case .real, .unit, .count, .integer, .binary, .category, .simplex, .correlation, .cholesky,
        .orthonormal:
        break
      }
      parameters[name] = value
    }
    return raised
  }

  /// Raises small eigenvalues of each matrix, measured in the data's own scales.
  private static func raise(_ value: inout Tensor, _ sd: [Double], below slack: Double = 1) -> Bool
  {
    let d = value.dims.last ?? 1
    guard sd.count == d, d > 0 else { return false }
    var raised = false
    for start in stride(from: 0, to: value.count, by: d * d) {
      var scaled = [Double](repeating: 0, count: d * d)
      for i in 0..<d {
        for j in 0..<d {
          // Either triangle may carry the rounding; use the mean.
          let both = 0.5 * (value.values[start + i * d + j] + value.values[start + j * d + i])
          scaled[i * d + j] = both / (sd[i] * sd[j])
        }
      }
      let floor = share * share
      var above = scaled
      for i in 0..<d { above[i * d + i] -= floor * slack }
      guard scaled.allSatisfy(\.isFinite), !isPositiveDefinite(above, d),
        let (values, vectors) = symmetricEigen(scaled, d)
      else { continue }
      guard values.contains(where: { $0 < floor * slack }) else { continue }
      raised = true
      for i in 0..<d {
        for j in 0..<d {
          var sum = 0.0
          for k in 0..<d {
            // Column k of the vectors, which come row-major by eigenvalue.
            let eigenvalue = values[k] < floor * slack ? floor : values[k]
            sum += eigenvalue * vectors[k * d + i] * vectors[k * d + j]
          }
          value.values[start + i * d + j] = sum * sd[i] * sd[j]
        }
      }
    }
    return raised
  }
}
