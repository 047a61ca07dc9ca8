import LVMModel

extension Mixture {
  /// Joins the distribution of further instances.
  public mutating func append(_ other: Mixture) {
    instances += other.instances
    weights += other.weights
    effectiveSamples += other.effectiveSamples
    nodes.merge(other.nodes) { $0 + $1 }
    switch (content, other.content) {
    case (.probabilities(let p, let k), .probabilities(let q, _)):
      content = .probabilities(p + q, values: k)
    case (.normal(let m, let v), .normal(let n, let w)):
      content = .normal(mean: m + n, variance: v + w)
    case (.scalar(let form, let m, let v, let a), .scalar(_, let n, let w, let b)):
      content = .scalar(
        form, mean: m + n, variance: v + w, arguments: zip(a, b).map { $0 + $1 })
    case (.drawn, .drawn): break
    case (.probabilities, _), (.normal, _), (.scalar, _), (.drawn, _):
      preconditionFailure("pieces of one distribution are alike")
    }
  }

  /// The same quantity at several draws of the parameters, each as likely as the others: one mixture over
  /// the contexts of all.
  static func averaged(_ parts: [Mixture]) -> Mixture? {
    guard let first = parts.first else { return nil }
    let share = 1 / Double(parts.count)
    if case .probabilities(_, let k) = first.content {
      var mean = [Double](repeating: 0, count: first.instances.count * first.size * k)
      for part in parts {
        guard case .probabilities(let own, _) = part.content else { continue }
        for (i, p) in own.enumerated() { mean[i] += share * p }
      }
      return Mixture(
        marginal: .probabilities(mean, values: k), of: first.variable, plate: first.plate,
        instances: first.instances, size: first.size)
    }
    let size = first.size
    func side(_ own: (Content) -> [Double]) -> [Double] {
      beside(parts.map { (own($0.content), $0.states * size) }, first.instances.count)
    }
    let content: Content
    switch first.content {
    case .probabilities, .drawn: content = first.content
    case .normal: content = .normal(mean: side(\.means), variance: side(\.variances))
    case .scalar(let form, _, _, let arguments):
      content = .scalar(
        form, mean: side(\.means), variance: side(\.variances),
        arguments: arguments.indices.map { a in side { $0.arguments[a] } })
    }
    let contexts = parts.enumerated().flatMap { draw, part in
      part.contexts.map { Contexts(states: $0.states, axes: $0.axes, parameters: draw) }
    }
    var result = Mixture(
      variable: first.variable, plate: first.plate, instances: first.instances, size: size,
      weights: beside(
        parts.map { ($0.weights.map { share * $0 }, $0.states) }, first.instances.count),
      contexts: contexts, content: content)
    for (id, values) in first.nodes {
      let width = values.count / Swift.max(1, first.instances.count * first.states)
      result.nodes[id] = beside(
        parts.map { ($0.nodes[id] ?? [], $0.states * width) }, first.instances.count)
    }
    return result
  }

  /// Arrays [instances, width] of one width each, side by side.
  private static func beside(_ parts: [([Double], Int)], _ instances: Int) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(parts.reduce(0) { $0 + $1.0.count })
    for i in 0..<instances {
      for (values, width) in parts { result += values[(i * width)..<((i + 1) * width)] }
    }
    return result
  }
}

extension Mixture.Content {
  /// Means of the states; empty where they are not tabulated.
  var means: [Double] {
    switch self {
    case .normal(let mean, _), .scalar(_, let mean, _, _): mean
    case .probabilities, .drawn: []
    }
  }

  var variances: [Double] {
    switch self {
    case .normal(_, let variance), .scalar(_, _, let variance, _): variance
    case .probabilities, .drawn: []
    }
  }

  var arguments: [[Double]] {
    if case .scalar(_, _, _, let arguments) = self { return arguments }
    return []
  }
}
