import LVMCompute
import LVMModel

/// Successive halving over starts of EM: a few iterations do not tell a slow good start from a fast bad
/// one, so that the better half goes on, then the better half of those.
struct StartSearch {
  let estimator: Estimator
  let began: ContinuousClock.Instant
  private var options: FitOptions { estimator.options }
  /// Iterations each run has had when its round ends.
  private var limit = 12

  init(estimator: Estimator, began: ContinuousClock.Instant) {
    self.estimator = estimator
    self.began = began
  }

  /// Short runs from `count` seeds.
  ///
  /// - Throws: `FitError.noStart` where none has a finite objective.
  mutating func explore(_ em: ExpectationMaximization, _ data: ModelData, count: Int) throws
    -> [ExpectationRun]
  {
    let seeding = Seeding(structure: estimator.structure, data: data)
    let starts = StartingValues(structure: estimator.structure, data: data)
    var runs: [ExpectationRun] = []
    var failures = 0
    for restart in 0..<count {
      var start = starts.values(seed: options.seed, restart: restart)
      if !em.hasLatents {
        // One step solves for these: from anywhere far away rounding would be all that it leaves.
        let placed = starts.placed()
        for id in em.choice.linear where !placed.contains(id) {
          let name = em.plan.model[id].name
          start[name] = start[name].map { Tensor(repeating: 0, $0.dims) }
        }
      }
      var seeded = try em.seedParameters(restart: restart, start: start, seeding: seeding)
      if restart == 0, let initial = options.initial { seeded.merge(initial) { $1 } }
      guard estimator.isFinite(seeded) else {
        failures += 1
        continue
      }
      var run = ExpectationRun(parameters: seeded)
      let went = try run.advance(
        em, limit: count == 1 ? options.maximumIterations : limit,
        report("start \(restart + 1) of \(count)", count * limit, from: restart * limit))
      if went { runs.append(run) } else { failures += 1 }
    }
    guard !runs.isEmpty else {
      throw FitError.noStart(
        "\(failures) of \(count) starts ended where the likelihood is not finite")
    }
    return runs
  }

  /// The best few, after ever longer runs of ever fewer.
  mutating func halve(_ em: ExpectationMaximization, _ all: [ExpectationRun], downTo few: Int)
    throws
    -> [ExpectationRun]
  {
    var runs = all
    while true {
      runs.sort(by: ExpectationRun.isBetter)
      runs = Array(runs.prefix(Swift.max(few, (runs.count + 1) / 2)))
      guard runs.count > few else { return runs }
      limit *= 3
      for i in runs.indices where !runs[i].converged && !runs[i].isExhausted {
        let went = try runs[i].advance(em, limit: limit, report("fitting", limit))
        if !went { runs[i].objective = -.infinity }
      }
    }
  }

  /// Runs each to its end, unless it cannot catch up with one before it; the best of them.
  func finish(_ em: ExpectationMaximization, _ all: [ExpectationRun]) throws -> ExpectationRun {
    var runs = all
    let limit = options.maximumIterations
    let climb = try slowClimb(em)
    for i in runs.indices where !runs[i].converged && !runs[i].isExhausted {
      let rival = runs[..<i].filter { $0.floored.isEmpty }.map(\.objective).max()
      let went = try runs[i].advance(
        em, limit: limit, rival: rival, climb: climb, report("fitting", limit))
      if !went { runs[i].objective = -.infinity }
    }
    runs.sort(by: ExpectationRun.isBetter)
    var kept = runs[0]
    guard kept.objective.isFinite else {
      throw FitError.notFinite(stage: "while the best start was run on", parameter: nil)
    }
    if !kept.converged {
      // Its parameters are a step further than its last objective.
      kept.settle()
      let value = try em.expect(kept.parameters).objective
      if value.isFinite, value > kept.objective {
        kept.objective = value
        kept.trace.append(value)
      }
    }
    return kept
  }

  /// Moves states from where they are not needed to where they are, as long as that gains.
  func regroup(_ em: ExpectationMaximization, _ data: ModelData, _ best: ExpectationRun) throws
    -> ExpectationRun
  {
    let seeding = Seeding(structure: estimator.structure, data: data)
    guard
      let regrouping = try Regrouping(
        estimator.plan, data: data, seeding: seeding, threads: options.threads)
    else { return best }
    var kept = best
    var vain = 0
    for round in 0..<Regrouping.mostRounds where vain < Regrouping.mostVain {
      var tried: [ExpectationRun] = []
      for seeds in try regrouping.moves(
        at: kept.parameters, seed: options.seed, round: round, tried: vain)
      {
        let start = try em.parameters(seeds: seeds, start: kept.parameters)
        guard estimator.isFinite(start) else { continue }
        var run = ExpectationRun(parameters: start)
        if try run.advance(em, limit: 12, report("regrouping", 12)) { tried.append(run) }
      }
      tried.sort(by: ExpectationRun.isBetter)
      tried = Array(tried.prefix(2))
      for i in tried.indices where !tried[i].converged {
        let went = try tried[i].advance(
          em, limit: options.maximumIterations, rival: kept.floored.isEmpty ? kept.objective : nil,
          report("regrouping", options.maximumIterations))
        if !went { tried[i].objective = -.infinity }
      }
      let slack = 1e-7 * (Swift.abs(kept.objective) + 1)
      guard let top = tried.min(by: ExpectationRun.isBetter), ExpectationRun.isBetter(top, kept),
        top.objective > kept.objective + slack || !kept.floored.isEmpty
      else {
        vain += 1
        continue
      }
      kept = top
      vain = 0
    }
    return kept
  }

  /// A quasi-Newton climb of the root from where EM crawls; nil where passes over the data are dear.
  private func slowClimb(_ em: ExpectationMaximization) throws -> (
    ([String: Tensor]) throws -> [String: Tensor]?
  )? {
    guard em.hasLatents, em.rows <= Estimator.polishingRows else { return nil }
    return { parameters in
      let ascent = try GradientAscent(
        estimator.plan, data: estimator.data, threads: options.threads)
      var search = QuasiNewton()
      search.maximumIterations = 100
      let before = try em.expect(parameters).objective
      var (climbed, outcome) = try ascent.climb(
        from: parameters, search: search,
        scales: StartingValues(structure: estimator.structure, data: estimator.data).extremeScales()
      )
      guard em.floor.apply(to: &climbed).isEmpty, outcome.value.isFinite, outcome.value > before,
        estimator.isFinite(climbed)
      else { return nil }
      return climbed
    }
  }

  private func report(_ stage: String, _ total: Int, from done: Int = 0) -> (Int, Double)
    -> FitDecision
  {
    { iteration, objective in
      let elapsed = estimator.seconds(ContinuousClock().now - began)
      return estimator.progress(
        FitProgress(
          stage: stage, iteration: iteration, maximumIterations: total, objective: objective,
          rate: Double(done + iteration) / Swift.max(1e-9, elapsed)))
    }
  }
}
