import LVMCompute
import LVMModel
import LVMSyntax

/// A continuous latent in an affine form: at this row, or some rows before.
struct Unknown: Hashable, Comparable {
  var variable: VariableID
  var lag: Int = 0

  static func < (a: Unknown, b: Unknown) -> Bool { (a.variable, a.lag) < (b.variable, b.lag) }
}

/// An expression that is affine in some continuous latents: constant + Σ coefficient · unknown.
///
/// A coefficient has the expression's event dims and one more, the unknown's entries flattened.
struct Affine {
  var constant: Lowered
  var coefficients: [Unknown: Lowered] = [:]

  var isConstant: Bool { coefficients.isEmpty }
}

extension LoweringContext {
  /// Whether an expression reads one of the unknowns, directly or through a name for an expression.
  func mentions(_ e: Expression, _ unknowns: Set<VariableID>) -> Bool {
    let own = mentioned(in: e, unknowns)
    return own.isUnknown || own.names.contains { nameMentions($0, unknowns) }
  }

  /// Whether an expression reads an unknown directly, and the names for expressions in it.
  private func mentioned(
    in e: Expression, _ unknowns: Set<VariableID>
  ) -> (isUnknown: Bool, names: [VariableID]) {
    var found = false
    var names: [VariableID] = []
    e.visit { part in
      switch part.node {
      case .variable(let id):
        if unknowns.contains(id) {
          found = true
        } else if replacements[id] == nil, case .equal = model[id].definition {
          names.append(id)
        }
      case .previous(let id, _), .previousRange(let id, _, _):
        if unknowns.contains(id) { found = true }
      case .number, .size, .map, .function, .arithmetic, .negate, .matrixProduct, .index, .array,
        .network:
        break
      }
    }
    return (found, found ? [] : names)
  }

  /// Whether what a name stands for reads one of the unknowns; each name is looked into once.
  private func nameMentions(_ name: VariableID, _ unknowns: Set<VariableID>) -> Bool {
    if known.unknowns != unknowns {
      known.unknowns = unknowns
      known.mentions = [:]
    }
    if let answer = known.mentions[name] { return answer }
    // A list of what is open: chains of names for expressions may be thousands long.
    var open: [(name: VariableID, rest: [VariableID])] = []
    func enter(_ id: VariableID) {
      // Its own answer while it is open: no name stands for itself.
      known.mentions[id] = false
      guard case .equal(let inner) = model[id].definition else { return }
      let own = mentioned(in: inner, unknowns)
      if own.isUnknown {
        known.mentions[id] = true
      } else {
        open.append((id, own.names))
      }
    }
    enter(name)
    while let (id, rest) = open.last {
      guard let next = rest.last else {
        open.removeLast()
        continue
      }
      if let answer = known.mentions[next] {
        open[open.count - 1].rest.removeLast()
        if answer { known.mentions[id] = true }
      } else {
        enter(next)
      }
    }
    return known.mentions[name] ?? false
  }

  /// The affine form of an expression in the unknowns, or why there is none.
  func affine(_ e: Expression, _ unknowns: Set<VariableID>) throws -> Affine {
    guard mentions(e, unknowns) else { return Affine(constant: try lower(e)) }
    switch e.node {
    case .variable(let id):
      if unknowns.contains(id) { return try identity(Unknown(variable: id)) }
      guard case .equal(let inner) = model[id].definition else {
        throw notAffine(e, unknowns)
      }
      return try named(id, inner, unknowns)
    case .previous(let id, let lag):
      return try identity(Unknown(variable: id, lag: try number(lag, at: e.span)))
    case .negate(let a):
      return try affine(a, unknowns).mapped { $0.map { -$0 } }
    case .arithmetic(let op, let a, let b):
      return try affineArithmetic(op, a, b, e, unknowns)
    case .matrixProduct(let a, let b):
      return try affineProduct(a, b, e, unknowns)
    case .index(let base, let indices):
      let inner = try affine(base, unknowns)
      return try inner.mappedThrowing { try lowerIndex($0, indices, e.span) }
    case .array(let elements):
      return try stacked(try elements.map { try affine($0, unknowns) })
    case .function(let function, let arguments):
      return try affineFunction(function, arguments, e, unknowns)
    case .previousRange(let id, let from, let to):
      let lags = try number(from, at: e.span)...number(to, at: e.span)
      return try stacked(try lags.map { try identity(Unknown(variable: id, lag: $0)) })
    case .number, .size, .map, .network:
      throw notAffine(e, unknowns)
    }
  }

  private func notAffine(_ e: Expression, _ unknowns: Set<VariableID>) -> LoweringFailure {
    var names: [String] = []
    e.visit { part in
      if case .variable(let id) = part.node, unknowns.contains(id) { names.append(model[id].name) }
      if case .previous(let id, _) = part.node, unknowns.contains(id) {
        names.append(model[id].name)
      }
    }
    let subject = names.first.map { "`\($0)`" } ?? "a latent"
    return LoweringFailure(.notAffine(subject), at: e.span)
  }

  private func identity(_ unknown: Unknown) throws -> Affine {
    let variable = model[unknown.variable]
    let shape = try dims(variable.type, at: variable.typeSpan)
    let n = shape.reduce(1, *)
    let eye = Lowered(identityMatrix(n).reshape(shape + [n]))
    return Affine(
      constant: Lowered(builder.constant(Tensor(repeating: 0, shape))), coefficients: [unknown: eye]
    )
  }

  private func affineArithmetic(
    _ op: Arithmetic, _ a: Expression, _ b: Expression, _ e: Expression,
    _ unknowns: Set<VariableID>
  ) throws -> Affine {
    let x = try affine(a, unknowns)
    let y = try affine(b, unknowns)
    switch op {
    case .add, .subtract:
      let sign = op == .add ? 1.0 : -1.0
      let rank = max(x.constant.event.count, y.constant.event.count)
      let shape =
        Shape.broadcast(Shape(x.constant.event), Shape(y.constant.event))?.dims
        ?? x.constant.event
      var result = Affine(constant: op == .add ? x.constant + y.constant : x.constant - y.constant)
      for (unknown, c) in x.coefficients.inOrder {
        result.coefficients[unknown] = c.padded(rank, shape)
      }
      for (unknown, c) in y.coefficients.inOrder {
        let term = c.padded(rank, shape).map { sign == 1 ? $0 : -$0 }
        result.coefficients[unknown] = result.coefficients[unknown].map { $0 + term } ?? term
      }
      return result
    case .multiply:
      if x.isConstant { return y.scaled(by: x.constant) }
      if y.isConstant { return x.scaled(by: y.constant) }
      throw notAffine(e, unknowns)
    case .divide:
      guard y.isConstant else { throw notAffine(b, unknowns) }
      return x.scaled(by: y.constant.map { 1.0 / $0 })
    case .power:
      throw notAffine(e, unknowns)
    }
  }

  private func affineProduct(
    _ a: Expression, _ b: Expression, _ e: Expression, _ unknowns: Set<VariableID>
  ) throws -> Affine {
    let x = try affine(a, unknowns)
    let y = try affine(b, unknowns)
    if x.isConstant, y.constant.event.count == 1 {
      let matrix = x.constant
      let vectorOnly = matrix.event.count == 1
      var result = Affine(constant: Self.matrixProduct(matrix, y.constant))
      for (unknown, c) in y.coefficients.inOrder {
        result.coefficients[unknown] =
          vectorOnly
          ? Lowered.contract(matrix, [1], c, [1, 2], to: [2])
          : Lowered.contract(matrix, [0, 1], c, [1, 2], to: [0, 2])
      }
      return result
    }
    if y.isConstant, x.constant.event.count == 1 {
      let matrix = y.constant
      var result = Affine(constant: Self.matrixProduct(x.constant, matrix))
      for (unknown, c) in x.coefficients.inOrder {
        result.coefficients[unknown] =
          matrix.event.count == 1
          ? Lowered.contract(c, [0, 2], matrix, [0], to: [2])
          : Lowered.contract(c, [0, 2], matrix, [0, 1], to: [1, 2])
      }
      return result
    }
    throw notAffine(e, unknowns)
  }

  private func affineFunction(
    _ function: BuiltinFunction, _ arguments: [Expression], _ e: Expression,
    _ unknowns: Set<VariableID>
  ) throws -> Affine {
    switch function {
    case .sum, .mean:
      let x = try affine(arguments[0], unknowns)
      let n = x.constant.event.count
      let factor = function == .mean ? 1 / Double(max(1, x.constant.event.reduce(1, *))) : 1
      var result = Affine(constant: x.constant.sumEvent().map { $0 * factor })
      for (unknown, c) in x.coefficients.inOrder {
        result.coefficients[unknown] = c.sum(eventAxes: Array(0..<n)).map { $0 * factor }
      }
      return result
    case .dot:
      return try affineProduct(arguments[0], arguments[1], e, unknowns)
    case .stack:
      return try stacked(try arguments.map { try affine($0, unknowns) })
    case .concat:
      return try joined(try arguments.map { try affine($0, unknowns) }) { self.concat($0) }
    case .transpose:
      let x = try affine(arguments[0], unknowns)
      var result = Affine(constant: x.constant.transpose(event: [1, 0]))
      for (u, c) in x.coefficients.inOrder {
        result.coefficients[u] = c.transpose(event: [1, 0, 2])
      }
      return result
    case .softmax, .logsumexp, .min, .max, .norm, .diag, .inverse, .cholesky, .logdet, .cumsum,
      .oneHot, .identity, .zeros, .ones:
      throw notAffine(e, unknowns)
    }
  }

  private func stacked(_ parts: [Affine]) throws -> Affine {
    try joined(parts) { self.stack($0) }
  }

  /// Joins constants by `join`, and coefficients likewise with zeros where an unknown is absent.
  private func joined(_ parts: [Affine], _ join: ([Lowered]) -> Lowered) throws -> Affine {
    var result = Affine(constant: join(parts.map(\.constant)))
    for unknown in Set(parts.flatMap { $0.coefficients.keys }).sorted() {
      let width = parts.compactMap { $0.coefficients[unknown]?.event.last }.first ?? 1
      result.coefficients[unknown] = join(
        parts.map { part in
          let own = part.coefficients[unknown]
          let coefficient =
            own
            ?? Lowered(builder.constant(Tensor(repeating: 0, part.constant.event + [width])))
          // A scalar joins as a vector of one.
          return part.constant.event.isEmpty && parts.contains { !$0.constant.event.isEmpty }
            ? coefficient.reshape(event: [1, width]) : coefficient
        })
    }
    return result
  }
}

extension Affine {
  func mapped(_ body: (Lowered) -> Lowered) -> Affine {
    Affine(constant: body(constant), coefficients: coefficients.mappingInOrder(body))
  }

  func mappedThrowing(_ body: (Lowered) throws -> Lowered) throws -> Affine {
    Affine(constant: try body(constant), coefficients: try coefficients.mappingInOrder(body))
  }

  /// Every entry multiplied by a factor that broadcasts against the expression's shape.
  func scaled(by factor: Lowered) -> Affine {
    let rank = max(constant.event.count, factor.event.count)
    let shape = Shape.broadcast(Shape(constant.event), Shape(factor.event))?.dims ?? constant.event
    let wide = factor.reshape(event: factor.event + [1])
    return Affine(
      constant: constant * factor,
      coefficients: coefficients.mappingInOrder { $0.padded(rank, shape) * wide })
  }
}

extension Lowered {
  /// A coefficient whose expression dims are padded to `rank` and stretched to `shape`.
  func padded(_ rank: Int, _ shape: [Int]) -> Lowered {
    let own = Array(event.dropLast())
    let width = event.last ?? 1
    let ones = [Int](repeating: 1, count: max(0, rank - own.count))
    return reshape(event: ones + own + [width]).broadcast(event: shape + [width])
  }
}
