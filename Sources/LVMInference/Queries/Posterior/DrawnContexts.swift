import LVMCompute
import LVMModel

/// The distributions of one variable at some rows, a context for each draw and label, as draws come in.
struct DrawnContexts {
  private let samples: Int
  private let states: Int
  private let rows: Int
  private var labelWeights: [Double] = []
  private var arrays: [[Double]]
  private var nodes: [VariableID: [Double]] = [:]
  private let names: [String]

  init(_ h: LoweredPredictive, rows: Int, samples: Int) {
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
    _ out: [String: Tensor], _ h: LoweredPredictive, index: Int, sample: Int,
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

  /// The mixture with each draw's weight, [rows, draws].
  func mixture(_ h: LoweredPredictive, rows chosen: [Int], weights: [Double]) -> Mixture {
    let content: Mixture.Content
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
      return Mixture(
        marginal: .probabilities(mixed, values: k), of: h.variable, plate: 0, instances: chosen,
        size: h.size)
    case .normal: content = .normal(mean: arrays[0], variance: arrays[1])
    case .scalar(let form, let mean, _, _):
      var (means, variances) = (arrays[0], arrays[1])
      if mean == nil, let form {
        (means, variances) = form.moments(Array(arrays.dropFirst(2)))
      }
      content = .scalar(
        form, mean: means, variance: variances, arguments: Array(arrays.dropFirst(2)))
    case .drawn(let reason): content = .drawn(reason: reason)
    }
    var all = weights
    if samples * states > 1, !labelWeights.isEmpty {
      all = labelWeights
      for i in 0..<(rows * samples) {
        for s in 0..<states { all[i * states + s] *= weights[i] }
      }
    }
    return Mixture(
      variable: h.variable, plate: 0, instances: chosen, size: h.size, weights: all,
      contexts: [.init(states: samples * states, axes: h.axes, parameters: nil)],
      content: content, nodes: nodes)
  }
}
