/// Parameters that only their product, or only the sum of their squares, shows.
struct ProductSymmetries {
  let model: ExpandedModel

  func find(_ result: inout Identifiability) {
    products(&result)
    variances(&result)
  }

  /// `a * b` wherever either stands: a·c and b/c do as well.
  private func products(_ result: inout Identifiability) {
    let candidates = model.model.variables.filter { v in
      model.isFree(v.id) && (v.type.kind == .real || v.type.kind == .positive)
        && (model.uses[v.id] ?? 0) > 0
    }
    let isCandidate = Set(candidates.map(\.id))
    var taken: Set<VariableID> = []
    for p in candidates where !taken.contains(p.id) {
      guard let a = model.places(of: p.id), let first = a.first else { continue }
      // What is always beside it is so in its first term.
      let beside = model.sums[first.sum].terms[first.term].factors.compactMap {
        Reference($0)?.variable
      }
      for id in Set(beside).sorted()
      where id > p.id && isCandidate.contains(id) && !taken.contains(id) {
        let q = model.model[id]
        guard let b = model.places(of: q.id), a.count == b.count,
          zip(a, b).allSatisfy({ $0.sum == $1.sum && $0.term == $1.term }),
          Set(a.map { "\($0.sum).\($0.term)" }).count == a.count
        else { continue }
        taken.formUnion([p.id, q.id])
        result.symmetries.append(
          .init(
            extent: .scale, latents: [], parameters: [p.id, q.id], directions: 1,
            redundancy: "`\(p.name)` and `\(q.name)` are always multiplied: no data tell them apart"
          ))
        break
      }
    }
  }

  /// A latent of each row that is added to an observed variable with noise of its own: only the sum of
  /// the two variances shows.
  private func variances(_ result: inout Identifiability) {
    for u in model.model.variables where u.role == .latent && u.type.kind == .real {
      guard model.uses[u.id] == 1, let (family, own) = model.arguments(of: u.id),
        family == .normal, let tau = freeScale(own[1]),
        let place = model.places(of: u.id)?.first
      else { continue }
      let sum = model.sums[place.sum]
      let site = model.sites[sum.site]
      let y = model.model[site.variable]
      guard sum.isWhole, sum.terms[place.term].factors.count == 1, y.role == .observe,
        y.plate == u.plate, y.type.dims == u.type.dims, site.family == .normal,
        site.position == 0, y.type.kind == .real,
        let (_, arguments) = model.arguments(of: y.id), let sigma = freeScale(arguments[1]),
        model.model[sigma].type.dims == model.model[tau].type.dims
      else { continue }
      result.symmetries.append(
        .init(
          extent: .scale, latents: [u.id], parameters: [tau, sigma].sorted(),
          directions: model.count(tau),
          redundancy:
            "`\(model.model[tau].name)` and `\(model.model[sigma].name)` are spreads of the same rows: "
            + "only the sum of their squares shows"))
    }
  }

  private func freeScale(_ e: Expression) -> VariableID? {
    guard case .variable(let id) = e.node, model.isFree(id), model.uses[id] == 1,
      model.model[id].type.kind == .positive
    else { return nil }
    return id
  }
}
