import LVMCompute
import LVMModel

/// EM on one table, as a search over starts runs it.
final class EMStarts: RestartableEstimator {
  /// Which rows a search is about.
  enum Scope { case whole, part, wholeAfterPart }

  let task: FitTask
  let policy: StartPolicy
  private let em: ExpectationMaximization
  private let isPart: Bool
  private let climb: HybridMaximisation?
  private lazy var seeding = KMeansPlusPlus(structure: task.structure, data: em.data)
  private lazy var starts = StartingValues(structure: task.structure, data: em.data)
  private var options: FitOptions { task.options }

  init(_ em: ExpectationMaximization, _ task: FitTask, _ scope: Scope) {
    self.em = em
    self.task = task
    isPart = scope == .part
    climb = HybridMaximisation(em)
    policy = Self.policy(em, task, scope)
  }

  // MARK: Policy

  /// Starts on a table that is neither small nor large.
  private static let usual = 20
  /// Passes over the data that a start takes, those of the rounds after the first among them.
  private static let passesPerStart = 25
  /// Starts that must agree where there might be more.
  private static let first = 40
  /// Starts that are told from one another, and runs of them that go on to the end, where rows are few.
  private static let leading = 13
  private static let few = 4
  /// Iterations of each run of the first round.
  private static let short = 12
  /// Seedings tried on a part of the table for each start on the whole of it, and the most.
  private static let trialsPerStart = 10
  private static let mostTrials = 20
  /// Runs at the best place of a part that end the search there.
  private static let enough = 4
  /// Difference of log likelihoods of a part of the table that tells runs apart for good.
  private static let clearly = 50.0
  /// Ends from which states are moved, where that is cheap.
  private static let mostOrigins = 2

  private static func policy(
    _ em: ExpectationMaximization, _ task: FitTask, _ scope: Scope
  ) -> StartPolicy {
    let count = em.hasLatents ? task.restarts(usual) : 1
    let affordable = StartBudget(work: em.work).starts(passes: passesPerStart)
    var policy = StartPolicy(
      count: count, most: count, short: short, place: .init(same: 1e-7, looksAtFloors: true))
    policy.halving = .init(fewest: 2, enough: 2, tellsApart: true)
    guard em.hasLatents else { return policy }
    switch scope {
    case .wholeAfterPart: break
    case .part:
      policy.count = Swift.min(mostTrials, count * trialsPerStart)
      policy.most = policy.count
      policy.enough = enough
      let few = Swift.min(2, count)
      policy.halving.fewest = few
      policy.halving.enough = few
      policy.clearly = clearly
      policy.moves = moves(isCheap: affordable > usual, isPart: true)
    case .whole:
      if count > 1, em.rows <= StartBudget.cheapRows {
        policy.moves = moves(isCheap: affordable > usual, isPart: false)
      }
      guard affordable > count, task.options.restarts == nil, task.options.initial == nil else {
        break
      }
      // What draws most starts may hide what is better: two of a kind among few say little.
      policy.count = Swift.min(first, affordable)
      policy.most = affordable
      policy.leadsFrom = 0
      policy.halvesLeaders = false
      policy.leading = [
        .init(
          fewest: 2 * leading, whileMoreThan: 2 * leading, stretch: .times(2, .none)),
        .init(fewest: leading, tellsApart: true, stretch: .atLeast(3 * short, .brief)),
        .init(
          fewest: .max, fewestLater: few, tellsApart: true, stretch: .atLeast(9 * short, .long)),
      ]
      policy.halving = .init(fewest: few, enough: few, tellsApart: true, climbing: .long)
    }
    return policy
  }

  private static func moves(isCheap: Bool, isPart: Bool) -> StartPolicy.Moves {
    let rounds =
      isCheap
      ? isPart ? SplitMerge.mostRounds.many : SplitMerge.mostPieces.rounds
      : SplitMerge.mostRounds.few
    let vain =
      isCheap
      ? isPart ? SplitMerge.mostVain.many : SplitMerge.mostPieces.vain : SplitMerge.mostVain.few
    return StartPolicy.Moves(
      rounds: rounds, mostVain: vain, pieces: isCheap && !isPart, climbing: isCheap ? .long : .none,
      isAfterwards: !isPart, origins: isCheap ? mostOrigins : 1)
  }

  // MARK: Runs

  func begin(_ restart: Int, of count: Int, beside runs: [ExpectationRun]) throws
    -> ExpectationRun?
  {
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
    guard seeded.isFinite else { return nil }
    var run = ExpectationRun(parameters: seeded)
    let limit = policy.short
    let went = try run.advance(
      em, limit: count == 1 ? options.maximumIterations : limit,
      rival: isPart ? ExpectationRun.best(runs) : nil, judgedFrom: judgedFrom,
      report("start \(restart + 1) of \(count)", count * limit, from: restart * limit))
    return went ? run : nil
  }

  func begin(_ weights: [String: DataColumn], at kept: ExpectationRun, rival: Double?) throws
    -> ExpectationRun?
  {
    let start = try em.parameters(seeds: weights, start: kept.parameters)
    guard start.isFinite else { return nil }
    var run = ExpectationRun(parameters: start)
    let went = try run.advance(
      em, limit: Self.short, rival: rival, judgedFrom: judgedFrom,
      report("regrouping", Self.short))
    return went ? run : nil
  }

  func advance(_ run: inout ExpectationRun, _ leg: Leg, rival: Double?, stage: String) throws
    -> Bool
  {
    let limit: Int
    let climbing: Climbing
    switch leg {
    case .until(let iterations, let means): (limit, climbing) = (iterations, means)
    case .more(let iterations): (limit, climbing) = (run.trace.count + iterations, .none)
    case .end(let means): (limit, climbing) = (options.maximumIterations, means)
    }
    let went = try run.advance(
      em, limit: limit, rival: rival, climb: climbing == .none ? nil : climb,
      climbing: climbing == .brief ? HybridMaximisation.brief : HybridMaximisation.long,
      report(stage, limit))
    if !went { run.objective = -.infinity }
    return true
  }

  func carry(_ run: ExpectationRun) throws -> ExpectationRun {
    ExpectationRun(parameters: run.parameters)
  }

  /// Its parameters are a step further than its last objective.
  func settle(_ run: inout ExpectationRun) throws {
    run.settle()
    let value = try em.expect(run.parameters).objective
    if value.isFinite, value > run.objective {
      run.objective = value
      run.trace.append(value)
    }
  }

  /// EM's steps shrink before the gradient does: quasi-Newton steps on the same log likelihood
  /// settle the last digits. Only where a pass over the data is cheap, and never past a floor.
  func conclude(_ kept: ExpectationRun, left: [ExpectationRun], of count: Int) throws
    -> ExpectationRun
  {
    guard em.hasLatents, kept.floored.isEmpty, em.rows <= StartBudget.cheapRows else {
      return kept
    }
    var run = kept
    let next = try em.maximise(try em.expect(run.parameters).statistics, at: run.parameters)
    guard
      let climbed = try climb?.better(
        than: run.parameters, toward: next, objective: run.objective, steps: HybridMaximisation.long
      )
    else { return run }
    // The numbers of these steps come through a change of coordinates; the objective is EM's.
    let settled = try em.expect(climbed).objective
    guard settled >= run.objective else { return run }
    run.parameters = climbed
    run.trace.append(settled)
    run.objective = settled
    return run
  }

  func splitMerge() throws -> SplitMerge? {
    try SplitMerge(task.plan, data: em.data, seeding: seeding, runtime: options.runtime)
  }

  func noStart(_ failures: Int, of count: Int) -> String {
    "\(failures) of \(count) starts ended where the likelihood is not finite"
  }

  /// Points after which a run is judged by where it seems to go: a few where the data are a part of a large
  /// table, whose states mostly lie apart, so that a bad place shows at once.
  private var judgedFrom: Int { isPart ? 4 : ExpectationRun.judgedFrom }

  private func report(_ stage: String, _ total: Int, from done: Int = 0) -> (Int, Double) throws
    -> Void
  {
    { iteration, objective in
      self.task.reporter.done = done
      try self.task.reporter.report(stage, iteration, of: total, objective: objective)
    }
  }
}
