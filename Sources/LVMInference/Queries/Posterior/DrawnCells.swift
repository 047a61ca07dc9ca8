import LVMCompute
import LVMModel

/// The distributions of observed variables' cells where latents are drawn from guides: mixtures over the draws.
///
/// For cells to fill or predict, draws come half from the guide q, which sees what a row shows, and half from
/// the prior p. Each is weighted by p̃(x, z) / (½ q(z) + ½ p(z)), x what is present, and weights are
/// normalised over a row's draws (Hesterberg 1995; Owen and Zhou 2000): no weight is more than twice the
/// likelihood of its draw, wherever the guide looks. For reconstructions all draws are the guide's and count
/// alike.
struct DrawnCells: PosteriorQuery {
  private let draws: WeightedDraws
  private let fromLatentsAlone: Bool
  private let samples: Int
  private let model: ModelGraph
  let rows: [Int]?
  let step: Int

  /// Numbers of a piece's distributions that are held at a time, and rows of a piece.
  private static let block = 16_000_000
  private static let batch = 512

  /// - Throws: `QueryError` where a distribution is not known, `StepError` for models it cannot compute.
  init(_ posterior: DrawnPosterior, of names: [String], fromLatentsAlone: Bool) throws {
    self.fromLatentsAlone = fromLatentsAlone
    let data = posterior.data
    model = posterior.plan.model
    draws = try WeightedDraws(
      posterior.plan, data: data, of: names, parameters: posterior.parameters,
      seed: posterior.seed, batch: Self.batch, runtime: posterior.runtime,
      fromLatentsAlone: fromLatentsAlone)
    let samples = draws.isRandom ? max(1, posterior.samples) : 1
    self.samples = samples
    rows = fromLatentsAlone ? Array(0..<data.rows) : data.incompleteRows(of: names)
    let width = draws.handles.map { h in
      if case .probabilities(_, let k) = h.content { return h.size * k }
      return h.size * h.axes.reduce(1) { $0 * $1.values } * 4
    }.reduce(1, +)
    step = max(1, min(Self.batch, Self.block / (width * samples)))
  }

  func mixtures(at rows: ArraySlice<Int>) throws -> [Mixture] {
    var parts = draws.handles.map { DrawnContexts($0, rows: rows.count, samples: samples) }
    let (weights, effective) = rows.isEmpty ? ([], []) : try take(rows, into: &parts)
    return try zip(parts, draws.handles).map { part, handle in
      var mixture = try part.mixture(handle, rows: Array(rows), weights: weights).checked(model)
      if samples > 1 { mixture.effectiveSamples = effective }
      return mixture
    }
  }

  /// Evaluates the draws of some rows one by one; returns their weights, and as how many they count.
  private func take(_ rows: ArraySlice<Int>, into parts: inout [DrawnContexts]) throws -> (
    weights: [Double], effective: [Double]
  ) {
    let usesPrior = !fromLatentsAlone && draws.hasPrior && samples > 1
    // With an odd number the guide has one more.
    let fromGuide = usesPrior ? (samples + 1) / 2 : samples
    let share = Double(fromGuide) / Double(samples)
    if !fromLatentsAlone { try draws.fill(rows, after: samples) }
    var logWeights = [Double](repeating: 0, count: rows.count * samples)
    for k in 0..<samples {
      let out = try draws.evaluate(rows, sample: k, fromPrior: k >= fromGuide)
      if !fromLatentsAlone {
        for i in 0..<rows.count {
          logWeights[i * samples + k] = out.logWeight(i, guideShare: share)
        }
      }
      for j in parts.indices {
        parts[j].take(out.values, draws.handles[j], index: j, sample: k, out.latents)
      }
    }
    let (weights, effective) = normalised(logWeights, rows.count)
    for j in parts.indices { parts[j].dropWeightless(weights) }
    return (weights, effective)
  }

  /// Weights that sum to one over each row's draws, and how many draws they amount to.
  private func normalised(_ logs: [Double], _ rows: Int) -> (
    weights: [Double], effective: [Double]
  ) {
    var weights = logs
    var effectiveSamples: [Double] = []
    for i in 0..<rows {
      let range = (i * samples)..<((i + 1) * samples)
      let top = logs[range].max() ?? 0
      // Where no draw has any likelihood, none is better than another.
      guard top > -.infinity else {
        for k in range { weights[k] = 1 / Double(samples) }
        effectiveSamples.append(0)
        continue
      }
      var (sum, squares) = (0.0, 0.0)
      for k in range {
        weights[k] = (logs[k] - top).exponential
        sum += weights[k]
        squares += weights[k] * weights[k]
      }
      for k in range { weights[k] /= sum }
      effectiveSamples.append(sum * sum / squares)
    }
    return (weights, effectiveSamples)
  }
}
