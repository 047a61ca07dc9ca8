import LVMCompute
import LVMModel

/// EM from several starts: short runs of all, longer ones of the better half, and so on.
///
/// On a large table starts are tried on a part of the rows, and only the best go on to all of them.
struct ExpectationMaximisationFit: Estimator {
  static let name = MethodName.em

  let step: MStep
  let method: MethodName
  let reason: String
  let objective: ObjectiveName
  let names: [String]
  var entries: [Plan.Entry] { step.entries }

  static func offer(_ inquiry: Inquiry) throws(Refusal) -> ExpectationMaximisationFit {
    switch try inquiry.updates() {
    case .nodes: throw Refusal("latents are integrated over nodes")
    case .obstructed(let why, _): throw Refusal(why)
    case .served(let step):
      guard step.hasLatents || step.numeric.isEmpty else {
        throw Refusal("nothing is latent, and some parameters have no closed form")
      }
      let isEM = step.hasLatents && !inquiry.parameters.isEmpty
      let reason =
        inquiry.parameters.isEmpty
        ? "there is no parameter to estimate"
        : isEM
          ? "every latent is summed exactly, and expected statistics give each parameter its update"
          : "nothing is latent, and the statistics of the data give each parameter its maximum"
      return ExpectationMaximisationFit(
        step: step, method: isEM ? .em : .closedForm, reason: reason, objective: inquiry.root,
        names: inquiry.names)
    }
  }

  var steps: [EstimationStep] {
    step.hasLatents
      ? [
        EstimationStep(
          "EM", .maximise, .expectedLogJoint, over: names, by: .blocks, .passes(most: nil))
      ]
      : [EstimationStep("maximum", .maximise, objective, over: names, by: .closedForm, .once)]
  }

  /// Seedings tried on a part of the table for each start on the whole of it.
  private static let trialsPerStart = 10

  /// Difference of log likelihoods of a part of the table that tells runs apart for good.
  private static let clearly = 50.0

  /// Starts on a table that is neither small nor large.
  static let usualStarts = 20

  func run(_ task: FitTask) throws -> Estimate {
    let (plan, data, options) = (task.plan, task.data, task.options)
    let em = try ExpectationMaximization(plan, step, data: data, options: options)
    var count = em.hasLatents ? task.restarts(Self.usualStarts) : 1
    var search = StartSearch(task: task)
    var runs: [ExpectationRun]
    if em.hasLatents, let part = Subsample(data, task.structure, seed: options.seed) {
      let trial = try ExpectationMaximization(plan, step, data: part.data, options: options)
      let trials = Swift.min(20, count * Self.trialsPerStart)
      runs = try search.explore(
        trial, part.data, starts: 0..<trials, of: trials, enough: 4, isPart: true)
      runs = try search.halve(trial, runs, downTo: Swift.min(2, count))
      if trials > 1, let best = runs.first {
        let moved = try search.regroup(trial, part.data, best, isPart: true)
        if ExpectationRun.isBetter(moved, best) { runs[0] = moved }
      }
      // All rows would hardly turn round what these tell so clearly.
      let best = runs.filter(\.floored.isEmpty).map(\.objective).max() ?? -.infinity
      runs = runs.filter { !$0.floored.isEmpty || $0.objective > best - Self.clearly }
      runs = runs.map { ExpectationRun(parameters: $0.parameters) }
    } else {
      (runs, count) = try search.search(em, data, count: count)
    }
    let finished = try search.finish(em, runs)
    var kept = finished[0]
    if em.hasLatents, count > 1, data.rows <= Subsample.fromRows {
      for origin in search.origins(em, finished) {
        let moved = try search.regroup(em, data, origin)
        if ExpectationRun.isBetter(moved, kept) {
          kept = moved.converged ? moved : try search.finish(em, [moved])[0]
        }
      }
    }
    try polish(em, &kept)
    return Estimate(
      parameters: kept.parameters, objective: kept.objective, iterations: kept.trace.count,
      converged: kept.converged, restarts: count, trace: kept.trace,
      warnings: [], floored: kept.floored, open: try em.open(at: kept.parameters))
  }

  /// EM's steps shrink before the gradient does: a short quasi-Newton climb of the same root settles the
  /// last digits. Only where a pass over the data is cheap, and never past a floor.
  private func polish(_ em: ExpectationMaximization, _ run: inout ExpectationRun) throws {
    guard em.hasLatents, run.floored.isEmpty, em.data.rows <= StartBudget.cheapRows else { return }
    let next = try em.maximise(try em.expect(run.parameters).statistics, at: run.parameters)
    guard
      let climbed = try HybridMaximisation(em)?.better(
        than: run.parameters, toward: next, objective: run.objective, steps: HybridMaximisation.long
      )
    else { return }
    // The climb's own numbers come through a change of coordinates; the objective is EM's.
    let settled = try em.expect(climbed).objective
    guard settled >= run.objective else { return }
    run.parameters = climbed
    run.trace.append(settled)
    run.objective = settled
  }
}
