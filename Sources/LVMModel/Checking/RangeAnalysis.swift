import LVMSyntax

/// Between which numbers the elements of an expression lie, by interval arithmetic.
///
/// Interval arithmetic takes two mentions of a value for two values, so that `c + (1 - c) * s` would reach
/// 2. What an expression mentions more than once is therefore held at examples of its own interval, and
/// the result is what all of them together allow: exact where the expression is linear in it.
struct RangeAnalysis {
  /// What a variable stands for: the value of a `let` without a type.
  let definition: (VariableID) -> Expression?

  /// More repeated values than this are too many to try together.
  private static let mostRepeated = 4
  /// Mentions that are looked at in all, definitions written out.
  private static let mostMentions = 150

  /// Every mention of a value taken for itself.
  func range(of expression: Expression) -> Interval { interval(expression, [:]) }

  /// With what is mentioned more than once held at examples of it; nil where that is too much.
  func refinedRange(of expression: Expression) -> Interval? {
    let repeated = repeatedParts(of: expression)
    guard !repeated.isEmpty, repeated.count <= Self.mostRepeated else { return nil }
    var result: Interval?
    func tryAll(_ rest: ArraySlice<Expression>, _ held: [Expression: Double]) {
      guard let part = rest.first else {
        let own = interval(expression, held)
        result = result?.hull(own) ?? own
        return
      }
      for value in interval(part, [:]).examples {
        tryAll(rest.dropFirst(), held.merging([part: value]) { $1 })
      }
    }
    tryAll(repeated[...], [:])
    return result
  }

  // MARK: Repeated values

  /// How often each part is mentioned, and which are mentioned other than to be indexed.
  private struct Mentions {
    var counts: [Expression: Int] = [:]
    var whole: Set<Expression> = []
    var left = RangeAnalysis.mostMentions
  }

  /// The largest parts that are mentioned more than once, and whose variables occur nowhere else.
  private func repeatedParts(of expression: Expression) -> [Expression] {
    var mentions = Mentions()
    func count(_ e: Expression, isIndexed: Bool) {
      mentions.left -= 1
      guard mentions.left > 0, e.constantValue == nil else { return }
      let e = resolved(e)
      mentions.counts[e, default: 0] += 1
      if !isIndexed { mentions.whole.insert(e) }
      for part in parts(of: e) { count(part, isIndexed: isIndex(e)) }
    }
    count(expression, isIndexed: false)
    guard mentions.left > 0 else { return [] }
    var found: [Expression] = []
    func collect(_ e: Expression) {
      let e = resolved(e)
      guard e.constantValue == nil, let own = mentions.counts[e], !found.contains(e) else { return }
      if own > 1, mentions.whole.contains(e), isClosed(e, own, mentions) {
        found.append(e)
      } else {
        for part in parts(of: e) { collect(part) }
      }
    }
    collect(expression)
    return found
  }

  /// Whether all that is mentioned inside a part is mentioned inside it alone.
  private func isClosed(_ part: Expression, _ count: Int, _ mentions: Mentions) -> Bool {
    var inside: [Expression: Int] = [:]
    func visit(_ e: Expression) {
      guard e.constantValue == nil else { return }
      let e = resolved(e)
      let below = parts(of: e)
      // `c[1]` and `c[2]` are two values, unless all of `c` is another.
      let isElement = isIndex(e) && below.allSatisfy { !mentions.whole.contains(resolved($0)) }
      if below.isEmpty || isElement {
        inside[e, default: 0] += 1
      } else {
        for part in below { visit(part) }
      }
    }
    visit(part)
    return inside.allSatisfy { mentions.counts[$0.key] == $0.value * count }
  }

  private func isIndex(_ e: Expression) -> Bool {
    if case .index = e.node { return true }
    return false
  }

  /// The parts whose values matter: not positions and sizes.
  private func parts(of e: Expression) -> [Expression] {
    switch e.node {
    case .index(let base, _): [base]
    case .function(.oneHot, _), .function(.identity, _), .function(.zeros, _),
      .function(.ones, _):
      []
    case .number, .size, .variable, .previous, .previousRange, .map, .function, .arithmetic,
      .negate, .matrixProduct, .array, .network:
      e.children
    }
  }

  /// The value that a name stands for.
  private func resolved(_ e: Expression) -> Expression {
    var e = e
    while case .variable(let id) = e.node, let value = definition(id) { e = value }
    return e
  }

  // MARK: Intervals

  private func interval(_ e: Expression, _ held: [Expression: Double]) -> Interval {
    if let value = e.constantValue { return Interval(value) }
    let e = resolved(e)
    if !held.isEmpty, let value = held[e] { return Interval(value) }
    return computed(e, held).clipped(to: Interval(e.type.kind))
  }

  private func computed(_ e: Expression, _ held: [Expression: Double]) -> Interval {
    switch e.node {
    case .number(let value): return Interval(value)
    case .size(let size):
      if let value = size.constant { return Interval(Double(value)) }
      return Interval(size.symbol == nil ? 0 : 1, .infinity)
    // A typed variable and a network's output are what their types say.
    case .variable, .previous, .previousRange, .network: return .all
    case .map(let function, let x): return interval(x, held).map(function)
    case .function(let function, let values): return interval(function, values, held)
    case .negate(let x): return -interval(x, held)
    case .arithmetic(let operation, let a, let b):
      let (x, y) = (interval(a, held), interval(b, held))
      switch operation {
      case .add: return x + y
      case .subtract: return x - y
      case .multiply: return a == b ? x.power(Interval(2)) : x * y
      case .divide: return x / y
      case .power: return x.power(y)
      }
    case .matrixProduct(let a, let b):
      return weighted(a, b, b.type.shape.first, held)
    case .index(let base, _): return interval(base, held)
    case .array(let elements): return hull(elements, held)
    }
  }

  private func hull(_ parts: [Expression], _ held: [Expression: Double]) -> Interval {
    guard let first = parts.first else { return .all }
    return parts.dropFirst().reduce(interval(first, held)) { $0.hull(interval($1, held)) }
  }

  /// The sum of products of `a` and `b` along `size`.
  private func weighted(
    _ a: Expression, _ b: Expression, _ size: Size?, _ held: [Expression: Double]
  ) -> Interval {
    if sumsToOne(a) { return interval(b, held) }
    if b.type.shape.count == 1, sumsToOne(b) { return interval(a, held) }
    if isPartOfSimplex(a) { return interval(b, held).hull(Interval(0)) }
    if b.type.shape.count == 1, isPartOfSimplex(b) { return interval(a, held).hull(Interval(0)) }
    let terms =
      a == b ? interval(a, held).power(Interval(2)) : interval(a, held) * interval(b, held)
    return terms.sum(of: size?.constant)
  }

  private func sumsToOne(_ e: Expression) -> Bool { resolved(e).type.kind == .simplex }

  /// Some entries of a simplex: they add up to one at most.
  private func isPartOfSimplex(_ e: Expression) -> Bool {
    let e = resolved(e)
    guard case .index(let base, let indices) = e.node, e.type.shape.count == 1,
      case .range? = indices.last
    else { return false }
    let whole = resolved(base).type
    return whole.kind == .simplex && indices.count == whole.shape.count
  }

  private func interval(
    _ function: BuiltinFunction, _ values: [Expression], _ held: [Expression: Double]
  ) -> Interval {
    guard let x = values.first else { return .all }
    switch function {
    case .softmax, .oneHot, .identity: return .unit
    case .zeros: return Interval(0)
    case .ones: return Interval(1)
    case .sum: return sum(resolved(x), held)
    case .cumsum:
      // Sums of the first few lie between the first and all.
      return sumsToOne(x) ? .unit : sum(resolved(x), held).hull(interval(x, held))
    case .mean, .transpose: return interval(x, held)
    case .dot: return values.count == 2 ? weighted(x, values[1], x.type.shape.first, held) : .all
    case .min, .max:
      let all = values.map { interval($0, held) }
      let (lows, highs) = (all.map(\.lower), all.map(\.upper))
      if function == .min { return Interval(lows.min() ?? 0, highs.min() ?? 0) }
      return Interval(lows.max() ?? 0, highs.max() ?? 0)
    case .norm: return .positive
    case .logsumexp: return Interval(interval(x, held).lower, .infinity)
    case .concat, .stack: return hull(values, held)
    case .diag:
      let own = interval(x, held)
      return x.type.shape.count == 1 ? own.hull(Interval(0)) : own
    case .inverse, .cholesky, .logdet: return .all
    }
  }

  /// The sum of all elements.
  private func sum(_ x: Expression, _ held: [Expression: Double]) -> Interval {
    if x.type.shape.count == 1, held[x] == nil {
      if sumsToOne(x) { return Interval(1) }
      if isPartOfSimplex(x) { return .unit }
      if case .arithmetic(.multiply, let a, let b) = x.node, a.type.shape.count == 1,
        b.type.shape.count == 1
      {
        return weighted(a, b, x.type.shape[0], held)
      }
    }
    let sizes = x.type.shape.map(\.constant)
    let count = sizes.reduce(Int?(1)) { n, size in n.flatMap { n in size.map { n * $0 } } }
    return interval(x, held).sum(of: count)
  }
}

extension Checker {
  /// Whether an argument stays where it must, as far as intervals can tell.
  func staysWithin(_ value: Expression, _ constraint: FamilyParameter.Constraint) -> Bool {
    func definition(_ id: VariableID) -> Expression? {
      let declaration = self.declarations[id.index]
      guard declaration.role == .binding, declaration.syntax.type == nil,
        case .equal(let inner) = declaration.definition
      else { return nil }
      return inner
    }
    let analysis = RangeAnalysis(definition: definition)
    func isWithin(_ range: Interval) -> Bool {
      // Constants such as 0.3 + 0.7 are rounded.
      let slack = 1e-9
      switch constraint {
      case .positive, .positiveVector: return range.lower >= -slack
      case .unit: return range.lower >= -slack && range.upper <= 1 + slack
      case .real, .realVector, .count, .simplex, .covariance: return true
      }
    }
    return isWithin(analysis.range(of: value))
      || analysis.refinedRange(of: value).map(isWithin) ?? false
      || PolynomialRange(definition: definition).range(of: value).map(isWithin) ?? false
  }
}
