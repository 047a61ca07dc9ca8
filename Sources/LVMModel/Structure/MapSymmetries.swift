/// Latents that enter everything through free maps: what turns or stretches the one and turns or
/// stretches the others back changes nothing.
///
/// For z ~ Normal(0, 1) and any orthogonal R, W·z = (W·Rᵀ)·(R·z) and R·z is distributed as z; a free scale
/// of z is one too many beside free weights.
struct MapSymmetries {
  let model: ExpandedModel

  /// The maps of one latent.
  private struct Maps {
    /// Every parameter that multiplies it, with its places.
    var references: [VariableID: [Reference]] = [:]
    /// Whether each is a matrix, or a vector in a dot product, applied to the whole latent.
    var areMatrices = true
    /// Rows of all matrices together.
    var rows = 0
  }

  func find(_ result: inout Identifiability) {
    for z in model.model.variables where z.role == .latent && z.type.kind == .real {
      guard let maps = maps(of: z),
        let (name, arguments) = model.arguments(of: z.id),
        let at = family(name).locationScale, let centre = centre(z, arguments[at.location])
      else { continue }
      let scale = freeScale(at, arguments[at.scale])
      let isUnpenalised = maps.references.keys.allSatisfy(model.isFreeReal)
      if let scale, isUnpenalised {
        result.symmetries.append(stretching(z, at, scale, centre, maps))
      }
      let turns =
        isTurnable(
          family(name), at, arguments[at.scale],
          hasFreeScale: scale != nil && (isUnpenalised || at.isMatrix))
        && maps.areMatrices
      let l = model.count(z.id)
      var moved = Set(maps.references.keys).union(centre)
      if turns, l > 1 {
        result.symmetries.append(
          .init(
            extent: .rotation, latents: [z.id], parameters: moved.sorted(),
            directions: orbit(l, rows: maps.rows) * copies(z, maps)))
      } else if l == 1 || isElementwise(z, maps) || maps.areMatrices,
        isSymmetricScale(arguments[at.scale])
      {
        if let scale, isUnpenalised { moved.insert(scale.variable) }
        result.symmetries.append(
          .init(extent: .sign, latents: [z.id], parameters: moved.sorted(), directions: 0))
      }
    }
  }

  /// The dimension of the set of matrices with so many rows that rotations of L columns lead to.
  private func orbit(_ l: Int, rows: Int) -> Int {
    let rest = l - min(l, rows)
    return l * (l - 1) / 2 - rest * (rest - 1) / 2
  }

  // MARK: What may move

  private func maps(of z: Variable) -> Maps? {
    guard let places = model.places(of: z.id), !places.isEmpty else { return nil }
    var maps = Maps()
    for place in places {
      guard place.reference.indices.isEmpty else { return nil }
      let term = model.sums[place.sum].terms[place.term]
      let references = term.factors.compactMap(Reference.init)
      guard references.filter({ $0.variable == z.id }).count == 1,
        let map = references.first(where: { isMap($0.variable) })
      else { return nil }
      maps.references[map.variable, default: []].append(map)
      guard let rows = Self.rows(term.expression, map.variable, z.id) else {
        maps.areMatrices = false
        continue
      }
      maps.rows += rows
    }
    for (id, references) in maps.references where model.uses[id] != references.count {
      return nil
    }
    return maps
  }

  /// Weights without a prior, or with one that turning and mirroring leave alone.
  private func isMap(_ id: VariableID) -> Bool {
    let v = model.model[id]
    guard v.role == .param, v.type.kind == .real || v.type.kind == .orthonormal else {
      return false
    }
    switch v.definition {
    case .free: return true
    case .drawn(.family(.normal, _, let arguments, _)):
      guard case .number(0) = arguments[0].node else { return false }
      return arguments[1].type.isScalar
    case .drawn, .equal, .chain: return false
    }
  }

  /// Rows of the matrix that is applied to a latent; nil if they meet in any other way.
  private static func rows(_ e: Expression, _ map: VariableID, _ z: VariableID) -> Int? {
    func isZ(_ e: Expression) -> Bool {
      if case .variable(let id) = e.node { return id == z }
      return false
    }
    func isMap(_ e: Expression) -> Bool { Reference(e)?.variable == map }
    switch e.node {
    case .matrixProduct(let a, let b):
      if isMap(a), isZ(b) { return (a.type.dims ?? []).first }
      return nil
    case .function(.dot, let arguments):
      guard arguments.count == 2 else { return nil }
      let (a, b) = (arguments[0], arguments[1])
      return isMap(a) && isZ(b) || isZ(a) && isMap(b) ? 1 : nil
    case .arithmetic(.multiply, let a, let b):
      if a.type.isScalar, !a.variables.contains(z) { return rows(b, map, z) }
      if b.type.isScalar, !b.variables.contains(z) { return rows(a, map, z) }
      return nil
    case .arithmetic(.divide, let a, let b): return b.type.isScalar ? rows(a, map, z) : nil
    case .number, .size, .variable, .previous, .previousRange, .map, .function, .arithmetic,
      .negate, .index, .array, .network:
      return nil
    }
  }

  /// Parameters of a location that turn with the latent: none where it is 0; nil where it is fixed
  /// elsewhere.
  private func centre(_ z: Variable, _ location: Expression) -> Set<VariableID>? {
    if case .number(0) = location.node { return [] }
    guard let r = Reference(location), r.indices.isEmpty, model.isFreeReal(r.variable),
      model.uses[r.variable] == 1, r.dims == z.type.dims
    else { return nil }
    return [r.variable]
  }

  private func freeScale(_ at: LocationScale, _ e: Expression) -> Reference? {
    guard let r = Reference(e), model.isFree(r.variable), model.uses[r.variable] == 1 else {
      return nil
    }
    let kind = model.model[r.variable].type.kind
    return kind == (at.isMatrix ? .covariance : .positive) ? r : nil
  }

  /// Only a normal is as round as it is independent (Maxwell).
  private func isTurnable(
    _ family: any Family, _ at: LocationScale, _ scale: Expression, hasFreeScale: Bool
  ) -> Bool {
    guard family.isSpherical else { return false }
    if hasFreeScale { return true }
    guard at.isMatrix else { return scale.type.isScalar }
    if case .function(.identity, _) = scale.node { return true }
    return false
  }

  /// Mirroring a latent leaves its prior alone whatever the scale, if entries are independent or one.
  private func isSymmetricScale(_ e: Expression) -> Bool { e.type.shape.count < 2 }

  private func isElementwise(_ z: Variable, _ maps: Maps) -> Bool {
    maps.references.values.joined().allSatisfy { $0.dims == z.type.dims }
  }

  /// Labels that choose among maps of rows, each with a turn of its own.
  private func copies(_ z: Variable, _ maps: Maps) -> Int {
    var common: Set<VariableID>?
    for reference in maps.references.values.joined() {
      let own = reference.labels ?? []
      common = common.map { $0.intersection(own) } ?? own
    }
    // A label inside the latent's own plate chooses anew while the latent stays.
    let labels = (common ?? []).filter { model.model.isInside(z.plate, model.model[$0].plate) }
    return labels.reduce(1) { total, id in
      if case .category(let size, _) = model.model[id].type.kind {
        return total * (size.constant ?? 1)
      }
      return model.model[id].type.kind == .binary ? total * 2 : total
    }
  }

  private func stretching(
    _ z: Variable, _ at: LocationScale, _ scale: Reference, _ centre: Set<VariableID>,
    _ maps: Maps
  ) -> Identifiability.Symmetry {
    let l = model.count(z.id)
    let directions: Int
    if at.isMatrix {
      directions = maps.areMatrices ? l * (l + 1) / 2 : 1
    } else if scale.dims == z.type.dims, maps.areMatrices || isElementwise(z, maps) {
      directions = l
    } else {
      directions = 1
    }
    let name = model.model[scale.variable].name
    let weights = maps.references.keys.sorted().map { "`\(model.model[$0].name)`" }
    return .init(
      extent: .scale, latents: [z.id],
      parameters: (Set(maps.references.keys).union(centre).union([scale.variable])).sorted(),
      directions: directions,
      redundancy: "the scale `\(name)` of `\(z.name)` is always multiplied by "
        + "\(weights.joined(separator: " and ")): no data tell them apart")
  }
}
