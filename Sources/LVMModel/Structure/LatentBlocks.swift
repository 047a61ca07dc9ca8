import LVMSyntax

/// Local latents that must be inferred together.
extension ModelGraph {
  /// Groups of row and group latents that share a factor, directly or through others; each in the
  /// order of the text. Global latents and parameters do not connect them.
  public var latentBlocks: [[VariableID]] {
    var root = Array(variables.indices)
    func find(_ index: Int) -> Int {
      var at = index
      while root[at] != at {
        root[at] = root[root[at]]
        at = root[at]
      }
      return at
    }
    func isLocal(_ id: VariableID) -> Bool {
      self[id].role == .latent && self[id].plate != .global
    }
    for factor in factors {
      let locals = factor.latents.union(factor.past).filter(isLocal).map(\.index)
      guard let first = locals.min() else { continue }
      for other in locals { root[find(other)] = find(first) }
    }
    var blocks: [Int: [VariableID]] = [:]
    for variable in variables where isLocal(variable.id) {
      blocks[find(variable.id.index), default: []].append(variable.id)
    }
    return blocks.values.sorted { $0[0] < $1[0] }
  }

  /// The variables that shield one from all others: those it shares a factor with.
  public func markovBlanket(of id: VariableID) -> Set<VariableID> {
    var result: Set<VariableID> = []
    for factor in factors {
      let all = factor.latents.union(factor.parameters).union(factor.givens)
        .union(factor.observed).union(factor.past)
      if all.contains(id) { result.formUnion(all) }
    }
    result.remove(id)
    return result
  }
}
