import LVMCompute
import LVMModel

/// EM from several starts: short runs of all, longer ones of the better half, and so on.
///
/// On a large table starts are tried on a part of the rows, and only the best go on to all of them.
extension Estimator {
  /// Seedings tried on a part of the table for each start on the whole of it.
  private static let trialsPerStart = 10

  func expectationMaximisation() throws -> Estimate {
    let em = try ExpectationMaximization(plan, data: data, options: options)
    let clock = ContinuousClock()
    let began = clock.now
    let count = em.hasLatents ? restarts(20) : 1
    var search = StartSearch(estimator: self, began: began)
    var runs: [ExpectationRun]
    if em.hasLatents, let part = Subsample(data, structure, seed: options.seed) {
      let trial = try ExpectationMaximization(plan, data: part.data, options: options)
      let trials = Swift.min(20, count * Self.trialsPerStart)
      runs = try search.explore(trial, part.data, count: trials)
      runs = try search.halve(trial, runs, downTo: Swift.min(2, count))
      if trials > 1, let best = runs.first {
        let moved = try search.regroup(trial, part.data, best)
        if ExpectationRun.isBetter(moved, best) { runs[0] = moved }
      }
      runs = runs.map { ExpectationRun(parameters: $0.parameters) }
    } else {
      runs = try search.explore(em, data, count: count)
      runs = try search.halve(em, runs, downTo: 2)
    }
    var kept = try search.finish(em, runs)
    if em.hasLatents, count > 1, data.rows <= Subsample.fromRows {
      let moved = try search.regroup(em, data, kept)
      if ExpectationRun.isBetter(moved, kept) {
        kept = moved.converged ? moved : try search.finish(em, [moved])
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
    guard em.hasLatents, run.floored.isEmpty, data.rows <= Self.polishingRows else { return }
    let ascent = try GradientAscent(plan, data: data, threads: options.threads)
    var search = QuasiNewton()
    search.maximumIterations = 60
    var (climbed, outcome) = try ascent.climb(
      from: run.parameters, search: search,
      scales: StartingValues(structure: structure, data: data).extremeScales())
    guard outcome.value.isFinite, outcome.value > run.objective, isFinite(climbed),
      em.floor.apply(to: &climbed).isEmpty
    else { return }
    // The climb's own numbers come through a change of coordinates; the objective is EM's.
    let settled = try em.expect(climbed).objective
    guard settled >= run.objective else { return }
    run.parameters = climbed
    run.trace.append(settled)
    run.objective = settled
  }

  static let polishingRows = 20_000
}
