import LVMModel
import LVMSyntax

/// Few latents at nodes, so that the others of their block have a closed form given each node.
struct NodeSplit {
  var block: QuadratureBlock
  /// Linear-Gaussian given the nodes, parents first.
  var gaussian: [VariableID] = []
  /// Conjugate given the nodes.
  var conjugate: [VariableID] = []
}

extension LatentInquiry {
  /// The most latents of a block among which those for nodes are sought.
  private static let splitLimit = 24

  /// The fewest dimensions of nodes that leave the rest of a block linear-Gaussian or conjugate; nil where
  /// none do. Nodes lie on the outermost plate of the block: what is integrated given them lies there or
  /// further in, where units are independent given their node.
  func nodeSplit(_ component: [Variable]) -> NodeSplit? {
    guard (2...Self.splitLimit).contains(component.count), !facts.prefersQuadrature,
      let outermost = component.map({ nesting.compute($0.plate) }).max()
    else { return nil }
    let outer = component.filter { nesting.compute($0.plate) == outermost }
    let pairs = outer.indices.flatMap { i in
      outer.indices.dropFirst(i + 1).map { [outer[i], outer[$0]] }
    }
    for known in outer.map({ [$0] }) + pairs where known.count < component.count {
      if let split = split(component, at: known) { return split }
    }
    return nil
  }

  private func split(_ component: [Variable], at known: [Variable])
    -> NodeSplit?
  {
    let rest = component.filter { v in !known.contains { $0.id == v.id } }
    let integrated = Set(rest.map(\.id))
    guard known.allSatisfy({ structure.reads($0).isDisjoint(with: integrated) }),
      rest.allSatisfy({ labelInside($0) == nil }),
      let block = try? QuadratureStrategy.block(known, structure, beside: rest)
    else { return nil }
    var result = NodeSplit(block: block)
    for part in structure.components(rest) {
      if (try? GaussianStrategy.consider(part, structure, facts, given: known)) != nil {
        result.gaussian += structure.parentsFirst(part).map(\.id)
      } else if part.count == 1,
        (try? ConjugateStrategy.consider(part[0], structure, facts, given: known)) != nil
      {
        result.conjugate.append(part[0].id)
      } else {
        return nil
      }
    }
    return result
  }
}
