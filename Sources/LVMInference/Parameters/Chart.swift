import LVMCompute

/// A map from free numbers to a constrained value of as many entries.
///
/// Where a value has fewer degrees of freedom than entries, some free numbers are redundant (`redundant`): they
/// move nothing, or one of them moves what the others move as well. Held where they are, they leave a chart with as many
/// coordinates as there are degrees of freedom, and only such a minimal chart has a log-Jacobian.
public enum Chart: Hashable, Sendable, CaseIterable {
  /// v = u.
  case identity
  /// v = exp u, a positive number.
  case exponential
  /// v = 1 / (1 + exp −u), a number between 0 and 1.
  case logistic
  /// vᵢ = exp uᵢ / Σ exp uⱼ, a simplex. With one uᵢ held the others are log ratios to it.
  case softmax
  /// vᵢ = uᵢ² / Σ uⱼ², a simplex: a step of some length is as easy to tell wherever it is made.
  case squareRoot
  /// v = u² / (u² + (1 − u)²), a number between 0 and 1, with u = √v / (√v + √(1 − v)).
  case squareRootShare
  /// v = L, a lower-triangular factor with Lᵢᵢ = exp uᵢᵢ and Lᵢⱼ = uᵢⱼ Lᵢᵢ: entries off the diagonal are in
  /// units of their row's, so that a column's unit is no matter.
  case logCholesky
  /// v = LLᵀ, a covariance, with L as in `logCholesky`.
  case logCholeskyProduct
  /// v = LLᵀ, a correlation, with the rows of I + strict lower triangle of u scaled to unit length.
  case unitRows
  /// v = U(UᵀU)^(−½) by Cholesky: orthonormal columns.
  case orthonormalColumns

  /// Numbers of free entries of one value: its last dims.
  var eventRank: Int {
    switch self {
    case .identity, .exponential, .logistic, .squareRootShare: 0
    case .softmax, .squareRoot: 1
    case .logCholesky, .logCholeskyProduct, .unitRows, .orthonormalColumns: 2
    }
  }

  /// Degrees of freedom of values of some dims.
  public func degreesOfFreedom(_ dims: [Int]) -> Int {
    let batch = dims.dropLast(eventRank).reduce(1, *)
    let event = Array(dims.suffix(eventRank))
    switch self {
    case .identity, .exponential, .logistic, .squareRootShare: return batch
    case .softmax, .squareRoot: return batch * Swift.max(0, event[0] - 1)
    case .logCholesky, .logCholeskyProduct: return batch * (event[0] * (event[0] + 1) / 2)
    case .unitRows: return batch * (event[0] * (event[0] - 1) / 2)
    case .orthonormalColumns:
      return batch * (event[0] * event[1] - event[1] * (event[1] + 1) / 2)
    }
  }

  /// Free entries that are not coordinates of a minimal chart; nil where no choice of entries leaves one.
  ///
  /// - Parameter value: a constrained value; of each simplex the largest entry there is held, the last one if none is
  ///   given.
  public func redundant(_ dims: [Int], at value: Tensor? = nil) -> Set<Int>? {
    let count = dims.reduce(1, *)
    let n = Swift.max(1, dims.last ?? 1)
    switch self {
    case .identity, .exponential, .logistic: return []
    case .squareRoot, .squareRootShare, .orthonormalColumns: return nil
    case .softmax:
      return Set(
        stride(from: 0, to: count, by: n).map { start in
          guard let value else { return start + n - 1 }
          return (start..<(start + n)).max { value.values[$0] < value.values[$1] } ?? start
        })
    case .logCholesky, .logCholeskyProduct:
      return Set((0..<count).filter { $0 % n > $0 / n % n })
    case .unitRows:
      return Set((0..<count).filter { $0 % n >= $0 / n % n })
    }
  }

  /// Whether the entries that are not held are as many as the degrees of freedom, and move independently.
  public func isMinimal(_ dims: [Int], holding held: Set<Int>) -> Bool {
    guard let redundant = redundant(dims) else { return false }
    guard self == .softmax else { return redundant.isSubset(of: held) }
    let n = Swift.max(1, dims.last ?? 1)
    let simplexes = dims.reduce(1, *) / n
    return Set(held.map { $0 / n }).count == simplexes
  }

  /// log |∂v / ∂u| summed over a tensor's values, as graph operations: from the coordinates that are not held to the
  /// free entries of v (all but one of a simplex, the lower triangle of a matrix); nil if the chart is not minimal, or
  /// if some of what a simplex or a matrix has beyond its redundant entries is held.
  public func logJacobian(_ free: Value, holding held: Set<Int>) -> Value? {
    let dims = free.shape.dims
    guard isMinimal(dims, holding: held) else { return nil }
    let builder = free.builder
    switch self {
    case .identity: return builder.constant(0)
    case .exponential, .logistic:
      // log v, and log v(1 − v).
      let each = self == .exponential ? free : -(free.softplus() + (-free).softplus())
      guard !held.isEmpty else { return each.sumAll() }
      let isFree = builder.constant(
        Tensor(dims, (0..<dims.reduce(1, *)).map { held.contains($0) ? 0 : 1 }))
      return each.selected(where: isFree, else: builder.constant(0)).sumAll()
    case .softmax, .logCholesky, .logCholeskyProduct, .unitRows:
      guard held.count == redundant(dims)?.count else { return nil }
      return structuredJacobian(free)
    case .squareRoot, .squareRootShare, .orthonormalColumns: return nil
    }
  }

  /// The log-Jacobian of a simplex or of triangles of which the redundant entries alone are held.
  private func structuredJacobian(_ free: Value) -> Value? {
    let dims = free.shape.dims
    let n = dims.last ?? 1
    let values = Double(dims.dropLast(eventRank).reduce(1, *))
    switch self {
    case .softmax:
      // |diag(p) − ppᵀ| of all but one entry is the product of all p.
      let lse = free.logSumExp(axes: [free.shape.rank - 1])
      return (free - lse.reshape(lse.shape.dims + [1])).sumAll()
    case .logCholesky:
      // Row i has i + 1 entries in units of exp uᵢᵢ.
      let entries = free.builder.constant(Tensor([n], (0..<n).map { Double($0 + 1) }))
      return (free.diagonal() * entries).sumAll()
    case .logCholeskyProduct:
      // |∂LLᵀ/∂L| = 2ⁿ Π Lᵢᵢ^(n − i) (Muirhead 1982, theorem 2.1.9), times that of L.
      return Double(n + 1) * free.diagonal().sumAll() + values * Double(n) * 2.0.logarithm
    case .unitRows:
      // Row i, of length s^½ before it is scaled, maps to its ball by s^−(i + 2)/2, and LLᵀ takes
      // Lᵢᵢ^(n − 1 − i) = s^−(n − 1 − i)/2 (Lewandowski, Kurowicka & Joe 2009).
      let squares = unscaledRows(free).square().sum(axes: [free.shape.rank - 1])
      return -0.5 * Double(n + 1) * squares.log().sumAll()
    case .identity, .exponential, .logistic, .squareRoot, .squareRootShare, .orthonormalColumns:
      return nil
    }
  }
}

/// What free numbers are for, which decides on charts.
public enum ChartPolicy: Sendable {
  /// A line search for a maximum: logarithms and log odds, redundant entries among the coordinates.
  case search
  /// Extrapolation of EM: probabilities are their square roots, since logarithms of those that go to zero run
  /// away for ever and hide the rest.
  case acceleration
  /// As many coordinates as degrees of freedom: curvature, posteriors.
  case minimal
}
