import LVMCompute
import LVMModel
import LVMSyntax

extension LoweringContext {
  /// The graph of an expression, with an axis for each finite latent it reads.
  func lower(_ e: Expression) throws -> Lowered {
    switch e.node {
    case .number(let x):
      return Lowered(builder.constant(x))
    case .size(let size):
      guard let n = size.constant else {
        throw LoweringFailure(.unknownSize("\(size)"), at: e.span)
      }
      return Lowered(builder.constant(Double(n)))
    case .variable(let id):
      return try value(of: id, at: e.span)
    case .previous(let id, let lag):
      return try previous(id, lag: try number(lag, at: e.span), at: e.span)
    case .previousRange(let id, let from, let to):
      let lags = try number(from, at: e.span)...number(to, at: e.span)
      return stack(try lags.map { try previous(id, lag: $0, at: e.span) })
    case .map(let function, let argument):
      return Self.apply(function, to: try lower(argument))
    case .function(let function, let arguments):
      return try lowerFunction(function, arguments, e)
    case .arithmetic(let op, let a, let b):
      return Self.arithmetic(op, try lower(a), try lower(b))
    case .negate(let a):
      return try lower(a).map { -$0 }
    case .matrixProduct(let a, let b):
      return Self.matrixProduct(try lower(a), try lower(b))
    case .index(let base, let indices):
      if let axis = entryAxis(e), let entry = iota(axis) { return entry }
      return try lowerIndex(try lower(base), indices, e.span)
    case .array(let elements):
      return stack(try elements.map(lower))
    case .network(let id, let inputs, let output):
      return try lowerNetwork(id, inputs, output: output, at: e.span)
    }
  }

  func number(_ size: Size, at span: Span) throws -> Int {
    guard let n = size.constant else {
      throw LoweringFailure(.unknownSize("\(size)"), at: span)
    }
    return n
  }

  static func apply(_ function: ElementwiseFunction, to x: Lowered) -> Lowered {
    switch function {
    case .exp: x.map { $0.apply(.exp) }
    case .log: x.map { $0.apply(.log) }
    case .log1p: x.map { $0.apply(.log1p) }
    case .expm1: x.map { $0.apply(.expm1) }
    case .sqrt: x.map { $0.apply(.sqrt) }
    case .abs: x.map { $0.apply(.abs) }
    case .tanh: x.map { $0.apply(.tanh) }
    case .sigmoid: x.map { $0.apply(.sigmoid) }
    case .logit: x.map { $0.log() - (-$0).log1p() }
    case .softplus: x.map { $0.apply(.softplus) }
    }
  }

  static func arithmetic(_ op: Arithmetic, _ a: Lowered, _ b: Lowered) -> Lowered {
    switch op {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: Lowered.combine(a, b) { $0.apply(.power, $1) }
    }
  }

  /// Matrix times matrix or vector, vector times matrix.
  static func matrixProduct(_ a: Lowered, _ b: Lowered) -> Lowered {
    switch (a.event.count, b.event.count) {
    case (2, 1): Lowered.contract(a, [0, 1], b, [1], to: [0])
    case (1, 2): Lowered.contract(a, [0], b, [0, 1], to: [1])
    case (1, 1): Lowered.contract(a, [0], b, [0], to: [])
    default: Lowered.contract(a, [0, 1], b, [1, 2], to: [0, 2])
    }
  }

  /// Values of one shape as a new leading event dim.
  func stack(_ parts: [Lowered]) -> Lowered {
    let axes = Lowered.axes(of: parts)
    let rank = parts.map(\.event.count).max() ?? 0
    let shape = parts.first { $0.event.count == rank }?.event ?? []
    let plate = parts.compactMap(\.plate).min()
    var sizes: [Axis: Int] = [:]
    for p in parts { for (a, n) in zip(p.axes, p.axisSizes) { sizes[a] = n } }
    let full = axes.map { sizes[$0] ?? 1 }
    let values = parts.map { part in
      let wide = part.on(plate).broadcast(event: shape)
      return wide.expanded(to: axes, eventRank: shape.count).broadcast(full + shape)
        .reshape(full + [1] + shape)
    }
    return Lowered(builder.add(.concat(axis: axes.count), values), axes: axes)
  }

  // MARK: Indexing

  func lowerIndex(_ base: Lowered, _ indices: [ExpressionIndex], _ span: Span) throws
    -> Lowered
  {
    var result = base
    var dim = 0
    for index in indices {
      switch index {
      case .range(let from, let to):
        let lower = try number(from, at: span)
        let upper = try number(to, at: span)
        result = Lowered(
          result.value.slice(
            axis: result.axes.count + dim, start: lower - 1, count: upper - lower + 1),
          axes: result.axes)
        dim += 1
      case .at(let e):
        result = try lowerPosition(result, dim, e)
      }
    }
    return result
  }

  /// One index at event dim `dim`, which disappears.
  private func lowerPosition(_ base: Lowered, _ dim: Int, _ e: Expression) throws -> Lowered {
    let size = base.event[dim]
    if let position = e.wholeNumber {
      guard (1...size).contains(position) else {
        throw LoweringFailure(.indexOutside(position, size: size), at: e.span)
      }
      var dims = base.event
      dims.remove(at: dim)
      return Lowered(
        base.value.slice(axis: base.axes.count + dim, start: position - 1, count: 1),
        axes: base.axes
      ).reshape(event: dims)
    }
    let index = try lower(e)
    // A finite latent as it stands: its states run along the indexed dim, which becomes its axis.
    if let axis = bareAxis(e), !base.axes.contains(axis), index.axes == [axis] {
      return base.promoting(event: dim, to: axis)
    }
    let zeroBased = e.type.kind.isCategory ? index : index.map { $0 - 1.0 }
    // A number from the data: gather, if the base is free of the plate.
    if index.axes.isEmpty, index.plate != nil, base.plate == nil, index.event.isEmpty {
      let n = base.axes.count
      var order = Array(base.value.shape.dims.indices)
      order.remove(at: n + dim)
      order.insert(n + dim, at: 0)
      let gathered = builder.add(.take, [base.value.transpose(order), zeroBased.value])
      return Lowered(gathered, axes: base.axes)
    }
    // In general: a one-hot vector picks the entry.
    let oneHot = Lowered(builder.add(.oneHot(count: size), [zeroBased.value]), axes: index.axes)
    let labels = Array(base.event.indices)
    return Lowered.contract(
      base, labels, oneHot, [dim], to: labels.filter { $0 != dim })
  }

  /// The axis of an index that is just a finite latent, now or a row before.
  func bareAxis(_ e: Expression) -> Axis? {
    switch e.node {
    case .variable(let id) where isEnumerated(id) && model[id].type.kind.isCategory: Axis(id)
    case .previous(let id, let lag)
    where isEnumerated(id) && lag.constant == 1 && model[id].type.kind.isCategory:
      Axis(id, lag: 1)
    case .index where e.type.kind.isCategory: entryAxis(e)
    case .variable, .previous, .number, .size, .previousRange, .map, .function, .arithmetic,
      .negate, .matrixProduct, .index, .array, .network:
      nil
    }
  }

  /// The axis of one entry of a vector of finite latents, picked by constants: `z[2]`.
  func entryAxis(_ e: Expression) -> Axis? {
    guard case .index(let base, let indices) = e.node, case .variable(let id) = base.node,
      isLatent(id), model[id].type.kind.isFinite, let shape = model[id].type.dims,
      indices.count == shape.count
    else { return nil }
    var component = 0
    for (index, size) in zip(indices, shape) {
      guard case .at(let position) = index, let p = position.wholeNumber,
        (1...max(1, size)).contains(p)
      else { return nil }
      component = component * size + p - 1
    }
    return Axis(id, component: component)
  }

  private func isLatent(_ id: VariableID) -> Bool {
    let v = model[id]
    guard v.role == .latent, replacements[id] == nil else { return false }
    if case .equal = v.definition { return false }
    return true
  }

  private func isEnumerated(_ id: VariableID) -> Bool {
    let v = model[id]
    guard v.role == .latent, v.type.isScalar, replacements[id] == nil else { return false }
    if case .equal = v.definition { return false }
    return true
  }
}

extension ElementKind {
  /// Whether values are category indices, which count from zero inside the engine.
  var isCategory: Bool {
    if case .category = self { return true }
    return false
  }
}

extension Expression {
  /// A number or a size that is whole and known, such as a position.
  var wholeNumber: Int? {
    switch node {
    case .number(let x): Int(exactly: x)
    case .size(let s): s.constant
    case .variable, .previous, .previousRange, .map, .function, .arithmetic, .negate,
      .matrixProduct, .index, .array, .network:
      nil
    }
  }
}
