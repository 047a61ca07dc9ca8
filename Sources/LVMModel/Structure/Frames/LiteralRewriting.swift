/// Putting other numbers where a model has its own.
extension Expression {
  /// The expression with its parts, numbered as in `children`, replaced.
  public func replacingChildren(_ replace: (Int, Expression) -> Expression) -> Expression {
    var result = self
    func all(_ es: [Expression]) -> [Expression] { es.enumerated().map { replace($0, $1) } }
    switch node {
    case .number, .size, .variable, .previous, .previousRange: break
    case .map(let f, let a): result.node = .map(f, replace(0, a))
    case .negate(let a): result.node = .negate(replace(0, a))
    case .function(let f, let es): result.node = .function(f, all(es))
    case .array(let es): result.node = .array(all(es))
    case .arithmetic(let op, let a, let b):
      result.node = .arithmetic(op, replace(0, a), replace(1, b))
    case .matrixProduct(let a, let b): result.node = .matrixProduct(replace(0, a), replace(1, b))
    case .index: break
    case .network(let n, let inputs, let output):
      result.node = .network(n, inputs: all(inputs), output: output)
    }
    if case .index(let base, let indices) = node {
      var next = 1
      let moved = indices.map { index -> ExpressionIndex in
        guard case .at(let e) = index else { return index }
        defer { next += 1 }
        return .at(replace(next, e))
      }
      result.node = .index(replace(0, base), moved)
    }
    return result
  }

  /// The expression with the part at a path replaced.
  func replacing(
    _ path: ArraySlice<Int>, by change: (Expression) -> Expression
  ) -> Expression {
    guard let first = path.first else { return change(self) }
    return replacingChildren { $0 == first ? $1.replacing(path.dropFirst(), by: change) : $1 }
  }

  /// Numbers of these dims in place of this expression; a single one where all are the same.
  ///
  /// - Parameter isDiagonal: whether they are the diagonal of a matrix.
  func numbers(_ dims: [Int], _ values: [Double], isDiagonal: Bool) -> Expression {
    if isDiagonal || !type.isScalar {
      let vector = numbers(entries: dims, values)
      return isDiagonal ? Expression(.function(.diag, [vector]), type, span) : vector
    }
    let isOne = values.allSatisfy { $0 == values.first }
    return isOne ? numbers(entries: [], values) : numbers(entries: dims, values)
  }

  private func numbers(entries dims: [Int], _ values: [Double]) -> Expression {
    guard let first = dims.first else {
      let value = values.first ?? 0
      return Expression(.number(value), ValueType(ElementFacts(value).kind), span)
    }
    let size = values.count / max(first, 1)
    let parts = (0..<first).map {
      numbers(entries: Array(dims.dropFirst()), Array(values[$0 * size..<($0 + 1) * size]))
    }
    let kind = values.allSatisfy { $0 > 0 } ? ElementKind.positive : .real
    return Expression(.array(parts), ValueType(kind, dims.map { .constant($0) }), span)
  }
}

extension Definition {
  /// The definition with its expressions, numbered as in `expressions`, replaced.
  public func mapping(_ change: (Int, Expression) -> Expression) -> Definition {
    var next = 0
    switch self {
    case .free: return self
    case .drawn(let d): return .drawn(d.mapping(&next, change))
    case .equal(let e): return .equal(change(0, e))
    case .chain(var chain):
      chain.initially = chain.initially?.mapping(&next, change)
      chain.then = chain.then.mapping(&next, change)
      return .chain(chain)
    }
  }
}

extension Chain.Step {
  func mapping(_ next: inout Int, _ change: (Int, Expression) -> Expression) -> Chain.Step {
    switch self {
    case .drawn(let d): return .drawn(d.mapping(&next, change))
    case .equal(let e):
      defer { next += 1 }
      return .equal(change(next, e))
    }
  }
}

extension Distribution {
  func mapping(_ next: inout Int, _ change: (Int, Expression) -> Expression) -> Distribution {
    func one(_ e: Expression) -> Expression {
      defer { next += 1 }
      return change(next, e)
    }
    switch self {
    case .family(let name, let form, let arguments, let span):
      return .family(name, form: form, arguments: arguments.map(one), span)
    case .zeroInflated(let base, let p, let span):
      let inner = base.mapping(&next, change)
      return .zeroInflated(inner, probability: one(p), span)
    case .truncated(let base, let low, let high, let span):
      let inner = base.mapping(&next, change)
      return .truncated(inner, low: low.map(one), high: high.map(one), span)
    case .censored(let base, let low, let high, let right, let span):
      let inner = base.mapping(&next, change)
      return .censored(
        inner, low: low.map(one), high: high.map(one), right: right.map(one), span)
    case .mixture(let weights, let base, let span):
      let first = one(weights)
      return .mixture(weights: first, base.mapping(&next, change), span)
    }
  }
}
