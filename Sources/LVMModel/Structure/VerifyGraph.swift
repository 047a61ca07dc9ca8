import LVMSyntax

/// What must hold of every checked model; a violation is a mistake in the compiler.
extension ModelGraph {
  /// The violations, in words; empty if there are none.
  public func verify() -> [String] {
    var problems: [String] = []
    verifyPlates(&problems)
    for (index, variable) in variables.enumerated() {
      if variable.id.index != index { problems.append("\(variable.name): wrong number") }
      if !plates.indices.contains(variable.plate.index) {
        problems.append("\(variable.name): unknown plate")
        continue
      }
      verifyRole(variable, &problems)
      for e in variable.definition.expressions { verify(e, of: variable, &problems) }
      verifyDistributions(variable, &problems)
    }
    if problems.isEmpty, topologicalOrder.count != variables.count {
      problems.append("definitions in a circle")
    }
    for (index, network) in networks.enumerated() where network.id.index != index {
      problems.append("\(network.name): wrong number")
    }
    for network in networks where network.inputs.isEmpty || network.outputs.isEmpty {
      problems.append("\(network.name): no inputs or outputs")
    }
    for entry in guides where !variables.indices.contains(entry.variable.index) {
      problems.append("guide of an unknown variable")
    }
    verifySizes(&problems)
    return problems
  }

  private func verifyPlates(_ problems: inout [String]) {
    for (index, plate) in plates.enumerated() {
      switch plate.parent {
      case nil: if index != 0 { problems.append("plate \(plate.name): no parent") }
      case .some(let parent):
        if parent.index >= index { problems.append("plate \(plate.name): parent after it") }
      }
    }
    if plates.filter({ if case .rows = $0.kind { true } else { false } }).count > 1 {
      problems.append("more than one plate of rows")
    }
  }

  private func verifyRole(_ variable: Variable, _ problems: inout [String]) {
    let name = variable.name
    switch (variable.role, variable.definition) {
    case (.param, .free), (.param, .drawn):
      if variable.plate != .global { problems.append("\(name): parameter in a plate") }
    case (.given, .free): break
    case (.binding, .equal): break
    case (.latent, .drawn), (.latent, .equal), (.observe, .drawn), (.observe, .equal): break
    case (.latent, .chain), (.observe, .chain):
      if case .rows(inOrder: true) = self[variable.plate].kind {
      } else {
        problems.append("\(name): chain outside ordered rows")
      }
    case (.param, .equal), (.param, .chain), (.given, .drawn), (.given, .equal), (.given, .chain),
      (.binding, .free), (.binding, .drawn), (.binding, .chain), (.latent, .free),
      (.observe, .free):
      problems.append("\(name): a definition its role cannot have")
    }
  }

  private func verify(_ e: Expression, of variable: Variable, _ problems: inout [String]) {
    var found: [String] = []
    e.visit { part in
      switch part.node {
      case .variable(let id), .previous(let id, _), .previousRange(let id, _, _):
        guard variables.indices.contains(id.index) else {
          found.append("reads an unknown variable")
          return
        }
        if case .variable = part.node, self[id].type != part.type {
          found.append("reads \(self[id].name) as \(part.type), it is \(self[id].type)")
        }
      case .network(let id, let inputs, let output):
        guard networks.indices.contains(id.index) else {
          found.append("calls an unknown network")
          return
        }
        let network = self[id]
        if inputs.count != network.inputs.count || !network.outputs.indices.contains(output) {
          found.append("calls \(network.name) wrongly")
        } else if network.outputs[output].type != part.type {
          found.append("takes \(network.name) for \(part.type)")
        }
      case .arithmetic(_, let a, let b):
        if part.type.shape.count != max(a.type.shape.count, b.type.shape.count) {
          found.append("arithmetic of a wrong shape")
        }
      case .matrixProduct(let a, let b):
        if part.type.shape.count != a.type.shape.count + b.type.shape.count - 2 {
          found.append("a matrix product of a wrong shape")
        }
      case .index(let base, let indices):
        if indices.count > base.type.shape.count { found.append("too many indices") }
      case .map(_, let x), .negate(let x):
        if x.type.shape != part.type.shape { found.append("a function changes the shape") }
      case .number, .size, .function, .array: break
      }
    }
    problems += found.map { "\(variable.name): \($0)" }
  }

  private func verifyDistributions(_ variable: Variable, _ problems: inout [String]) {
    var open: [Distribution] = []
    switch variable.definition {
    case .drawn(let d): open = [d]
    case .chain(let chain):
      for step in [chain.initially, chain.then].compactMap({ $0 }) {
        if case .drawn(let d) = step { open.append(d) }
      }
    case .free, .equal: break
    }
    while let next = open.popLast() {
      switch next {
      case .family(let name, let form, let arguments, _):
        let forms = family(name).forms
        if !forms.indices.contains(form) || forms[form].count != arguments.count {
          problems.append("\(variable.name): wrong arguments of \(name.rawValue)")
        }
      case .zeroInflated(let base, _, _), .truncated(let base, _, _, _),
        .censored(let base, _, _, _, _), .mixture(_, let base, _):
        open.append(base)
      }
    }
  }

  /// Every name in a shape is a size of the header.
  private func verifySizes(_ problems: inout [String]) {
    let names = Set(sizes.filter(\.isSize).map(\.name))
    for variable in variables {
      for size in variable.type.shape where !size.symbols.isSubset(of: names) {
        problems.append("\(variable.name): unknown size in \(variable.type)")
      }
    }
  }
}
