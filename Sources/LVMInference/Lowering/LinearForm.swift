import LVMCompute
import LVMModel
import LVMSyntax

/// One slot of a linear form: a feature made of data and constants times one parameter entry.
struct LinearTerm {
  /// Event dims as those of the expression, or 1 where it does not vary.
  var feature: Lowered
  /// Positions in the vector of all parameters, for every entry of the expression: known numbers.
  var entries: Lowered
}

/// An expression that is affine in parameters: constant + Σ feature · θ[entry].
///
/// Which entry a slot reads is known before any data are, so that a design that is sparse in the
/// parameters (`beta[kind]`, a matrix times covariates) is stored by the slots that a cell has. The
/// constant is not kept: whoever fits takes residuals at current parameters.
struct LinearForm {
  var shape: [Int]
  var terms: [LinearTerm] = []

  /// More slots than this in one place are no longer a small regression.
  static let slotLimit = 128
}

/// Where the entries of each parameter lie in the vector of all of them.
struct ParameterLayout: Hashable, Sendable {
  private(set) var offsets: [VariableID: Int] = [:]
  private(set) var count = 0
  private(set) var ids: Set<VariableID> = []

  init(_ parameters: [Variable]) {
    for p in parameters.sorted(by: { $0.id < $1.id }) {
      offsets[p.id] = count
      ids.insert(p.id)
      count += (p.type.dims ?? []).reduce(1, *)
    }
  }

  // The parameters are the keys of the offsets.
  static func == (a: Self, b: Self) -> Bool { a.offsets == b.offsets }
  func hash(into hasher: inout Hasher) { hasher.combine(offsets) }
}

extension LoweringContext {
  /// The linear form of an expression in the parameters of a layout, or why there is none.
  func linear(_ e: Expression, _ layout: ParameterLayout) throws -> LinearForm {
    let form = try linearParts(e, layout)
    guard form.terms.count <= LinearForm.slotLimit else { throw notLinear(e) }
    return form
  }

  private func notLinear(_ e: Expression) -> LoweringFailure {
    LoweringFailure(.notLinearInParameters, at: e.span)
  }

  private func linearParts(_ e: Expression, _ layout: ParameterLayout) throws -> LinearForm {
    guard mentions(e, layout.ids) else { return LinearForm(shape: try lower(e).event) }
    switch e.node {
    case .variable(let id):
      if let offset = layout.offsets[id] { return try whole(id, offset) }
      guard case .equal(let inner) = model[id].definition else { throw notLinear(e) }
      return try named(id, inner, layout)
    case .negate(let a):
      return try linear(a, layout).mapped(features: { $0.map { -$0 } })
    case .arithmetic(let op, let a, let b):
      return try linearArithmetic(op, a, b, e, layout)
    case .matrixProduct(let a, let b):
      return try linearProduct(a, b, e, layout)
    case .index(let base, let indices):
      return try linearIndex(try linear(base, layout), indices, e)
    case .array(let elements):
      return try stacked(try elements.map { try linear($0, layout) }, e)
    case .function(.stack, let arguments):
      return try stacked(try arguments.map { try linear($0, layout) }, e)
    case .function(.dot, let arguments):
      return try linearProduct(arguments[0], arguments[1], e, layout)
    case .function(.sum, let arguments):
      return try summed(try linear(arguments[0], layout), e, scale: 1)
    case .function(.mean, let arguments):
      let inner = try linear(arguments[0], layout)
      return try summed(inner, e, scale: 1 / Double(max(1, inner.shape.reduce(1, *))))
    case .function(.transpose, let arguments):
      var form = try linear(arguments[0], layout)
      guard form.shape.count == 2 else { throw notLinear(e) }
      form.shape.reverse()
      return form.mappedWhole { $0.transpose(event: [1, 0]) }
    case .number, .size, .previous, .previousRange, .map, .network, .function:
      throw notLinear(e)
    }
  }

  private func whole(_ id: VariableID, _ offset: Int) throws -> LinearForm {
    let shape = try dims(model[id].type, at: model[id].typeSpan)
    let n = shape.reduce(1, *)
    let ones = [Int](repeating: 1, count: shape.count)
    let positions = Tensor(shape, (0..<n).map { Double(offset + $0) })
    return LinearForm(
      shape: shape,
      terms: [
        LinearTerm(
          feature: Lowered(builder.constant(1).reshape(ones)),
          entries: Lowered(builder.constant(positions)))
      ])
  }

  private func linearArithmetic(
    _ op: Arithmetic, _ a: Expression, _ b: Expression, _ e: Expression, _ layout: ParameterLayout
  ) throws -> LinearForm {
    switch op {
    case .add, .subtract:
      let x = try linear(a, layout)
      var y = try linear(b, layout)
      if op == .subtract { y = y.mapped(features: { $0.map { -$0 } }) }
      guard let shape = Shape.broadcast(Shape(x.shape), Shape(y.shape))?.dims else {
        throw notLinear(e)
      }
      return LinearForm(shape: shape, terms: x.padded(to: shape).terms + y.padded(to: shape).terms)
    case .multiply:
      if !mentions(a, layout.ids) { return try scaled(try linear(b, layout), try lower(a), e) }
      if !mentions(b, layout.ids) { return try scaled(try linear(a, layout), try lower(b), e) }
      throw notLinear(e)
    case .divide:
      guard !mentions(b, layout.ids) else { throw notLinear(b) }
      return try scaled(try linear(a, layout), try lower(b).map { 1.0 / $0 }, e)
    case .power:
      throw notLinear(e)
    }
  }

  private func scaled(_ form: LinearForm, _ factor: Lowered, _ e: Expression) throws -> LinearForm {
    guard let shape = Shape.broadcast(Shape(form.shape), Shape(factor.event))?.dims else {
      throw notLinear(e)
    }
    return form.padded(to: shape).mapped(features: { $0 * factor })
  }

  /// A matrix or vector times a matrix or vector, one side of which holds the parameters.
  private func linearProduct(
    _ a: Expression, _ b: Expression, _ e: Expression, _ layout: ParameterLayout
  ) throws -> LinearForm {
    let onLeft = mentions(a, layout.ids)
    guard onLeft != mentions(b, layout.ids) else { throw notLinear(e) }
    let form = try linear(onLeft ? a : b, layout)
    let known = try lower(onLeft ? b : a)
    guard known.event.count + form.shape.count <= 3, known.event.count >= 1, form.shape.count >= 1
    else { throw notLinear(e) }
    // Of the left operand the last dim is summed over, of the right one the first.
    let own = onLeft ? form.shape.count - 1 : 0
    let other = onLeft ? 0 : known.event.count - 1
    let n = form.shape[own]
    guard known.event[other] == n, n * form.terms.count <= LinearForm.slotLimit else {
      throw notLinear(e)
    }
    var shape = form.shape
    shape.remove(at: own)
    var result = LinearForm(shape: known.event.count == 2 ? [known.event[1 - other]] : shape)
    for j in 0..<n {
      let factor = known.entry(j, of: other)
      for term in form.terms {
        let feature = term.feature.entry(j, of: own)
        let entries = term.entries.entry(j, of: own)
        result.terms.append(
          LinearTerm(
            feature: known.event.count == 2
              ? feature.reshape(event: [1]) * factor
              : feature * factor.reshape(event: [Int](repeating: 1, count: shape.count)),
            entries: entries.broadcast(event: result.shape)))
      }
    }
    return result
  }

  private func summed(_ form: LinearForm, _ e: Expression, scale: Double) throws -> LinearForm {
    var parts = form.terms.map { ($0.feature, $0.entries) }
    for dim in form.shape.indices.reversed() {
      guard parts.count * form.shape[dim] <= LinearForm.slotLimit else { throw notLinear(e) }
      parts = parts.flatMap { feature, entries in
        (0..<form.shape[dim]).map { (feature.entry($0, of: dim), entries.entry($0, of: dim)) }
      }
    }
    return LinearForm(
      shape: [],
      terms: parts.map { feature, entries in
        LinearTerm(feature: scale == 1 ? feature : feature.map { $0 * scale }, entries: entries)
      })
  }

  /// Forms of one shape as a new leading dim; a slot is zero where a part has fewer.
  private func stacked(_ parts: [LinearForm], _ e: Expression) throws -> LinearForm {
    let shape = parts.max { $0.shape.count < $1.shape.count }?.shape ?? []
    let wide = parts.map { $0.padded(to: shape) }
    let ones = [Int](repeating: 1, count: shape.count)
    let zeroFeature = Lowered(builder.constant(0).reshape(ones))
    let zeroEntries = Lowered(builder.constant(Tensor(repeating: 0, shape)))
    let slots = wide.map(\.terms.count).max() ?? 0
    return LinearForm(
      shape: [parts.count] + shape,
      terms: (0..<slots).map { s in
        LinearTerm(
          feature: stack(
            wide.map {
              ($0.terms.count > s ? $0.terms[s].feature : zeroFeature).broadcast(event: shape)
            }),
          entries: stack(wide.map { $0.terms.count > s ? $0.terms[s].entries : zeroEntries }))
      })
  }

  private func linearIndex(_ base: LinearForm, _ indices: [ExpressionIndex], _ e: Expression) throws
    -> LinearForm
  {
    var form = base
    var dim = 0
    for index in indices {
      switch index {
      case .range(let from, let to):
        let lower = try number(from, at: e.span)
        let count = try number(to, at: e.span) - lower + 1
        let cut = dim
        form = form.mappedWhole { x in
          x.event[cut] == 1 && form.shape[cut] != 1
            ? x
            : Lowered(
              x.value.slice(axis: x.axes.count + cut, start: lower - 1, count: count), axes: x.axes)
        }
        form.shape[dim] = count
        dim += 1
      case .at(let position):
        form = try linearPosition(form, dim, position)
      }
    }
    return form
  }

  private func linearPosition(_ form: LinearForm, _ dim: Int, _ e: Expression) throws -> LinearForm
  {
    let size = form.shape[dim]
    var result = form
    result.shape.remove(at: dim)
    if let position = e.wholeNumber {
      guard (1...size).contains(position) else { throw notLinear(e) }
      result.terms = form.terms.map {
        LinearTerm(
          feature: $0.feature.entry(position - 1, of: dim),
          entries: $0.entries.entry(position - 1, of: dim))
      }
      return result
    }
    let index = try lower(e)
    guard index.event.isEmpty else { throw notLinear(e) }
    if let axis = bareAxis(e), index.axes == [axis],
      form.terms.allSatisfy({ !$0.entries.axes.contains(axis) && !$0.feature.axes.contains(axis) })
    {
      result.terms = form.terms.map { term in
        LinearTerm(
          feature: term.feature.event[dim] == 1
            ? term.feature.entry(0, of: dim) : term.feature.promoting(event: dim, to: axis),
          entries: term.entries.promoting(event: dim, to: axis))
      }
      return result
    }
    // By data, or by an expression of labels: an indicator for each value.
    guard form.terms.count * size <= LinearForm.slotLimit else { throw notLinear(e) }
    let zeroBased = e.type.kind.isCategory ? index : index.map { $0 - 1.0 }
    let hot = Lowered(
      builder.add(.oneHot(count: size), [zeroBased.value]), axes: index.axes)
    result.terms = (0..<size).flatMap { j in
      form.terms.map { term in
        LinearTerm(
          feature: term.feature.entry(j, of: dim) * hot.entry(j, of: 0),
          entries: term.entries.entry(j, of: dim))
      }
    }
    return result
  }
}

extension LinearForm {
  func mapped(features body: (Lowered) -> Lowered) -> LinearForm {
    LinearForm(
      shape: shape,
      terms: terms.map { LinearTerm(feature: body($0.feature), entries: $0.entries) })
  }

  func mappedWhole(_ body: (Lowered) -> Lowered) -> LinearForm {
    LinearForm(
      shape: shape,
      terms: terms.map { LinearTerm(feature: body($0.feature), entries: body($0.entries)) })
  }

  /// The same form stretched to a larger shape.
  func padded(to target: [Int]) -> LinearForm {
    LinearForm(
      shape: target,
      terms: terms.map { term in
        let ones = [Int](repeating: 1, count: target.count - term.feature.event.count)
        return LinearTerm(
          feature: term.feature.reshape(event: ones + term.feature.event),
          entries: term.entries.broadcast(event: target))
      })
  }
}

extension Lowered {
  /// One entry of an event dim, which disappears; the only one where the dim has size 1.
  func entry(_ j: Int, of dim: Int) -> Lowered {
    var dims = event
    let position = dims[dim] == 1 ? 0 : j
    dims.remove(at: dim)
    return Lowered(
      value.slice(axis: axes.count + dim, start: position, count: 1), axes: axes
    ).reshape(event: dims)
  }
}
