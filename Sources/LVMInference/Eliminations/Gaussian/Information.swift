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
  /// The information a reading gives about the noises it depends on.
  func information(_ reading: WhitenedObservation) -> Information {
    var result = Information()
    for (p, a) in reading.gains.inOrder {
      result.linear[p] = Lowered.contract(a, [0, 1], reading.residual, [0], to: [1])
      for (q, b) in reading.gains.inOrder {
        result.quadratic[.init(first: p, second: q)] = Lowered.contract(
          a, [0, 1], b, [0, 2], to: [1, 2])
      }
    }
    result.constant =
      reading.residual.map { $0.square() }.sumEvent().map { $0 * -0.5 } - reading.logNormaliser
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
      return (information, GaussianSolution(mean: zero, spread: .root(identity), gain: [:]))
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
    let mean = solveOp(.spdSolve, precision, h)
    return (rest, GaussianSolution(mean: mean, spread: .precision(precision), gain: gain))
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

/// One integrated level: ε | outer ~ N(m − Σ Kᵀε_outer, P⁻¹).
struct GaussianSolution {
  enum Spread {
    /// The lower factor L of P = LLᵀ, from an orthogonal reduction: P itself, formed, would lose what
    /// stands beside a tiny noise scale.
    case root(Lowered)
    case precision(Lowered)
    /// A point: the limit without noise.
    case none
  }

  /// m, where all outer noises are zero.
  var mean: Lowered
  var spread: Spread
  /// Per outer level, the transposed gain [outer width, own width].
  var gain: [PlateID: Lowered]

  func moved(_ map: NodeMap) -> GaussianSolution {
    let moved: Spread =
      switch spread {
      case .root(let root): .root(map(root))
      case .precision(let precision): .precision(map(precision))
      case .none: .none
      }
    return GaussianSolution(mean: map(mean), spread: moved, gain: gain.mapValues { map($0) })
  }
}

extension LoweringContext {
  /// L⁻¹B on aligned axes, for a lower-triangular L [n, n] and B [n, m].
  func whiten(_ root: Lowered, _ b: Lowered) -> Lowered {
    let (l, b) = Lowered.onOnePlate(root, b)
    let axes = Lowered.axes(of: [l, b])
    return Lowered(
      builder.add(
        .triangularSolve(transposed: false),
        [l.expanded(to: axes, eventRank: 2), b.expanded(to: axes, eventRank: 2)]), axes: axes)
  }
}
