/// Labels whose values can be renumbered together with everything that they number.
///
/// Where a label stands nowhere but as an index of parameters, and those parameters are indexed in the
/// same dimension by nothing but such labels, a permutation of its values and of those dimensions leaves
/// every factor as it was. The entries of a vector of labels are renumbered all alike. A value that an
/// observed label, or a constant that differs, also names is tied.
struct LabelSymmetries {
  let model: ExpandedModel
  let known: Set<VariableID>

  private struct Place: Hashable {
    var parameter: VariableID
    var dimension: Int
  }

  private enum Finding {
    case permuted(labels: Set<VariableID>, parameters: Set<VariableID>)
    case tied
    case unknown
  }

  func find(_ result: inout Identifiability) {
    var done: Set<VariableID> = []
    for v in model.model.variables where v.role == .latent && v.type.kind.isFinite {
      if known.contains(v.id) {
        result.identified.insert(v.id)
        continue
      }
      if case .equal = v.definition { continue }
      guard !done.contains(v.id) else { continue }
      if v.type.kind == .binary {
        if let moved = switched(v) {
          result.symmetries.append(
            .init(extent: .permutation, latents: [v.id], parameters: moved, directions: 0))
        }
        continue
      }
      switch finding(v) {
      case .permuted(let labels, let parameters):
        done.formUnion(labels)
        result.symmetries.append(
          .init(
            extent: .permutation, latents: labels.sorted(), parameters: parameters.sorted(),
            directions: 0))
      case .tied: result.identified.insert(v.id)
      case .unknown: break
      }
    }
  }

  // MARK: Categories

  private func finding(_ start: Variable) -> Finding {
    guard case .category(let size, _) = start.type.kind, let k = size.constant, k > 1 else {
      return .unknown
    }
    var labels: Set<VariableID> = [start.id]
    var open = [start.id]
    var places: Set<Place> = []
    var fixed: [[Expression]] = []
    while let label = open.popLast() {
      guard let own = self.places(of: label, k, &fixed) else { return .unknown }
      for place in own where places.insert(place).inserted {
        switch others(at: place, k) {
        case .permuted(let more, _):
          for other in more where labels.insert(other).inserted { open.append(other) }
        case .tied: return .tied
        case .unknown: return .unknown
        }
      }
    }
    // Values that constants tell apart are named by them.
    let classes = Set((0..<k).map { value in fixed.map { $0[value] } })
    if classes.count == k { return .tied }
    return .permuted(labels: labels, parameters: Set(places.map(\.parameter)))
  }

  /// Where a label numbers a dimension of a parameter; nil if it is read in any other way. Constants that
  /// it chooses from go to `fixed`.
  private func places(of label: VariableID, _ k: Int, _ fixed: inout [[Expression]]) -> Set<Place>?
  {
    var result: Set<Place> = []
    var seen = 0
    var isPure = true
    for site in model.sites(of: label) {
      guard site.family == .categorical, site.position == 0 else { return nil }
      var e = site.expression
      if let r = Reference(e) {
        let own = model.model[label].type.dims ?? []
        let rank = model.model[r.variable].type.shape.count
        guard model.model[r.variable].role == .param, r.dims == [k] || r.dims == own + [k],
          r.indices.count == rank - r.dims.count
        else { return nil }
        result.insert(Place(parameter: r.variable, dimension: rank - 1))
      } else {
        if case .index(let base, _) = e.node { e = base }
        guard case .array(let elements) = e.node, elements.count == k,
          elements.allSatisfy({ Self.isConstant($0) && $0.type.isScalar })
        else {
          if Self.isUniform(site.expression) { continue }
          return nil
        }
        fixed.append(elements)
      }
    }
    for site in model.sites(reading: label)
    where site.variable != label || !Self.isUniform(site.expression) {
      site.expression.visit { e in
        guard case .index(let base, let indices) = e.node else { return }
        for (dimension, index) in indices.enumerated() {
          guard case .at(let position) = index, Self.label(position) == label else { continue }
          seen += 1
          switch base.node {
          case .variable(let p) where model.model[p].role == .param:
            result.insert(Place(parameter: p, dimension: dimension))
          case .array(let elements)
          where dimension == 0 && elements.count == k && elements.allSatisfy(Self.isConstant):
            fixed.append(elements)
          case .number, .size, .variable, .previous, .previousRange, .map, .function, .arithmetic,
            .negate, .matrixProduct, .index, .array, .network:
            isPure = false
          }
        }
      }
    }
    return isPure && seen == (model.uses[label] ?? 0) ? result : nil
  }

  /// What else numbers the same dimension of a parameter.
  private func others(at place: Place, _ k: Int) -> Finding {
    let p = model.model[place.parameter]
    guard p.role == .param, isExchangeable(p, place.dimension) else { return .unknown }
    var labels: Set<VariableID> = []
    var isTied = false
    var seen = 0
    for site in model.sites(reading: place.parameter) {
      var failed = false
      site.expression.visitReferences { e, r in
        guard r.variable == place.parameter else { return }
        seen += 1
        if r.indices.count <= place.dimension {
          // The dimension is not indexed: it may be that of the probabilities of a label.
          if isProbability(site, e, r, place) {
            labels.insert(site.variable)
          } else {
            failed = true
          }
          return
        }
        guard case .at(let position) = r.indices[place.dimension], let id = Self.label(position)
        else {
          failed = true
          return
        }
        let v = model.model[id]
        if v.role == .observe || v.role == .given || known.contains(id) {
          isTied = true
        } else if v.role == .latent, case .category(let s, _) = v.type.kind, s.constant == k {
          labels.insert(id)
        } else {
          failed = true
        }
      }
      if failed { return .unknown }
    }
    if isTied { return .tied }
    return seen == (model.uses[place.parameter] ?? 0)
      ? .permuted(labels: labels, parameters: [place.parameter]) : .unknown
  }

  private func isProbability(
    _ site: ExpandedModel.Site, _ e: Expression, _ r: Reference, _ place: Place
  )
    -> Bool
  {
    site.family == .categorical && site.position == 0 && site.expression == e
      && model.model[site.variable].role == .latent && !known.contains(site.variable)
      && place.dimension == model.model[place.parameter].type.shape.count - 1
  }

  /// Whether a parameter's prior, if it has one, is the same for all values of a dimension.
  private func isExchangeable(_ p: Variable, _ dimension: Int) -> Bool {
    let reach = p.type.shape.count - dimension
    return model.sites(of: p.id).allSatisfy {
      $0.expression.type.shape.count < reach || Self.isUniform($0.expression)
    }
  }

  /// The label that a position is, or is an entry of, in this row or the one before.
  private static func label(_ e: Expression) -> VariableID? {
    switch e.node {
    case .variable(let id): id
    case .previous(let id, _): id
    case .index(let base, _): label(base)
    case .number, .size, .previousRange, .map, .function, .arithmetic, .negate, .matrixProduct,
      .array, .network:
      nil
    }
  }

  private static func isConstant(_ e: Expression) -> Bool {
    e.variables.isEmpty && e.previousVariables.isEmpty && e.networks.isEmpty
  }

  /// Whether all entries of a value are surely the same.
  private static func isUniform(_ e: Expression) -> Bool {
    if e.type.isScalar { return true }
    switch e.node {
    case .function(.ones, _), .function(.zeros, _): return true
    case .array(let elements):
      return elements.allSatisfy { $0 == elements[0] } && elements.allSatisfy(isUniform)
    case .arithmetic(_, let a, let b): return isUniform(a) && isUniform(b)
    case .map(_, let a), .negate(let a): return isUniform(a)
    case .number, .size, .variable, .previous, .previousRange, .function, .matrixProduct, .index,
      .network:
      return false
    }
  }

  // MARK: 0/1 variables

  /// Parameters that move when a 0/1 latent trades its values, or its entries their places; nil if
  /// neither is proved.
  ///
  /// b → 1 − b turns w·b into w − w·b: an offset takes up w, and w changes its sign.
  private func switched(_ v: Variable) -> [VariableID]? {
    guard let (family, arguments) = model.arguments(of: v.id), family == .bernoulli,
      let chance = Reference(arguments[0]), model.isFree(chance.variable),
      model.uses[chance.variable] == 1, chance.indices.isEmpty,
      let maps = ShiftSymmetries(model: model).maps(of: v.id)
    else { return nil }
    if let offsets = ShiftSymmetries(model: model).compensation(for: v.id) {
      return Array(Set([chance.variable] + maps + offsets)).sorted()
    }
    guard !v.type.isScalar, chance.dims == v.type.dims || chance.dims.isEmpty,
      ShiftSymmetries(model: model).areMatrices(maps, of: v.id)
    else { return nil }
    return ([chance.variable] + maps).sorted()
  }
}
