import LVMSyntax

/// Warnings from the graph alone: what nothing uses, and what the data cannot inform.
func lints(of graph: ModelGraph, at header: Span) -> [Diagnostic] {
  var findings: [Diagnostic] = []
  let usage = Usage(graph)
  if !graph.variables.contains(where: { $0.role == .observe }) {
    return [Lint.nothingObserved.at(header)]
  }
  for variable in graph.variables {
    let isUsed = usage.isUsed(variable.id)
    let informs = usage.reachesObserved(variable.id)
    switch variable.role {
    case .param:
      if !isUsed {
        findings.append(Lint.unusedParameter(variable.name).at(variable.nameSpan))
      } else if !informs {
        findings.append(Lint.uninformedParameter(variable.name).at(variable.nameSpan))
      }
    case .latent:
      if !isUsed {
        findings.append(Lint.unusedLatent(variable.name).at(variable.nameSpan))
      } else if !informs {
        findings.append(Lint.uninformedLatent(variable.name).at(variable.nameSpan))
      }
    case .given:
      if !isUsed { findings.append(Lint.unusedGiven(variable.name).at(variable.nameSpan)) }
    case .binding:
      if !isUsed, !usage.hasUsedSibling(variable) {
        // The outputs of one `let` are one name.
        let name = variable.name.split(separator: ".").first.map(String.init) ?? variable.name
        findings.append(Lint.unusedLet(name).at(variable.nameSpan))
      }
    case .observe: break
    }
  }
  for network in graph.networks where !usage.networks.contains(network.id) {
    findings.append(Lint.unusedNetwork(network.name).at(network.nameSpan))
  }
  return findings + unusedGuides(of: graph)
}

/// Lines of the guide that nothing comes of: what is finite is summed out, and observed cells that are
/// missing are summed or left out.
private func unusedGuides(of graph: ModelGraph) -> [Diagnostic] {
  func isUsed(_ entry: GuideEntry) -> Bool {
    let v = graph[entry.variable]
    return v.role == .latent && !v.type.kind.isFinite
  }
  func networks(_ entry: GuideEntry) -> Set<NetworkID> {
    entry.definition.expressions.reduce(into: []) { $0.formUnion($1.networks) }
  }
  var called: Set<NetworkID> = []
  for variable in graph.variables { called.formUnion(graph.networks(calledBy: variable.id)) }
  for entry in graph.guides where isUsed(entry) { called.formUnion(networks(entry)) }
  return graph.guides.filter { !isUsed($0) }.map { entry in
    let v = graph[entry.variable]
    let alone = networks(entry).subtracting(called).map { graph[$0].name }.sorted()
    return Lint.unusedGuide(
      v.name, isObserved: v.role == .observe, isFinite: v.type.kind.isFinite, networks: alone
    ).at(entry.span)
  }
}

/// Who uses what, worked out once.
private struct Usage {
  let graph: ModelGraph
  let children: [Set<VariableID>]
  let guideReads: Set<VariableID>
  let networks: Set<NetworkID>
  let observing: Set<VariableID>
  /// Where the names of used variables stand; the outputs of one `let` share theirs.
  private var usedSpans: Set<Span>

  init(_ graph: ModelGraph) {
    self.graph = graph
    let children = graph.childTable
    self.children = children
    var reads: Set<VariableID> = []
    var called: Set<NetworkID> = []
    for variable in graph.variables {
      called.formUnion(graph.networks(calledBy: variable.id))
    }
    for entry in graph.guides {
      for e in entry.definition.expressions {
        reads.formUnion(e.variables)
        called.formUnion(e.networks)
      }
    }
    for entry in graph.fit {
      if case .name(let name) = entry.value,
        let network = graph.networks.first(where: { $0.name == name })
      {
        called.insert(network.id)
      }
    }
    guideReads = reads
    networks = called

    // Backwards from the observed: all that they depend on, through any number of definitions.
    let parents = graph.parentTable
    var informed: Set<VariableID> = []
    var open = graph.variables.filter { $0.role == .observe }.map(\.id)
    while let next = open.popLast() {
      for parent in parents[next.index] where informed.insert(parent).inserted {
        open.append(parent)
      }
    }
    observing = informed
    usedSpans = []
    usedSpans = Set(graph.variables.filter { isUsed($0.id) }.map(\.nameSpan))
  }

  func isUsed(_ id: VariableID) -> Bool {
    // A chain that only reads its own past is used by nothing.
    children[id.index].contains { $0 != id } || guideReads.contains(id)
  }

  func reachesObserved(_ id: VariableID) -> Bool {
    observing.contains(id) || guideReads.contains(id) && graph[id].role != .latent
  }

  func hasUsedSibling(_ variable: Variable) -> Bool {
    usedSpans.contains(variable.nameSpan)
  }
}
