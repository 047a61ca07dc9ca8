import LVMCompute
import LVMModel

/// Runs a plan's strategy: several starts, short runs, the best one to the end.
public struct Estimator {
  public let plan: Plan
  public let data: ModelData
  public let options: FitOptions
  /// Told now and then; returning `.stop` ends the fit with what it has.
  public let progress: @Sendable (FitProgress) -> FitDecision

  public init(
    plan: Plan, data: ModelData, options: FitOptions,
    progress: @escaping @Sendable (FitProgress) -> FitDecision = { _ in .continue }
  ) {
    self.plan = plan
    self.data = data
    self.options = options
    self.progress = progress
  }

  /// Estimates the parameters.
  ///
  /// - Throws: `FitError` where no start is finite, the objective decreases or the caller stops it.
  public func estimate() throws -> Estimate {
    var estimate = try run()
    guard !structure.finite.isEmpty else { return estimate }
    let likelihood = try RootGradient(plan, data: data, threads: options.threads)
    estimate.parameters = try Relabelling(structure: structure).canonical(estimate.parameters) {
      try likelihood.value($0)
    }
    return estimate
  }

  private func run() throws -> Estimate {
    switch plan.strategy {
    case .em, .closedForm: return try expectationMaximisation()
    case .gradient: return try ascent(plan)
    case .quadrature: return try quadrature()
    case .vi, .wakeSleep, .map, .flow, .adversarial, .contrastive, .mixed:
      throw FitError.noStart("the strategy \(plan.strategy.rawValue) has no engine")
    }
  }

  private var structure: ModelStructure {
    ModelStructure(model: plan.model, nesting: plan.nesting)
  }

  /// Starts worth trying: more where they are cheap.
  private func restarts(_ wanted: Int) -> Int {
    if let chosen = options.restarts { return Swift.max(1, chosen) }
    return data.rows > 50_000 ? Swift.min(wanted, 4) : wanted
  }

  private func isFinite(_ parameters: [String: Tensor]) -> Bool {
    parameters.values.allSatisfy { $0.values.allSatisfy(\.isFinite) }
  }

  // MARK: EM

  private struct Run {
    var parameters: [String: Tensor]
    var objective: Double
    var trace: [Double]
    var converged: Bool
    /// Parameters that the floor under spreads holds up.
    var floored: Set<String> = []
    /// Whether going on is pointless although it has not converged.
    var isExhausted = false
  }

  private func expectationMaximisation() throws -> Estimate {
    let em = try ExpectationMaximization(plan, data: data, options: options)
    let seeding = Seeding(structure: structure, data: data)
    let starts = StartingValues(structure: structure, data: data)
    let hasLatents = !structure.latents.isEmpty
    let count = hasLatents ? restarts(20) : 1
    let clock = ContinuousClock()
    let began = clock.now
    var runs: [Run] = []
    var failures = 0
    for restart in 0..<count {
      let start = starts.values(seed: options.seed, restart: restart)
      let seeded = try em.seedParameters(restart: restart, start: start, seeding: seeding)
      guard isFinite(seeded) else {
        failures += 1
        continue
      }
      var run = Run(parameters: seeded, objective: -.infinity, trace: [], converged: false)
      let limit = count == 1 ? options.maximumIterations : 12
      let went = try iterate(em, &run, limit: limit) { i, f in
        self.progress(
          FitProgress(
            stage: "start \(restart + 1) of \(count)", iteration: i,
            maximumIterations: count * limit, objective: f,
            rate: Double(restart * limit + i) / Swift.max(1e-9, seconds(clock.now - began))))
      }
      if went { runs.append(run) } else { failures += 1 }
    }
    guard !runs.isEmpty else {
      throw FitError.noStart(
        "\(failures) of \(count) starts ended where the likelihood is not finite")
    }
    // The better half of the starts goes on, then the better half of those, until two are left to finish:
    // a few iterations do not tell a slow good start from a fast bad one.
    var limit = 12
    while runs.count > 1 {
      runs.sort(by: Self.isBetter)
      runs = Array(runs.prefix(Swift.max(1, (runs.count + 1) / 2)))
      if runs.count <= 2 { limit = options.maximumIterations } else { limit *= 3 }
      for i in runs.indices where !runs[i].converged && !runs[i].isExhausted {
        // In the last round a run that cannot catch up with one before it is left where it is.
        let ahead = runs[..<i].filter { $0.floored.isEmpty }.map(\.objective).max()
        let rival = runs.count <= 2 ? ahead : nil
        let went = try iterate(em, &runs[i], limit: limit, rival: rival) { iteration, f in
          self.progress(
            FitProgress(
              stage: "fitting", iteration: iteration, maximumIterations: limit, objective: f,
              rate: Double(iteration) / Swift.max(1e-9, seconds(clock.now - began))))
        }
        if !went { runs[i].objective = -.infinity }
      }
    }
    runs.sort(by: Self.isBetter)
    var kept = runs[0]
    if !kept.converged, !kept.isExhausted, kept.trace.count < options.maximumIterations {
      let went = try iterate(em, &kept, limit: options.maximumIterations) { i, f in
        self.progress(
          FitProgress(
            stage: "fitting", iteration: i, maximumIterations: options.maximumIterations,
            objective: f, rate: Double(i) / Swift.max(1e-9, seconds(clock.now - began))))
      }
      guard went else {
        throw FitError.notFinite(stage: "while the best start was run on", parameter: nil)
      }
    }
    try polish(em, &kept)
    return Estimate(
      parameters: kept.parameters, objective: kept.objective, iterations: kept.trace.count,
      converged: kept.converged, restarts: count, trace: kept.trace,
      warnings: kept.floored.sorted().map { name in
        "unbounded-likelihood: the likelihood grows without bound as `\(name)` shrinks (a component collapses, "
          + "or columns are constant or collinear); it was held at \(VarianceFloor.share) of the data's own spread"
      })
  }

  /// EM's steps shrink before the gradient does: a short quasi-Newton climb of the same root settles the
  /// last digits. Only where a pass over the data is cheap, and never past a floor.
  private func polish(_ em: ExpectationMaximization, _ run: inout Run) throws {
    guard !structure.latents.isEmpty, run.floored.isEmpty, data.rows <= Self.polishingRows else {
      return
    }
    let ascent = try GradientAscent(plan, data: data, threads: options.threads)
    var search = QuasiNewton()
    search.maximumIterations = 60
    var trace: [Double] = []
    var (climbed, outcome) = try ascent.climb(from: run.parameters, search: search) { _, f in
      trace.append(f)
      return true
    }
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

  private static let polishingRows = 20_000

  /// A collapsed component has a likelihood as high as its floor is low: it wins only among its like.
  private static func isBetter(_ a: Run, _ b: Run) -> Bool {
    if a.floored.isEmpty != b.floored.isEmpty { return a.floored.isEmpty }
    return a.objective > b.objective
  }

  private func seconds(_ d: Duration) -> Double {
    Double(d.components.seconds) + Double(d.components.attoseconds) * 1e-18
  }

  /// Whether a run's geometric extrapolation stays well below a rival: EM gains shrink by a nearly
  /// constant ratio, so what is left to gain is about the last gain times ratio / (1 − ratio).
  private func isHopeless(_ trace: [Double], _ gained: Double, _ rival: Double) -> Bool {
    guard trace.count >= 15, let last = trace.last, last < rival else { return false }
    let previous = trace[trace.count - 2] - trace[trace.count - 3]
    guard previous > 0 else { return false }
    let ratio = Swift.min(gained / previous, 0.98)
    return last + 10 * gained * ratio / (1 - ratio) < rival
  }

  /// EM iterations from `run`, extending it; false if it leaves the finite numbers.
  private func iterate(
    _ em: ExpectationMaximization, _ run: inout Run, limit: Int, rival: Double? = nil,
    _ report: (Int, Double) -> FitDecision
  ) throws -> Bool {
    let slack = 1e-10
    var before: [String: Tensor]?
    let hasLatents = !structure.latents.isEmpty
    while run.trace.count < limit, !run.isExhausted {
      let (objective, statistics) = try em.expect(run.parameters)
      guard objective.isFinite else { return false }
      if let last = run.trace.last {
        let size = Swift.abs(last) + Double(data.rows)
        if objective < last - slack * size {
          // At the floor spreads are so small that rounding alone moves the sums by more: the run ends
          // where it was, not converged.
          if !run.floored.isEmpty, objective >= last - 1e-6 * size {
            run.parameters = before ?? run.parameters
            run.isExhausted = true
            return true
          }
          throw FitError.decreased(iteration: run.trace.count, from: last, to: objective)
        }
        let done = objective - last <= 1e-10 * (Swift.abs(objective) + 1)
        let gained = objective - last
        run.trace.append(objective)
        run.objective = objective
        if let rival, isHopeless(run.trace, gained, rival) {
          run.isExhausted = true
          return true
        }
        if done {
          run.converged = true
          return true
        }
      } else {
        run.trace.append(objective)
        run.objective = objective
      }
      if report(run.trace.count, objective) == .stop { throw FitError.stopped }
      try Task.checkCancellation()
      // Without latents and with closed forms alone, one pass over the data is the answer.
      var next = try em.maximise(statistics, at: run.parameters)
      run.floored = em.floor.apply(to: &next)
      before = run.parameters
      guard isFinite(next) else { return false }
      if !hasLatents, next == run.parameters {
        run.converged = true
        return true
      }
      // Slow progress: a quasi-Newton climb of the same root from here.
      if hasLatents, run.floored.isEmpty, data.rows <= Self.polishingRows, run.trace.count >= 60,
        run.trace.count % 60 == 0
      {
        let ascent = try GradientAscent(plan, data: data, threads: options.threads)
        var search = QuasiNewton()
        search.maximumIterations = 100
        var (climbed, outcome) = try ascent.climb(from: run.parameters, search: search)
        if em.floor.apply(to: &climbed).isEmpty, outcome.value.isFinite, outcome.value > objective,
          isFinite(climbed)
        {
          run.parameters = climbed
          continue
        }
      }
      run.parameters = next
    }
    return true
  }

  // MARK: Quadrature

  /// All starts with few nodes, then the best of them with as many as the likelihood needs where it ends.
  private func quadrature() throws -> Estimate {
    let isPlane = plan.quadrature.contains { $0.dimension == 2 }
    var estimate = try ascent(plan.nodes(isPlane ? 7 : 11))
    var (settled, accuracy) = try plan.settled(
      data, estimate.parameters, threads: options.threads)
    var iterations = estimate.iterations
    for _ in 0..<4 {
      let climb = try GradientAscent(settled, data: data, threads: options.threads)
      var search = QuasiNewton()
      search.maximumIterations = options.maximumIterations
      // Values with other nodes are other numbers: the trace is of the last number of nodes alone.
      var trace: [Double] = []
      let (parameters, outcome) = try climb.climb(from: estimate.parameters, search: search) {
        trace.append($1)
        if progress(
          FitProgress(
            stage: "\(accuracy.nodes) nodes", iteration: $0,
            maximumIterations: search.maximumIterations, objective: $1, rate: 0)) == .stop
        {
          throw FitError.stopped
        }
        try Task.checkCancellation()
        return true
      }
      guard outcome.value.isFinite else {
        throw FitError.notFinite(stage: "with \(accuracy.nodes) nodes", parameter: nil)
      }
      iterations += outcome.iterations
      estimate.parameters = parameters
      estimate.objective = outcome.value
      estimate.converged = outcome.converged
      estimate.trace = trace.isEmpty ? [outcome.value] : trace
      let again = try settled.settled(data, parameters, threads: options.threads)
      let isEnough = again.plan.nodesPerDimension <= settled.nodesPerDimension
      (settled, accuracy) = again
      if isEnough { break }
    }
    estimate.iterations = iterations
    estimate.accuracy = accuracy
    estimate.nodesPerDimension = settled.nodesPerDimension
    if let warning = accuracy.warning { estimate.warnings.append(warning) }
    return estimate
  }

  // MARK: Gradient

  private func ascent(_ plan: Plan) throws -> Estimate {
    let ascent = try GradientAscent(plan, data: data, threads: options.threads)
    let starts = StartingValues(structure: structure, data: data)
    let hasLatents = !structure.latents.isEmpty
    let count = restarts(
      !structure.finite.isEmpty ? 16 : plan.quadrature.isEmpty ? (hasLatents ? 16 : 1) : 4)
    let clock = ContinuousClock()
    let began = clock.now
    typealias Found = (parameters: [String: Tensor], outcome: QuasiNewton.Outcome)
    var used = 0
    func climb(_ start: [String: Tensor], _ limit: Int, _ stage: String, _ trace: inout [Double])
      throws -> Found
    {
      var search = QuasiNewton()
      search.maximumIterations = limit
      var values: [Double] = []
      let found = try ascent.climb(from: start, search: search) { i, f in
        values.append(f)
        let p = FitProgress(
          stage: stage, iteration: i, maximumIterations: limit, objective: f,
          rate: Double(used + i) / Swift.max(1e-9, seconds(clock.now - began)))
        if progress(p) == .stop { throw FitError.stopped }
        try Task.checkCancellation()
        return true
      }
      used += found.outcome.iterations
      trace += values
      return found
    }
    var runs: [(found: Found, trace: [Double])] = []
    for restart in 0..<count {
      let start = starts.values(seed: options.seed, restart: restart)
      var trace: [Double] = []
      let found = try climb(
        start, count == 1 ? options.maximumIterations : 20, "start \(restart + 1) of \(count)",
        &trace)
      if found.outcome.value.isFinite { runs.append((found, trace)) }
    }
    guard !runs.isEmpty else {
      throw FitError.noStart("the likelihood is not finite at any of \(count) starting points")
    }
    var limit = 20
    while runs.count > 1 {
      runs.sort { $0.found.outcome.value > $1.found.outcome.value }
      runs = Array(runs.prefix(Swift.max(1, (runs.count + 1) / 2)))
      if runs.count <= 2 { limit = options.maximumIterations } else { limit *= 3 }
      for i in runs.indices where !runs[i].found.outcome.converged {
        runs[i].found = try climb(
          runs[i].found.parameters, limit, "fitting", &runs[i].trace)
      }
    }
    var final = runs[0].found
    var trace = runs[0].trace
    if !final.outcome.converged {
      final = try climb(final.parameters, options.maximumIterations, "fitting", &trace)
    }
    if trace.isEmpty { trace = [final.outcome.value] }
    return Estimate(
      parameters: final.parameters, objective: final.outcome.value,
      iterations: trace.count,
      converged: final.outcome.converged, restarts: count, trace: trace, warnings: [])
  }
}
