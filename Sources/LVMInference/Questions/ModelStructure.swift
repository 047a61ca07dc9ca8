import LVMCompute
import LVMModel
import LVMSyntax

/// Questions the planner asks of a model graph.
package struct ModelStructure {
  package let model: ModelGraph
  let nesting: PlateNesting

  /// Every variable an expression reads, at this row or before, through names for expressions.
  package func reads(_ e: Expression) -> Set<VariableID> { model.reads(e) }

  func reads(_ distribution: Distribution) -> Set<VariableID> {
    distribution.expressions.reduce(into: []) { $0.formUnion(reads($1)) }
  }

  /// Every variable the definition of a variable reads.
  package func reads(_ variable: Variable) -> Set<VariableID> {
    variable.definition.expressions.reduce(into: []) { $0.formUnion(reads($1)) }
  }

  /// What a variable is drawn from: in a chain, at its beginning and after it.
  func distributions(of v: Variable) -> [Distribution] {
    switch v.definition {
    case .drawn(let d): return [d]
    case .chain(let chain):
      return [chain.initially, chain.then].compactMap { step in
        if case .drawn(let d)? = step { return d }
        return nil
      }
    case .free, .equal: return []
    }
  }

  /// Latents that must be eliminated: not names for expressions.
  var latents: [Variable] {
    model.variables.filter { v in
      guard v.role == .latent else { return false }
      if case .equal = v.definition { return false }
      return true
    }
  }

  var finite: [Variable] { latents.filter { $0.type.kind.isFinite } }
  var continuous: [Variable] { latents.filter { !$0.type.kind.isFinite } }
  var observed: [Variable] { model.variables.filter { $0.role == .observe } }

  /// Variables with a density that read a given one.
  func readers(of id: VariableID) -> [Variable] {
    model.variables.filter { v in
      guard v.id != id, v.role == .observe || v.role == .latent else { return false }
      if case .equal = v.definition, v.role == .latent { return false }
      return reads(v).contains(id)
    }
  }

  /// Whether something is drawn from a `Mixture`: components without a label in the model.
  var hasMixtures: Bool {
    observed.contains { v in
      if case .drawn(.mixture) = v.definition { return true }
      return false
    }
  }

  func isChain(_ v: Variable) -> Bool {
    if case .chain = v.definition { return true }
    return false
  }

  /// Whether a network is applied anywhere in a definition; its place if so.
  func network(in variable: Variable) -> (NetworkID, Span)? {
    var found: (NetworkID, Span)?
    func look(_ e: Expression) {
      e.visit { if case .network(let id, _, _) = $0.node { found = found ?? (id, $0.span) } }
    }
    variable.definition.expressions.forEach(look)
    return found
  }

  /// The finite latents a variable's definition reads, with its own axis if it is one.
  func axes(of variable: Variable) -> Set<Axis> {
    reads(variable).union([variable.id]).reduce(into: []) { axes, id in
      let v = model[id]
      guard v.role == .latent, v.type.kind.isFinite else { return }
      if case .equal = v.definition { return }
      axes.formUnion(entries(of: v))
    }
  }

  /// The scopes of a variable's tables: a vector of finite latents has one table for each entry.
  func tableScopes(of v: Variable) -> [Set<Axis>] {
    guard v.role == .latent, v.type.kind.isFinite, !v.type.isScalar else { return [axes(of: v)] }
    let own = entries(of: v)
    let others = axes(of: v).subtracting(own)
    return own.map { others.union([$0]) }
  }

  /// The axes of a finite latent: one for each entry of a vector.
  func entries(of v: Variable) -> [Axis] {
    (0..<max(1, (v.type.dims ?? []).reduce(1, *))).map { Axis(v.id, component: $0) }
  }

  /// Continuous latents in groups that share a factor.
  func components(_ members: [Variable]) -> [[Variable]] {
    let ids = Set(members.map(\.id))
    var parent: [VariableID: VariableID] = Dictionary(uniqueKeysWithValues: ids.map { ($0, $0) })
    func root(_ x: VariableID) -> VariableID {
      var at = x
      while let up = parent[at], up != at { at = up }
      return at
    }
    for variable in model.variables where variable.role == .observe || variable.role == .latent {
      var touched = reads(variable).intersection(ids)
      if ids.contains(variable.id) { touched.insert(variable.id) }
      guard let first = touched.sorted().first else { continue }
      for other in touched { parent[root(other)] = root(first) }
    }
    let groups = Dictionary(grouping: members) { root($0.id) }
    return groups.values.map { $0.sorted { $0.id < $1.id } }.sorted { $0[0].id < $1[0].id }
  }

  /// Members so that each comes after those it reads.
  func parentsFirst(_ members: [Variable]) -> [Variable] {
    var done: Set<VariableID> = []
    var result: [Variable] = []
    let ids = Set(members.map(\.id))
    func place(_ v: Variable) {
      guard done.insert(v.id).inserted else { return }
      for p in reads(v).intersection(ids).sorted() where p != v.id { place(model[p]) }
      result.append(v)
    }
    members.forEach(place)
    return result
  }
}

extension Variable {
  /// Where an observed variable is written to have noise of scale 0; nil where it has some.
  var noiselessSpan: Span? {
    guard role == .observe, case .drawn(.family(.normal, _, let arguments, let span)) = definition,
      case .number(0)? = arguments.last?.node
    else { return nil }
    return span
  }
}

extension ModelGraph {
  /// Whether what is observed has a density: nothing is written without noise.
  var hasDensity: Bool { variables.allSatisfy { $0.noiselessSpan == nil } }
}
