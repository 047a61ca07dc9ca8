import LVMCompute
import LVMModel

extension Evaluator {
  /// Attempts at a draw inside limits before giving up.
  private static let attempts = 1_000_000

  /// One draw of a variable's value at the present row.
  func draw(_ distribution: Distribution, _ v: Variable, _ random: inout RandomStream) throws
    -> Tensor
  {
    let dims = v.type.dims ?? []
    switch distribution {
    case .family(let name, let form, let arguments, _):
      let family = LVMModel.family(name)
      let limits = SupportLimits(v.type.kind, family.support)
      return try elements(
        family, form, try arguments.map(evaluate), dims, v, low: limits?.low.map { Tensor($0) },
        high: limits?.high.map { Tensor($0) }, &random)
    case .zeroInflated(let base, let probability, _):
      let p = try evaluate(probability).broadcast(to: dims)
      var x = try draw(base, v, &random)
      for i in x.values.indices where random.uniform() < p.values[i] { x.values[i] = 0 }
      return x
    case .truncated(let base, let low, let high, _):
      let (family, form, arguments) = try bare(base, v)
      let kind = SupportLimits(v.type.kind, family.support)
      return try elements(
        family, form, arguments, dims, v,
        low: try low.map(evaluate) ?? kind?.low.map { Tensor($0) },
        high: try high.map(evaluate) ?? kind?.high.map { Tensor($0) }, &random)
    case .censored(let base, let low, let high, _, _):
      // With an indicator of censoring, what is drawn is the uncensored value.
      var x = try draw(base, v, &random)
      if let low { x = Tensor.combined(x, try evaluate(low)) { max($0, $1) } }
      if let high { x = Tensor.combined(x, try evaluate(high)) { min($0, $1) } }
      return x
    case .mixture(let weights, let base, _):
      return try mixture(try evaluate(weights), base, v, dims, &random)
    }
  }

  private func bare(_ d: Distribution, _ v: Variable) throws -> (any Family, Int, [Tensor]) {
    guard case .family(let name, let form, let arguments, _) = d else {
      throw QueryError.noDraw(variable: v.name, reason: "a combinator stands over a combinator")
    }
    return (LVMModel.family(name), form, try arguments.map(evaluate))
  }

  private func mixture(
    _ weights: Tensor, _ base: Distribution, _ v: Variable, _ dims: [Int],
    _ random: inout RandomStream
  ) throws -> Tensor {
    let (family, form, arguments) = try bare(base, v)
    let limits = SupportLimits(v.type.kind, family.support)
    func component(_ k: Int) -> [Tensor] {
      zip(arguments, family.forms[form]).map { a, parameter in
        guard a.dims.count > parameter.eventRank else { return a }
        var part = a.sliced(0, k, 1)
        part.dims.removeFirst()
        return part
      }
    }
    let (low, high) = (limits?.low.map { Tensor($0) }, limits?.high.map { Tensor($0) })
    if weights.dims.count <= 1 {
      return try elements(
        family, form, component(random.category(weights.values)), dims, v, low: low, high: high,
        &random)
    }
    let k = weights.dims.last ?? 1
    var result = Tensor(repeating: 0, dims)
    for i in result.values.indices {
      let chosen = random.category(Array(weights.values[(i * k)..<((i + 1) * k)]))
      let own = component(chosen).map { Tensor($0.broadcast(to: dims).values[i]) }
      result.values[i] =
        try elements(family, form, own, [], v, low: low, high: high, &random).values[0]
    }
    return result
  }

  /// Independent draws for the batch dims of a value, each inside its limits.
  private func elements(
    _ family: any Family, _ form: Int, _ arguments: [Tensor], _ dims: [Int], _ v: Variable,
    low: Tensor?, high: Tensor?, _ random: inout RandomStream
  ) throws -> Tensor {
    let batch = Array(dims.dropLast(family.eventRank))
    let event = Array(dims.suffix(family.eventRank))
    let count = batch.reduce(1, *)
    let ranks = family.forms[form].map(\.eventRank)
    let wide = zip(arguments, ranks).map { a, rank -> (values: [Double], width: Int) in
      // A scalar may stand for a whole vector; the family knows.
      let own = Array(a.dims.suffix(min(rank, a.dims.count)))
      let stretched = a.broadcast(to: batch + own)
      return (stretched.values, own.reduce(1, *))
    }
    let lows = low?.broadcast(to: batch).values
    let highs = high?.broadcast(to: batch).values
    var result: [Double] = []
    result.reserveCapacity(dims.reduce(1, *))
    for i in 0..<count {
      let own = wide.map { Array($0.values[(i * $0.width)..<((i + 1) * $0.width)]) }
      var x = family.sample(own, form: form, eventDims: event, using: &random)
      var tries = 0
      while let first = x.first,
        first < (lows?[i] ?? -.infinity) || first > (highs?[i] ?? .infinity)
      {
        tries += 1
        guard tries < Self.attempts else {
          throw QueryError.noDraw(
            variable: v.name, reason: "its limits leave less than one draw in \(Self.attempts)")
        }
        x = family.sample(own, form: form, eventDims: event, using: &random)
      }
      result += x
    }
    return Tensor(dims, result)
  }
}
