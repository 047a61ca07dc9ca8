import LVMCompute

/// MultivariateNormal(mean, covariance): log p(x) = −½ ‖L⁻¹(x − m)‖² − Σ log L_ii − D/2 log 2π with
/// LLᵀ the covariance.
///
/// A covariance without a plate is factorised and its factor inverted once, not per row; whitening all
/// rows is then one matrix product per covariance. The explicit inverse of a triangular factor is as
/// accurate as a solve to within the condition number of L, the square root of the covariance's.
struct MultivariateNormal: Family {
  let name = FamilyName.multivariateNormal
  let forms = [[FamilyParameter("mean", .realVector), FamilyParameter("covariance", .covariance)]]
  let eventRank = 1
  let support = Support.realVector
  let frame = FamilyFrame(.moves, .location, .covariance)
  var locationScale: LocationScale? { LocationScale(location: 0, scale: 1, isMatrix: true) }
  var isSpherical: Bool { true }
  var entries: EntryDistribution { .normal }
  var scalarCounterpart: String? { "Normal(mean, scale)" }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    if let fused = fusedLogDensity(x, arguments) { return fused }
    let residual = x - arguments[0]
    let factor = arguments[1].cholesky()
    let dimension = Double(arguments[1].shape.dims.last ?? 1)
    let white =
      factor.shape.plate == nil
      ? factor.inverseFactor().timesVector(residual)
      : factor.solvingTriangular(residual.appendingOnes(1)).sumLast()
    return white.square().sumLast() * -0.5
      - (factor.logDeterminantOfFactor() * 0.5 + dimension * halfLogTwoPi)
  }

  /// The density of rows of data under means and covariances without a plate, one for each state: the
  /// whitened squares of all states in one pass over the rows.
  private func fusedLogDensity(_ x: Value, _ arguments: [Value]) -> Value? {
    guard x.shape.plate != nil, arguments.allSatisfy({ $0.shape.plate == nil }),
      x.shape.dims.dropLast().allSatisfy({ $0 == 1 }), let d = x.shape.dims.last,
      arguments[0].shape.rank >= 1, arguments[1].shape.rank >= 2
    else { return nil }
    let batch = commonDims(
      commonDims(
        Array(arguments[0].shape.dims.dropLast()), Array(arguments[1].shape.dims.dropLast(2))),
      Array(x.shape.dims.dropLast()))
    let k = batch.reduce(1, *)
    let factor = arguments[1].cholesky()
    let mean = arguments[0].broadcast(batch + [d]).reshape([k, d])
    let inverse = factor.inverseFactor().broadcast(batch + [d, d]).reshape([k, d, d])
    let squares = x.builder.add(.whitenedSquares, [x.reshape([d]), mean, inverse]).reshape(batch)
    return squares * -0.5 - (factor.logDeterminantOfFactor() * 0.5 + Double(d) * halfLogTwoPi)
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    let n = arguments[0].count == 1 ? squareSide(arguments[1].count) : arguments[0].count
    let factor = semidefiniteFactor(arguments[1], n)
    let noise = (0..<n).map { _ in random.normal() }
    return (0..<n).map { i in
      var value = arguments[0].count == 1 ? arguments[0][0] : arguments[0][i]
      for k in 0...i { value += factor[i * n + k] * noise[k] }
      return value
    }
  }

  var noise: StandardNoise? { .normal }
  func transport(_ noise: Value, _ arguments: [Value], form: Int) -> Value? {
    arguments[0] + arguments[1].cholesky().timesVector(noise)
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { arguments[0] }
  func variance(_ arguments: [Value], form: Int) -> Value? { arguments[1].diagonal() }

  func gaussianResponse(_ x: Value) -> Value? { x }

  var statistics: (any SufficientStatistics)? { self }
}

extension MultivariateNormal: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] {
    let residual = reference.map { x - $0 } ?? x
    return [residual, residual.outer(residual)]
  }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [eventDims, eventDims + eventDims] }

  func weightedStatistics(
    _ x: Value, weight: Value, reference: Value?, eventDims: [Int]
  ) -> [Value] {
    // The scatter as one product XᵀWX per state: no D by D matrix per row.
    if let fused = fusedStatistics(x, weight, reference) { return fused }
    let residual = reference.map { x - $0 } ?? x
    let weighted = weight.appendingOnes(1) * residual
    return [
      weighted.sumPlate(), weighted.outer(residual, keepsPlate: residual.shape.plate == nil),
    ]
  }

  /// Both statistics of all states in one pass over the rows of data.
  private func fusedStatistics(_ x: Value, _ weight: Value, _ reference: Value?) -> [Value]? {
    guard x.shape.plate != nil, weight.shape.plate == x.shape.plate,
      x.shape.dims.dropLast().allSatisfy({ $0 == 1 }), let d = x.shape.dims.last,
      let reference, reference.shape.plate == nil
    else { return nil }
    let batch = commonDims(weight.shape.dims, Array(reference.shape.dims.dropLast()))
    guard batch == weight.shape.dims else { return nil }
    let k = batch.reduce(1, *)
    let packed = x.builder.add(
      .weightedScatter,
      [x.reshape([d]), reference.broadcast(batch + [d]).reshape([k, d]), weight.reshape([k])])
    return [
      packed.slice(axis: 1, start: 0, count: d).reshape(batch + [d]),
      packed.slice(axis: 1, start: d, count: d * d).reshape(batch + [d, d]),
    ]
  }

  func reference(_ arguments: [Value], form: Int) -> Value? { arguments[0] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    let scatter = scatter(weight, statistics, reference, about: arguments[0])
    let factor = arguments[1].cholesky()
    let inverse = factor.inverseFactor()
    let dimension = Double(arguments[1].shape.dims.last ?? 1)
    // tr(L⁻¹ S L⁻ᵀ) = Σ (L⁻¹ S) .* L⁻¹
    let trace = (factor.solvingTriangular(scatter) * inverse).sumLast(2)
    return trace * -0.5
      - weight * (factor.logDeterminantOfFactor() * 0.5 + dimension * halfLogTwoPi)
  }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    if index == 0 {
      let mass = weight.appendingOnes(1)
      let total = reference.map { statistics[0] + mass * $0 } ?? statistics[0]
      // Means shared by places of unequal covariance need a linear solve instead.
      return .over(total, mass, poolsExactly: false)
    }
    return .over(
      scatter(weight, statistics, reference, about: arguments[0]), weight.appendingOnes(2),
      kernel: .covariance)
  }

  /// Σ w (x − m)(x − m)ᵀ from sums about the reference.
  private func scatter(
    _ weight: Value, _ statistics: [Value], _ reference: Value?, about mean: Value
  ) -> Value {
    let shift =
      reference.map { mean - $0 }
      ?? mean.broadcast(
        commonDims(mean.shape.dims, statistics[0].shape.dims))
    let cross = statistics[0].outer(shift)
    let rank = cross.shape.rank
    let swapped = cross.transpose(Array(0..<(rank - 2)) + [rank - 1, rank - 2])
    return statistics[1] - cross - swapped + weight.appendingOnes(2) * shift.outer(shift)
  }
}

/// The side of a square matrix of so many entries.
func squareSide(_ count: Int) -> Int { Int(Double(count).squareRoot().rounded()) }
