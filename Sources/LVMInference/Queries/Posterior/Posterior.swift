import LVMCompute
import LVMModel

/// What data tell of everything that is not observed: the one thing that every query of a fit asks.
///
/// Of each unit it is a weighted mixture, over contexts (labels, nodes of quadrature, draws of latents, draws
/// of parameters), of distributions given the context.
public protocol Posterior: Sendable {
  var plan: InferencePlan { get }
  var data: ModelData { get }
  var parameters: [String: Tensor] { get }
  /// The draws of the parameters that contexts name by number, where there are any.
  var parameterDraws: (any ParameterPosterior)? { get }
  var source: PosteriorSource { get }
  /// A quantity's distributions, compiled once for all units.
  ///
  /// - Throws: `QueryError` where a distribution is not known; what lowering throws.
  func query(_ quantity: Quantity) throws -> any PosteriorQuery
  /// log p of each unit: of a row, of an outermost group, or in a chain of a row given its past.
  func logEvidence() throws -> RowLogLikelihoods
  /// Latents of some rows, all of a row together, one draw for each time a row is named, as columns of as
  /// many rows; observed labels that others depend on are among them where cells of theirs are missing.
  ///
  /// - Throws: `QueryError.noAggregate` where they cannot be drawn.
  func latentDraws(of rows: [Int], seed: UInt64) throws -> [String: DataColumn]
}

extension Posterior {
  public var parameterDraws: (any ParameterPosterior)? { nil }

  /// Draws from distributions that can only be drawn from.
  public var sampler: MixtureSampler {
    MixtureSampler(plan, data: data, parameters: parameters, draws: parameterDraws)
  }

  /// A quantity's distributions at all units at once.
  public func mixtures(of quantity: Quantity) throws -> [Mixture] { try query(quantity).whole() }

  /// The mean and spread, or the probabilities, of every latent.
  public func latents() throws -> [LatentPosterior] {
    try mixtures(of: .latents).latents(in: plan)
  }
}

/// How the numbers of a posterior come about.
public enum PosteriorSource: Sendable, Hashable {
  case exact
  /// Sums over nodes of quadrature, with the error of the total log likelihood in nats where it was measured.
  case nodes(error: Double?)
  /// Latents drawn from guides, as often for each row.
  case guide(draws: Int)
  /// Latents at single points: nothing is known of their spread.
  case point
  /// Averages over draws of the parameters.
  case draws(count: Int)
}

/// What a posterior is asked for.
public enum Quantity: Sendable, Hashable {
  /// Every latent given what is observed.
  case latents
  /// The missing cells of observed variables given everything else that is observed of their row, group or
  /// series.
  case cells(of: [String])
  /// Fresh values of observed variables given the latents alone, at present and missing cells alike.
  case replicates(of: [String])
}

/// Distributions of one quantity, ready to be evaluated some units at a time.
public protocol PosteriorQuery {
  /// The rows it answers for, where rows are independent of one another; nil where all instances of all plates
  /// are answered at once.
  var rows: [Int]? { get }
  /// How many rows fit into memory together.
  var step: Int { get }
  /// The distributions of each variable at some of the rows.
  func mixtures(at rows: ArraySlice<Int>) throws -> [Mixture]
}

extension PosteriorQuery {
  /// Hands over the distributions of some rows at a time, in order; once in any case.
  public func eachPiece(_ body: ([Mixture]) throws -> Void) throws {
    guard let rows, !rows.isEmpty else { return try body(mixtures(at: [])) }
    for start in stride(from: 0, to: rows.count, by: step) {
      try body(mixtures(at: rows[start..<Swift.min(start + step, rows.count)]))
    }
  }

  public func whole() throws -> [Mixture] {
    var result: [Mixture] = []
    try eachPiece { piece in
      if result.isEmpty {
        result = piece
      } else {
        for (i, more) in piece.enumerated() { result[i].append(more) }
      }
    }
    return result
  }
}

extension InferencePlan {
  /// The posterior of a table at given parameters.
  ///
  /// - Parameters:
  ///   - samples: draws of a row's latents where nothing exact is to be had, keyed by `seed`.
  public func posterior(
    _ data: ModelData, parameters: [String: Tensor], samples: Int = 100, seed: UInt64 = 1,
    runtime: Runtime = .serial
  ) -> any Posterior {
    isTrained
      ? DrawnPosterior(
        self, data: data, parameters: parameters, samples: samples, seed: seed, runtime: runtime)
      : ProgramPosterior(self, data: data, parameters: parameters, runtime: runtime)
  }

  /// The posterior of a table averaged over a posterior of the parameters.
  ///
  /// - Parameter point: parameters for what is asked at a single point.
  public func posterior(
    _ data: ModelData, over draws: any ParameterPosterior, point: [String: Tensor],
    samples: Int = 100, seed: UInt64 = 1, runtime: Runtime = .serial
  ) -> any Posterior {
    AveragedPosterior(
      parts: (0..<draws.count).map { i in
        posterior(
          data, parameters: point.merging(draws.draw(i)) { $1 }, samples: samples, seed: seed,
          runtime: runtime)
      },
      plan: self, data: data, parameters: point, draws: draws)
  }

  /// Whether what is said of a row depends on its number in the table, which keys the draws of its latents.
  public var answersByRowNumber: Bool { isTrained }
}
