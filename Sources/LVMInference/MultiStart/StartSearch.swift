import LVMCompute
import LVMModel

/// Successive halving over starts of EM: a few iterations do not tell a slow good start from a fast bad
/// one, so that the better half goes on, then the better half of those.
struct StartSearch {
  let task: FitTask
  private var options: FitOptions { task.options }
  /// Iterations of each run of the first round.
  private static let short = 12
  /// Iterations each run has had when its round ends.
  private var limit = Self.short

  init(task: FitTask) { self.task = task }

  /// Passes over the data that a start takes, those of the rounds after the first among them.
  private static let passesPerStart = 25
  /// Starts that must agree where there might be more.
  private static let first = 40
  /// Starts that are told from one another, and runs of them that go on to the end, where rows are few.
  private static let leading = 13
  private static let few = 4

  /// The best of some starts; on a small table of as many more as it affords, if those disagree.
  ///
  /// - Returns: runs still to be finished, and the number of starts.
  mutating func search(_ em: ExpectationMaximization, _ data: ModelData, count: Int) throws -> (
    runs: [ExpectationRun], count: Int
  ) {
    let more = affordable(em)
    guard em.hasLatents, more > count, options.restarts == nil, options.initial == nil else {
      let runs = try explore(em, data, starts: 0..<count, of: count)
      return (try halve(em, runs, downTo: 2), count)
    }
    let climb = HybridMaximisation(em)
    // What draws most starts may hide what is better: two of a kind among few say little.
    let first = Swift.min(Self.first, more)
    var runs = try lead(em, explore(em, data, starts: 0..<first, of: first), climb, isFirst: true)
    if Self.agree(runs) || more == first { return (runs, first) }
    limit = Self.short
    runs += try lead(
      em, explore(em, data, starts: first..<more, of: more), climb, isFirst: false)
    return (try halve(em, Self.distinct(runs), downTo: Self.few, climb), more)
  }

  /// Starts that a table of this size is worth.
  private func affordable(_ em: ExpectationMaximization) -> Int {
    StartBudget(work: em.work).starts(passes: Self.passesPerStart)
  }

  /// The leading runs of the first round, far enough on to be told from one another; all of them go that
  /// far where they are the first, whose agreement counts.
  private mutating func lead(
    _ em: ExpectationMaximization, _ all: [ExpectationRun], _ climb: HybridMaximisation?,
    isFirst: Bool
  ) throws -> [ExpectationRun] {
    var runs = all
    while runs.count > 2 * Self.leading {
      runs = try advance(em, Self.better(runs, atLeast: 2 * Self.leading), to: limit * 2)
    }
    runs = Self.distinct(Self.better(runs, atLeast: Self.leading))
    runs = try advance(
      em, runs, to: Swift.max(limit, Self.short * 3), climb, steps: HybridMaximisation.brief)
    runs = Self.distinct(runs)
    if !isFirst { runs = Self.better(runs, atLeast: Self.few) }
    return Self.distinct(try advance(em, runs, to: Swift.max(limit, Self.short * 9), climb))
  }

  /// Whether runs came to one place: then others would hardly come to another.
  private static func agree(_ runs: [ExpectationRun]) -> Bool {
    let values = runs.map(\.objective)
    guard let top = values.max(), let bottom = values.min() else { return true }
    return runs.allSatisfy { $0.floored.isEmpty } && top - bottom <= same * (Swift.abs(top) + 1)
  }

  /// Difference of objectives, relative to their size, up to which two runs are one.
  private static let same = 1e-7

  private static func best(_ runs: [ExpectationRun]) -> Double? {
    runs.filter(\.floored.isEmpty).map(\.objective).max()
  }

  /// Runs that came to where the best is.
  private static func hits(_ runs: [ExpectationRun]) -> Int {
    guard let best = runs.min(by: ExpectationRun.isBetter), best.floored.isEmpty else { return 0 }
    return runs.count {
      best.objective - $0.objective <= same * (Swift.abs(best.objective) + 1)
    }
  }

  /// Runs without those that came to where a better one is.
  private static func distinct(_ runs: [ExpectationRun]) -> [ExpectationRun] {
    var result: [ExpectationRun] = []
    for run in runs.sorted(by: ExpectationRun.isBetter) {
      let isKnown = result.contains {
        $0.floored == run.floored
          && Swift.abs($0.objective - run.objective) <= same * (Swift.abs(run.objective) + 1)
      }
      if !isKnown { result.append(run) }
    }
    return result
  }

  /// The better half, but not fewer than wanted.
  private static func better(_ runs: [ExpectationRun], atLeast few: Int) -> [ExpectationRun] {
    Array(runs.sorted(by: ExpectationRun.isBetter).prefix(Swift.max(few, (runs.count + 1) / 2)))
  }

  /// Goes on with each run until it has had some iterations; where they are plain, no longer than it may
  /// still catch up with one that has ended.
  private mutating func advance(
    _ em: ExpectationMaximization, _ all: [ExpectationRun], to limit: Int,
    _ climb: HybridMaximisation? = nil, steps: Int = HybridMaximisation.long
  ) throws -> [ExpectationRun] {
    self.limit = limit
    var runs = all
    for i in runs.indices where !runs[i].converged && !runs[i].isExhausted {
      let ended = Self.best(runs.filter(\.converged))
      let went = try runs[i].advance(
        em, limit: limit, rival: climb == nil ? ended : nil, climb: climb, climbing: steps,
        report("fitting", limit))
      if !went { runs[i].objective = -.infinity }
    }
    return runs
  }

  /// Short runs from some of `count` seeds, until the best place was come to often enough.
  ///
  /// - Throws: `FitError.noStart` where none has a finite objective.
  mutating func explore(
    _ em: ExpectationMaximization, _ data: ModelData, starts indices: Range<Int>, of count: Int,
    enough: Int = .max, isPart: Bool = false
  ) throws -> [ExpectationRun] {
    let seeding = KMeansPlusPlus(structure: task.structure, data: data)
    let starts = StartingValues(structure: task.structure, data: data)
    var runs: [ExpectationRun] = []
    var failures = 0
    for restart in indices {
      guard runs.count < enough || Self.hits(runs) < enough else { break }
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
      guard seeded.isFinite else {
        failures += 1
        continue
      }
      var run = ExpectationRun(parameters: seeded)
      let went = try run.advance(
        em, limit: count == 1 ? options.maximumIterations : limit,
        rival: isPart ? Self.best(runs) : nil, judgedFrom: judgedFrom(isPart),
        report("start \(restart + 1) of \(count)", count * limit, from: restart * limit))
      if went { runs.append(run) } else { failures += 1 }
    }
    guard !runs.isEmpty || indices.lowerBound > 0 else {
      throw FitError.noStart(
        "\(failures) of \(count) starts ended where the likelihood is not finite")
    }
    return runs
  }

  /// The best few, after ever longer runs of ever fewer.
  mutating func halve(
    _ em: ExpectationMaximization, _ all: [ExpectationRun], downTo few: Int,
    _ climb: HybridMaximisation? = nil
  ) throws -> [ExpectationRun] {
    var runs = all
    while true {
      runs = Self.better(Self.distinct(runs), atLeast: few)
      guard runs.count > few else { return runs }
      runs = try advance(em, runs, to: limit * 3, climb)
    }
  }

  /// Runs each to its end, unless it cannot catch up with one before it; the best of them first.
  func finish(_ em: ExpectationMaximization, _ all: [ExpectationRun]) throws -> [ExpectationRun] {
    var runs = all
    let limit = options.maximumIterations
    let climb = HybridMaximisation(em)
    for i in runs.indices where !runs[i].converged && !runs[i].isExhausted {
      let rival = Self.best(Array(runs[..<i]))
      let went = try runs[i].advance(
        em, limit: limit, rival: rival, climb: climb, report("fitting", limit))
      if !went { runs[i].objective = -.infinity }
    }
    runs.sort(by: ExpectationRun.isBetter)
    guard runs[0].objective.isFinite else {
      throw FitError.notFinite(stage: "while the best start was run on", parameter: nil)
    }
    if !runs[0].converged {
      // Its parameters are a step further than its last objective.
      runs[0].settle()
      let value = try em.expect(runs[0].parameters).objective
      if value.isFinite, value > runs[0].objective {
        runs[0].objective = value
        runs[0].trace.append(value)
      }
    }
    return runs
  }

  /// Runs from which states are moved: the best, and where that is cheap the best of those that ended elsewhere.
  func origins(_ em: ExpectationMaximization, _ finished: [ExpectationRun]) -> [ExpectationRun] {
    let isCheap = affordable(em) > ExpectationMaximisationFit.usualStarts
    return Array(
      Self.distinct(finished.filter(\.objective.isFinite)).prefix(isCheap ? Self.mostOrigins : 1))
  }

  private static let mostOrigins = 2

  /// Moves states from where they are not needed to where they are, as long as that gains or comes near.
  func regroup(
    _ em: ExpectationMaximization, _ data: ModelData, _ best: ExpectationRun, isPart: Bool = false
  ) throws -> ExpectationRun {
    let seeding = KMeansPlusPlus(structure: task.structure, data: data)
    guard
      let regrouping = try SplitMerge(
        task.plan, data: data, seeding: seeding, runtime: options.runtime)
    else { return best }
    var kept = best
    let isCheap = affordable(em) > ExpectationMaximisationFit.usualStarts
    let climb = isCheap ? HybridMaximisation(em) : nil
    let isSmall = isCheap && !isPart
    let rounds =
      isSmall
      ? SplitMerge.mostPieces.rounds
      : isCheap ? SplitMerge.mostRounds.many : SplitMerge.mostRounds.few
    let mostVain =
      isSmall
      ? SplitMerge.mostPieces.vain
      : isCheap ? SplitMerge.mostVain.many : SplitMerge.mostVain.few
    var vain = 0
    for round in 0..<rounds where vain < mostVain {
      let rival = kept.floored.isEmpty ? kept.objective : nil
      var tried: [ExpectationRun] = []
      for seeds in try regrouping.moves(
        at: kept.parameters, seed: options.seed, round: round, tried: vain, pieces: isSmall)
      {
        let start = try em.parameters(seeds: seeds, start: kept.parameters)
        guard start.isFinite else { continue }
        var run = ExpectationRun(parameters: start)
        if try run.advance(
          em, limit: 12, rival: rival, judgedFrom: judgedFrom(isPart), report("regrouping", 12))
        {
          tried.append(run)
        }
      }
      // The likeliest moves come first: where all of these were hopeless at once the others are.
      if !tried.isEmpty, tried.allSatisfy(\.isExhausted) { break }
      tried.sort(by: ExpectationRun.isBetter)
      tried = Array(tried.prefix(2))
      for i in tried.indices where !tried[i].converged && !tried[i].isExhausted {
        let went = try tried[i].advance(
          em, limit: options.maximumIterations, rival: rival, climb: climb,
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

  /// Points after which a run is judged by where it seems to go: a few where the data are a part of a large
  /// table, whose states mostly lie apart, so that a bad place shows at once.
  private func judgedFrom(_ isPart: Bool) -> Int { isPart ? 4 : ExpectationRun.judgedFrom }

  private func report(_ stage: String, _ total: Int, from done: Int = 0) -> (Int, Double) throws
    -> Void
  {
    { iteration, objective in
      task.reporter.done = done
      try task.reporter.report(stage, iteration, of: total, objective: objective)
    }
  }
}
