import LVMCompute

/// Wishart(df, scale): log p(X) = (ν − D − 1)/2 log|X| − ½ tr(V⁻¹X) − νD/2 log 2 − ν/2 log|V|
/// − log Γ_D(ν/2), with df ν > D − 1.
struct Wishart: Family {
  let name = FamilyName.wishart
  let forms = [[FamilyParameter("df", .positive), FamilyParameter("scale", .covariance)]]
  let eventRank = 2
  let support = Support.covariance
  let frame = FamilyFrame(.scales, .plain, .spread)

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let (df, factor) = (arguments[0], arguments[1].cholesky())
    let dimension = x.shape.dims[x.shape.rank - 1]
    let valueFactor = x.cholesky()
    // tr(V⁻¹X) = ‖L_V⁻¹ L_X‖²
    let trace = factor.solvingTriangular(valueFactor).square().sumLast(2)
    return (df - Double(dimension + 1)) * 0.5 * valueFactor.logDeterminantOfFactor()
      - trace * 0.5 - logNormaliser(df, factor, dimension)
  }

  /// Bartlett's decomposition.
  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    let n = squareSide(arguments[1].count)
    let factor = semidefiniteFactor(arguments[1], n)
    let bartlett = bartlettFactor(arguments[0][0], n, using: &random)
    var product = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0...i {
        for k in j...i { product[i * n + j] += factor[i * n + k] * bartlett[k * n + j] }
      }
    }
    return timesOwnTranspose(product, n)
  }

  func mean(_ arguments: [Value], form: Int) -> Value? {
    arguments[0].appendingOnes(2) * arguments[1]
  }
  /// ν (V_ij² + V_ii V_jj)
  func variance(_ arguments: [Value], form: Int) -> Value? {
    let diagonal = arguments[1].diagonal()
    return arguments[0].appendingOnes(2) * (arguments[1].square() + diagonal.outer(diagonal))
  }

  var statistics: (any SufficientStatistics)? { self }

  private func logNormaliser(_ df: Value, _ factor: Value, _ dimension: Int) -> Value {
    df * 0.5 * (factor.logDeterminantOfFactor() + Double(dimension) * logTwo)
      + logMultivariateGamma(df * 0.5, dimension)
  }
}

extension Wishart: SufficientStatistics {
  /// X and log|X|.
  func statistics(_ x: Value, reference: Value?) -> [Value] {
    [x, x.cholesky().logDeterminantOfFactor()]
  }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [eventDims, []] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    let (df, factor) = (arguments[0], arguments[1].cholesky())
    let dimension = arguments[1].shape.dims[arguments[1].shape.rank - 1]
    let trace = (factor.solvingTriangular(statistics[0]) * factor.inverseFactor()).sumLast(2)
    return (df - Double(dimension + 1)) * 0.5 * statistics[1] - trace * 0.5
      - weight * logNormaliser(df, factor, dimension)
  }

  /// The scale: Σ w X / Σ w ν. The degrees of freedom have no closed form.
  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    index == 1
      ? .over(
        statistics[0], (weight * arguments[0]).appendingOnes(2), kernel: .covariance) : nil
  }
}

/// The lower factor A of a standard Wishart draw AAᵀ: A_ii² is chi-square with ν − i degrees of freedom,
/// entries below are standard normal.
func bartlettFactor(_ df: Double, _ n: Int, using random: inout RandomStream) -> [Double] {
  var factor = [Double](repeating: 0, count: n * n)
  for i in 0..<n {
    for j in 0..<i { factor[i * n + j] = random.normal() }
    factor[i * n + i] = (2 * random.gamma(shape: 0.5 * (df - Double(i)))).squareRoot()
  }
  return factor
}
