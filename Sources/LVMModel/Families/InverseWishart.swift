import LVMCompute

/// InverseWishart(df, scale): log p(X) = ν/2 log|Ψ| − (ν + D + 1)/2 log|X| − ½ tr(ΨX⁻¹)
/// − νD/2 log 2 − log Γ_D(ν/2), with df ν > D − 1.
struct InverseWishart: Family {
  let name = FamilyName.inverseWishart
  let forms = [[FamilyParameter("df", .positive), FamilyParameter("scale", .covariance)]]
  let eventRank = 2
  let support = Support.covariance
  let frame = FamilyFrame(.scales, .plain, .spread)

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let (df, factor) = (arguments[0], arguments[1].cholesky())
    let dimension = x.shape.dims[x.shape.rank - 1]
    let valueFactor = x.cholesky()
    // tr(ΨX⁻¹) = ‖L_X⁻¹ L_Ψ‖²
    let trace = valueFactor.solvingTriangular(factor).square().sumLast(2)
    return -((df + Double(dimension + 1)) * 0.5 * valueFactor.logDeterminantOfFactor())
      - trace * 0.5 - logNormaliser(df, factor, dimension)
  }

  /// X = L (AAᵀ)⁻¹ Lᵀ with LLᵀ = Ψ and A the Bartlett factor of a standard Wishart draw.
  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    let n = squareSide(arguments[1].count)
    let factor = semidefiniteFactor(arguments[1], n)
    let bartlett = bartlettFactor(arguments[0][0], n, using: &random)
    // Rows of M = L A⁻ᵀ: forward substitution in A mᵀ = lᵀ for each row l of L.
    var product = [Double](repeating: 0, count: n * n)
    for row in 0..<n {
      for i in 0..<n {
        var sum = factor[row * n + i]
        for k in 0..<i { sum -= bartlett[i * n + k] * product[row * n + k] }
        product[row * n + i] = sum / bartlett[i * n + i]
      }
    }
    return timesOwnTranspose(product, n)
  }

  /// Ψ / (ν − D − 1), infinite or undefined (NaN) for df up to D + 1.
  func mean(_ arguments: [Value], form: Int) -> Value? {
    let excess = excess(arguments).appendingOnes(2)
    return (arguments[1] / excess).selected(where: excess.constant(0).isBelow(excess), else: .nan)
  }

  /// ((m + 2)ψ_ij² + m ψ_ii ψ_jj) / ((m + 1) m² (m − 2)) with m = ν − D − 1; NaN for m up to 2.
  func variance(_ arguments: [Value], form: Int) -> Value? {
    let m = excess(arguments).appendingOnes(2)
    let diagonal = arguments[1].diagonal()
    let numerator = (m + 2.0) * arguments[1].square() + m * diagonal.outer(diagonal)
    let value = numerator / ((m + 1.0) * m.square() * (m - 2.0))
    return value.selected(where: m.constant(2).isBelow(m), else: .nan)
  }

  func priorUpdate(of x: Value, _ arguments: [Value], form: Int) -> RatioUpdate? {
    let dimension = Double(x.shape.dims[x.shape.rank - 1])
    return .over(
      arguments[1], (arguments[0] + (dimension + 1.0)).appendingOnes(2), kernel: .covariance)
  }

  var statistics: (any SufficientStatistics)? { self }

  private func excess(_ arguments: [Value]) -> Value {
    arguments[0] - Double(arguments[1].shape.dims[arguments[1].shape.rank - 1] + 1)
  }

  private func logNormaliser(_ df: Value, _ factor: Value, _ dimension: Int) -> Value {
    df * 0.5 * (Double(dimension) * logTwo - factor.logDeterminantOfFactor())
      + logMultivariateGamma(df * 0.5, dimension)
  }
}

extension InverseWishart: SufficientStatistics {
  /// X⁻¹ and log|X|.
  func statistics(_ x: Value, reference: Value?) -> [Value] {
    [x.builder.add(.spdInverse, [x]), x.cholesky().logDeterminantOfFactor()]
  }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [eventDims, []] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    let (df, factor) = (arguments[0], arguments[1].cholesky())
    let dimension = arguments[1].shape.dims[arguments[1].shape.rank - 1]
    let trace = (arguments[1] * statistics[0]).sumLast(2)
    return -((df + Double(dimension + 1)) * 0.5 * statistics[1]) - trace * 0.5
      - weight * logNormaliser(df, factor, dimension)
  }

  /// None: the scale's maximiser, an inverse of Σ w X⁻¹, is not a ratio.
  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    nil
  }
}
