import LVMCompute
import LVMModel

/// A predictive distribution as values of the program: its form, the numbers that form takes, and
/// moments where they are known in closed form. Values are [axes…, shape…], dims of size 1 where
/// they do not differ.
struct PredictiveParts {
  var form: PredictiveForm?
  var numbers: [Value]
  var mean: Value?
  var variance: Value?
}

/// Reads the predictive distributions of a variable's cells off its definition, families under
/// combinators included.
struct PredictiveReading {
  let context: LoweringContext
  let variable: Variable
  let shape: [Int]
  let axes: [Axis]
  /// Data and mask of the variable, whose present entries tell of the missing ones; nil for a fresh value.
  let known: (x: Value, mask: Value)?

  private var plate: PlateID { context.plates.compute(variable.plate) }

  // MARK: Numbers

  func parts(_ distribution: Distribution) throws -> PredictiveParts {
    switch distribution {
    case .family(let name, let form, let arguments, _):
      let base = LVMModel.family(name)
      let own = try zip(arguments, base.forms[form]).map {
        try aligned(context.lower($0), eventRank: $1.eventRank, of: base)
      }
      return cut(self.parts(base, form, own), base)
    case .zeroInflated(let inner, let probability, _):
      let own = try parts(inner)
      let p = try scalar(probability)
      let mean = own.mean.map { $0 * (1.0 - p) }
      var variance: Value?
      if let m = own.mean, let v = own.variance, let mean {
        variance = (v + m.square()) * (1.0 - p) - mean.square()
      }
      return PredictiveParts(
        form: own.form.map { .zeroInflated($0) }, numbers: own.numbers + [p], mean: mean,
        variance: variance)
    case .truncated(let inner, let low, let high, _):
      guard case .family(let name, let form, let arguments, _) = inner else {
        return try parts(inner)
      }
      let base = LVMModel.family(name)
      let own = self.parts(base, form, try arguments.map(scalar))
      let kind = SupportLimits(variable.type.kind, base.support)
      let from = try low.map(scalar) ?? kind?.low.map { context.builder.constant($0) }
      let to = try high.map(scalar) ?? kind?.high.map { context.builder.constant($0) }
      return truncated(own, from, to)
    case .censored(let inner, let low, let high, let right, _):
      let own = try parts(inner)
      // What an indicator says is censored is the observation, not the value.
      if right != nil { return own }
      return PredictiveParts(
        form: own.form.map { .censored($0, low: low != nil, high: high != nil) },
        numbers: own.numbers + (try [low, high].compactMap { try $0.map(scalar) }),
        mean: nil, variance: nil)
    case .mixture(let weights, let inner, _):
      guard case .family(let name, let form, let arguments, _) = inner else {
        return try parts(inner)
      }
      let base = LVMModel.family(name)
      let components = try components(base, form, arguments, weights)
      let own = components.map { self.parts(base, form, $0.arguments) }
      return mixed(own, components.map(\.weight))
    }
  }

  private func scalar(_ e: Expression) throws -> Value {
    context.align(
      try context.lower(e), axes: axes, batchRank: shape.count, eventRank: 0, event: [], plate)
  }

  private func aligned(_ value: Lowered, eventRank: Int, of base: any Family) -> Value {
    context.align(
      value, axes: axes, batchRank: shape.count - base.eventRank, eventRank: eventRank,
      event: Array(shape.suffix(base.eventRank)), plate)
  }

  /// A bare family at aligned arguments.
  private func parts(_ base: any Family, _ form: Int, _ a: [Value]) -> PredictiveParts {
    func own(_ mean: Value?, _ variance: Value?) -> PredictiveParts {
      PredictiveParts(
        form: .family(base.name, form: form, arguments: a.count), numbers: a, mean: mean,
        variance: variance)
    }
    switch base.entries {
    case .scalar: return own(base.mean(a, form: form), base.variance(a, form: form))
    case .scalarWithoutMoments:
      let none = context.builder.constant(.nan)
      return own(none, none)
    case .normal:
      let n = shape.last ?? 1
      let dims = a[1].shape.dims.dropLast(2)
      let variance = a[1].broadcast(dims + [n, n]).diagonal()
      return PredictiveParts(
        form: .family(.normal, form: 0, arguments: 2), numbers: [a[0], variance.sqrt()],
        mean: a[0], variance: variance)
    case .binomialOfRest: return multinomial(a)
    case .betaOfRest: return dirichlet(a)
    case .unknown:
      return PredictiveParts(
        form: nil, numbers: [], mean: base.mean(a, form: form),
        variance: base.variance(a, form: form))
    }
  }

  /// A variable's kind cuts its family to it.
  private func cut(_ own: PredictiveParts, _ base: any Family) -> PredictiveParts {
    guard let limits = SupportLimits(variable.type.kind, base.support) else { return own }
    return truncated(
      own, limits.low.map { context.builder.constant($0) },
      limits.high.map { context.builder.constant($0) })
  }

  private func truncated(_ own: PredictiveParts, _ low: Value?, _ high: Value?) -> PredictiveParts {
    guard low != nil || high != nil else { return own }
    return PredictiveParts(
      form: own.form.map { .truncated($0, low: low != nil, high: high != nil) },
      numbers: own.numbers + [low, high].compactMap { $0 }, mean: nil, variance: nil)
  }

  private func mixed(_ own: [PredictiveParts], _ weights: [Value]) -> PredictiveParts {
    var mean: Value?
    var square: Value?
    for (part, w) in zip(own, weights) {
      guard let m = part.mean, let v = part.variance else { continue }
      mean = mean.map { $0 + w * m } ?? w * m
      let second = w * (v + m.square())
      square = square.map { $0 + second } ?? second
    }
    let isClosed = own.allSatisfy { $0.mean != nil && $0.variance != nil }
    let form = own.first?.form
    return PredictiveParts(
      form: form.map { .mixture($0, components: own.count) },
      numbers: weights + own.flatMap(\.numbers), mean: isClosed ? mean : nil,
      variance: isClosed ? mean.flatMap { m in square.map { $0 - m.square() } } : nil)
  }

  // MARK: Mixtures

  private struct Component {
    var weight: Value
    var arguments: [Value]
  }

  /// Arguments and weights of each component. Where one component holds for the whole of a value, its
  /// present entries tell which.
  private func components(
    _ base: any Family, _ form: Int, _ arguments: [Expression], _ weights: Expression
  ) throws -> [Component] {
    let w = try context.lower(weights).on(plate)
    let k = w.event.last ?? 1
    let lowered = try arguments.map { try context.lower($0).on(plate) }
    var result = (0..<k).map { c in
      let own = zip(lowered, base.forms[form]).map { a, p in
        aligned(
          a.leadsWithComponents(of: p) ? a.component(c, along: 0) : a, eventRank: p.eventRank,
          of: base)
      }
      let weight = context.align(
        w.component(c, along: w.event.count - 1), axes: axes, batchRank: shape.count, eventRank: 0,
        event: [], plate)
      return Component(weight: weight, arguments: own)
    }
    guard let known, w.event.count == 1, !shape.isEmpty, base.eventRank == 0 else { return result }
    let ones = [Int](repeating: 1, count: axes.count)
    let x = known.x.reshape(ones + shape)
    let mask = known.mask.reshape(ones + shape)
    let places = Array(axes.count..<(axes.count + shape.count))
    let logs = result.map { component in
      let density = base.logDensity(x, component.arguments, form: form)
      let wide = density.selected(where: mask, else: context.builder.constant(0))
      return wide.sum(axes: places).reshape(
        wide.shape.dims.prefix(axes.count) + [Int](repeating: 1, count: shape.count))
        + component.weight.log()
    }
    let most = logs.dropFirst().reduce(logs[0]) { $0.apply(.maximum, $1) }
    let likely = logs.map { ($0 - most).exp() }
    let total = likely.dropFirst().reduce(likely[0]) { $0 + $1 }
    for c in result.indices { result[c].weight = likely[c] / total }
    return result
  }

  // MARK: Vectors

  /// 1 where an entry is missing, or everywhere of a fresh value, and the sum of what is present.
  private var open: (missing: Value, present: Value) {
    let one = context.builder.constant(Tensor(repeating: 1, shape))
    guard let known else { return (one, context.builder.constant(0)) }
    let ones = [Int](repeating: 1, count: axes.count)
    let mask = known.mask.reshape(ones + shape)
    return (1.0 - mask, total(known.x.reshape(ones + shape) * mask))
  }

  /// The sum over the last dim, kept as 1.
  private func total(_ value: Value) -> Value {
    let rank = value.shape.rank
    return value.sum(axes: [rank - 1]).reshape(value.shape.dims.dropLast() + [1])
  }

  /// Entries of a multinomial given the present ones: binomial in what they leave of the trials.
  private func multinomial(_ a: [Value]) -> PredictiveParts {
    let (missing, present) = open
    let trials = a[0].reshape(a[0].shape.dims + [1]) - present
    let share = total(missing * a[1])
    let p = (a[1] / share.apply(.maximum, context.builder.constant(1e-300)))
      .apply(.minimum, context.builder.constant(1))
    return PredictiveParts(
      form: .family(.binomial, form: 0, arguments: 2), numbers: [trials, p], mean: trials * p,
      variance: trials * p * (1.0 - p))
  }

  /// Entries of a Dirichlet given the present ones: beta shares of what they leave of the whole.
  private func dirichlet(_ a: [Value]) -> PredictiveParts {
    let (missing, present) = open
    let rest = 1.0 - present
    let n = shape.last ?? 1
    let own = a[0].broadcast(a[0].shape.dims.dropLast() + [n])
    let all = total(missing * own)
    let others = (all - own).apply(.maximum, context.builder.constant(0))
    let safe = all.apply(.maximum, own)
    let share = own / safe
    return PredictiveParts(
      form: .scaled(.family(.beta, form: 0, arguments: 2)), numbers: [rest, own, others],
      mean: rest * share, variance: rest.square() * share * (1.0 - share) / (safe + 1.0))
  }

  // MARK: Labels

  /// Probabilities of the values of a finite variable, [axes…, shape…, values]; nil where a combinator
  /// leaves no table.
  func table(_ distribution: Distribution) throws -> Value? {
    switch distribution {
    case .family(let name, let form, let arguments, _):
      let base = LVMModel.family(name)
      let own = try zip(arguments, base.forms[form]).map {
        try aligned(context.lower($0), eventRank: $1.eventRank, of: base)
      }
      return base.logTable(own, form: form)?.exp()
    case .zeroInflated(let inner, let probability, _):
      guard let own = try table(inner) else { return nil }
      let p = try scalar(probability)
      let wide = p.reshape(p.shape.dims + [1])
      let k = own.shape.dims.last ?? 1
      let zero = context.builder.constant(Tensor([k], (0..<k).map { $0 == 0 ? 1 : 0 }))
      return own * (1.0 - wide) + wide * zero
    case .mixture(let weights, let inner, _):
      guard case .family(let name, let form, let arguments, _) = inner else { return nil }
      let base = LVMModel.family(name)
      var sum: Value?
      for component in try components(base, form, arguments, weights) {
        guard let own = base.logTable(component.arguments, form: form)?.exp() else { return nil }
        let term = component.weight.reshape(component.weight.shape.dims + [1]) * own
        sum = sum.map { $0 + term } ?? term
      }
      return sum
    case .truncated, .censored: return nil
    }
  }
}

extension Lowered {
  /// One entry along an event dim, which disappears.
  fileprivate func component(_ index: Int, along dim: Int) -> Lowered {
    var dims = event
    dims.remove(at: dim)
    return Lowered(
      value.slice(axis: axes.count + dim, start: index, count: 1).reshape(axisSizes + dims),
      axes: axes)
  }
}
