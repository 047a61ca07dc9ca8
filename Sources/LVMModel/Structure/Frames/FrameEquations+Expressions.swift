/// Frames of expressions: a sum has equal ones, a product adds them.
extension FrameEquations {
  /// - Parameter path: the number of the expression among those of its definition, then of each part in
  ///   what it is part of.
  func frame(_ e: Expression, _ path: [Int]) -> FrameTensor {
    if e.type.isScalar, let value = e.constantValue { return FrameTensor(site(path), value) }
    func part(_ i: Int, _ e: Expression) -> FrameTensor { frame(e, path + [i]) }
    let dims = e.type.dims ?? []
    switch e.node {
    case .number, .size: return .plain(dims)
    case .variable(let id), .previous(let id, _): return read(id)
    case .previousRange(let id, _, _):
      return .stacked([FrameTensor](repeating: read(id), count: dims.first ?? 1))
    case .negate(let a):
      var result = own(part(0, a))
      for i in result.entries.indices { result.entries[i].shift = .zero - result.entries[i].shift }
      return result
    case .map(let f, let a):
      if motion == .scales, let id = e.logarithmOfColumn, absorbed.contains(id) {
        return .plain(dims)
      }
      return mapped(f, own(part(0, a)))
    case .function(let f, let arguments):
      if f == .identity || f == .ones {
        return ones(site(path), dims, isDiagonal: f == .identity)
      }
      return function(f, arguments.enumerated().map { part($0, $1) }, dims)
    case .arithmetic(let operation, let a, let b):
      return arithmetic(operation, part(0, a), part(1, b), dims)
    case .matrixProduct(let a, let b):
      return matrixProduct(own(part(0, a)), own(part(1, b)), dims)
    case .index(let base, let indices): return chosen(own(part(0, base)), indices[...])
    case .array(let elements):
      let inner = Array(dims.dropFirst())
      return .stacked(elements.enumerated().map { used(part($0, $1), inner) })
    case .network(let id, let inputs, let output):
      for (i, input) in inputs.enumerated() where model[id].scaled.inputs[i] == nil {
        requirePlain(own(part(i, input)), .input(id))
      }
      return self.output(id, output)
    }
  }

  /// A value in its own dims.
  func own(_ tensor: FrameTensor) -> FrameTensor { used(tensor, tensor.dims) }

  private func arithmetic(
    _ operation: Arithmetic, _ a: FrameTensor, _ b: FrameTensor, _ dims: [Int]
  ) -> FrameTensor {
    if operation == .power { return power(a, b, dims) }
    let (x, y) = (used(a, dims), used(b, dims))
    return FrameTensor(
      dims,
      zip(x.entries, y.entries).map { p, q in
        switch operation {
        case .add: sum(p, q, .one)
        case .subtract: sum(p, q, -.one)
        case .multiply: product(p, a.literal, q, b.literal)
        case .divide, .power: quotient(p, q, b.literal)
        }
      })
  }

  func sum(_ a: EntryFrame, _ b: EntryFrame, _ sign: Rational) -> EntryFrame {
    equateScales(a.scale, b.scale, .sum(of: owner))
    return EntryFrame(scale: a.scale ?? b.scale, shift: a.shift.adding(b.shift, times: sign))
  }

  func sum(_ entries: some Sequence<EntryFrame>) -> EntryFrame {
    entries.reduce(.zero) { sum($0, $1, .one) }
  }

  func product(
    _ a: EntryFrame, _ literal: (site: LiteralSite, value: Double)?, _ b: EntryFrame,
    _ other: (site: LiteralSite, value: Double)?
  ) -> EntryFrame {
    guard let x = a.scale, let y = b.scale else {
      for zero in [a, b] where zero.scale == nil { require(zero.shift, .product(of: owner)) }
      return .zero
    }
    let scale = x + y
    if let literal {
      require(a.shift, .product(of: owner))
      return EntryFrame(scale: scale, shift: multiply(b.shift, by: literal.site, literal.value))
    }
    require(b.shift, .product(of: owner))
    if let other {
      return EntryFrame(scale: scale, shift: multiply(a.shift, by: other.site, other.value))
    }
    require(a.shift, .product(of: owner))
    return EntryFrame(scale: scale, shift: .zero)
  }

  private func quotient(
    _ a: EntryFrame, _ b: EntryFrame, _ literal: (site: LiteralSite, value: Double)?
  ) -> EntryFrame {
    require(b.shift, .product(of: owner))
    guard let x = a.scale else {
      require(a.shift, .product(of: owner))
      return .zero
    }
    let scale = x - (b.scale ?? .zero)
    if let literal {
      return EntryFrame(scale: scale, shift: multiply(a.shift, by: literal.site, 1 / literal.value))
    }
    require(a.shift, .product(of: owner))
    return EntryFrame(scale: scale, shift: .zero)
  }

  private func power(_ a: FrameTensor, _ b: FrameTensor, _ dims: [Int]) -> FrameTensor {
    guard let exponent = b.literal.flatMap({ Rational($0.value) }) else {
      requirePlain(own(a), .power(of: owner))
      requirePlain(own(b), .power(of: owner))
      return .plain(dims)
    }
    return powered(used(a, dims), exponent, .power(of: owner))
  }

  func powered(_ a: FrameTensor, _ exponent: Rational, _ reason: FrameReason) -> FrameTensor {
    FrameTensor(
      a.dims,
      a.entries.map { entry in
        require(entry.shift, reason)
        return EntryFrame(scale: entry.scale.map { $0 * exponent }, shift: .zero)
      })
  }

  private func matrixProduct(_ a: FrameTensor, _ b: FrameTensor, _ dims: [Int]) -> FrameTensor {
    let inner = b.dims[0]
    let (rows, columns) = (a.entries.count / inner, b.entries.count / inner)
    var entries: [EntryFrame] = []
    entries.reserveCapacity(rows * columns)
    for i in 0..<rows {
      for j in 0..<columns {
        entries.append(
          sum(
            (0..<inner).map {
              product(a.entries[i * inner + $0], nil, b.entries[$0 * columns + j], nil)
            }))
      }
    }
    return FrameTensor(dims, entries)
  }

  /// What indices choose; a label chooses any.
  private func chosen(_ base: FrameTensor, _ indices: ArraySlice<ExpressionIndex>) -> FrameTensor {
    guard let first = indices.first else { return base }
    let rest = indices.dropFirst()
    let places = 0..<(base.dims.first ?? 1)
    switch first {
    case .range(let from, let to):
      guard let a = from.constant, let b = to.constant, a <= b else { return base }
      return .stacked((a...b).map { chosen(base.part($0 - 1), rest) })
    case .at(let e):
      if let place = e.constantValue { return chosen(base.part(Int(place) - 1), rest) }
      return merged(places.map { chosen(base.part($0), rest) }, .index(of: owner))
    }
  }

  /// One tensor that moves as all of several do.
  func merged(_ parts: [FrameTensor], _ reason: FrameReason) -> FrameTensor {
    guard var result = parts.first else { return .plain([]) }
    for other in parts.dropFirst() {
      for i in result.entries.indices {
        equate(result.entries[i], other.entries[i], reason)
        if result.entries[i].scale == nil { result.entries[i].scale = other.entries[i].scale }
      }
    }
    return result
  }
}
