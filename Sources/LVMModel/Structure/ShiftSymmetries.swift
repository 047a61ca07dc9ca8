/// Numbers that can be taken from one place and added in another.
///
/// In `a[i] + b[j]` everything may move from `a` to `b`. A latent with a free mean shifts beside an
/// offset. The logits of a label may all grow by the same number.
struct ShiftSymmetries {
  let model: ExpandedModel

  func find(_ result: inout Identifiability) {
    pairs(&result)
    latents(&result)
    logits(&result)
  }

  // MARK: Parameters beside parameters

  /// Parameters that stand in the same sums with the same factors beside them.
  private func pairs(_ result: inout Identifiability) {
    let candidates = model.model.variables.filter {
      model.isFreeReal($0.id) && (model.uses[$0.id] ?? 0) > 0
    }
    var classes: [[Variable]] = []
    // Only classes with the same word for what stands beside are compared: comparing all would take
    // the square of their number.
    var known: [Surroundings: [Int]] = [:]
    for p in candidates {
      guard let around = surroundings(of: p.id) else { continue }
      if let i = known[around]?.first(where: { areAlike(classes[$0][0].id, p.id) }) {
        classes[i].append(p)
      } else {
        known[around, default: []].append(classes.count)
        classes.append([p])
      }
    }
    for members in classes where members.count > 1 {
      let sizes = members.compactMap {
        model.places(of: $0.id)?.first?.reference.dims.reduce(1, *)
      }
      let areBare = members.filter {
        model.places(of: $0.id)?.allSatisfy { $0.reference.indices.isEmpty } ?? false
      }
      let names = members.map { "`\($0.name)`" }
      result.symmetries.append(
        .init(
          extent: .shift, latents: [], parameters: members.map(\.id),
          directions: (members.count - 1) * (sizes.min() ?? 1),
          redundancy: areBare.count > 1
            ? "\(names.joined(separator: " and ")) are always added up: no data tell them apart"
            : nil))
    }
  }

  /// In which sums a parameter stands, and what is beside it in its first term: the same for all that
  /// are alike.
  private struct Surroundings: Hashable {
    var sums: [Int]
    var sign: Int
    var rest: Expression
  }

  private func surroundings(of id: VariableID) -> Surroundings? {
    guard let places = model.places(of: id), let first = places.first else { return nil }
    let term = model.sums[first.sum].terms[first.term]
    return Surroundings(
      sums: places.map(\.sum), sign: term.sign, rest: term.expression.without(id))
  }

  private func areAlike(_ p: VariableID, _ q: VariableID) -> Bool {
    guard let a = model.places(of: p), let b = model.places(of: q), a.count == b.count else {
      return false
    }
    for (x, y) in zip(a, b) {
      guard x.sum == y.sum, x.term != y.term else { return false }
      let (s, t) = (model.sums[x.sum].terms[x.term], model.sums[y.sum].terms[y.term])
      guard s.sign == t.sign, s.expression.without(p) == t.expression.without(q),
        x.reference.dims == y.reference.dims || x.reference.dims.isEmpty
          || y.reference.dims.isEmpty
      else { return false }
    }
    // Twice in one sum would shift twice.
    return Set(a.map(\.sum)).count == a.count
  }

  // MARK: Latents beside offsets

  private func latents(_ result: inout Identifiability) {
    for z in model.model.variables where z.role == .latent && z.type.kind == .real {
      guard let mean = freeMean(of: z.id), let offsets = compensation(for: z.id) else { continue }
      let own = mean.dims.isEmpty ? 1 : mean.dims.reduce(1, *)
      result.symmetries.append(
        .init(
          extent: .shift, latents: [z.id], parameters: ([mean.variable] + offsets).sorted(),
          directions: own,
          redundancy: mean.indices.isEmpty
            ? "the mean `\(model.model[mean.variable].name)` of `\(z.name)` is always added to "
              + offsets.map { "`\(model.model[$0].name)`" }.joined(separator: " and ")
              + ": no data tell them apart" : nil))
    }
  }

  /// A free parameter that is a summand of a latent's location and stands nowhere else.
  func freeMean(of id: VariableID) -> Reference? {
    guard let (family, _) = model.arguments(of: id),
      LVMModel.family(family).locationScale?.location == 0
    else {
      return nil
    }
    for sum in model.wholeSums(of: id) where model.sites[sum.site].position == 0 {
      for term in sum.terms {
        guard term.factors.count == 1, term.sign == 1, let r = Reference(term.factors[0]),
          model.isFreeReal(r.variable), model.uses[r.variable] == 1
        else { continue }
        return r
      }
    }
    return nil
  }

  /// The offsets that take up a shift of a latent in every sum where it stands; nil if one is lacking.
  func compensation(for id: VariableID) -> [VariableID]? {
    guard let places = model.places(of: id), !places.isEmpty,
      Set(places.map(\.sum)).count == places.count,
      places.allSatisfy({ $0.reference.indices.isEmpty })
    else { return nil }
    var taken: [VariableID: Int] = [:]
    for place in places {
      let sum = model.sums[place.sum]
      let term = sum.terms[place.term]
      let rest = term.expression.without(id)
      var found: VariableID?
      for (t, other) in sum.terms.enumerated() where t != place.term && found == nil {
        for r in other.factors.compactMap(Reference.init) where model.isFreeReal(r.variable) {
          let isSame = other.sign == term.sign && other.expression.without(r.variable) == rest
          if isSame || other.factors.count == 1 && takesUp(term, id, r) { found = r.variable }
        }
      }
      guard let found else { return nil }
      taken[found, default: 0] += 1
    }
    guard taken.allSatisfy({ model.uses[$0.key] == $0.value }) else { return nil }
    return taken.keys.sorted()
  }

  /// Whether an offset can hold a term at any fixed value of the latent in it: the same for all rows.
  private func takesUp(_ term: ExpandedModel.Term, _ id: VariableID, _ offset: Reference) -> Bool {
    guard offset.dims == (term.expression.type.dims ?? []), let labels = offset.labels else {
      return false
    }
    return term.factors.allSatisfy { factor in
      guard let r = Reference(factor) else {
        return factor.variables.isEmpty && factor.previousVariables.isEmpty
          && factor.networks.isEmpty
      }
      if r.variable == id { return true }
      guard model.model[r.variable].role == .param, let own = r.labels else { return false }
      return own.isSubset(of: labels)
    }
  }

  /// The free parameters that multiply a latent, if everywhere just one does and stands nowhere else.
  func maps(of id: VariableID) -> [VariableID]? {
    guard let places = model.places(of: id), !places.isEmpty else { return nil }
    var taken: [VariableID: Int] = [:]
    for place in places {
      let term = model.sums[place.sum].terms[place.term]
      let references = term.factors.compactMap(Reference.init)
      guard references.filter({ $0.variable == id }).count == 1 else { return nil }
      let free = references.filter { model.isFreeReal($0.variable) }
      guard let map = free.first else { return nil }
      taken[map.variable, default: 0] += 1
    }
    guard taken.allSatisfy({ model.uses[$0.key] == $0.value }) else { return nil }
    return taken.keys.sorted()
  }

  /// Whether maps are matrices whose columns go with the entries of the latent.
  func areMatrices(_ maps: [VariableID], of id: VariableID) -> Bool {
    let l = model.count(id)
    return maps.allSatisfy { (model.model[$0].type.dims ?? []).last == l }
  }

  // MARK: Logits

  private func logits(_ result: inout Identifiability) {
    let beside = Set(result.symmetries.filter { $0.extent == .shift }.flatMap(\.parameters))
    for p in model.model.variables where model.isFreeReal(p.id) && !beside.contains(p.id) {
      guard let places = model.places(of: p.id), !places.isEmpty else { continue }
      var directions: Int?
      for place in places {
        let sum = model.sums[place.sum]
        let term = sum.terms[place.term]
        guard sum.isNormalised, let k = sum.dims.last, k > 1,
          (term.expression.type.dims ?? []).last == k
        else {
          directions = nil
          break
        }
        let isBare = term.factors.count == 1 && place.reference.dims.last == k
        var isMatrix = false
        if case .matrixProduct(let a, _) = term.expression.node,
          Reference(a)?.variable == p.id, place.reference.dims.count == 2,
          place.reference.dims[0] == k
        {
          isMatrix = true
        }
        guard isBare || isMatrix else {
          directions = nil
          break
        }
        directions = model.count(p.id) / k
      }
      guard let directions else { continue }
      result.symmetries.append(
        .init(extent: .shift, latents: [], parameters: [p.id], directions: directions))
    }
  }
}
