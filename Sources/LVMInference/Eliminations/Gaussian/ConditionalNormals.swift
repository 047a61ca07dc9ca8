import LVMCompute
import LVMModel

/// Predictive distributions of observed variables that are Gaussian in latents that were
/// integrated.
///
/// x = c + G·ε + e with e ~ N(0, Σ). Given the present coordinates o and ε, a missing one is normal with
/// mean c' + G'·ε, c' = c + Σ_{·o}Σ_oo⁻¹(x − c)_o, G' = G − Σ_{·o}Σ_oo⁻¹G_o, and the variance of Σ left
/// over; the posterior moments of ε do the rest (Murphy 2022, eq. 3.28).
struct ConditionalNormals {
  let lowered: Fork
  let structure: ModelStructure
  /// Whether nothing of the variable itself counts as present: its distribution follows from the
  /// latents alone.
  let isFresh: Bool

  init(_ lowered: Fork, _ structure: ModelStructure, isFresh: Bool = false) {
    self.lowered = lowered
    self.structure = structure
    self.isFresh = isFresh
  }

  private var context: LoweringContext { lowered.context }

  /// The projection on the coordinates of one row, and what it leaves.
  struct Projection {
    /// Wᵀ with W = L⁻¹B: from whitened residuals to corrections; nil for independent noise.
    var correction: Lowered?
    var whitener: Lowered?
    var mask: Lowered
    /// Variance of a missing coordinate given the present ones.
    var variance: Lowered

    /// `value` [n] less its present part carried over, with the sign of a coefficient.
    func adjusted(_ value: Lowered) -> Lowered {
      guard let correction, let whitener else { return value }
      if value.event.count == 2 {
        let n = mask.event[0]
        let kept = value * mask.reshape(event: [n, 1])
        let white = Lowered.contract(whitener, [0, 1], kept, [1, 2], to: [0, 2])
        return value - Lowered.contract(correction, [1, 0], white, [1, 2], to: [0, 2])
      }
      let white = Lowered.contract(value * mask, [1], whitener, [0, 1], to: [0])
      return value - Lowered.contract(correction, [1, 0], white, [1], to: [0])
    }
  }

  static func projection(covariance: Lowered, mask: Lowered, identity: Value) -> Projection {
    let n = mask.event[0]
    let rows = mask.reshape(event: [n, 1])
    let present =
      covariance * (rows * mask.reshape(event: [1, n])) + mask.map { (1.0 - $0).diagonalMatrix() }
    let root = present.map { $0.cholesky() }
    let whitener = root.map {
      $0.builder.add(.triangularSolve(transposed: false), [$0, identity])
    }
    let across = covariance * rows
    let w = Lowered.contract(whitener, [0, 1], across, [1, 2], to: [0, 2])
    let explained = w.map { $0.square() }.sum(eventAxes: [0])
    return Projection(
      correction: w, whitener: whitener, mask: mask,
      variance: covariance.map { $0.diagonal() } - explained)
  }

  /// Mean and variance of a multivariate normal's coordinates given the present ones.
  static func given(
    mean: Lowered, covariance: Lowered, x: Lowered, mask: Lowered, identity: Value
  ) -> (mean: Lowered, variance: Lowered) {
    let p = projection(covariance: covariance, mask: mask, identity: identity)
    // x − (residual less what the present part says of it) is the conditional mean where missing.
    return (x - p.adjusted(x - mean), p.variance)
  }

  /// Shape, flat mean constant and noise of an observed Gaussian variable.
  private func projection(_ v: Variable, _ shape: [Int]) throws -> Projection {
    guard case .drawn(.family(let name, _, let arguments, _)) = v.definition else {
      throw QueryError.noMoments(
        variable: context.model.place(of: v), distribution: "it is not Gaussian")
    }
    let n = shape.reduce(1, *)
    let plate = context.plates.compute(v.plate)
    let present = Lowered(context.ones(plate).reshape([1]).broadcast([n]))
    let mask =
      isFresh
      ? present.map { $0 * 0.0 }
      : context.masked.contains(v.id)
        ? Lowered(lowered.builder.data(ModelColumn.mask(v), plate: plate, shape))
          .reshape(event: [n])
        : present
    let spread = try context.lower(arguments[1])
    if name == .normal {
      let scale = spread.broadcast(event: shape).reshape(event: [n])
      return Projection(
        correction: nil, whitener: nil, mask: mask, variance: scale.map { $0.square() })
    }
    return Self.projection(covariance: spread, mask: mask, identity: context.identityMatrix(n))
  }

  private func mean(_ v: Variable) throws -> Expression {
    guard case .drawn(.family(_, _, let arguments, _)) = v.definition else {
      throw QueryError.noMoments(
        variable: context.model.place(of: v), distribution: "it is not Gaussian")
    }
    return arguments[0]
  }

  private func observedValue(_ v: Variable, _ shape: [Int]) -> Lowered {
    Lowered(
      lowered.builder.data(
        ModelColumn.values(v), plate: context.plates.compute(v.plate), shape)
    ).reshape(event: [shape.reduce(1, *)])
  }

  /// A variable that reads Gaussian latents of rows and groups.
  func `static`(_ v: Variable, _ integrated: IntegratedGaussian) throws
    -> LoweredPredictive
  {
    let shape = try context.dims(v.type, at: v.typeSpan)
    let n = shape.reduce(1, *)
    let system = integrated.system
    let form = try context.inNoise(
      try context.affine(try mean(v), Set(system.order)), system, event: shape)
    let p = try projection(v, shape)
    let x = observedValue(v, shape)
    var centre = x - p.adjusted(x - form.constant.reshape(event: [n]))
    var variance = p.variance
    let noises = GaussianMoments(lowered, integrated).noises()
    var sides: [(PlateID, Lowered)] = []
    for level in system.levels.keys.sorted() {
      guard let side = context.side(form, level: level, of: system) else { continue }
      sides.append((level, p.adjusted(side.reshape(event: [n, system.width(level)]))))
    }
    for (level, side) in sides {
      guard let m = noises.mean[level] else { continue }
      centre = centre + Lowered.contract(side, [0, 1], m, [1], to: [0])
    }
    if let spread = noises.variance(sides, context) { variance = variance + spread }
    let axes = Set(Lowered.axes(of: [centre, variance]))
    guard !axes.isEmpty else { return handles(v, n, centre, variance, table: nil) }
    let table = integrated.tables.sorted { $0.key < $1.key }.map(\.value)
      .first { axes.isSubset(of: $0.axes) }
    guard let table else {
      throw QueryError.noMoments(
        variable: context.model.place(of: v), distribution: "its labels are tied to no single table"
      )
    }
    return handles(v, n, centre, variance, table: table)
  }

  /// A variable that reads the states of a Gaussian chain: smoothed moments of the state.
  func chain(_ v: Variable, _ space: StateSpace) throws -> LoweredPredictive {
    let shape = try context.dims(v.type, at: v.typeSpan)
    let n = shape.reduce(1, *)
    let s = space.size
    let affine = try context.affine(try mean(v), Set(space.members.map(\.variable)))
    var blocks: [Lowered] = []
    for member in space.members {
      let c = affine.coefficients[Unknown(variable: member.variable)]
      blocks.append(
        c?.padded(shape.count, shape).reshape(event: [n, member.size])
          ?? Lowered(lowered.builder.constant(Tensor(repeating: 0, [n, member.size]))))
    }
    let p = try projection(v, shape)
    let x = observedValue(v, shape)
    let constant = affine.constant.broadcast(event: shape).reshape(event: [n])
    let side = p.adjusted(context.join(blocks, event: 1))
    let packed = lowered.builder.add(
      .gaussianChainSmoother(segment: context.plates.segment), space.inputs)
    let state = Lowered(packed.slice(axis: 0, start: 0, count: s))
    let spread = Lowered(packed.slice(axis: 0, start: s, count: s * s).reshape([s, s]))
    let centre =
      x - p.adjusted(x - constant) + Lowered.contract(side, [0, 1], state, [1], to: [0])
    let half = Lowered.contract(side, [0, 1], spread, [1, 2], to: [0, 2])
    return handles(v, n, centre, p.variance + (half * side).sum(eventAxes: [1]), table: nil)
  }

  private func handles(
    _ v: Variable, _ n: Int, _ mean: Lowered, _ variance: Lowered, table: Lowered?
  ) -> LoweredPredictive {
    let plate = context.plates.compute(v.plate)
    let axes = table?.axes ?? []
    let full = table?.axisSizes ?? []
    let states = full.reduce(1, *)
    let ones = context.ones(plate)
    func stretched(_ value: Lowered) -> Value {
      let wide = value.on(plate).expanded(to: axes, eventRank: 1).broadcast(full + [n])
      return (wide * ones.reshape([Int](repeating: 1, count: full.count + 1)))
        .reshape([states, n])
    }
    var weights: Value?
    if let table {
      let gradient = Lowered(
        lowered.builder.gradient(of: lowered.root, with: [table.value])[0], axes: table.axes)
      weights = gradient.on(plate).value.reshape([states])
    }
    return LoweredPredictive(
      variable: v.id, size: n, axes: zip(axes, full).map { (axis: $0, values: $1) },
      weights: weights,
      content: .normal(mean: stretched(mean), variance: stretched(variance)))
  }
}
