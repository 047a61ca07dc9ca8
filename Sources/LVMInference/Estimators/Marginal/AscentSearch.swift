import LVMCompute
import LVMModel

/// Quasi-Newton climbs of the exact marginal likelihood from several starts.
struct AscentSearch {
  let task: FitTask
  let plan: Plan
  private var structure: ModelStructure { task.structure }
  private var data: ModelData { task.data }
  private var options: FitOptions { task.options }

  private struct Climb {
    var parameters: [String: Tensor]
    var outcome: LBFGS.Outcome
    var trace: [Double]
    /// Parameters that the floor under spreads holds up.
    var floored: Set<String> = []

    static func isBetter(_ a: Climb, _ b: Climb) -> Bool {
      if a.floored.isEmpty != b.floored.isEmpty { return a.floored.isEmpty }
      return a.outcome.value > b.outcome.value
    }
  }

  func estimate() throws -> Estimate {
    let floor = VarianceFloor(structure, data: data)
    let basis = try PredictorBasis(plan, data: data, runtime: options.runtime)
    let whole = try MarginalMaximisation(
      plan, data: data, runtime: options.runtime, floor: floor, basis: basis)
    // On a large table starts are tried on a part of it.
    let part = Subsample(data, structure, seed: options.seed)
    let trial = try part.map {
      try MarginalMaximisation(
        plan, data: $0.data, runtime: options.runtime, floor: floor, basis: basis)
    }
    let starts = StartingValues(structure: structure, data: data)
    let placed = starts.placed()
    let seeding = KMeansPlusPlus(structure: structure, data: part?.data ?? data)
    // Without labels there is seldom a second maximum.
    let few = !plan.quadrature.isEmpty && structure.finite.isEmpty
    let isPlain = structure.latents.isEmpty && !structure.hasMixtures
    let asked = task.restarts(isPlain ? 1 : few ? 4 : 16)
    var count = part == nil || isPlain ? asked : Swift.min(16, asked * 10)
    func climb(_ run: Climb, _ limit: Int, _ stage: String, on ascent: MarginalMaximisation) throws
      -> Climb
    {
      var search = LBFGS()
      search.maximumIterations = limit
      var result = run
      let found = try ascent.climb(from: run.parameters, search: search) { i, f in
        result.trace.append(f)
        try task.reporter.report(stage, i, of: limit, objective: f)
        return true
      }
      task.reporter.done += found.outcome.iterations
      result.parameters = found.parameters
      result.outcome = found.outcome
      var settled = found.parameters
      result.floored = floor.settle(&settled)
      return result
    }
    let nowhere = LBFGS.Outcome(
      point: [], value: -.infinity, iterations: 0, converged: false)
    var runs: [Climb] = []
    // Labels part the rows, so that EM finds where to climb from.
    let weighted =
      structure.finite.isEmpty || !plan.quadrature.isEmpty
      ? nil
      : try GeneralisedEM(
        plan, data: part?.data ?? data, runtime: options.runtime, floor: floor, basis: basis)
    /// Rounds of EM; the run as it was where they lead nowhere.
    func settle(_ run: Climb, _ rounds: Int, _ stage: String, seeds: GeneralisedEM.Weights?) throws
      -> Climb?
    {
      var result = run
      let found = try weighted?.settle(run.parameters, seeds: seeds, rounds: rounds) { i, f in
        result.trace.append(f)
        try task.reporter.report(stage, i, of: rounds, objective: f)
      }
      task.reporter.done += rounds
      guard let found else { return nil }
      result.parameters = found.parameters
      result.outcome = nowhere
      result.outcome.value = found.value
      var settled = found.parameters
      result.floored = floor.settle(&settled)
      return result
    }
    /// Runs that others have overtaken.
    var left: [Climb] = []
    func begin(_ restart: Int) throws -> Climb? {
      var first = starts.values(seed: options.seed, restart: restart)
      first = basis?.tamed(first, plan.model, placed: placed) ?? first
      if let weighted {
        if restart == 0, let initial = options.initial { first.merge(initial) { $1 } }
        // Every fourth start climbs the root with seeds as evidence instead; those that EM begins are
        // counted on their own, so that each view of the rows has its turn.
        let isLed = restart % 4 != 3 && !(restart == 0 && options.initial != nil)
        let seeds =
          isLed
          ? try weighted.weights(
            seeds: seeding.columns(seed: options.seed, restart: restart - restart / 4)) : nil
        if restart % 4 == 3 {
          first = try seeded(first, restart, seeding, part?.data ?? data, floor, plan)
        }
        let start = Climb(parameters: first, outcome: nowhere, trace: [])
        return try settle(
          start, Self.firstRounds, "start \(restart + 1) of \(count)", seeds: seeds)
      }
      first = try seeded(first, restart, seeding, part?.data ?? data, floor, plan)
      if restart == 0, let initial = options.initial { first.merge(initial) { $1 } }
      let start = Climb(parameters: first, outcome: nowhere, trace: [])
      let found = try climb(
        start, count == 1 ? options.maximumIterations : 20, "start \(restart + 1) of \(count)",
        on: trial ?? whole)
      return found.outcome.value.isFinite ? found : nil
    }
    /// The better half of some runs, further on, without those that came to the same place.
    func lead(_ all: [Climb]) throws -> [Climb] {
      let runs = all.sorted(by: Climb.isBetter)
      let half = Swift.min((runs.count + 1) / 2, Self.mostLeading)
      left += runs.dropFirst(half).filter(\.floored.isEmpty)
      let further = try runs.prefix(half).compactMap {
        try settle($0, Self.laterRounds, "fitting", seeds: nil)
      }
      return distinct(further)
    }
    func distinct(_ all: [Climb]) -> [Climb] {
      var distinct: [Climb] = []
      for run in all.sorted(by: Climb.isBetter) {
        let near = 2e-5 * (Swift.abs(run.outcome.value) + 1)
        let isKnown = distinct.contains { Swift.abs($0.outcome.value - run.outcome.value) < near }
        if !isKnown { distinct.append(run) }
      }
      return distinct
    }
    runs = try (0..<count).compactMap(begin)
    guard !runs.isEmpty else {
      throw FitError.noStart("the likelihood is not finite at any of \(count) starting points")
    }
    if let weighted, runs.count > 4 {
      runs = try lead(runs)
      // Starts that disagree ask for more, where those are cheap.
      let isFree = options.restarts == nil && options.initial == nil && part == nil
      let more =
        isFree ? StartBudget(work: weighted.work).starts(passes: Self.passesPerStart) : count
      if more > count, runs.count > 1 {
        let done = count
        count = more
        runs = try distinct(runs + lead((done..<more).compactMap(begin)))
      }
      runs = Array(runs.prefix(Self.mostClimbs))
      for i in runs.indices {
        runs[i] = try climb(runs[i], options.maximumIterations, "fitting", on: trial ?? whole)
      }
    }
    var limit = 20
    while runs.count > 1 {
      runs.sort(by: Climb.isBetter)
      let few = Swift.max(1, (runs.count + 1) / 2)
      left += runs.dropFirst(few).filter(\.floored.isEmpty)
      runs = Array(runs.prefix(few))
      if trial != nil, runs.count <= 2 { break }
      if runs.count <= 2 { limit = options.maximumIterations } else { limit *= 3 }
      for i in runs.indices where !runs[i].outcome.converged {
        runs[i] = try climb(runs[i], limit, "fitting", on: trial ?? whole)
      }
    }
    if count > 1, let weighted,
      let regrouping = try SplitMerge(
        plan, data: part?.data ?? data, seeding: seeding, runtime: options.runtime)
    {
      let isCheap =
        StartBudget(work: weighted.work).starts(passes: Self.passesPerStart) > 16
      let rounds = isCheap ? SplitMerge.mostRounds.many : SplitMerge.mostRounds.few
      let mostVain = isCheap ? SplitMerge.mostVain.many : SplitMerge.mostVain.few
      var vain = 0
      for round in 0..<rounds where vain < mostVain {
        let best = runs[0]
        var tried: [Climb] = []
        for seeds in try regrouping.moves(
          at: best.parameters, seed: options.seed, round: round, tried: vain)
        {
          let start = Climb(parameters: best.parameters, outcome: nowhere, trace: [])
          if let run = try settle(
            start, Self.firstRounds, "regrouping", seeds: weighted.weights(seeds: seeds))
          {
            tried.append(run)
          }
        }
        tried = try tried.sorted(by: Climb.isBetter).prefix(2).map {
          try climb($0, options.maximumIterations, "regrouping", on: trial ?? whole)
        }
        let slack = 1e-7 * (Swift.abs(best.outcome.value) + 1)
        guard let top = tried.min(by: Climb.isBetter), Climb.isBetter(top, best),
          top.outcome.value > best.outcome.value + slack || !best.floored.isEmpty
        else {
          vain += 1
          continue
        }
        runs[0] = top
        vain = 0
      }
    }
    if trial != nil {
      runs = try runs.map { run in
        try climb(
          Climb(parameters: run.parameters, outcome: nowhere, trace: []),
          options.maximumIterations, "fitting", on: whole)
      }
      runs.sort(by: Climb.isBetter)
    }
    var kept = runs[0]
    if !kept.outcome.converged {
      kept = try climb(kept, options.maximumIterations, "fitting", on: whole)
    }
    if count > 1, data.rows <= StartBudget.cheapRows {
      let called = recalled(kept.parameters, starts, kept.floored)
      for first in called {
        let start = Climb(parameters: first, outcome: nowhere, trace: [])
        let found = try climb(start, options.maximumIterations, "fitting", on: whole)
        let slack = 1e-7 * (Swift.abs(kept.outcome.value) + 1)
        if found.outcome.value > kept.outcome.value + slack, Climb.isBetter(found, kept) {
          kept = found
        }
      }
    }
    // The best have collapsed: whoever was left behind and does not is the better answer.
    for run in left.sorted(by: Climb.isBetter).prefix(Self.mostSpares)
    where !kept.floored.isEmpty {
      let found = try climb(run, options.maximumIterations, "fitting", on: whole)
      if found.outcome.value.isFinite, Climb.isBetter(found, kept) { kept = found }
    }
    return try estimate(of: kept, floor, plan, restarts: count)
  }

  /// Rounds of EM from each start, and from each of the better half.
  private static let firstRounds = 8
  private static let laterRounds = 24
  /// Passes over the data that a start takes, on the whole.
  private static let passesPerStart = 200
  /// Most runs that are settled further at a time.
  private static let mostLeading = 16
  /// Most runs from there that climb to the end.
  private static let mostClimbs = 6
  /// Runs of those left behind that are tried where the best have collapsed.
  private static let mostSpares = 4

  /// A start that labels lead: a short climb in which each instance is told mostly one value of its
  /// labels, so that components begin apart. Every fourth start is left as it is.
  private func seeded(
    _ start: [String: Tensor], _ restart: Int, _ seeding: KMeansPlusPlus, _ data: ModelData,
    _ floor: VarianceFloor, _ plan: Plan
  ) throws -> [String: Tensor] {
    guard !structure.finite.isEmpty, restart % 4 != 3 || plan.quadrature.isEmpty else {
      return start
    }
    var seedData = data
    // Seeded starts counted on their own, so that each view of the rows has its turn.
    let turn = plan.quadrature.isEmpty ? restart / 4 : restart - restart / 4
    for (name, column) in seeding.columns(seed: options.seed, restart: turn) {
      seedData.columns.columns[name] = column
    }
    let ascent = try MarginalMaximisation(
      plan, data: seedData, runtime: options.runtime, floor: floor, seeds: true)
    var search = LBFGS()
    search.maximumIterations = 20
    let found = try ascent.climb(from: start, search: search)
    return found.outcome.value.isFinite && found.parameters.isFinite ? found.parameters : start
  }

  /// Points with what ran far off put back where it would have started, all at once and one by one.
  ///
  /// A shape that grew beyond all bounds while the labels were still wrong has no gradient to bring it back.
  private func recalled(
    _ parameters: [String: Tensor], _ starts: StartingValues, _ floored: Set<String>
  ) -> [[String: Tensor]] {
    let first = starts.values(seed: options.seed, restart: 0)
    var far: [String: Tensor] = [:]
    for v in structure.model.variables
    where v.role == .param && v.type.kind == .positive && !floored.contains(v.name) {
      guard var value = parameters[v.name], let own = first[v.name], own.count == value.count
      else { continue }
      var isFar = false
      for i in value.values.indices {
        let ratio = value.values[i] / Swift.max(own.values[i], 1e-300)
        guard ratio > Self.farOff || ratio < 1 / Self.farOff else { continue }
        value.values[i] = own.values[i]
        isFar = true
      }
      if isFar { far[v.name] = value }
    }
    guard !far.isEmpty else { return [] }
    let one =
      far.count > 1 ? far.keys.sorted().compactMap { name in far[name].map { [name: $0] } } : []
    return ([far] + one.prefix(Self.mostSpares)).map { parameters.merging($0) { $1 } }
  }

  /// Factor from its start at which a parameter counts as run off.
  private static let farOff = 1e4

  private func estimate(
    of kept: Climb, _ floor: VarianceFloor, _ plan: Plan, restarts: Int
  ) throws -> Estimate {
    var trace = kept.trace.isEmpty ? [kept.outcome.value] : kept.trace
    var parameters = kept.parameters
    var objective = kept.outcome.value
    if !kept.floored.isEmpty {
      // On the floor itself, where the climb only comes near.
      var settled = parameters
      _ = floor.settle(&settled)
      let value = try MarginalLikelihood(plan, data: data, runtime: options.runtime).value(settled)
      if value.isFinite, value >= objective {
        parameters = settled
        objective = value
        trace.append(value)
      }
    }
    return Estimate(
      parameters: parameters, objective: objective, iterations: trace.count,
      converged: kept.outcome.converged, restarts: restarts, trace: trace,
      warnings: [], floored: kept.floored)
  }
}
