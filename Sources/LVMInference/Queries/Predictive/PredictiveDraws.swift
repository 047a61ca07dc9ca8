import LVMCompute
import LVMModel

/// Laws of observed variables' cells where latents are drawn from guides: mixtures over the draws.
///
/// For cells to fill or predict, draws come half from the guide q, which sees what a row shows, and half from
/// the prior p. Each is weighted by p̃(x, z) / (½ q(z) + ½ p(z)), x what is present, and weights are
/// normalised over a row's draws (Hesterberg 1995; Owen and Zhou 2000): no weight is more than twice the
/// likelihood of its draw, wherever the guide looks. For reconstructions all draws are the guide's and count
/// alike.
public final class PredictiveDraws {
  private let plan: Plan
  private let data: ModelData
  private let draws: TrainedDraws
  private let fromLatentsAlone: Bool
  /// Draws a row.
  public let samples: Int
  /// Whether anything is drawn at all.
  public var isEstimate: Bool { samples > 1 }
  /// For each row that was asked for, (Σw)²/Σw²: as many equal draws would say as much.
  public private(set) var effectiveSamples: [Double] = []

  /// Numbers of a piece's laws that are held at a time, and rows of a piece.
  private static let block = 16_000_000
  private static let batch = 512

  /// - Throws: `QueryError` where a law is not known, `StepError` for models it cannot compute.
  public init(
    _ plan: Plan, data: ModelData, of names: [String], parameters: [String: Tensor],
    samples: Int = 100, seed: UInt64 = 1, runtime: Runtime = .serial, fromLatentsAlone: Bool = false
  ) throws {
    self.plan = plan
    self.data = data
    self.fromLatentsAlone = fromLatentsAlone
    draws = try TrainedDraws(
      plan, data: data, of: names, parameters: parameters, seed: seed, batch: Self.batch,
      runtime: runtime, fromLatentsAlone: fromLatentsAlone)
    self.samples = draws.isRandom ? max(1, samples) : 1
  }

  /// Hands over the laws of some rows at a time, in order: an instance a row, its states the draws and, of
  /// each, the labels.
  public func eachPiece(rows: [Int], _ body: ([PredictiveDistribution]) throws -> Void) throws {
    let width = draws.handles.map { h in
      if case .probabilities(_, let k) = h.content { return h.size * k }
      return h.size * h.axes.reduce(1) { $0 * $1.values } * 4
    }.reduce(1, +)
    let step = max(1, min(Self.batch, Self.block / (width * samples)))
    for start in stride(from: 0, to: rows.count, by: step) {
      try body(try laws(rows[start..<min(start + step, rows.count)]))
    }
  }

  private func laws(_ rows: ArraySlice<Int>) throws -> [PredictiveDistribution] {
    let usesPrior = !fromLatentsAlone && draws.hasPrior && samples > 1
    // With an odd number the guide has one more.
    let fromGuide = usesPrior ? (samples + 1) / 2 : samples
    let share = Double(fromGuide) / Double(samples)
    if !fromLatentsAlone { try draws.fill(rows, after: samples) }
    var parts = draws.handles.map { LawPiece($0, rows: rows.count, samples: samples) }
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
    let weights = normalised(logWeights, rows.count)
    for j in parts.indices { parts[j].dropWeightless(weights) }
    return zip(parts, draws.handles).map { part, handle in
      part.law(handle, rows: Array(rows), weights: weights)
    }
  }

  /// Weights that sum to one over each row's draws, and how many draws they amount to.
  private func normalised(_ logs: [Double], _ rows: Int) -> [Double] {
    var weights = logs
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
    return weights
  }
}

/// The laws of one variable at some rows, as their draws come in.
private struct LawPiece {
  private let samples: Int
  private let states: Int
  private let rows: Int
  private var labelWeights: [Double] = []
  private var arrays: [[Double]]
  private var nodes: [VariableID: [Double]] = [:]
  private let names: [String]

  init(_ h: PredictiveLowering.Handles, rows: Int, samples: Int) {
    self.samples = samples
    self.rows = rows
    states = h.axes.reduce(1) { $0 * $1.values }
    switch h.content {
    case .probabilities(_, let k):
      names = ["p"]
      arrays = [[Double](repeating: 0, count: rows * samples * h.size * k)]
    case .normal:
      names = ["m", "v"]
      arrays = []
    case .scalar(_, _, _, let arguments):
      names = ["m", "v"] + arguments.indices.map { "a\($0)" }
      arrays = []
    case .drawn:
      names = []
      arrays = []
    }
    if arrays.isEmpty {
      let count = rows * samples * states * h.size
      arrays = names.map { _ in [Double](repeating: 0, count: count) }
    }
    if h.weights != nil {
      labelWeights = [Double](repeating: 0, count: rows * samples * states)
    }
  }

  /// Puts the numbers of one draw in their places.
  mutating func take(
    _ out: [String: Tensor], _ h: PredictiveLowering.Handles, index: Int, sample: Int,
    _ latents: [VariableID: [Float]]
  ) {
    for (a, name) in names.enumerated() {
      guard let values = out["\(index).\(name)"]?.values else { continue }
      Self.place(values, in: &arrays[a], rows, samples, sample)
    }
    if h.weights != nil, let values = out["\(index).w"]?.values {
      Self.place(values, in: &labelWeights, rows, samples, sample)
    }
    if case .probabilities = h.content { return }
    for (id, values) in latents {
      let count = rows * samples * states * (values.count / max(1, rows))
      // In its place: a copy for each draw would cost the square of their number.
      Self.place(
        values, in: &nodes[id, default: [Double](repeating: 0, count: count)], rows, samples,
        states, sample)
    }
  }

  /// Latents of one draw, the same for every label of it.
  private static func place(
    _ values: [Float], in target: inout [Double], _ rows: Int, _ samples: Int, _ states: Int,
    _ sample: Int
  ) {
    let width = values.count / max(1, rows)
    for i in 0..<rows {
      for s in 0..<states {
        let at = ((i * samples + sample) * states + s) * width
        for j in 0..<width { target[at + j] = Double(values[i * width + j]) }
      }
    }
  }

  /// Draws without weight may say anything, infinity too: they get the numbers of the row's best draw.
  mutating func dropWeightless(_ weights: [Double]) {
    let latents = Array(nodes.keys)
    for i in 0..<rows {
      let own = (i * samples)..<((i + 1) * samples)
      guard let best = own.max(by: { weights[$0] < weights[$1] }) else { continue }
      for k in own where weights[k] == 0 {
        for a in arrays.indices { Self.copy(best, to: k, in: &arrays[a], rows * samples) }
        Self.copy(best, to: k, in: &labelWeights, rows * samples)
        for id in latents { Self.copy(best, to: k, in: &nodes[id, default: []], rows * samples) }
      }
    }
  }

  private static func copy(_ from: Int, to: Int, in target: inout [Double], _ count: Int) {
    let width = target.count / max(1, count)
    for j in 0..<width { target[to * width + j] = target[from * width + j] }
  }

  private static func place(
    _ values: [Double], in target: inout [Double], _ rows: Int, _ samples: Int, _ sample: Int
  ) {
    let width = target.count / max(1, rows * samples)
    // What is the same in all rows comes once.
    let isShared = values.count == width && rows > 1
    values.withUnsafeBufferPointer { from in
      target.withUnsafeMutableBufferPointer { to in
        for i in 0..<rows {
          let start = (i * samples + sample) * width
          let own = isShared ? 0 : i * width
          for j in 0..<width { to[start + j] = from[own + j] }
        }
      }
    }
  }

  /// The law with each draw's weight, [rows, draws].
  func law(_ h: PredictiveLowering.Handles, rows chosen: [Int], weights: [Double])
    -> PredictiveDistribution
  {
    let content: PredictiveDistribution.Content
    var all: [Double]
    var states = samples * states
    switch h.content {
    case .probabilities(_, let k):
      var mixed = [Double](repeating: 0, count: rows * h.size * k)
      let width = h.size * k
      for i in 0..<rows {
        for s in 0..<samples {
          let w = weights[i * samples + s]
          if w == 0 { continue }
          let from = (i * samples + s) * width
          for j in 0..<width { mixed[i * width + j] += w * arrays[0][from + j] }
        }
      }
      content = .probabilities(mixed, values: k)
      states = 1
      all = [Double](repeating: 1, count: rows)
    case .normal: (content, all) = (.normal(mean: arrays[0], variance: arrays[1]), weights)
    case .scalar(let form, let mean, _, _):
      var (means, variances) = (arrays[0], arrays[1])
      if mean == nil, let form {
        (means, variances) = PredictiveDistributions.moments(form, Array(arrays.dropFirst(2)))
      }
      (content, all) = (
        .scalar(form, mean: means, variance: variances, arguments: Array(arrays.dropFirst(2))),
        weights
      )
    case .drawn(let reason): (content, all) = (.drawn(reason: reason), weights)
    }
    if states > 1, !labelWeights.isEmpty {
      all = labelWeights
      for i in 0..<(rows * samples) {
        for s in 0..<self.states { all[i * self.states + s] *= weights[i] }
      }
    }
    return PredictiveDistribution(
      variable: h.variable, plate: 0, instances: chosen, size: h.size, states: states,
      weights: all, axes: h.axes, content: content, nodes: nodes)
  }
}

extension ModelData {
  /// Rows with a missing cell of one of some observed variables.
  public func incompleteRows(of names: [String]) -> [Int] {
    var incomplete = [Bool](repeating: false, count: rows)
    for name in names {
      guard let mask = columns.columns[LoweringContext.maskColumn(named: name)] else { continue }
      let width = mask.width
      var first = 0
      mask.eachBlock { values in
        for (i, value) in values.enumerated() where value == 0 {
          incomplete[(first + i) / width] = true
        }
        first += values.count
      }
    }
    return incomplete.indices.filter { incomplete[$0] }
  }
}
