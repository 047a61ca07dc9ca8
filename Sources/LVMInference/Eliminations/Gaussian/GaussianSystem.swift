import LVMCompute
import LVMModel
import LVMSyntax

/// The linear-Gaussian latents of a model, each written as an affine function of standard normal noise.
///
/// Whitening once and for all: a latent z ~ Normal(m, s) is m + s·ε, and its mean may itself depend on
/// other latents, so every latent is constant + Σ G·ε over the noises of its ancestors. Nothing inverts a
/// prior covariance, and zero scales are legal.
struct GaussianSystem {
  /// Latents in an order where parents come first.
  var order: [VariableID] = []
  /// Each latent in terms of noises; `Unknown(variable: v)` is the noise of v.
  var inNoise: [VariableID: Affine] = [:]
  /// Which latents' noises live on each compute plate, in order, with their flat sizes.
  var levels: [PlateID: [(variable: VariableID, size: Int)]] = [:]

  func width(_ level: PlateID) -> Int { (levels[level] ?? []).reduce(0) { $0 + $1.size } }

  func moved(_ map: NodeMap) -> GaussianSystem {
    GaussianSystem(order: order, inNoise: inNoise.mapValues { $0.moved(map) }, levels: levels)
  }
}

extension LoweringContext {
  /// Writes the given latents (Normal or MultivariateNormal, parents first) in terms of noises.
  func gaussianSystem(_ latents: [VariableID]) throws -> GaussianSystem {
    var system = GaussianSystem()
    let unknowns = Set(latents)
    for id in latents {
      let variable = model[id]
      guard case .drawn(let distribution) = variable.definition,
        case .family(let name, _, let arguments, let span) = distribution
      else {
        throw LoweringFailure(.noFamily(variable.name), at: variable.span)
      }
      let shape = try dims(variable.type, at: variable.typeSpan)
      let n = shape.reduce(1, *)
      system.order.append(id)
      system.levels[plates.compute(variable.plate), default: []].append((id, n))
      let own = Unknown(variable: id)
      if name == .normal, isStandard(arguments) {
        let eye = Lowered(identityMatrix(n).reshape(shape + [n]))
        system.inNoise[id] = Affine(
          constant: Lowered(builder.constant(Tensor(repeating: 0, shape))),
          coefficients: [own: eye])
        continue
      }
      var form = try inNoise(
        try meanForm(arguments[0], unknowns), system, event: shape)
      form.coefficients[own] = try noiseRoot(name, arguments[1], shape, n, variable, span)
      system.inNoise[id] = form
    }
    return system
  }

  private func isStandard(_ arguments: [Expression]) -> Bool {
    guard arguments.count == 2, case .number(let mean) = arguments[0].node,
      case .number(let scale) = arguments[1].node
    else { return false }
    return mean == 0 && scale == 1
  }

  /// The matrix that turns a latent's standard noise into its deviation from the mean: [shape…, n].
  private func noiseRoot(
    _ name: FamilyName, _ spread: Expression, _ shape: [Int], _ n: Int, _ variable: Variable,
    _ span: Span
  ) throws -> Lowered {
    let scale = try lower(spread)
    if name == .normal {
      let wide = scale.broadcast(event: shape).reshape(event: [n])
      return wide.map { $0.diagonalMatrix() }.reshape(event: shape + [n])
    }
    guard name == .multivariateNormal else {
      throw LoweringFailure(.otherFamily(variable.name, name), at: span)
    }
    // A batch of vectors: the same root on each block of the diagonal.
    guard shape.count == 1 else {
      throw LoweringFailure(.batchOfNormals(variable.name), at: variable.typeSpan)
    }
    return scale.map { $0.cholesky() }
  }

  /// An affine form in latents rewritten in their noises, its constant stretched to `event`.
  func inNoise(_ form: Affine, _ system: GaussianSystem, event: [Int]) throws -> Affine {
    let rank = event.count
    var result = Affine(constant: form.constant.broadcast(event: event))
    let labels = Array(0..<rank)
    for (unknown, raw) in form.coefficients.sorted(by: { $0.key < $1.key }) {
      guard let inner = system.inNoise[unknown.variable], unknown.lag == 0 else {
        throw LoweringFailure(
          .readFromEarlierRow(model[unknown.variable].name), at: model[unknown.variable].span)
      }
      let c = raw.padded(rank, event)
      let width = c.event.last ?? 1
      if inner.coefficients.count == 1, let own = inner.coefficients[unknown],
        isIdentity(own), isZero(inner.constant)
      {
        result.coefficients[unknown] = result.coefficients[unknown].map { $0 + c } ?? c
        continue
      }
      result.constant =
        result.constant
        + Lowered.contract(
          c, labels + [50], inner.constant.reshape(event: [width]), [50], to: labels)
      for (noise, g) in inner.coefficients.sorted(by: { $0.key < $1.key }) {
        let flat = g.reshape(event: [width, g.event.last ?? 1])
        let term = Lowered.contract(c, labels + [50], flat, [50, 51], to: labels + [51])
        result.coefficients[noise] = result.coefficients[noise].map { $0 + term } ?? term
      }
    }
    return result
  }

  private func isIdentity(_ value: Lowered) -> Bool {
    guard let tensor = constantTensor(value), let n = tensor.dims.last, tensor.count == n * n else {
      return false
    }
    return tensor.values.indices.allSatisfy { tensor.values[$0] == ($0 / n == $0 % n ? 1 : 0) }
  }

  func isZero(_ value: Lowered) -> Bool {
    constantTensor(value)?.values.allSatisfy { $0 == 0 } ?? false
  }

  /// The numbers of a value that is a constant, through reshapes.
  private func constantTensor(_ value: Lowered) -> Tensor? {
    var id = value.value.id
    while case .reshape = builder.nodes[id].op { id = builder.nodes[id].inputs[0] }
    if case .constant(let tensor) = builder.nodes[id].op { return tensor }
    return nil
  }

  /// The coefficients of one level side by side: [event…, width of the level]; nil if all are absent.
  func side(_ form: Affine, level: PlateID, of system: GaussianSystem) -> Lowered? {
    let members = system.levels[level] ?? []
    guard members.contains(where: { form.coefficients[Unknown(variable: $0.variable)] != nil })
    else { return nil }
    let event = form.constant.event
    let parts = members.map { member in
      form.coefficients[Unknown(variable: member.variable)]
        ?? Lowered(builder.constant(Tensor(repeating: 0, event + [member.size])))
    }
    return join(parts, event: event.count)
  }
}
