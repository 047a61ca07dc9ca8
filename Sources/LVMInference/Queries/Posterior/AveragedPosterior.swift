import LVMCompute
import LVMModel

/// A posterior averaged over draws of the parameters: its contexts are those at each draw, all draws weighing
/// the same.
struct AveragedPosterior: Posterior {
  /// The posterior at each draw.
  let parts: [any Posterior]
  let plan: InferencePlan
  let data: ModelData
  let parameters: [String: Tensor]
  let draws: any ParameterPosterior

  var parameterDraws: (any ParameterPosterior)? { draws }
  var source: PosteriorSource { .draws(count: parts.count) }

  func query(_ quantity: Quantity) throws -> any PosteriorQuery {
    AveragedQuery(parts: try parts.map { try $0.query(quantity) })
  }

  /// log (1/S) Σ p(unit | θ_s).
  func logEvidence() throws -> RowLogLikelihoods {
    let all = try parts.map { try $0.logEvidence() }
    let units = all.first?.values.count ?? 0
    let values = (0..<units).map { i in
      let own = all.map { $0.values[i] }
      let top = own.max() ?? 0
      guard top > -.infinity else { return top }
      let sum = own.reduce(0) { $0 + ($1 - top).exponential }
      return top + (sum / Double(own.count)).logarithm
    }
    return RowLogLikelihoods(values: values, plate: all.first?.plate ?? 0, source: source)
  }

  /// At one draw of the parameters, chosen at random: all rows of a simulated table share them.
  func latentDraws(of rows: [Int], seed: UInt64) throws -> [String: DataColumn] {
    try parts[draws.index(seed: seed, replicate: 0)].latentDraws(of: rows, seed: seed)
  }
}

private struct AveragedQuery: PosteriorQuery {
  let parts: [any PosteriorQuery]

  var rows: [Int]? { parts.first?.rows }
  var step: Int { Swift.max(1, (parts.map(\.step).min() ?? 1) / Swift.max(1, parts.count)) }

  func mixtures(at rows: ArraySlice<Int>) throws -> [Mixture] {
    let all = try parts.map { try $0.mixtures(at: rows) }
    return (all.first ?? []).indices.compactMap { i in Mixture.averaged(all.map { $0[i] }) }
  }
}
