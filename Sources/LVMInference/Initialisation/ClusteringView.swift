import LVMCompute
import LVMModel

/// What seeding sees of each row: the responses, with or without the covariates, or what the covariates leave
/// of the responses.
struct ClusteringView: RowSource {
  private enum Kind: Sendable {
    case responses, joined
    /// Coefficients of each response on the covariates, [responses × covariates], and the spread of the rest.
    case residuals(beta: [Double], sd: [Double])
  }

  /// Responses, then covariates.
  private let base: ClusteringFeatures
  private let responses: Int
  private let kind: Kind

  var width: Int {
    switch kind {
    case .responses, .residuals: responses
    case .joined: base.width
    }
  }

  /// The views of a table that starts take turns with: one without covariates, three with them.
  static func all(_ structure: ModelStructure, _ data: ModelData) -> [ClusteringView] {
    let observed = ClusteringFeatures(structure.observed, data: data)
    let covariates = structure.model.variables.filter {
      $0.role == .given && !$0.type.kind.isFinite
    }
    let given = ClusteringFeatures(covariates, data: data)
    guard given.width > 0, observed.width > 0 else {
      return [ClusteringView(base: observed, responses: observed.width, kind: .responses)]
    }
    let both = ClusteringFeatures(structure.observed + covariates, data: data)
    let own = observed.width
    let (beta, sd) = regression(both, responses: own, data)
    return [
      ClusteringView(base: both, responses: own, kind: .responses),
      ClusteringView(base: both, responses: own, kind: .joined),
      ClusteringView(base: both, responses: own, kind: .residuals(beta: beta, sd: sd)),
    ]
  }

  /// Least squares of standardised responses on standardised covariates, and the spread of what is left.
  private static func regression(
    _ base: ClusteringFeatures, responses: Int, _ data: ModelData
  ) -> (beta: [Double], sd: [Double]) {
    let width = base.width
    let count = width - responses
    let column = DataColumn(dims: [width], source: base, instances: data.rows)
    // Per covariate its products with the responses, then with the covariates.
    let products = data.runtime.fold(column, Sums(count: count * width)) { sums, values in
      for start in stride(from: 0, to: values.count, by: width) {
        for a in 0..<count {
          let f = values[start + responses + a]
          for j in 0..<width { sums.numbers[a * width + j] += f * values[start + j] }
        }
      }
    }.numbers
    let beta = (0..<responses).flatMap { j in
      var system = LeastSquares(count: count, joined: [Array(0..<count)])
      for a in 0..<count {
        system.add(products[a * width + j], toSide: a)
        for b in 0..<count { system.add(products[a * width + responses + b], at: a, b) }
      }
      return system.solution().values
    }
    let squares = data.runtime.fold(column, Sums(count: responses)) { sums, values in
      for start in stride(from: 0, to: values.count, by: width) {
        for j in 0..<responses {
          var rest = values[start + j]
          for a in 0..<count { rest -= beta[j * count + a] * values[start + responses + a] }
          sums.numbers[j] += rest * rest
        }
      }
    }.numbers
    return (beta, squares.map { ($0 / Double(Swift.max(1, data.rows))).squareRoot() })
  }

  func copyRows(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) {
    let full = base.width
    if width == full, case .joined = kind { return base.copyRows(rows, into: buffer) }
    let raw = UnsafeMutableBufferPointer<Double>.allocate(
      capacity: Swift.max(1, rows.count * full))
    defer { raw.deallocate() }
    base.copyRows(rows, into: raw)
    let count = full - responses
    for i in 0..<rows.count {
      for j in 0..<width {
        var value = raw[i * full + j]
        if case .residuals(let beta, let sd) = kind {
          for a in 0..<count { value -= beta[j * count + a] * raw[i * full + responses + a] }
          if sd[j] > 1e-9 { value /= sd[j] }
        }
        buffer[i * width + j] = value
      }
    }
  }

  var failure: (any Error)? { base.failure }
}
