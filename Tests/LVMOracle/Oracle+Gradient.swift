import LVMModel

extension Oracle {
  /// Derivative of `logLikelihood` with respect to every entry of every parameter, by name.
  ///
  /// Entries move independently, off the constraint: categorical and multinomial masses are taken as
  /// written, not renormalised, and covariances enter through (S + Sᵀ)/2, so that the result is the
  /// gradient with respect to the full matrix. Ridders' method: central differences with steps that
  /// halve from `step` times the entry's scale, extrapolated to zero; about 1e-9 relative.
  public func gradient(step: Double = 0.05) throws -> [String: [Double]] {
    try gradient(step: step) { try $0.logLikelihood() }
  }

  /// Derivative of `logPrior`, likewise.
  public func priorGradient(step: Double = 0.05) throws -> [String: [Double]] {
    try gradient(step: step) { try $0.logPrior() }
  }

  private func gradient(
    step: Double, _ objective: (Oracle) throws -> Double
  ) throws -> [String: [Double]] {
    var result: [String: [Double]] = [:]
    for variable in model.variables where variable.role == .param {
      guard let values = parameters[variable.name] else { continue }
      result[variable.name] = try values.indices.map { i in
        let scale = Self.scale(values, i, variable.type)
        return try Self.ridders(step * scale) { change in
          var moved = self
          moved.parameters[variable.name]?[i] = values[i] + change
          return try objective(moved)
        }
      }
    }
    return result
  }

  /// A step that stays inside the constraint.
  private static func scale(_ values: [Double], _ i: Int, _ type: ValueType) -> Double {
    let x = values[i]
    switch type.kind {
    case .positive, .cholesky, .count, .integer: return x == 0 ? 1 : abs(x)
    case .simplex: return x > 0 ? x : 1e-3
    case .unit: return max(min(x, 1 - x), 1e-6)
    case .covariance, .correlation:
      let n = type.dims?.last ?? 1
      let block = i / (n * n) * n * n
      return (0..<n).map { abs(values[block + $0 * n + $0]) }.min() ?? 1
    case .real, .orthonormal, .binary, .category: return max(abs(x), 1)
    }
  }

  /// Ridders 1982: an extrapolation tableau over halved steps; the entry of least estimated error wins.
  private static func ridders(_ step: Double, _ f: (Double) throws -> Double) throws -> Double {
    var best = Double.nan
    var error = Double.infinity
    var previous: [Double] = []
    var h = step
    for level in 0..<7 {
      var row = [(try f(h) - (try f(-h))) / (2 * h)]
      var factor = 4.0
      for j in 0..<level {
        let next = (row[j] * factor - previous[j]) / (factor - 1)
        let e = max(abs(next - row[j]), abs(next - previous[j]))
        if e <= error {
          error = e
          best = next
        }
        row.append(next)
        factor *= 4
      }
      if level > 0, abs(row[level] - previous[level - 1]) > 2 * error { break }
      previous = row
      h /= 2
    }
    return best
  }
}
