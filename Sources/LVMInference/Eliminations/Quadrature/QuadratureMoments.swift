import LVMCompute
import LVMModel

/// Posterior moments of latents integrated by quadrature: weighted over nodes and labels by the root's
/// gradient at the log integrand.
struct QuadratureMoments {
  let lowered: Fork

  init(_ lowered: Fork) { self.lowered = lowered }

  func all() -> [VariableID: LoweredMoments] {
    var result: [VariableID: LoweredMoments] = [:]
    for (i, placed) in lowered.blocks.enumerated() {
      guard let integrand = lowered.integrands[i] else { continue }
      for id in placed.block.members {
        guard let value = placed.values[id] else { continue }
        let zero = value.map { $0 * 0.0 }
        result[id] = lowered.mixed(value, zero, over: integrand)
      }
    }
    return result
  }
}
