import LVMCompute
import LVMModel

/// Latents that are integrated by quadrature together: one axis of nodes for one or two real numbers.
struct QuadratureBlock: Elimination {
  var members: [VariableID]
  /// Model plate and compute plate of all members.
  var plateName: String
  var plate: PlateID
  /// Real numbers in all.
  var dimension: Int
  /// Nodes along each dimension.
  var nodes: Int
  /// Labels that have nodes of their own; the others share them.
  var labels: [Axis]
  var rule: QuadratureRule.Kind
  /// The most nodes along a dimension that are tried.
  var limit: Int
  /// A member of the block of an outer plate that this block's factors also read; the nodes here move
  /// with those there.
  var outer: VariableID? = nil
  /// By how much farther apart nodes lie than the curvature at the mode says.
  var spread = 1.0
  /// Whether nodes lie over all that the prior allows, not about the mode of what the data say.
  var spansPrior = false

  var latents: [VariableID] { members }
  var cells: Double { Double(count) }

  /// The axis that its nodes make.
  var axis: Axis { Axis(members[0]) }
  /// Where panels' nodes lie, and the logarithms of their weights, beside the labels of each unit.
  func pointColumn(_ model: ModelGraph) -> String { "$point.\(model[members[0]].name)" }
  func weightColumn(_ model: ModelGraph) -> String { "$nodeweight.\(model[members[0]].name)" }
  /// The labels that have nodes of their own with the axis of nodes among them.
  var nodeAxes: [Axis] { (labels + [axis]).sorted() }
  /// Nodes of a unit.
  var count: Int { count(along: nodes) }
  func count(along nodes: Int) -> Int { dimension == 2 ? nodes * nodes : nodes }

  func centreColumn(_ model: ModelGraph) -> String { "$centre.\(model[members[0]].name)" }
  func scaleColumn(_ model: ModelGraph) -> String { "$scale.\(model[members[0]].name)" }
  /// How far a unit's mode moves for each unit that the outer block's latent moves.
  func slopeColumn(_ model: ModelGraph) -> String { "$slope.\(model[members[0]].name)" }
}

extension QuadratureBlock {
  func words(_ model: ModelGraph, _ nesting: PlateNesting) -> String {
    "integrate by quadrature \(members.map { model[$0].name }.joined(separator: ", "))"
      + " per \(nesting.name(plate, model)), \(count) nodes"
  }

  func lower(_ factors: inout WorkingFactors, _ context: LoweringContext) throws
    -> (any Eliminated)?
  {
    guard let integrand = context.integrateQuadrature(self, in: &factors) else { return nil }
    let values = members.compactMap { id in context.replacements[id].map { (id, $0) } }
    return IntegratedNodes(
      block: self, values: Dictionary(uniqueKeysWithValues: values), integrand: integrand)
  }
}

extension FactorProgram {
  /// Blocks that are integrated over nodes, in the order in which they are placed.
  ///
  /// Changing a block changes the step that places its nodes and the one that sums over them.
  var quadrature: [QuadratureBlock] {
    get { substitutions(NodeSubstitution.self).map(\.block) }
    set {
      let blocks = Dictionary(uniqueKeysWithValues: newValue.map { ($0.axis, $0) })
      steps = steps.map { step in
        switch step {
        case .substitute(var substitution):
          guard let rule = substitution.rule as? NodeSubstitution,
            let block = blocks[rule.block.axis]
          else { return step }
          substitution.rule = NodeSubstitution(block: block)
          return .substitute(substitution)
        case .eliminate(let elimination):
          guard let own = elimination as? QuadratureBlock, let block = blocks[own.axis] else {
            return step
          }
          return .eliminate(block)
        case .compressRows, .multiply: return step
        }
      }
    }
  }
}

extension InferencePlan {
  /// Blocks that are integrated numerically.
  var quadrature: [QuadratureBlock] {
    get { program.quadrature }
    set { program.quadrature = newValue }
  }

  /// The same plan with another number of nodes along each dimension, as far as a block allows.
  func nodes(_ n: Int) -> InferencePlan {
    var copy = self
    for i in copy.quadrature.indices {
      let block = copy.quadrature[i]
      let most = Swift.min(n, block.limit)
      copy.quadrature[i].nodes = block.rule == .panels ? PanelMesh.nodes(near: most) : most
    }
    return copy
  }

  /// The plan with panels in place of rules that have not settled; nil where none can be.
  func panelled() -> InferencePlan? {
    var copy = self
    var changed = false
    for (i, block) in quadrature.enumerated() {
      guard block.dimension == 1, block.rule != .panels, block.outer == nil,
        !quadrature.contains(where: { $0.outer != nil })
      else { continue }
      copy.quadrature[i].rule = .panels
      copy.quadrature[i].limit = PanelMesh.most
      changed = true
    }
    return changed ? copy.nodes(1) : nil
  }

  /// The plan with as many nodes as are asked for where they make a plane.
  func widened(to most: Int) -> InferencePlan {
    var copy = self
    for (i, block) in quadrature.enumerated() where isPlane(block) {
      copy.quadrature[i].limit = Swift.max(block.limit, most)
    }
    return copy
  }

  /// The plan with nodes over all that the priors allow, as many as are asked for: no mode of a plane is then
  /// overlooked. Nil where not all nodes are of planes.
  func spanningPriors(_ most: Int) -> InferencePlan? {
    guard !quadrature.isEmpty, quadrature.allSatisfy(isPlane) else { return nil }
    var copy = self
    for i in copy.quadrature.indices {
      copy.quadrature[i].spansPrior = true
      copy.quadrature[i].spread = 1
      copy.quadrature[i].limit = most
      if copy.quadrature[i].rule == .gaussHermite { copy.quadrature[i].rule = .normalSpan }
    }
    return copy
  }

  /// Whether a block has two dimensions, or lies inside another or round one.
  private func isPlane(_ block: QuadratureBlock) -> Bool {
    block.dimension == 2 || block.outer != nil
      || quadrature.contains { $0.outer == block.members.first }
  }

  var spansPriors: Bool { quadrature.contains(where: \.spansPrior) }

  /// The plan with nodes twice as far apart: what one mode's nodes do not reach, these may.
  func spread() -> InferencePlan {
    var copy = self
    for i in copy.quadrature.indices { copy.quadrature[i].spread = 2 }
    return copy
  }

  /// Whether some block has panels.
  var hasPanels: Bool { quadrature.contains { $0.rule == .panels } }

  /// Whether nodes make a plane: two dimensions in one block, or one inside the other.
  var hasNodePlanes: Bool { quadrature.contains { $0.dimension == 2 || $0.outer != nil } }

  /// Nodes along a dimension, of the block that has most.
  var nodesPerDimension: Int { quadrature.map(\.nodes).max() ?? 0 }
}

extension Fork {
  /// A block of latents at nodes; nil where no factor reads it.
  func nodes(of block: QuadratureBlock) -> IntegratedNodes? {
    eliminated.lazy.compactMap { $0 as? IntegratedNodes }.first { $0.block.axis == block.axis }
  }
}
