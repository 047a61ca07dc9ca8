import LVMCompute

extension Chart {
  /// The constrained value of free numbers, as graph operations.
  public func constrain(_ free: Value) -> Value {
    switch self {
    case .identity: return free
    case .exponential: return free.exp()
    case .logistic: return free.apply(.sigmoid)
    case .softmax:
      let lse = free.logSumExp(axes: [free.shape.rank - 1])
      return (free - lse.reshape(lse.shape.dims + [1])).exp()
    case .squareRoot:
      let squares = free.square()
      let total = squares.sum(axes: [free.shape.rank - 1])
      return squares / total.reshape(total.shape.dims + [1])
    case .squareRootShare:
      let square = free.square()
      return square / (square + (1.0 - free).square())
    case .logCholesky: return lowerTriangle(free)
    case .logCholeskyProduct: return timesTranspose(lowerTriangle(free))
    case .unitRows:
      let raw = unscaledRows(free)
      let norms = raw.square().sum(axes: [raw.shape.rank - 1]).sqrt()
      return timesTranspose(raw / norms.reshape(norms.shape.dims + [1]))
    case .orthonormalColumns:
      let labels = batchLabels(free)
      let gram = free.contract(
        free, left: labels + [100, 101], right: labels + [100, 102], output: labels + [101, 102])
      let rank = free.shape.rank
      let swap = Array(0..<(rank - 2)) + [rank - 1, rank - 2]
      let solved = free.builder.add(
        .triangularSolve(transposed: false), [gram.cholesky(), free.transpose(swap)])
      return solved.transpose(swap)
    }
  }

  /// I plus what is below the diagonal.
  func unscaledRows(_ free: Value) -> Value {
    free.builder.add(.lowerTriangle(diagonalFactor: 0), [free]) + unitMatrix(free)
  }

  private func batchLabels(_ v: Value) -> [Int] { Array(0..<(v.shape.rank - 2)) }

  private func unitMatrix(_ v: Value) -> Value {
    let n = v.shape.dims[v.shape.rank - 1]
    var values = [Double](repeating: 0, count: n * n)
    for i in 0..<n { values[i * n + i] = 1 }
    return v.builder.constant(Tensor([n, n], values))
  }

  private func lowerTriangle(_ free: Value) -> Value {
    let lower = free.builder.add(.lowerTriangle(diagonalFactor: 0), [free])
    let units = free.diagonal().exp()
    return (lower + unitMatrix(free)) * units.reshape(units.shape.dims + [1])
  }

  private func timesTranspose(_ l: Value) -> Value {
    let labels = batchLabels(l)
    return l.contract(
      l, left: labels + [100, 101], right: labels + [102, 101], output: labels + [100, 102])
  }
}
