/// Frames of functions.
extension FrameEquations {
  func mapped(_ f: ElementwiseFunction, _ a: FrameTensor) -> FrameTensor {
    let reason = FrameReason.function(f.rawValue, of: owner)
    switch f.frame {
    case .plain:
      requirePlain(a, reason)
      return .plain(a.dims)
    case .power(let exponent): return powered(a, exponent, reason)
    case .exponential:
      return FrameTensor(
        a.dims,
        a.entries.map { entry in
          if let scale = entry.scale { require(scale, reason) }
          if motion == .shifts { require(entry.shift, reason) }
          return EntryFrame(scale: motion == .scales ? entry.shift : .zero, shift: .zero)
        })
    case .logarithm:
      return FrameTensor(
        a.dims,
        a.entries.map { entry in
          require(entry.shift, reason)
          return EntryFrame(scale: .zero, shift: entry.scale ?? .zero)
        })
    }
  }

  func function(_ f: BuiltinFunction, _ arguments: [FrameTensor], _ dims: [Int]) -> FrameTensor {
    let reason = FrameReason.function(f.rawValue, of: owner)
    switch f {
    case .zeros: return FrameTensor(dims, [EntryFrame](repeating: .zero, count: dims.reduce(1, *)))
    case .identity, .ones, .oneHot: return .plain(dims)
    case .min where arguments.count == 2, .max where arguments.count == 2:
      let (a, b) = (used(arguments[0], dims), used(arguments[1], dims))
      return merged([a, b], reason)
    case .concat:
      return FrameTensor(dims, arguments.flatMap { own($0).entries })
    case .stack:
      return .stacked(arguments.map { used($0, Array(dims.dropFirst())) })
    case .dot:
      let (a, b) = (own(arguments[0]), own(arguments[1]))
      return FrameTensor([], [sum(zip(a.entries, b.entries).map { product($0, nil, $1, nil) })])
    case .softmax, .logsumexp, .sum, .mean, .min, .max, .norm, .cumsum:
      return reduced(f, own(arguments[0]), reason)
    case .transpose, .diag, .inverse, .cholesky, .logdet:
      return matrix(f, own(arguments[0]), dims, reason)
    }
  }

  /// Functions of the entries of one vector.
  private func reduced(_ f: BuiltinFunction, _ a: FrameTensor, _ reason: FrameReason) -> FrameTensor
  {
    switch f {
    case .sum: return FrameTensor([], [sum(a.entries)])
    case .mean:
      var result = sum(a.entries)
      guard let share = Rational(1, over: max(a.entries.count, 1)) else { return .plain([]) }
      result.shift = result.shift * share
      return FrameTensor([], [result])
    case .cumsum:
      let n = max(a.dims.last ?? 1, 1)
      var result = a
      for i in result.entries.indices where i % n > 0 {
        result.entries[i] = sum(result.entries[i - 1], a.entries[i], .one)
      }
      return result
    case .softmax:
      let n = max(a.dims.last ?? 1, 1)
      for (i, entry) in a.entries.enumerated() {
        if let scale = entry.scale { require(scale, reason) }
        equate(entry.shift, a.entries[i / n * n].shift, reason)
      }
      return .plain(a.dims)
    case .logsumexp:
      for entry in a.entries { if let scale = entry.scale { require(scale, reason) } }
      return merged((0..<a.entries.count).map { FrameTensor([], [a.entries[$0]]) }, reason)
    case .norm:
      for entry in a.entries { require(entry.shift, reason) }
      return merged(a.entries.map { FrameTensor([], [$0]) }, reason)
    case .min, .max: return merged(a.entries.map { FrameTensor([], [$0]) }, reason)
    case .dot, .transpose, .diag, .inverse, .cholesky, .logdet, .concat, .stack, .oneHot,
      .identity, .zeros, .ones:
      preconditionFailure("not a function of one vector")
    }
  }

  /// Functions of one matrix, whose frame is that of diag(r) M diag(c).
  private func matrix(
    _ f: BuiltinFunction, _ a: FrameTensor, _ dims: [Int], _ reason: FrameReason
  ) -> FrameTensor {
    let n = a.dims.last ?? 1
    if f == .transpose {
      let rows = a.dims.first ?? 1
      return FrameTensor(dims, (0..<a.entries.count).map { a.entries[$0 % rows * n + $0 / rows] })
    }
    if f == .diag {
      if a.dims.count > 1 { return FrameTensor(dims, (0..<n).map { a.entries[$0 * (n + 1)] }) }
      for entry in a.entries { require(entry.shift, reason) }
      return FrameTensor(
        dims, (0..<n * n).map { $0 / n == $0 % n ? a.entries[$0 % n] : .zero })
    }
    let rows = (0..<n).map { _ in motion == .scales ? unknown(.inner) : .zero }
    let columns =
      f == .cholesky ? rows : (0..<n).map { _ in motion == .scales ? unknown(.inner) : .zero }
    for (i, entry) in a.entries.enumerated() {
      require(entry.shift, reason)
      equateScales(entry.scale, rows[i / n] + columns[i % n], reason)
    }
    if f == .logdet {
      let total = (rows + columns).reduce(LinearForm.zero) { $0 + $1 }
      return FrameTensor([], [EntryFrame(scale: .zero, shift: total)])
    }
    return FrameTensor(
      dims,
      (0..<n * n).map { flat in
        let (i, j) = (flat / n, flat % n)
        if f == .cholesky { return j > i ? .zero : EntryFrame(scale: rows[i], shift: .zero) }
        return EntryFrame(scale: .zero - columns[i] - rows[j], shift: .zero)
      })
  }
}
