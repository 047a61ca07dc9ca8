import LVMCompute
import LVMModel
import LVMSyntax

/// Nodes in place of latents: what is gained are log weights and log Jacobians, a table of the block's axis and
/// its labels.
struct NodeSubstitution: SubstitutionRule {
  var block: QuadratureBlock

  var reads: Set<VariableID> { Set([block.outer].compactMap { $0 }) }

  func words(_ model: ModelGraph) -> String? { nil }

  func lower(_ context: LoweringContext) throws -> Substituted {
    try context.place(block, at: context.nodePosition)
  }
}

extension LoweringContext {
  /// Where a block's nodes are centred, as it enters the program, [labels…, dimension].
  func centre(of block: QuadratureBlock) -> Lowered {
    let sizes = block.labels.map { states(of: model[$0.variable].type) ?? 1 }
    return Lowered(
      builder.data(
        block.centreColumn(model), plate: block.plate, sizes + [block.dimension]),
      axes: block.labels)
  }

  /// Puts a block's latents at nodes u = m + L x about each unit's own centre m with scale L.
  ///
  /// Centres and scales are columns of data: no gradient goes through them, as the integral does not
  /// depend on them. Inside another block the centre moves with that block's nodes along a line. Latents that are positive or in (0, 1) are images of real ones, u = exp t or
  /// u = Φ(t), and their log Jacobian is part of the weights.
  func place(_ block: QuadratureBlock, at position: NodePosition) throws -> Substituted {
    let sizes = block.labels.map { states(of: model[$0.variable].type) ?? 1 }
    let centre = centre(of: block)
    var points: Lowered
    var weights: Lowered
    switch position.position(of: block) {
    case .centre, .outerCentre:
      points = centre.withAxis(block.axis)
      weights = Lowered(builder.constant(Tensor(repeating: 0, [1])), axes: [block.axis])
    case .rule where block.rule == .panels:
      let axes = block.nodeAxes
      let dims = axes.map { axis in
        axis == block.axis ? block.nodes : states(of: model[axis.variable].type) ?? 1
      }
      points = Lowered(
        builder.data(block.pointColumn(model), plate: block.plate, dims + [1]), axes: axes)
      weights = Lowered(
        builder.data(block.weightColumn(model), plate: block.plate, dims), axes: axes)
    case .rule:
      let rule = QuadratureRule.of(block.rule, block.nodes, dimension: block.dimension)
      let d = block.dimension
      let x = Lowered(builder.constant(Tensor([rule.count, d], rule.points)), axes: [block.axis])
      let scale = Lowered(
        builder.data(block.scaleColumn(model), plate: block.plate, sizes + [d, d]),
        axes: block.labels)
      let offset =
        d == 1
        ? scale.reshape(event: [1]) * x : Lowered.contract(scale, [0, 1], x, [1], to: [0])
      points = try (kink(of: block)?.place ?? centre) + offset
      nodeOffsets[block.members[0]] = offset
      if let shift = block.outer.flatMap({ nodeOffsets[$0] }) {
        let slope = Lowered(builder.data(block.slopeColumn(model), plate: block.plate, [1]))
        points = points + slope * shift.on(block.plate)
      }
      weights =
        Lowered(builder.constant(Tensor([rule.count], rule.logWeights)), axes: [block.axis])
        + scale.map { $0.diagonal().log() }.sumEvent()
    }
    var values: [VariableID: Lowered] = [:]
    var start = 0
    for id in block.members {
      let v = model[id]
      let shape = try dims(v.type, at: v.typeSpan)
      let count = shape.reduce(1, *)
      let t = Lowered(
        points.value.slice(axis: points.axes.count, start: start, count: count), axes: points.axes)
      start += count
      let (value, logJacobian) = try onSupport(t, v)
      if let logJacobian { weights = weights + logJacobian.sumEvent() }
      let own = value.reshape(event: shape)
      values[id] = own
      replacements[id] = own
    }
    return Substituted(values: values, logDeterminant: weights, plate: block.plate)
  }

  /// Where the prior of a block has a kink, and how wide it is; nil for a smooth one.
  func kink(of block: QuadratureBlock) throws -> (place: Lowered, width: Lowered)? {
    guard block.rule == .kinked || block.rule == .panels,
      case .drawn(.family(.laplace, _, let arguments, _)) = model[block.members[0]].definition,
      model[block.members[0]].type.kind == .real
    else { return nil }
    let parts = try arguments.map { try lower($0).on(block.plate).reshape(event: [1]) }
    return (parts[0], parts[1])
  }

  /// A latent's value from a real number, and log |du/dt|.
  private func onSupport(_ t: Lowered, _ v: Variable) throws -> (Lowered, Lowered?) {
    switch v.type.kind {
    case .real:
      guard case .drawn(.family(.uniform, _, let arguments, _)) = v.definition else {
        return (t, nil)
      }
      // Between its ends: Φ(t) of the way.
      let low = try lower(arguments[0]).on(plates.compute(v.plate))
      let width = try lower(arguments[1]).on(plates.compute(v.plate)) - low
      let log = width.map { $0.log() } + t.map { $0.square() * -0.5 - 0.9189385332046727 }
      return (low + width * t.map { $0.apply(.normalCDF) }, log)
    case .positive:
      // Far nodes stay finite, and those beyond count for less and less: panels go on without end.
      let near = t.map {
        $0.apply(.maximum, builder.constant(-300)).apply(.minimum, builder.constant(300))
      }
      return (near.map { $0.exp() }, near - (t - near).map { $0.apply(.abs) })
    case .unit:
      // Kept off the ends, where a beta density of small exponents is infinite.
      let inside = t.map {
        $0.apply(.normalCDF).apply(.maximum, builder.constant(1e-300))
          .apply(.minimum, builder.constant(1 - 0x1p-53))
      }
      return (inside, t.map { $0.square() * -0.5 - 0.9189385332046727 })
    case .count, .integer, .binary, .category, .simplex, .covariance, .correlation, .cholesky,
      .orthonormal:
      throw LoweringFailure(.noNodes(v.name, v.type.kind), at: v.typeSpan)
    }
  }

  /// The integral over a block: the product of the tables that have its axis, summed over the nodes.
  /// Returns the product, the log of the integrand at each node.
  func integrateQuadrature(
    _ block: QuadratureBlock, in factors: inout WorkingFactors
  ) -> Lowered? {
    let tables = factors.take(block.axis, on: block.plate)
    guard var product = tables.first else { return nil }
    for table in tables.dropFirst() { product = product + table }
    guard let position = product.axes.firstIndex(of: block.axis) else { return nil }
    var axes = product.axes
    axes.remove(at: position)
    factors.add(
      Lowered(product.value.logSumExp(axes: [position]), axes: axes), on: block.plate)
    return product
  }
}

extension Lowered {
  /// This value with one more axis of a single place.
  func withAxis(_ axis: Axis) -> Lowered {
    let all = (axes + [axis]).sorted()
    return Lowered(expanded(to: all, eventRank: event.count), axes: all)
  }

  /// log Σ exp over all axes but some.
  func logSummed(keeping kept: Set<Axis>) -> Lowered {
    let gone = axes.indices.filter { !kept.contains(axes[$0]) }
    return Lowered(value.logSumExp(axes: gone), axes: axes.filter { kept.contains($0) })
  }
}

extension NodePosition {
  /// Where one block is put.
  func position(of block: QuadratureBlock) -> NodePosition {
    switch self {
    case .rule, .centre: self
    case .outerCentre: block.outer == nil ? .centre : .rule
    }
  }
}
