import LVMCompute
import LVMModel

/// An ascent of the marginal likelihood: where it is, and how it came there.
struct AscentRun: EstimationRun {
  var parameters: [String: Tensor]
  var outcome = LBFGS.Outcome(point: [], value: -.infinity, iterations: 0, converged: false)
  var trace: [Double] = []
  var floored: Set<String> = []
  var value: Double { outcome.value }
  var converged: Bool { outcome.converged }
  var isExhausted: Bool { false }
}

/// Quasi-Newton ascents of the marginal likelihood on one table, as a search over starts runs them.
///
/// Labels part the rows, so that EM finds where to ascend from.
final class AscentStarts: RestartableEstimator {
  let task: FitTask
  let policy: StartPolicy
  private let plan: InferencePlan
  /// All rows, or a part of them.
  private let data: ModelData
  private let floor: VarianceFloor
  private let basis: PredictorBasis?
  private let ascent: MarginalMaximisation
  private let weighted: GeneralisedEM?
  private lazy var seeding = KMeansPlusPlus(structure: structure, data: data)
  private let starts: StartingValues
  private lazy var placed = starts.placed()
  private var options: FitOptions { task.options }
  private var structure: ModelStructure { task.structure }

  /// - Parameters:
  ///   - part: rows on which starts are tried; nil for all.
  ///   - isSearched: whether starts are tried on these rows, and not only carried on.
  init(
    _ plan: InferencePlan, _ task: FitTask, part: ModelData?, floor: VarianceFloor,
    basis: PredictorBasis?,
    isSearched: Bool
  ) throws {
    self.plan = plan
    self.task = task
    self.floor = floor
    self.basis = basis
    let data = part ?? task.data
    self.data = data
    starts = StartingValues(structure: task.structure, data: task.data)
    let runtime = task.options.runtime
    ascent = try MarginalMaximisation(
      plan, data: data, runtime: runtime, floor: floor, basis: basis)
    let isLed = isSearched && !task.structure.finite.isEmpty && plan.quadrature.isEmpty
    weighted =
      isLed
      ? try GeneralisedEM(plan, data: data, runtime: runtime, floor: floor, basis: basis) : nil
    policy = Self.policy(plan, task, weighted, isPart: part != nil, isCarried: !isSearched)
  }

  // MARK: Runs

  func begin(_ restart: Int, of count: Int, beside runs: [AscentRun]) throws -> AscentRun? {
    var first = starts.values(seed: options.seed, restart: restart)
    first = basis?.tamed(first, plan.model, placed: placed) ?? first
    let stage = "start \(restart + 1) of \(count)"
    let initial = restart == 0 ? options.initial : nil
    if let weighted {
      if let initial { first.merge(initial) { $1 } }
      // Every fourth start maximises the log likelihood with seeds as evidence instead; those that
      // EM begins are counted on their own, so that each view of the rows has its turn.
      let isLed = restart % 4 != 3 && initial == nil
      let seeds =
        isLed
        ? try weighted.weights(
          seeds: seeding.columns(seed: options.seed, restart: restart - restart / 4)) : nil
      if restart % 4 == 3 { first = try seeded(first, restart) }
      return try settled(
        AscentRun(parameters: first), Self.firstRounds, stage, weights: seeds)
    }
    first = try seeded(first, restart)
    if let initial { first.merge(initial) { $1 } }
    let found = try climbed(
      AscentRun(parameters: first), count == 1 ? options.maximumIterations : Self.short, stage)
    return found.value.isFinite ? found : nil
  }

  func begin(_ weights: [String: DataColumn], at run: AscentRun, rival: Double?) throws
    -> AscentRun?
  {
    try settled(
      AscentRun(parameters: run.parameters), Self.firstRounds, "regrouping",
      weights: weighted?.weights(seeds: weights))
  }

  func advance(_ run: inout AscentRun, _ leg: Leg, rival: Double?, stage: String) throws -> Bool {
    switch leg {
    case .until(let iterations, _): run = try climbed(run, iterations, stage)
    case .end: run = try climbed(run, options.maximumIterations, stage)
    case .more(let rounds):
      guard let found = try settled(run, rounds, stage, weights: nil) else { return false }
      run = found
    }
    return true
  }

  func carry(_ run: AscentRun) throws -> AscentRun {
    try climbed(AscentRun(parameters: run.parameters), options.maximumIterations, "fitting")
  }

  func settle(_ run: inout AscentRun) throws {}

  /// A run further on by quasi-Newton steps on the log likelihood.
  private func climbed(_ run: AscentRun, _ limit: Int, _ stage: String) throws -> AscentRun {
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

  /// A run further on by rounds of EM; nil where they lead nowhere.
  private func settled(
    _ run: AscentRun, _ rounds: Int, _ stage: String, weights: GeneralisedEM.Weights?
  ) throws -> AscentRun? {
    var result = run
    let found = try weighted?.settle(run.parameters, seeds: weights, rounds: rounds) { i, f in
      result.trace.append(f)
      try task.reporter.report(stage, i, of: rounds, objective: f)
    }
    task.reporter.done += rounds
    guard let found else { return nil }
    result.parameters = found.parameters
    result.outcome = LBFGS.Outcome(
      point: [], value: found.value, iterations: 0, converged: false)
    var settled = found.parameters
    result.floored = floor.settle(&settled)
    return result
  }

  /// A start that labels lead: a short ascent in which each instance is told mostly one value of
  /// its labels, so that components begin apart. Every fourth start is left as it is.
  private func seeded(_ start: [String: Tensor], _ restart: Int) throws -> [String: Tensor] {
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
    search.maximumIterations = Self.short
    let found = try ascent.climb(from: start, search: search)
    return found.outcome.value.isFinite && found.parameters.isFinite ? found.parameters : start
  }

  // MARK: The end

  func conclude(_ run: AscentRun, left: [AscentRun], of count: Int) throws -> AscentRun {
    var kept = run
    if count > 1, data.rows <= StartBudget.cheapRows {
      for first in recalled(kept) {
        let found = try carry(AscentRun(parameters: first))
        let slack = 1e-7 * (Swift.abs(kept.value) + 1)
        if found.value > kept.value + slack, AscentRun.isBetter(found, kept) { kept = found }
      }
    }
    // The best have collapsed: whoever was left behind and does not is the better answer.
    for run in left.sorted(by: AscentRun.isBetter).prefix(Self.mostSpares)
    where !kept.floored.isEmpty {
      let found = try climbed(run, options.maximumIterations, "fitting")
      if found.value.isFinite, AscentRun.isBetter(found, kept) { kept = found }
    }
    return kept
  }

  /// Factor from its start at which a parameter counts as run off.
  private static let farOff = 1e4

  /// Points with what ran far off put back where it would have started, all at once and one by one.
  ///
  /// A shape that grew beyond all bounds while the labels were still wrong has no gradient to bring it back.
  private func recalled(_ run: AscentRun) -> [[String: Tensor]] {
    let first = starts.values(seed: options.seed, restart: 0)
    var far: [String: Tensor] = [:]
    for v in structure.model.variables
    where v.role == .param && v.type.kind == .positive && !run.floored.contains(v.name) {
      guard var value = run.parameters[v.name], let own = first[v.name], own.count == value.count
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
    return ([far] + one.prefix(Self.mostSpares)).map { run.parameters.merging($0) { $1 } }
  }

  func splitMerge() throws -> SplitMerge? {
    try SplitMerge(plan, data: data, seeding: seeding, runtime: options.runtime)
  }

  func noStart(_ failures: Int, of count: Int) -> String {
    "the likelihood is not finite at any of \(count) starting points"
  }
}

extension AscentStarts {
  /// The best of all starts on a task's data, by a plan that may have other nodes than the task's.
  static func estimate(_ plan: InferencePlan, _ task: FitTask) throws -> Estimate {
    let floor = VarianceFloor(task.structure, data: task.data)
    let basis = try PredictorBasis(plan, data: task.data, runtime: task.options.runtime)
    let part = Subsample(task.data, task.structure, seed: task.options.seed)
    func starts(_ part: ModelData?, isSearched: Bool) throws -> AscentStarts {
      try AscentStarts(plan, task, part: part, floor: floor, basis: basis, isSearched: isSearched)
    }
    let whole = try starts(nil, isSearched: part == nil)
    let trial = try part.map { try starts($0.data, isSearched: true) }
    let (kept, count) = try MultiStart.run(whole, part: trial)
    var trace = kept.trace.isEmpty ? [kept.value] : kept.trace
    var parameters = kept.parameters
    var objective = kept.value
    if !kept.floored.isEmpty {
      // On the floor itself, where the ascent only comes near.
      var settled = parameters
      _ = floor.settle(&settled)
      let value = try MarginalLikelihood(
        plan, data: task.data, runtime: task.options.runtime
      ).value(settled)
      if value.isFinite, value >= objective {
        parameters = settled
        objective = value
        trace.append(value)
      }
    }
    return Estimate(
      parameters: parameters, objective: objective, iterations: trace.count,
      converged: kept.converged, restarts: count, trace: trace, warnings: [],
      floored: kept.floored)
  }
}
