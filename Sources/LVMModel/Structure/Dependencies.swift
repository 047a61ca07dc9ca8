import LVMSyntax

/// What variables read, and what reads them.
extension ModelGraph {
  /// The variables a definition reads at the same row, `let` included as itself.
  public func parents(of id: VariableID) -> Set<VariableID> {
    reads(of: id, \.variables)
  }

  /// The variables whose earlier rows a definition reads.
  public func pastParents(of id: VariableID) -> Set<VariableID> {
    reads(of: id, \.previousVariables)
  }

  /// Every variable whose definition reads this one, at the same row or later.
  public func children(of id: VariableID) -> Set<VariableID> {
    Set(
      variables.map(\.id).filter {
        parents(of: $0).contains(id) || pastParents(of: $0).contains(id)
      })
  }

  /// Every variable an expression reads, at this row or before, through names for expressions, which are
  /// among them.
  public func reads(_ e: Expression) -> Set<VariableID> {
    var result: Set<VariableID> = []
    // A list of what is left: chains of names for expressions may be thousands long.
    var open = [e]
    while let next = open.popLast() {
      next.visit { part in
        switch part.node {
        case .variable(let id):
          guard result.insert(id).inserted else { return }
          if case .equal(let inner) = self[id].definition { open.append(inner) }
        case .previous(let id, _), .previousRange(let id, _, _):
          result.insert(id)
        case .number, .size, .map, .function, .arithmetic, .negate, .matrixProduct, .index, .array,
          .network:
          break
        }
      }
    }
    return result
  }

  private func reads(
    of id: VariableID, _ part: (Expression) -> Set<VariableID>
  ) -> Set<VariableID> {
    var result: Set<VariableID> = []
    for e in self[id].definition.expressions { result.formUnion(part(e)) }
    return result
  }

  /// The parents of every variable at once, by index: what passes over the whole graph should use.
  public var parentTable: [Set<VariableID>] {
    variables.map { parents(of: $0.id).union(pastParents(of: $0.id)) }
  }

  /// The children of every variable at once, by index.
  public var childTable: [Set<VariableID>] {
    var result = [Set<VariableID>](repeating: [], count: variables.count)
    for (index, parents) in parentTable.enumerated() {
      for parent in parents { result[parent.index].insert(VariableID(index)) }
    }
    return result
  }

  /// Networks that a definition calls.
  public func networks(calledBy id: VariableID) -> Set<NetworkID> {
    var result: Set<NetworkID> = []
    for e in self[id].definition.expressions { result.formUnion(e.networks) }
    return result
  }

  /// Whether one plate lies inside another, or is it.
  public func isInside(_ plate: PlateIndex, _ outer: PlateIndex) -> Bool {
    var current: PlateIndex? = plate
    while let at = current {
      if at == outer { return true }
      current = self[at].parent
    }
    return false
  }

  /// Variables of one role in one plate, in the order of the text.
  public func variables(_ role: Role, in plate: PlateIndex) -> [VariableID] {
    variables.filter { $0.role == role && $0.plate == plate }.map(\.id)
  }
}

extension Definition {
  /// All expressions of a definition, chains' both steps included.
  public var expressions: [Expression] {
    switch self {
    case .free: []
    case .drawn(let d): d.expressions
    case .equal(let e): [e]
    case .chain(let chain): (chain.initially?.expressions ?? []) + chain.then.expressions
    }
  }
}

extension Chain.Step {
  public var expressions: [Expression] {
    switch self {
    case .drawn(let d): d.expressions
    case .equal(let e): [e]
    }
  }
}

extension Expression {
  /// Every network called in this expression.
  public var networks: Set<NetworkID> {
    var result: Set<NetworkID> = []
    visit { part in
      if case .network(let id, _, _) = part.node { result.insert(id) }
    }
    return result
  }
}
