import LVMCompute
import LVMModel
import LVMSyntax

/// A Gaussian likelihood of noises in information form: −½ εᵀΛε + hᵀε + c, by plate level.
///
/// It is built from squared whitened residuals, never from raw natural parameters, so that nothing large
/// cancels: Λ = GᵀG, h = Gᵀr, c = −½|r|² − log det, with G and r already divided by the noise scale.
struct Information {
  struct Pair: Hashable, Comparable {
    var first: PlateID
    var second: PlateID

    static func < (a: Pair, b: Pair) -> Bool { (a.first, a.second) < (b.first, b.second) }
  }

  var quadratic: [Pair: Lowered] = [:]
  var linear: [PlateID: Lowered] = [:]
  var constant: Lowered?

  var levels: [PlateID] { linear.keys.sorted() }

  mutating func add(_ other: Information) {
    for (pair, value) in other.quadratic.inOrder {
      quadratic[pair] = quadratic[pair].map { $0 + value } ?? value
    }
    for (level, value) in other.linear.inOrder {
      linear[level] = linear[level].map { $0 + value } ?? value
    }
    if let c = other.constant { constant = constant.map { $0 + c } ?? c }
  }
}

extension LoweringContext {
  /// The information an observed Gaussian variable gives about the noises of its mean.
  func information(
    of variable: Variable, _ distribution: Distribution, _ system: GaussianSystem
  ) throws -> Information {
    guard case .family(let name, _, let arguments, _) = distribution,
      name == .normal || name == .multivariateNormal
    else {
      throw LoweringFailure("`\(variable.name)` is not Gaussian", at: distribution.span)
    }
    let shape = try dims(variable.type, at: variable.typeSpan)
    let size = shape.reduce(1, *)
    let mean = try inNoise(
      try affine(arguments[0], Set(system.order)), system, event: shape)
    let plate = plates.compute(variable.plate)
    let x = Lowered(builder.data(Self.column(variable), plate: plate, shape))
    let residual = (x - mean.constant).reshape(event: [size])
    var sides: [PlateID: Lowered] = [:]
    for level in system.levels.keys.sorted() {
      if let g = side(mean, level: level, of: system) {
        sides[level] = g.reshape(event: [size, system.width(level)])
      }
    }
    let mask =
      masked.contains(variable.id)
      ? Lowered(builder.data(Self.maskColumn(variable), plate: plate, shape)).reshape(event: [size])
      : nil
    let spread = try lower(arguments[1])
    let whitened: (Lowered) -> Lowered
    let logScale: Lowered
    if name == .normal {
      let scale = spread.broadcast(event: shape).reshape(event: [size])
      whitened = { value in
        let wide = value.event.count == 2 ? scale.reshape(event: [size, 1]) : scale
        return value / wide
      }
      let logs = scale.map { $0.log() }
      logScale = (mask.map { logs * $0 } ?? logs).sumEvent()
    } else {
      guard shape.count == 1 else {
        throw LoweringFailure("`\(variable.name)` is a batch of vectors", at: variable.typeSpan)
      }
      let covariance =
        mask.map { m in
          Lowered.combine(spread, m.reshape(event: [size, 1]) * m.reshape(event: [1, size])) {
            $0 * $1
          } + m.map { (1.0 - $0).diagonalMatrix() }
        } ?? spread
      let root = covariance.map { $0.cholesky() }
      let inverse = root.map { v in
        v.builder.add(.triangularSolve(transposed: false), [v, identityMatrix(size)])
      }
      whitened = { value in
        value.event.count == 2
          ? Lowered.contract(inverse, [0, 1], value, [1, 2], to: [0, 2])
          : Lowered.contract(value, [1], inverse, [0, 1], to: [0])
      }
      logScale = root.map { $0.diagonal().log() }.sumEvent()
    }
    func masking(_ value: Lowered) -> Lowered {
      guard let mask else { return value }
      return value * (value.event.count == 2 ? mask.reshape(event: [size, 1]) : mask)
    }
    // Missing coordinates drop out before and after: whitening keeps them apart from the others.
    let r = masking(whitened(masking(residual)))
    let g = sides.mappingInOrder { masking(whitened(masking($0))) }
    var result = Information()
    for (p, a) in g.inOrder {
      result.linear[p] = Lowered.contract(a, [0, 1], r, [0], to: [1])
      for (q, b) in g.inOrder {
        result.quadratic[.init(first: p, second: q)] = Lowered.contract(
          a, [0, 1], b, [0, 2], to: [1, 2])
      }
    }
    let halfLogTau = 0.5 * 1.837877066409345483560659472811
    let count =
      mask.map { $0.sumEvent() } ?? Lowered(builder.constant(Double(size)))
    result.constant =
      r.map { $0.square() }.sumEvent().map { $0 * -0.5 } - logScale - count.map { $0 * halfLogTau }
    return result
  }

  /// Integrates the noises of one level: returns the information about the levels further out, and
  /// what posteriors need.
  func integrate(_ information: Information, level: PlateID, width: Int) -> (
    rest: Information, solution: GaussianSolution
  ) {
    let own = Information.Pair(first: level, second: level)
    guard let lambda = information.quadratic[own], let h = information.linear[level] else {
      let identity = Lowered(identityMatrix(width))
      let zero = Lowered(builder.constant(Tensor(repeating: 0, [width])))
      return (information, GaussianSolution(precision: identity, linear: zero, gain: [:]))
    }
    let precision = lambda + Lowered(identityMatrix(width))
    var rest = Information()
    rest.constant = information.constant
    let integral = solveOp(.gaussianIntegral, precision, h)
    rest.constant = rest.constant.map { $0 + integral } ?? integral
    var gain: [PlateID: Lowered] = [:]
    for q in information.levels where q != level {
      // Rows of the transposed gain: (P⁻¹ Λ_pq)ᵀ.
      guard let cross = information.quadratic[.init(first: q, second: level)] else { continue }
      gain[q] = solveOp(.spdSolve, precision, cross)
    }
    for q in information.levels where q != level {
      guard var linear = information.linear[q] else { continue }
      if let g = gain[q] {
        linear = linear - Lowered.contract(g, [0, 1], h, [1], to: [0])
      }
      rest.linear[q] = linear
      for s in information.levels where s != level {
        let pair = Information.Pair(first: q, second: s)
        guard var value = information.quadratic[pair] else { continue }
        if let g = gain[q], let cross = information.quadratic[.init(first: s, second: level)] {
          value = value - Lowered.contract(g, [0, 1], cross, [2, 1], to: [0, 2])
        }
        rest.quadratic[pair] = value
      }
    }
    return (rest, GaussianSolution(precision: precision, linear: h, gain: gain))
  }

  /// `gaussianIntegral` or `spdSolve` with aligned axes; a right-hand side of event rank 2 is a stack of
  /// vectors.
  func solveOp(_ op: Op, _ precision: Lowered, _ h: Lowered) -> Lowered {
    let (p, h) = Lowered.onOnePlate(precision, h)
    let axes = Lowered.axes(of: [p, h])
    let rank = h.event.count
    let matrix = rank == 2 ? p.reshape(event: [1] + p.event) : p
    let value = builder.add(
      op,
      [
        matrix.expanded(to: axes, eventRank: matrix.event.count),
        h.expanded(to: axes, eventRank: rank),
      ])
    return Lowered(value, axes: axes)
  }
}

/// One integrated level: ε | outer ~ N(P⁻¹h − Σ Kᵀε_outer, P⁻¹).
struct GaussianSolution {
  var precision: Lowered
  var linear: Lowered
  /// Per outer level, the transposed gain [outer width, own width].
  var gain: [PlateID: Lowered]
}
