import LVMModel

/// Brute-force answers about a small model: likelihoods, posteriors and gradients by enumeration, the
/// dense joint Gaussian and fine quadrature, with no code of the engine.
///
/// Finite unknowns cost the product of their numbers of values in each connected component (a series
/// of n rows with K states costs Kⁿ), so data must be tiny. At most two continuous unknowns at a time
/// may be left that are not linear and Gaussian given the rest; networks are out of scope.
public struct Oracle: Sendable {
  public var model: ModelGraph
  public var data: OracleData
  /// Flat row-major constrained values, by name.
  public var parameters: [String: [Double]]

  /// - Parameter model: all sizes constant.
  public init(model: ModelGraph, data: OracleData, parameters: [String: [Double]]) {
    self.model = model
    self.data = data
    self.parameters = parameters
  }

  private func world(wanted: String? = nil) throws -> World {
    try World(model: model, data: data, parameters: parameters, wanted: wanted)
  }

  /// log p(observed | parameters), every latent summed or integrated out, every constant included.
  public func logLikelihood() throws -> Double {
    let e = Elimination(world: try world(), targets: [])
    return try e.solve(e.unknowns, e.factors, []).logZ
  }

  /// log p(parameters): the density of the constrained values, over those with a prior.
  public func logPrior() throws -> Double {
    let world = try world()
    var total = 0.0
    for i in world.sites.indices where world.sites[i].variable.role == .param {
      total += try world.logDensity(of: i)
    }
    return total
  }

  /// What is known about one instance of a latent after seeing the data.
  public struct Posterior: Sendable {
    /// For finite latents: probabilities of each coordinate's values; else empty.
    public var probabilities: [[Double]]
    /// For other latents (and derived values): the posterior mean, flat; else empty.
    public var mean: [Double]
    /// Covariance of the flat value, [n, n] row-major; empty for finite latents.
    public var covariance: [Double]

    /// Standard deviations of the coordinates.
    public var standardDeviations: [Double] {
      mean.indices.map { max(covariance[$0 * mean.count + $0], 0).squareRoot() }
    }
  }

  /// The posterior of a latent, a `let`, or an observed variable's missing cells, for each instance of
  /// its plate: each row, each group, or one for a global.
  public func rowPosterior(of name: String) throws -> [Posterior] {
    guard let variable = model.variable(named: name) else {
      throw OracleError.missingValues(of: name)
    }
    let world = try world(wanted: name)
    let targets = Array(world.sites(of: variable.id))
    let e = Elimination(world: world, targets: Set(targets))
    let result = try e.solve(e.unknowns, e.factors, targets)
    return try targets.map { t in
      guard let m = result.moments[t] else { throw OracleError.unsetValue(of: name) }
      guard let k = e.finiteCount(t) else {
        return Posterior(probabilities: [], mean: m.mean, covariance: m.covariance)
      }
      let rows = (0..<m.mean.count / k).map { Array(m.mean[$0 * k..<($0 + 1) * k]) }
      return Posterior(probabilities: rows, mean: [], covariance: [])
    }
  }

  /// log p of each row's observed values, where rows are independent given the parameters.
  ///
  /// - Throws: `OracleError.spansRows` where a component, or an observed value, has more than one row.
  public func rowLogLikelihoods() throws -> [Double] {
    let e = Elimination(world: try world(), targets: [])
    var result = Array(repeating: 0.0, count: data.rows)
    for part in e.components(e.unknowns, e.factors, []) {
      let groups = part.unknown.isEmpty ? part.factors.map { [$0] } : [part.factors]
      for factors in groups {
        let rows = Set((factors + part.unknown).flatMap { e.world.rows(of: $0) })
        guard rows.count <= 1, let row = rows.first else { throw OracleError.spansRows }
        result[row] += try e.solve(part.unknown, factors, []).logZ
      }
    }
    return result
  }
}
