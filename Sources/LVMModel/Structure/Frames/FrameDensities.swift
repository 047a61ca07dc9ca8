extension Frames {
  /// Whether a present cell has a density, and not the probability of being beyond a limit.
  ///
  /// - Parameter row: flat values of the row's observed and given variables, by name.
  public func hasDensity(_ column: Column, row: [String: [Double]]) -> Bool {
    let v = model[column.variable]
    guard v.role == .observe, !v.type.kind.isDiscrete else { return false }
    switch v.definition {
    case .free, .equal: return true
    case .drawn(let d): return hasDensity(d, column, row)
    case .chain(let chain):
      guard case .drawn(let d) = chain.then else { return true }
      return hasDensity(d, column, row)
    }
  }

  private func hasDensity(_ d: Distribution, _ column: Column, _ row: [String: [Double]]) -> Bool {
    let evaluation = FreeEvaluation { id in
      let v = model[id]
      return row[v.name].map { .init(dims: v.type.dims ?? [], values: $0) }
    }
    func limit(_ e: Expression?) -> Double? {
      guard let values = e.flatMap({ evaluation.value($0)?.values }) else { return nil }
      return values.count == 1 ? values[0] : values[column.entry]
    }
    switch d {
    case .family: return true
    case .zeroInflated(let base, _, _), .truncated(let base, _, _, _), .mixture(_, let base, _):
      return hasDensity(base, column, row)
    case .censored(let base, let low, let high, let right, _):
      guard let x = row[model[column.variable].name]?[column.entry] else { return true }
      if let right = limit(right), right != 0 { return false }
      if let low = limit(low), x <= low { return false }
      if let high = limit(high), x >= high { return false }
      return hasDensity(base, column, row)
    }
  }
}
