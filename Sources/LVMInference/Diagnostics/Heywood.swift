import LVMCompute
import LVMModel

/// Heywood cases: a latent explains all of a column, and its noise has gone to zero.
///
/// The likelihood has a finite supremum there, approached as the scale vanishes; the fit ends at the
/// boundary and says which column it is.
enum Heywood {
  /// Noise scale, relative to the column's standard deviation, below which it counts as none.
  static let share = 1e-3

  static func warnings(
    _ structure: ModelStructure, _ data: ModelData, _ parameters: [String: Tensor]
  ) -> [(scale: String, warning: Warning)] {
    // Beyond this a pass over rows that are not compressed is too much for a remark.
    guard data.isWeighted || data.rows <= 100_000 else { return [] }
    let model = structure.model
    let latents = Set(structure.continuous.map(\.id))
    var result: [(scale: String, warning: Warning)] = []
    for x in structure.observed {
      guard !structure.reads(x).isDisjoint(with: latents),
        case .drawn(.family(.normal, _, _, _)) = x.definition,
        let s = structure.bareSpread(x), let scale = parameters[model[s].name]
      else { continue }
      let deviations = Deviations([x], data)
      let d = deviations.width
      guard d > 0, scale.count == d else { continue }
      var held: [Int] = []
      for j in 0..<d {
        let sd = (deviations.squares(of: j) / deviations.total).squareRoot()
        if scale.values[j] < share * sd { held.append(j + 1) }
      }
      guard !held.isEmpty else { continue }
      let entries = x.type.isScalar ? [x.name] : held.map { "\(x.name)[\($0)]" }
      result.append((model[s].name, .heywood(entries: entries, scale: model[s].name)))
    }
    return result
  }
}
