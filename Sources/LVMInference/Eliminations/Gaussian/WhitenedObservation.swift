import LVMCompute
import LVMModel
import LVMSyntax

/// A Gaussian observation in units of its own noise: residual − Σ gain·ε is white.
struct WhitenedObservation {
  /// Per plate level of noises, [entries, width of the level].
  var gains: [PlateID: Lowered]
  /// (x − mean without noises) over the noise scale, [entries]; 0 where a cell is missing.
  var residual: Lowered
  /// log of the noise scales, and ½ log 2π for each entry that is present.
  var logNormaliser: Lowered
  /// Whether the noise scale is 0: nothing is divided by it, and what is left is a squared error.
  var isLimit = false
}

extension LoweringContext {
  /// The residual of an observed Gaussian variable and how it depends on the noises of its mean.
  func reading(
    of variable: Variable, _ distribution: Distribution, _ system: GaussianSystem
  ) throws -> WhitenedObservation {
    guard case .family(let name, _, let arguments, _) = distribution,
      name == .normal || name == .multivariateNormal
    else {
      throw LoweringFailure(.notGaussian(variable.name), at: distribution.span)
    }
    let shape = try dims(variable.type, at: variable.typeSpan)
    let size = shape.reduce(1, *)
    let mean = try inNoise(
      try meanForm(arguments[0], Set(system.order)), system, event: shape)
    let plate = plates.compute(variable.plate)
    let x = Lowered(builder.data(ModelColumn.values(variable), plate: plate, shape))
    let residual = (x - mean.constant).reshape(event: [size])
    var sides: [PlateID: Lowered] = [:]
    for level in system.levels.keys.sorted() {
      if let g = side(mean, level: level, of: system) {
        sides[level] = g.reshape(event: [size, system.width(level)])
      }
    }
    let mask =
      masked.contains(variable.id)
      ? Lowered(builder.data(ModelColumn.mask(variable), plate: plate, shape)).reshape(event: [size]
      )
      : nil
    var isLimit = false
    if case .number(0) = MeanTerms.resolved(arguments[1], model).node { isLimit = true }
    let spread = isLimit ? Lowered(builder.constant(1)) : try lower(arguments[1])
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
        throw LoweringFailure(.batchOfVectors(variable.name), at: variable.typeSpan)
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
    let halfLogTau = 0.5 * 1.837877066409345483560659472811
    let count =
      mask.map { $0.sumEvent() } ?? Lowered(builder.constant(Double(size)))
    return WhitenedObservation(
      gains: g, residual: r,
      logNormaliser: isLimit
        ? Lowered(builder.constant(0)) : logScale + count.map { $0 * halfLogTau },
      isLimit: isLimit)
  }

  /// Integrates the noises of a level that has all its readings on its own plate: log density of the
  /// residuals, N(0, I + GGᵀ) with G the stack of gains.
  ///
  /// With m the posterior mean of the noises it is −½|r − Gm|² − ½|m|² − ½ log|I + GᵀG|: squares of what
  /// is small, where h = Gᵀr and ½ hᵀP⁻¹h − ½|r|² would cancel digits if a noise scale is tiny. m is a
  /// stationary point of these squares, so no gradient has to go through it; only curvatures do.
  func integrate(_ readings: [WhitenedObservation], level: PlateID, width: Int) -> (
    table: Lowered, solution: GaussianSolution
  ) {
    let zeros = { (n: Int) in
      Lowered(self.builder.constant(Tensor(repeating: 0, [n, width])))
    }
    let gain = join(
      readings.map { $0.gains[level] ?? zeros($0.residual.event[0]) }, event: 0)
    let residual = join(readings.map(\.residual), event: 0)
    if readings.contains(where: \.isLimit) { return leastSquares(gain, residual) }
    var logNormaliser = readings[0].logNormaliser
    for r in readings.dropFirst() { logNormaliser = logNormaliser + r.logNormaliser }
    let root = gain.map { $0.builder.add(.stackedRoot, [$0]) }
    func solved(_ right: Value, transposed: Bool) -> Value {
      builder.add(.triangularSolve(transposed: transposed), [root.value, right])
    }
    // P⁻¹ v by the factor, or by its inverse where the gains are the same for all rows; never by P⁻¹
    // itself, in which a tiny noise scale leaves no digits of the rest.
    let inverse: Lowered? =
      gain.plate == nil
      ? Lowered(solved(identityMatrix(width), transposed: false), axes: gain.axes) : nil
    func posterior(_ h: Lowered) -> Lowered {
      if let inverse {
        let white = Lowered.contract(inverse, [0, 1], h, [1], to: [0])
        return Lowered.contract(inverse, [1, 0], white, [1], to: [0])
      }
      let column = h.reshape(event: [width, 1])
      let axes = Lowered.axes(of: [gain, column])
      return Lowered(
        solved(
          solved(column.expanded(to: axes, eventRank: 2), transposed: false), transposed: true),
        axes: axes
      ).reshape(event: [width])
    }
    func residue(_ mean: Lowered) -> Lowered {
      residual - Lowered.contract(gain, [0, 1], mean, [1], to: [0])
    }
    func gathered(_ r: Lowered) -> Lowered {
      Lowered.contract(gain, [0, 1], r, [0], to: [1])
    }
    // Seminormal equations, corrected (Björck 1987): nearly as accurate as the orthogonal factor itself,
    // whose rows may be of very different size.
    var mean = posterior(gathered(residual))
    for _ in 0..<(isWeighted ? 2 : 1) {
      mean = mean + posterior(gathered(residue(mean)) - mean)
    }
    let still = takesCurvatures ? mean : mean.map { $0.stopGradient() }
    let rest = residue(still)
    let squares =
      rest.map { $0.square() }.sumEvent() + still.map { $0.square() }.sumEvent()
    let table =
      squares.map { $0 * -0.5 } - root.map { $0.diagonal().log() }.sumEvent() - logNormaliser
    return (table, GaussianSolution(mean: mean, spread: .root(root), gain: [:]))
  }

  /// The limit without noise: the noises are the least-squares solution, with no spread, and the table is
  /// minus the squared error that it leaves.
  private func leastSquares(_ gain: Lowered, _ residual: Lowered) -> (
    table: Lowered, solution: GaussianSolution
  ) {
    let precision = Lowered.contract(gain, [0, 1], gain, [0, 2], to: [1, 2])
    let linear = Lowered.contract(gain, [0, 1], residual, [0], to: [1])
    let still = solveOp(.spdSolve, precision, linear).map { $0.stopGradient() }
    let rest = residual - Lowered.contract(gain, [0, 1], still, [1], to: [0])
    return (
      rest.map { -$0.square() }.sumEvent(),
      GaussianSolution(mean: still, spread: .none, gain: [:])
    )
  }
}
