/// Where a block's latents are put while a model is lowered.
enum NodePosition {
  /// At every node of the rule: the axis of the block has as many places as there are nodes.
  case rule
  /// At the centre alone: the axis has one place, and the weights are left out. Modes are found so.
  case centre
  /// Blocks inside others at their nodes, those others at their centres: the inner integral as a function
  /// of the outer latent.
  case outerCentre

  /// Whether modes and widths are sought.
  var takesCurvatures: Bool {
    switch self {
    case .rule: false
    case .centre, .outerCentre: true
    }
  }
}
