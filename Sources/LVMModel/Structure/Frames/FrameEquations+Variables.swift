/// Frames of variables, as far as their types allow.
extension FrameEquations {
  func declared(_ v: Variable) -> FrameTensor {
    let dims = v.type.dims ?? []
    let count = dims.reduce(1, *)
    if v.role == .observe || v.role == .given { return column(v, dims, count) }
    func each(_ make: () -> EntryFrame) -> FrameTensor {
      FrameTensor(dims, (0..<count).map { _ in make() })
    }
    if v.role == .binding {
      return each { EntryFrame(scale: scale(.variable), shift: shift(.variable)) }
    }
    switch v.type.kind {
    case .real: return each { EntryFrame(scale: scale(.variable), shift: shift(.variable)) }
    case .positive: return each { EntryFrame(scale: scale(.variable), shift: .zero) }
    case .covariance:
      let n = dims.last ?? 1
      return FrameTensor(
        dims,
        (0..<count / max(n * n, 1)).flatMap { _ in
          let sides = (0..<n).map { _ in scale(.variable) }
          return sides.flatMap { a in sides.map { EntryFrame(scale: a + $0, shift: .zero) } }
        })
    case .cholesky:
      let n = dims.last ?? 1
      return FrameTensor(
        dims,
        (0..<count).map { flat in
          let (row, column) = (flat / n % n, flat % n)
          return column > row ? .zero : EntryFrame(scale: scale(.variable), shift: .zero)
        })
    case .unit, .count, .integer, .binary, .category, .simplex, .correlation, .orthonormal:
      return .plain(dims)
    }
  }

  private func column(_ v: Variable, _ dims: [Int], _ count: Int) -> FrameTensor {
    let moves =
      switch v.type.kind {
      case .real: true
      case .positive: motion == .scales
      case .unit, .count, .integer, .binary, .category, .simplex, .covariance, .correlation,
        .cholesky, .orthonormal:
        false
      }
    guard moves else {
      columns[v.id] = [Int?](repeating: nil, count: count)
      return .plain(dims)
    }
    let first = ranks.count
    columns[v.id] = (0..<count).map { first + $0 }
    return FrameTensor(
      dims,
      (0..<count).map { _ in
        let own = unknown(.column)
        return motion == .scales
          ? EntryFrame(scale: own, shift: .zero) : EntryFrame(scale: .zero, shift: own)
      })
  }
}
