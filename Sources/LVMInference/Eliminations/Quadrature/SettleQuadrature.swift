import LVMCompute
import LVMModel

/// How well a number of nodes serves: the total log likelihood with them, and by how much it changes with
/// about twice as many.
public struct QuadratureAccuracy: Sendable {
  /// Nodes of a unit, of the block that has most.
  public var nodes: Int
  public var error: Double
  /// Whether the change is below the tolerance; else the most nodes were tried.
  public var isSettled: Bool
  /// The same for a likelihood, of which less is asked than of gradients.
  var isSettledForValues: Bool
  /// Whether the change is so large that what was maximised is hardly the likelihood.
  var isGross: Bool

  /// Changes beyond this are gross: a hundredth of a nat, or that share of a large total.
  static func grossFrom(_ total: Double) -> Double { 1e-2 + 1e-4 * Swift.abs(total) }

  /// Change of the total, relative to its size, below which nodes suffice for a likelihood.
  static let tolerance = 1e-9
  /// The same for gradients and posteriors, of which single entries are read.
  static let fineTolerance = 1e-11

  /// Warns where the nodes do not suffice.
  public var warning: Warning? {
    isSettled ? nil : .quadratureError(change: error, nodes: nodes)
  }
}

extension InferencePlan {
  /// The plan with as many nodes as the likelihood needs at some parameters: their number is doubled
  /// until the total changes by less than `tolerance` times its size.
  func settled(
    _ data: ModelData, _ parameters: [String: Tensor], runtime: Runtime,
    tolerance: Double = QuadratureAccuracy.tolerance
  ) throws -> (plan: InferencePlan, accuracy: QuadratureAccuracy) {
    var plan = nodes(Swift.max(QuadratureStrategy.nodes, nodesPerDimension))
    var value = try plan.total(data, parameters, runtime)
    // What other nodes came to before these.
    var before: (plan: InferencePlan, accuracy: QuadratureAccuracy)?
    while true {
      let now = plan.nodesPerDimension
      let finer = plan.nodes(plan.hasPanels ? now + PanelMesh.step : 2 * now + 1)
      let count = plan.quadrature.map(\.count).max() ?? 0
      func result(_ error: Double) -> (plan: InferencePlan, accuracy: QuadratureAccuracy) {
        let isSettled = error <= tolerance * Swift.max(1, Swift.abs(value))
        let isEnough = error <= QuadratureAccuracy.tolerance * Swift.max(1, Swift.abs(value))
        return (
          plan,
          QuadratureAccuracy(
            nodes: count, error: error, isSettled: isSettled, isSettledForValues: isEnough,
            isGross: !(error <= QuadratureAccuracy.grossFrom(value)))
        )
      }
      guard finer.nodesPerDimension > now else {
        // The last resort: the change on the way here.
        let coarser = try plan.nodes(plan.hasPanels ? now - PanelMesh.step : now / 2).total(
          data, parameters, runtime)
        let here = result(
          Swift.max(
            Swift.abs(value - coarser), try plan.oversight(of: value, data, parameters, runtime)))
        if here.accuracy.isSettled { return here }
        var best = here
        // About modes of planes fewer nodes see less, of their own error too.
        if let before, !plan.hasNodePlanes || plan.spansPriors,
          before.accuracy.error < here.accuracy.error
        {
          best = before
        }
        guard let refined = try plan.refined(data, here.accuracy) else { return best }
        let next = try refined.total(data, parameters, runtime)
        guard next.isFinite else { return best }
        before = best
        (plan, value) = (refined, next)
        continue
      }
      let next = try finer.total(data, parameters, runtime)
      let error = Swift.abs(next - value)
      if error <= tolerance * Swift.max(1, Swift.abs(next)) {
        let missed = try finer.oversight(of: next, data, parameters, runtime)
        if missed <= QuadratureAccuracy.grossFrom(next) { return result(error) }
      }
      (plan, value) = (finer, next)
    }
  }

  /// How much nodes that lie twice as far apart find in planes that a rule about one mode does not, or less.
  private func oversight(
    of value: Double, _ data: ModelData, _ parameters: [String: Tensor], _ runtime: Runtime
  ) throws -> Double {
    guard hasNodePlanes, !spansPriors else { return 0 }
    let wide = try spread().total(data, parameters, runtime)
    return wide.isFinite ? Swift.abs(wide - value) : 0
  }

  /// Panels, or planes of more nodes than are usual and then over all of the priors, where the data are few
  /// enough for them.
  private func refined(_ data: ModelData, _ accuracy: QuadratureAccuracy) throws -> InferencePlan? {
    guard hasNodePlanes else {
      guard let panels = panelled(), panels.isAffordable(data) else { return nil }
      return panels
    }
    // Gradients that lack a digit or two are not worth so many.
    guard !accuracy.isSettledForValues, !spansPriors else { return nil }
    let cells = quadrature.reduce(0) {
      Swift.max($0, data.rows * data.states(of: $1, model).reduce(1, *))
    }
    guard let most = [255, 127].first(where: { cells * $0 * $0 <= Self.planeBudget }) else {
      return nil
    }
    if quadrature.contains(where: { $0.limit < 127 }) { return widened(to: most).nodes(127) }
    return spanningPriors(most)?.nodes(127)
  }

  /// Nodes of planes that all units may have together.
  private static let planeBudget = 4_000_000

  /// Whether tables of panels' nodes are of a size that a fit can go over many times.
  private func isAffordable(_ data: ModelData) -> Bool {
    quadrature.allSatisfy { block in
      let cells = data.states(of: block, model).reduce(1, *)
      return data.rows * cells * PanelMesh.most <= 20_000_000
    }
  }

  /// log p(data | parameters) with the plan's own nodes.
  private func total(_ data: ModelData, _ parameters: [String: Tensor], _ runtime: Runtime) throws
    -> Double
  {
    let lowered = try self.lowered(masked: data.masked).fork()
    lowered.builder.setOutput("root", lowered.root)
    let executor = try PlacedExecutor(
      Program(lowered.builder.finish()), self, data: data, runtime: runtime)
    return try executor.run(parameters)["root"]?.values.first ?? .nan
  }

  /// The plan a query of some parameters goes by, with nodes enough for posteriors, and the error of its total
  /// where that was measured.
  func settledForQuery(_ data: ModelData, _ parameters: [String: Tensor], runtime: Runtime) throws
    -> (plan: InferencePlan, error: Double?)
  {
    guard !quadrature.isEmpty else { return (self, nil) }
    // Moments reach further into heavy tails than the total does.
    if quadrature.contains(where: { $0.rule == .heavyTails }) { return (nodes(.max), nil) }
    let found = try settled(
      data, parameters, runtime: runtime, tolerance: QuadratureAccuracy.fineTolerance)
    return (found.plan, found.accuracy.error)
  }
}
