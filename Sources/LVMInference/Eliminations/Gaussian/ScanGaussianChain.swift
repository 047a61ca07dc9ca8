import LVMCompute
import LVMModel
import LVMSyntax

/// The matrices of a linear-Gaussian chain in the form the filter takes.
struct StateSpace {
  /// Members of the state vector with their places in it.
  var members: [(variable: VariableID, start: Int, size: Int)] = []
  var size: Int { members.reduce(0) { $0 + $1.size } }
  /// m0, P0, A, b, Q, C, d, R, y, mask: the inputs of the `gaussianChain` op.
  var inputs: [Value] = []

  func moved(_ map: NodeMap) -> StateSpace {
    StateSpace(members: members, inputs: inputs.map { map($0) })
  }
}

extension LoweringContext {
  /// Filters a linear-Gaussian chain over the rows of each series.
  ///
  /// `members` are chains and fresh Gaussian latents of each row; the latter are states whose
  /// transition is zero. `observed` are the Gaussian variables that read them.
  func scanGaussian(
    _ members: [VariableID], observed: [Variable], in factors: inout WorkingFactors
  ) throws -> StateSpace {
    guard !observed.isEmpty else {
      let first = model[members[0]]
      throw LoweringFailure(.unobserved, at: first.nameSpan)
    }
    var space = StateSpace()
    for id in members {
      let n = try dims(model[id].type, at: model[id].typeSpan).reduce(1, *)
      space.members.append((id, space.size, n))
    }
    let initial = resolved(try members.map { try step(model[$0], first: true, space) }, space)
    let later = resolved(try members.map { try step(model[$0], first: false, space) }, space)
    let observations = try observed.map { try observation($0, space, &factors) }
    func vector(_ parts: [Lowered]) -> Value { join(parts, event: 0).value }
    space.inputs = [
      vector(initial.parts.map(\.mean)), initial.covariance,
      join(later.parts.map(\.transition), event: 0).value, vector(later.parts.map(\.mean)),
      later.covariance,
      join(observations.map(\.loading), event: 0).value, vector(observations.map(\.offset)),
      vector(observations.map(\.variance)), vector(observations.map(\.value)),
      vector(observations.map(\.mask)),
    ]
    let value = builder.add(.gaussianChain(segment: plates.segment), space.inputs)
    factors.add(Lowered(value), on: plates.segment)
    return space
  }

  private struct StatePart {
    var mean: Lowered
    var transition: Lowered
    var covariance: Lowered
    /// Coefficients of other members at the same row, by their place.
    var present: [Int: Lowered] = [:]
  }

  /// The mean, transition row block and noise covariance of one member's step.
  private func step(_ variable: Variable, first: Bool, _ space: StateSpace) throws -> StatePart {
    let shape = try dims(variable.type, at: variable.typeSpan)
    let n = shape.reduce(1, *)
    let unknowns = Set(space.members.map(\.variable))
    let step: Chain.Step
    switch variable.definition {
    case .drawn(let d): step = .drawn(d)
    case .chain(let chain):
      guard chain.order.constant == 1 else {
        throw LoweringFailure(.longChain(variable.name, rows: "\(chain.order)"), at: variable.span)
      }
      guard let initially = chain.initially else {
        throw LoweringFailure(.noFirstValue(variable.name), at: variable.span)
      }
      step = first ? initially : chain.then
    case .free, .equal:
      throw LoweringFailure(.notRandom(variable.name), at: variable.span)
    }
    let mean: Affine
    let covariance: Lowered
    switch step {
    case .equal(let e):
      mean = try affine(e, unknowns)
      covariance = Lowered(builder.constant(Tensor(repeating: 0, [n, n])))
    case .drawn(.family(.normal, _, let arguments, _)):
      mean = try affine(arguments[0], unknowns)
      let scale = try lower(arguments[1]).broadcast(event: shape).reshape(event: [n])
      covariance = scale.map { $0.square().diagonalMatrix() }
    case .drawn(.family(.multivariateNormal, _, let arguments, _)) where shape.count == 1:
      mean = try affine(arguments[0], unknowns)
      covariance = try lower(arguments[1])
    case .drawn(let d):
      throw LoweringFailure(.stepNotGaussian(variable.name), at: d.span)
    }
    let flat = mean.constant.broadcast(event: shape).reshape(event: [n])
    var blocks: [Lowered] = []
    var present: [Int: Lowered] = [:]
    for (place, member) in space.members.enumerated() {
      if mean.coefficients.keys.contains(where: { $0.lag > 1 && $0.variable == member.variable }) {
        throw LoweringFailure(
          .readsFarBack(variable.name, model[member.variable].name), at: variable.span)
      }
      present[place] = mean.coefficients[Unknown(variable: member.variable)].map {
        $0.padded(shape.count, shape).reshape(event: [n, member.size])
      }
      let coefficient = mean.coefficients[Unknown(variable: member.variable, lag: 1)]
      if first, coefficient != nil {
        throw LoweringFailure(.firstReadsEarlierRow(variable.name), at: variable.span)
      }
      blocks.append(
        coefficient?.padded(shape.count, shape).reshape(event: [n, member.size])
          ?? Lowered(builder.constant(Tensor(repeating: 0, [n, member.size]))))
    }
    try requireNoAxes([flat, covariance] + blocks + present.inOrder.map(\.value), variable)
    return StatePart(
      mean: flat, transition: join(blocks, event: 1), covariance: covariance, present: present)
  }

  /// Steps in terms of the row before alone, and the covariance of all their noises.
  ///
  /// A member that reads another at the same row takes over the other's mean, transition and noise:
  /// with x = m + A·previous + C·x + ε and C acyclic, each row of x follows from those it reads.
  private func resolved(_ parts: [StatePart], _ space: StateSpace) -> (
    parts: [StatePart], covariance: Value
  ) {
    let own = blockDiagonal(parts.map(\.covariance))
    guard parts.contains(where: { !$0.present.isEmpty }) else { return (parts, own) }
    var result = parts
    // How the noises of all members enter each: [its size, the state's size].
    var noises = space.members.map { member -> Lowered in
      Lowered(identityMatrix(space.size).slice(axis: 0, start: member.start, count: member.size))
    }
    var done: Set<Int> = []
    func resolve(_ i: Int) {
      guard done.insert(i).inserted else { return }
      for (j, c) in parts[i].present.inOrder {
        resolve(j)
        result[i].mean =
          result[i].mean + Lowered.contract(c, [0, 1], result[j].mean, [1], to: [0])
        result[i].transition =
          result[i].transition
          + Lowered.contract(c, [0, 1], result[j].transition, [1, 2], to: [0, 2])
        noises[i] = noises[i] + Lowered.contract(c, [0, 1], noises[j], [1, 2], to: [0, 2])
      }
    }
    parts.indices.forEach(resolve)
    let gain = join(noises, event: 0)
    let half = Lowered.contract(gain, [0, 1], Lowered(own), [1, 2], to: [0, 2])
    return (result, Lowered.contract(half, [0, 1], gain, [2, 1], to: [0, 2]).value)
  }

  private struct Observation {
    var loading: Lowered
    var offset: Lowered
    var variance: Lowered
    var value: Lowered
    var mask: Lowered
  }

  private func observation(
    _ variable: Variable, _ space: StateSpace, _ factors: inout WorkingFactors
  ) throws -> Observation {
    guard case .drawn(.family(let name, _, let arguments, let span)) = variable.definition,
      name == .normal || name == .multivariateNormal
    else { throw LoweringFailure(.notGaussian(variable.name), at: variable.span) }
    let shape = try dims(variable.type, at: variable.typeSpan)
    let n = shape.reduce(1, *)
    let mean = try affine(arguments[0], Set(space.members.map(\.variable)))
    var blocks: [Lowered] = []
    for member in space.members {
      let coefficient = mean.coefficients[Unknown(variable: member.variable)]
      blocks.append(
        coefficient?.padded(shape.count, shape).reshape(event: [n, member.size])
          ?? Lowered(builder.constant(Tensor(repeating: 0, [n, member.size]))))
    }
    guard mean.coefficients.keys.allSatisfy({ $0.lag == 0 }) else {
      throw LoweringFailure(.readsEarlierState(variable.name), at: variable.span)
    }
    let plate = plates.compute(variable.plate)
    var loading = join(blocks, event: 1)
    var offset = mean.constant.broadcast(event: shape).reshape(event: [n])
    var value = Lowered(builder.data(ModelColumn.values(variable), plate: plate, shape)).reshape(
      event: [n]
    )
    let present =
      masked.contains(variable.id)
      ? Lowered(builder.data(ModelColumn.mask(variable), plate: plate, shape)).reshape(event: [n])
      : Lowered(ones(plate).reshape([1]).broadcast([n]))
    let spread = try lower(arguments[1])
    let variance: Lowered
    if name == .normal {
      variance = spread.broadcast(event: shape).reshape(event: [n]).map { $0.square() }
    } else {
      guard shape.count == 1 else {
        throw LoweringFailure(.batchOfVectors(variable.name), at: span)
      }
      // Whiten, so that coordinates can be taken one at a time; the Jacobian is a factor of its own.
      var covariance = spread
      if masked.contains(variable.id) {
        let both = present.reshape(event: [n, 1]) * present.reshape(event: [1, n])
        covariance = spread * both + present.map { (1.0 - $0).diagonalMatrix() }
        loading = loading * present.reshape(event: [n, 1])
        offset = offset * present
        value = value * present
      }
      let root = covariance.map { $0.cholesky() }
      let inverse = root.map { v in
        v.builder.add(.triangularSolve(transposed: false), [v, identityMatrix(n)])
      }
      loading = Lowered.contract(inverse, [0, 1], loading, [1, 2], to: [0, 2])
      offset = Lowered.contract(offset, [1], inverse, [0, 1], to: [0])
      value = Lowered.contract(value, [1], inverse, [0, 1], to: [0])
      variance = Lowered(builder.constant(Tensor(repeating: 1, [n])))
      factors.add(root.map { $0.diagonal().log() }.sumEvent().map { -$0 }, on: plate)
    }
    try requireNoAxes([loading, offset, variance], variable)
    return Observation(
      loading: loading, offset: offset, variance: variance, value: value, mask: present)
  }

  private func requireNoAxes(_ values: [Lowered], _ variable: Variable) throws {
    if let axis = values.flatMap(\.axes).first {
      throw LoweringFailure(
        .labelBesideChain(variable.name, label: model[axis.variable].name), at: variable.span)
    }
  }

  private func blockDiagonal(_ blocks: [Lowered]) -> Value {
    let sizes = blocks.map { $0.event.first ?? 0 }
    let rows = blocks.indices.map { i in
      join(
        blocks.indices.map { j in
          i == j
            ? blocks[i]
            : Lowered(builder.constant(Tensor(repeating: 0, [sizes[i], sizes[j]])))
        }, event: 1)
    }
    return join(rows, event: 0).value
  }
}
