import LVMCompute

/// One element g of the group: how far each motion of `Frames` goes.
///
/// Scales come first: a value v becomes 2^s v (+ a log 2 for logarithms), to which shifts are then
/// added. Shifts are therefore in the scaled columns' own numbers.
public struct FrameElement: Sendable {
  public let frames: Frames
  /// One exponent for each of `frames.scales`, a multiple of its granularity.
  public let scales: [Int]
  /// One number for each of `frames.shifts`.
  public let shifts: [Double]

  /// - Parameter scales: as many as `frames.scales`; `shifts` likewise.
  public init(_ frames: Frames, scales: [Int], shifts: [Double]) {
    precondition(scales.count == frames.scales.count && shifts.count == frames.shifts.count)
    self.frames = frames
    self.scales = scales
    self.shifts = shifts
  }

  /// The element that changes nothing.
  public init(identityOf frames: Frames) {
    self.init(
      frames, scales: frames.scales.map { _ in 0 }, shifts: frames.shifts.map { _ in 0 })
  }

  private func exponent(_ form: LinearForm?) -> Double {
    (form ?? .zero).value { Double(scales[$0]) }
  }

  private func offset(_ form: LinearForm) -> Double { form.value { shifts[$0] } }

  private func scaled(_ value: Double, _ entry: EntryFrame, inverse: Bool = false) -> Double {
    let (e, logs) = (exponent(entry.scale), exponent(entry.shift))
    let factor = Self.powerOfTwo(inverse ? -e : e)
    let shift = logs == 0 ? 0 : logs * 2.0.logarithm
    return inverse ? (value - shift) * factor : value * factor + shift
  }

  private static func powerOfTwo(_ e: Double) -> Double {
    if let whole = Int(exactly: e) { return Double(sign: .plus, exponent: whole, significand: 1) }
    return (e * 2.0.logarithm).exponential
  }

  // MARK: Values

  /// The exponent of two of a column's scale.
  public func exponent(of column: Frames.Column) -> Double {
    exponent(frames.scaleSolution.entry(column.variable, column.entry).scale)
  }

  /// What is added to a column after scaling.
  public func shift(of column: Frames.Column) -> Double {
    offset(frames.shiftSolution.entry(column.variable, column.entry).shift)
  }

  /// Values of an observed, given or latent variable, flat and row after row, as g moves them.
  public func moved(_ values: [Double], of id: VariableID) -> [Double] {
    values.indices.map {
      scaled(values[$0], frames.scaleSolution.entry(id, $0))
        + offset(frames.shiftSolution.entry(id, $0).shift)
    }
  }

  /// The inverse of `moved`.
  public func restored(_ values: [Double], of id: VariableID) -> [Double] {
    values.indices.map {
      scaled(
        values[$0] - offset(frames.shiftSolution.entry(id, $0).shift),
        frames.scaleSolution.entry(id, $0), inverse: true)
    }
  }

  /// gθ: flat values by name, with the fixed numbers of networks through which columns enter and leave;
  /// what is neither is left as it is.
  public func moved(parameters: [String: [Double]]) -> [String: [Double]] {
    let takenUp = takenUp(parameters)
    return changing(parameters, inverse: false) { v, entry, value in
      scaled(value, frames.scaleSolution.entry(v, entry))
        + offset(frames.shiftSolution.entry(v, entry).shift) - (takenUp[v]?[entry] ?? 0)
    }
  }

  /// g⁻¹θ, the inverse of `moved(parameters:)`.
  public func restored(parameters: [String: [Double]]) -> [String: [Double]] {
    func restored(_ takenUp: [VariableID: [Double]]) -> [String: [Double]] {
      changing(parameters, inverse: true) { v, entry, value in
        let shift = offset(frames.shiftSolution.entry(v, entry).shift)
        return scaled(
          value - shift + (takenUp[v]?[entry] ?? 0), frames.scaleSolution.entry(v, entry),
          inverse: true)
      }
    }
    // What is taken up is read off parameters that take up nothing themselves.
    return restored(takenUp(restored([:])))
  }

  private func changing(
    _ parameters: [String: [Double]], inverse: Bool,
    _ change: (VariableID, Int, Double) -> Double
  ) -> [String: [Double]] {
    var result = parameters
    for v in frames.model.variables where v.role == .param {
      guard let own = parameters[v.name] else { continue }
      result[v.name] = own.enumerated().map { change(v.id, $0, $1) }
    }
    for part in frames.networkParts {
      guard let own = parameters[part.name] else { continue }
      result[part.name] = own.enumerated().map { i, value in
        let entry = part.scales[i % part.scales.count]
        let shift = part.isShifted ? offset(part.shifts[i % part.shifts.count].shift) : 0
        return inverse
          ? scaled(value - shift, entry, inverse: true) : scaled(value, entry) + shift
      }
    }
    return result
  }

  /// What free summands give up, in scaled units, where a shifted column is read beside them.
  private func takenUp(_ parameters: [String: [Double]]) -> [VariableID: [Double]] {
    var result: [VariableID: [Double]] = [:]
    for a in frames.absorptions {
      let scales = frames.scaleSolution.values[a.column.index]
      let zero = [Double](repeating: a.isLogarithm ? 1 : 0, count: scales.count)
      let shift = frames.shiftSolution.values[a.column.index].enumerated().map {
        a.isLogarithm
          ? Self.powerOfTwo(exponent(scales[$0].scale))
          : offset($1.shift) * Self.powerOfTwo(-exponent(scales[$0].scale))
      }
      guard shift != zero else { continue }
      let dims = frames.model[a.parameter].type.dims ?? []
      var total = result[a.parameter] ?? [Double](repeating: 0, count: dims.reduce(1, *))
      let size = dims.dropFirst(a.labels.count).reduce(1, *)
      let own = frames.scaleSolution.values[a.parameter.index]
      for choice in 0..<total.count / max(size, 1) {
        var (labels, rest) = ([VariableID: Double](), choice)
        for (label, count) in zip(a.labels, dims).reversed() {
          labels[label] = Double(rest % count)
          rest /= count
        }
        let change = change(a, from: zero, to: shift, labels, parameters)
        for i in 0..<size {
          let at = choice * size + i
          total[at] += a.sign * change[i] * Self.powerOfTwo(exponent(own[at].scale))
        }
      }
      result[a.parameter] = total
    }
    return result
  }

  /// How the terms' values change from one value of the column to another.
  private func change(
    _ a: Absorption, from zero: [Double], to shift: [Double], _ labels: [VariableID: Double],
    _ parameters: [String: [Double]]
  ) -> [Double] {
    func terms(_ column: [Double]) -> [Double] {
      let evaluation = FreeEvaluation { id in
        let v = frames.model[id]
        if id == a.column { return .init(dims: v.type.dims ?? [], values: column) }
        if let label = labels[id] { return .init(dims: [], values: [label]) }
        return parameters[v.name].map { .init(dims: v.type.dims ?? [], values: $0) }
      }
      var total = [Double](repeating: 0, count: a.dims.reduce(1, *))
      for term in a.terms {
        let own = evaluation.value(term.expression)?.values ?? [.nan]
        for i in total.indices { total[i] += term.sign * (own.count == 1 ? own[0] : own[i]) }
      }
      return total
    }
    return zip(terms(shift), terms(zero)).map { $0 - $1 }
  }

  // MARK: Model and densities

  /// The model with its numbers moved, under which gx and gθ are to be looked at.
  public var model: ModelGraph {
    var result = frames.model
    for (site, literal) in frames.scaleSolution.literals {
      let offsets = frames.shiftSolution.literals[site]?.entries
      let values = literal.entries.indices.map { i in
        scaled(literal.value, literal.entries[i])
          + (offsets.map { offset($0[i % $0.count].shift) } ?? 0)
      }
      guard values.contains(where: { $0 != literal.value }) else { continue }
      func put(_ number: Int, _ e: Expression) -> Expression {
        guard number == site.expression else { return e }
        return e.replacing(site.path[...]) {
          $0.numbers(literal.dims, values, isDiagonal: literal.isDiagonal)
        }
      }
      if site.owner >= 0 {
        result.variables[site.owner].definition = result.variables[site.owner].definition
          .mapping(put)
      } else {
        let entry = -1 - site.owner
        var next = 0
        result.guides[entry].definition = result.guides[entry].definition.mapping(&next, put)
      }
    }
    return result
  }

  /// log |g| of the columns: log p(gx; gθ) + this = log p(x; θ).
  ///
  /// - Parameter cells: how many present cells with a density each of `frames.columns` has; limits of
  ///   censored values have a probability instead.
  public func logJacobian(cells: [Int]) -> Double {
    zip(frames.columns, cells).reduce(0) { $0 + Double($1.1) * exponent(of: $1.0) }
      * 2.0.logarithm
  }

  /// log |g| of the parameters with priors: log p(gθ) + this = log p(θ), each at its own numbers of the
  /// model.
  public var logPriorJacobian: Double {
    frames.model.variables.reduce(0) { total, v in
      guard v.role == .param, case .drawn = v.definition else { return total }
      return total + logScale(of: v)
    } * 2.0.logarithm
  }

  /// The sum of the exponents of a value's free entries.
  public func logScale(of v: Variable) -> Double {
    let entries = frames.scaleSolution.values[v.id.index]
    let n = v.type.dims?.last ?? 1
    return entries.indices.reduce(0) { total, i in
      // A symmetric matrix is its lower half.
      if v.type.kind == .covariance, i % n > i / n % n { return total }
      return total + exponent(entries[i].scale)
    }
  }
}
