import Foundation
import LVMModel

/// A distribution whose arguments are numbers.
indirect enum EvaluatedDistribution {
  case family(FamilyName, form: Int, [Tensor])
  case zeroInflated(EvaluatedDistribution, Tensor)
  case truncated(EvaluatedDistribution, low: Tensor?, high: Tensor?)
  case censored(EvaluatedDistribution, low: Tensor?, high: Tensor?, right: Tensor?)
  case mixture(weights: Tensor, [EvaluatedDistribution])

  var eventRank: Int {
    switch self {
    case .family(let name, _, _): FamilyDensity.eventRank(name)
    case .zeroInflated(let base, _), .truncated(let base, _, _), .censored(let base, _, _, _):
      base.eventRank
    case .mixture(_, let parts): parts.first?.eventRank ?? 0
    }
  }

  var isDiscrete: Bool {
    switch self {
    case .family(let name, _, _): FamilyDensity.isDiscrete(name)
    case .zeroInflated(let base, _), .truncated(let base, _, _), .censored(let base, _, _, _):
      base.isDiscrete
    case .mixture(_, let parts): parts.first?.isDiscrete ?? false
    }
  }

  /// Log density of a whole value [dims], renormalised to the kind's interval; NaN cells are left out.
  func logDensity(_ x: [Double], dims: [Int], kind: ElementKind) throws -> Double {
    if case .mixture(let weights, let parts) = self, weights.rank == 1 {
      return logSumExp(
        try parts.enumerated().map { k, part in
          Foundation.log(weights.values[k]) + (try part.logDensity(x, dims: dims, kind: kind))
        })
    }
    let event = Array(dims.suffix(eventRank))
    let batch = Array(dims.dropLast(eventRank))
    let size = Tensor.count(event)
    // Counts and simplexes of vectors lie in their kind's interval by themselves.
    let limits = eventRank == 0 ? Self.limits(of: kind) : nil
    if eventRank > 0, !isDiscrete, Self.limits(of: kind) != nil {
      throw OracleError.unsupported("a \(kind.word) vector of a joint density")
    }
    var total = 0.0
    for (b, index) in Self.indices(batch).enumerated() {
      let value = Array(x[b * size..<(b + 1) * size])
      if value.allSatisfy(\.isNaN) { continue }
      total += try element(value, event, batch, index)
      if let limits {
        total -= try logProbability(limits.low, limits.high, batch, index)
      }
    }
    return total
  }

  /// The interval a kind of value allows, for kinds that narrow a scalar family.
  private static func limits(of kind: ElementKind) -> (low: Double, high: Double)? {
    switch kind {
    case .positive, .count: (0, .infinity)
    case .unit: (0, 1)
    case .real, .integer, .binary, .category, .simplex, .covariance, .correlation, .cholesky,
      .orthonormal:
      nil
    }
  }

  static func indices(_ dims: [Int]) -> [[Int]] {
    dims.reduce([[]]) { found, n in found.flatMap { i in (0..<n).map { i + [$0] } } }
  }

  /// An argument's part for one element of the batch.
  private static func part(
    _ t: Tensor, rank: Int, event: [Int], _ batch: [Int], _ index: [Int]
  ) throws -> [Double] {
    let own = Array(t.dims.suffix(rank))
    let lead = Array(t.dims.dropLast(rank))
    let size = Tensor.count(own)
    var offset = 0
    guard lead.count <= batch.count else { throw OracleError.shape("argument \(t.dims)") }
    for (i, n) in lead.enumerated() {
      let at = index[batch.count - lead.count + i]
      guard n == 1 || at < n else { throw OracleError.shape("argument \(t.dims)") }
      offset = offset * n + (n == 1 ? 0 : at)
    }
    let values = Array(t.values[offset * size..<(offset + 1) * size])
    if t.rank < rank, values.count == 1, rank == event.count {
      return Array(repeating: values[0], count: Tensor.count(event))
    }
    return values
  }

  private func arguments(
    _ name: FamilyName, _ tensors: [Tensor], _ event: [Int], _ batch: [Int], _ index: [Int]
  ) throws -> [[Double]] {
    try zip(tensors, FamilyDensity.argumentRanks(name)).map {
      try Self.part($0, rank: $1, event: event, batch, index)
    }
  }

  private func scalar(_ t: Tensor?, _ batch: [Int], _ index: [Int]) throws -> Double? {
    try t.map { try Self.part($0, rank: 0, event: [], batch, index)[0] }
  }

  /// Log density of one element of the batch.
  private func element(
    _ x: [Double], _ event: [Int], _ batch: [Int], _ index: [Int]
  ) throws -> Double {
    switch self {
    case .family(let name, let form, let tensors):
      var a = try arguments(name, tensors, event, batch, index)
      var x = x
      if x.contains(where: \.isNaN) {
        guard name == .multivariateNormal else {
          throw OracleError.unsupported("partly missing \(name.rawValue)")
        }
        let n = x.count
        let seen = x.indices.filter { !x[$0].isNaN }
        a = [
          seen.map { a[0][$0] }, seen.flatMap { i in seen.map { a[1][i * n + $0] } },
        ]
        x = seen.map { x[$0] }
      }
      return try FamilyDensity.log(name, form: form, x, a)
    case .zeroInflated(let base, let probability):
      let p = try scalar(probability, batch, index) ?? 0
      let inner = try base.element(x, event, batch, index)
      let zero = x.allSatisfy { $0 == 0 }
      guard zero else { return log1p(-p) + inner }
      return isDiscrete
        ? logSumExp([Foundation.log(p), log1p(-p) + inner]) : Foundation.log(p)
    case .truncated(let base, let low, let high):
      let low = try scalar(low, batch, index) ?? -.infinity
      let high = try scalar(high, batch, index) ?? .infinity
      guard x[0] >= low, x[0] <= high else { return -.infinity }
      return try base.element(x, event, batch, index)
        - base.logProbability(low, high, batch, index)
    case .censored(let base, let low, let high, let right):
      if let right = try scalar(right, batch, index), right != 0 {
        return try base.logProbability(x[0], .infinity, batch, index)
      }
      if let low = try scalar(low, batch, index), x[0] <= low {
        return try base.logProbability(-.infinity, low, batch, index)
      }
      if let high = try scalar(high, batch, index), x[0] >= high {
        return try base.logProbability(high, .infinity, batch, index)
      }
      return try base.element(x, event, batch, index)
    case .mixture(let weights, let parts):
      let w = try Self.part(weights, rank: 1, event: [parts.count], batch, index)
      return logSumExp(
        try parts.enumerated().map { k, part in
          Foundation.log(w[k]) + (try part.element(x, event, batch, index))
        })
    }
  }

  /// log P(low ≤ value ≤ high) of one scalar element.
  private func logProbability(
    _ low: Double, _ high: Double, _ batch: [Int], _ index: [Int]
  ) throws -> Double {
    switch self {
    case .family(let name, let form, let tensors):
      guard FamilyDensity.eventRank(name) == 0 else {
        throw OracleError.unsupported("limits on \(name.rawValue)")
      }
      let a = try arguments(name, tensors, [], batch, index)
      return try FamilyProbability.log(name, form: form, a, low: low, high: high)
    case .zeroInflated(let base, let probability):
      let p = try scalar(probability, batch, index) ?? 0
      let rest = log1p(-p) + (try base.logProbability(low, high, batch, index))
      return low <= 0 && high >= 0 ? logSumExp([Foundation.log(p), rest]) : rest
    case .truncated(let base, let a, let b):
      let a = try scalar(a, batch, index) ?? -.infinity
      let b = try scalar(b, batch, index) ?? .infinity
      return try base.logProbability(max(a, low), min(b, high), batch, index)
        - base.logProbability(a, b, batch, index)
    case .censored(let base, let a, let b, _):
      // A Tobit limit inside the interval gathers all the mass beyond it.
      let a = try scalar(a, batch, index) ?? -.infinity
      let b = try scalar(b, batch, index) ?? .infinity
      return try base.logProbability(
        a > -.infinity && a >= low ? -.infinity : low,
        b < .infinity && b <= high ? .infinity : high,
        batch, index)
    case .mixture(let weights, let parts):
      let w = try Self.part(weights, rank: 1, event: [parts.count], batch, index)
      return logSumExp(
        try parts.enumerated().map { k, part in
          Foundation.log(w[k]) + (try part.logProbability(low, high, batch, index))
        })
    }
  }

  /// The support of one scalar element with the kind's interval and any limits.
  func interval(kind: ElementKind) throws -> (low: Double, high: Double) {
    var low = -Double.infinity
    var high = Double.infinity
    if let limits = Self.limits(of: kind) { (low, high) = limits }
    switch self {
    case .family(let name, _, let tensors):
      guard FamilyDensity.eventRank(name) == 0 else { return (low, high) }
      let support = FamilyDensity.support(name, tensors.map(\.values))
      return (max(low, support.low), min(high, support.high))
    case .zeroInflated(let base, _), .censored(let base, _, _, _):
      return try base.interval(kind: kind)
    case .truncated(let base, let a, let b):
      let inner = try base.interval(kind: kind)
      return (max(inner.low, a?.values[0] ?? low), min(inner.high, b?.values[0] ?? high))
    case .mixture(_, let parts):
      let all = try parts.map { try $0.interval(kind: kind) }
      return (all.map(\.low).min() ?? low, all.map(\.high).max() ?? high)
    }
  }
}
