import LVMModel

/// How an M-step updates each parameter from expected statistics.
struct MStep: Sendable {
  /// Whether statistics are expected, under the posterior of latents; else they are the data's own.
  var hasLatents = false
  /// Indices of the factors EM keeps statistics of.
  var statistics: [Int] = []
  /// Those among them whose mean is linear in parameters with features.
  var regressions: Set<Int> = []
  /// Parameters of their means, one after the other.
  var layout = ParameterLayout([])
  /// Parameters of their means that are solved for together.
  var linear: [VariableID] = []
  var closed: [(VariableID, [BareUse])] = []
  var numeric: [VariableID] = []
  /// What `explain` says of each parameter.
  var entries: [PlanEntry] = []

  /// Parameters in the order of their updates.
  var parameters: [VariableID] { linear + closed.map(\.0) + numeric }
}

/// Whether statistics serve to estimate the parameters of a lowered model.
enum ParameterUpdates: Sendable {
  case served(MStep)
  /// Why some parameters have no statistics: of the first of them, and of each.
  case obstructed(String, [VariableID: String])
  /// Latents are integrated over nodes.
  case nodes
}

/// Where a parameter stands in a factor: as a whole argument, perhaps indexed by finite latents.
struct BareUse: Sendable {
  var factor: Int
  var argument: Int
  var indices: [Axis]
}
