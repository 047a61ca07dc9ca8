import LVMCompute

/// LKJ(shape) on correlation matrices: log p(R) = (η − 1) log|R| − log c, the density with respect to the
/// entries below the diagonal.
///
/// log c = Σ_{k=1}^{D−1} k (2η − 2 + k) log 2 + k log B(η + (k − 1)/2, η + (k − 1)/2)
/// (Lewandowski, Kurowicka & Joe 2009, eq. 16).
struct LKJ: Family {
  let name = FamilyName.lkj
  let forms = [[FamilyParameter("shape", .positive)]]
  let eventRank = 2
  let support = Support.correlation
  let frame = FamilyFrame.plain

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let dimension = x.shape.dims[x.shape.rank - 1]
    let logDeterminant = x.cholesky().logDeterminantOfFactor()
    return (arguments[0] - 1.0) * logDeterminant - logNormaliser(arguments[0], dimension)
  }

  /// By the C-vine of partial correlations: column by column of the Cholesky factor. Needs the
  /// dimensions of the matrix.
  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    guard let n = eventDims.last else {
      preconditionFailure("a draw of LKJ needs the dimensions of the matrix")
    }
    var factor = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      var rest = 1.0
      for j in 0..<i {
        let shape = arguments[0][0] + 0.5 * Double(n - 2 - j)
        let partial = 2 * random.beta(shape, shape) - 1
        factor[i * n + j] = partial * rest.squareRoot()
        rest *= 1 - partial * partial
      }
      factor[i * n + i] = rest.squareRoot()
    }
    var result = timesOwnTranspose(factor, n)
    for i in 0..<n { result[i * n + i] = 1 }
    return result
  }

  /// The identity, of a size that the argument does not tell.
  func mean(_ arguments: [Value], form: Int) -> Value? { nil }
  func variance(_ arguments: [Value], form: Int) -> Value? { nil }

  private func logNormaliser(_ shape: Value, _ dimension: Int) -> Value {
    (1..<max(dimension, 1)).reduce(shape.constant(0)) { sum, index in
      let k = Double(index)
      let half = shape + (k - 1) / 2
      return sum + (shape * 2.0 + (k - 2)) * (k * logTwo) + half.lbeta(half) * k
    }
  }
}
