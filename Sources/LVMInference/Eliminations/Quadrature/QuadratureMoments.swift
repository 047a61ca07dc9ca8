import LVMCompute
import LVMModel

/// A block of latents that was integrated over nodes: posteriors are weighted over nodes and labels by the
/// gradient of the log likelihood at the log integrand.
struct IntegratedNodes: Eliminated {
  var block: QuadratureBlock
  /// Each member's own values at the nodes.
  var values: [VariableID: Lowered]
  /// The log of the integrand at each node, with its weights.
  var integrand: Lowered

  func moved(_ map: NodeMap) -> IntegratedNodes {
    IntegratedNodes(block: block, values: values.mapValues { map($0) }, integrand: map(integrand))
  }

  func moments(in fork: Fork) -> [VariableID: LoweredMoments] {
    values.mapValues { value in
      fork.mixed(value, value.map { $0 * 0.0 }, over: integrand)
    }
  }
}
