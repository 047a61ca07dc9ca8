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

  /// Per parameter, standard deviations that its spread is compared with.
  private var references: [String: (kind: ElementKind, sd: [Double])] = [:]

  init(_ structure: ModelStructure, data: ModelData) {
    for v in structure.model.variables where v.role == .observe {
      guard case .drawn(.family(let name, _, let arguments, _)) = v.definition,
        name == .normal || name == .multivariateNormal,
        let column = data.columns.columns[v.name], column.plate == .rows
      else { continue }
      let sd = Self.deviations(column)
      for id in structure.reads(arguments[1]) {
        let p = structure.model[id]
        guard p.role == .param, p.type.kind == .positive || p.type.kind == .covariance,
          references[p.name] == nil
        else { continue }
        references[p.name] = (p.type.kind, sd)
      }
    }
  }

  private static func deviations(_ column: DataColumn) -> [Double] {
    let width = Swift.max(1, column.dims.reduce(1, *))
    let n = Swift.max(1, column.count / width)
    var mean = [Double](repeating: 0, count: width)
    var square = mean
    column.eachBlock { values in
      for start in stride(from: 0, to: values.count, by: width) {
        for j in 0..<width { mean[j] += values[start + j] / Double(n) }
      }
    }
    column.eachBlock { values in
      for start in stride(from: 0, to: values.count, by: width) {
        for j in 0..<width {
          let r = values[start + j] - mean[j]
          square[j] += r * r / Double(n)
        }
      }
    }
    return (0..<width).map { j in
      let sd = square[j].squareRoot()
      // A constant column has no scale of its own but its size.
      return sd > 1e-12 * Swift.abs(mean[j]) ? sd : Swift.max(Swift.abs(mean[j]), 1) * 1e-3
    }
  }

  /// Raises spreads to the floor; returns the names of parameters that were below it.
  func apply(to parameters: inout [String: Tensor]) -> Set<String> {
    var raised: Set<String> = []
    for (name, reference) in references {
      guard var value = parameters[name] else { continue }
      switch reference.kind {
      case .positive:
        let width = reference.sd.count
        for i in value.values.indices {
          let isPerColumn = value.dims.last == width
          let sd = isPerColumn ? reference.sd[i % width] : (reference.sd.min() ?? 1)
          let floor = Self.share * sd
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
  private static func raise(_ value: inout Tensor, _ sd: [Double]) -> Bool {
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
      guard scaled.allSatisfy(\.isFinite), let (values, vectors) = symmetricEigen(scaled, d) else {
        continue
      }
      let floor = share * share
      guard values.contains(where: { $0 < floor }) else { continue }
      raised = true
      for i in 0..<d {
        for j in 0..<d {
          var sum = 0.0
          for k in 0..<d {
            // Column k of the vectors, which come row-major by eigenvalue.
            sum += Swift.max(values[k], floor) * vectors[k * d + i] * vectors[k * d + j]
          }
          value.values[start + i * d + j] = sum * sd[i] * sd[j]
        }
      }
    }
    return raised
  }
}
