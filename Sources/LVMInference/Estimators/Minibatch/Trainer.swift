import LVMCompute
import LVMModel

/// Trains a planned model on minibatches: shuffled epochs, validation with the best state kept, and a last
/// good state to fall back on.
final class Trainer {
  let plan: InferencePlan
  /// What is maximised.
  let objective: ObjectiveName
  let data: ModelData
  let options: FitOptions
  let settings: TrainingSettings
  let training: TrainingProgram
  let program: MinibatchTrainer
  var constants: [String: Tensor] = [:]
  /// Numbers of each row's own guide, by column.
  var locals: [String: LocalRows] = [:]
  /// The data's columns as minibatches read them.
  private var packed: [String: any MinibatchRows] = [:]
  /// Rows that are trained on, and those held out to tell when to stop.
  let trained: [Int]
  let held: [Int]
  /// The bound with networks as they are used afterwards, for rows held out; nil where training computes the
  /// same.
  private let afterwards: (training: TrainingProgram, program: MinibatchEvaluator)?
  private let progress: @Sendable (FitProgress) -> FitDecision
  /// An epoch that loses this many times the bound's own size has left the ground.
  static let fall = 1000.0

  init(
    _ plan: InferencePlan, _ objective: ObjectiveName, data: ModelData, options: FitOptions,
    progress: @escaping @Sendable (FitProgress) -> FitDecision
  ) throws {
    self.plan = plan
    self.objective = objective
    self.data = data
    self.options = options
    self.progress = progress
    settings = TrainingSettings(plan.model, overrides: options.training, rows: data.rows)
    training = try TrainingProgram(
      plan, masked: data.masked, mode: .training, rows: data.rows, binarized: options.binarized)
    program = try Self.program(training, settings, runtime: options.runtime)
    let divides = settings.patience != nil && plan.locals.isEmpty
    (trained, held) = Self.divided(data.rows, divides, seed: options.seed)
    afterwards =
      held.isEmpty ? nil : try Self.afterwards(plan, data, options, settings, training, program)
  }

  private static func program(
    _ training: TrainingProgram, _ settings: TrainingSettings, runtime: Runtime
  ) throws -> MinibatchTrainer {
    let loss = TrainedLoss(
      TrainingProgram.loss, name: TrainingState.bound, parameters: training.trainedNames,
      following: (training.splits ? [TrainingProgram.divergence] : [])
        + training.locals.map(TrainingProgram.slope))
    do {
      return try runtime.trainer(
        training.graph, losses: [loss], batch: settings.batch * settings.samples)
    } catch {
      throw inWords(error)
    }
  }

  /// What is wrong with the settings rather than the program is the fit's to say.
  private static func inWords(_ error: StepError) -> any Error {
    if case .tooLarge = error { return FitError.memory(error.description) }
    return error
  }

  private static func afterwards(
    _ plan: InferencePlan, _ data: ModelData, _ options: FitOptions, _ settings: TrainingSettings,
    _ training: TrainingProgram, _ program: MinibatchTrainer
  ) throws -> (TrainingProgram, MinibatchEvaluator)? {
    let own = try TrainingProgram(
      plan, masked: data.masked, mode: .evaluation, rows: data.rows, binarized: options.binarized)
    guard !training.averages.isEmpty || own.noise != training.noise else { return nil }
    return (
      own, try program.evaluator(own.graph, batch: settings.batch * settings.samples)
    )
  }

  /// A tenth of the rows is held out where training may stop early.
  private static func divided(_ rows: Int, _ divides: Bool, seed: UInt64) -> ([Int], [Int]) {
    let all = Array(0..<rows)
    guard divides, rows >= TrainingSettings.fewestRowsToDivide else { return (all, []) }
    let order = epochOrder(count: rows, seed: seed, epoch: -1)
    let count = rows / 10
    return (order.dropFirst(count).sorted(), order.prefix(count).sorted())
  }

  // MARK: State

  private func numbers() throws -> [String: [Float]] {
    var values: [String: [Float]] = [:]
    for name in training.trainedNames { values[name] = try program.parameters.values(name) }
    return values
  }

  func restore(_ state: TrainingState) throws {
    try restore(state.values)
    program.state = state.trainer
    for (name, rows) in locals { if let own = state.locals[name] { rows.state = own } }
  }

  private func restore(_ values: [String: [Float]]) throws {
    for (name, own) in values { try program.parameters.set(name, own) }
  }

  private func begin() throws {
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    let start = TrainingStart(plan: plan, data: data, seed: options.seed)
    let used = Set((training.weights + training.kept).map(\.name))
    var weights = start.weights(used)
    // A network shows a constant column about as well as others, and never exactly.
    var values = StartingValues(structure: structure, data: data, constantSpread: 1).values(
      seed: options.seed, restart: 0)
    values.merge(start.priorParameters(structure)) { $1 }
    if let initial = options.initial {
      values.merge(initial) { $1 }
      // Weights are taken with the centres, scales and averages that they were trained beside.
      weights.merge(initial.filter { used.contains($0.key) }) { $1 }
    }
    let free = training.space.freeNumbers(at: training.space.point(of: values))
    for b in training.space.blocks {
      try program.parameters.set(b.inputName, (free[b.name]?.values ?? []).map { Float($0) })
    }
    for w in training.weights {
      try program.parameters.set(w.name, (weights[w.name]?.values ?? []).map { Float($0) })
    }
    for w in training.kept { constants[w.name] = weights[w.name] }
    for entry in training.locals {
      locals[entry.name] = LocalRows(
        entry.start(rows: data.rows, seed: options.seed), width: entry.width)
    }
    try feed(program, training)
    if let afterwards { try feed(afterwards.program, afterwards.training) }
  }

  /// Connects a program's inputs with the data and with noise, and sets what is not trained.
  func feed(_ program: any MinibatchProgram, _ own: TrainingProgram) throws {
    for (name, value) in constants { try program.set(name, value) }
    if own.splits { try program.set(TrainingProgram.klWeight, Tensor(1)) }
    let noise = Dictionary(
      own.noise.map { ($0.column, $0) }, uniquingKeysWith: { a, _ in a })
    var names: Set<String> = []
    for node in own.graph.nodes { if case .data(let name) = node.op { names.insert(name) } }
    for name in names.sorted() {
      if let n = noise[name] {
        let kind: RandomRows.Distribution
        switch n.kind {
        case .normal: kind = .normal
        case .uniform: kind = .uniform
        }
        try program.set(name, .random(RandomRows(kind, seed: options.seed, purpose: name)))
      } else if let rows = locals[name] {
        try program.set(name, .rows(RepeatedRows(base: rows, copies: settings.samples)))
      } else if let column = data.columns.columns[name] {
        let rows = packed[name] ?? column.minibatchRows
        packed[name] = rows
        try program.set(name, .rows(RepeatedRows(base: rows, copies: settings.samples)))
      }
    }
  }

  // MARK: Epochs

  /// Trains, from the beginning or from where it was stopped, and returns what was best.
  ///
  /// - Throws: `TrainingStopped` when the caller says so; `TrainingFailed` where the bound stays without
  ///   a finite value; `StepError`.
  func estimate() throws -> Estimate {
    try begin()
    var state = try startingState()
    let clock = ContinuousClock()
    let began = clock.now
    let first = state.epoch
    var failures = 0
    var stoppedEarly = false
    while state.epoch < settings.epochs {
      if training.splits {
        try program.set(
          TrainingProgram.klWeight, Tensor(settings.weight(epoch: state.epoch)))
      }
      let speed = Double(state.epoch - first) / seconds(clock.now - began)
      let result = try pass(state) { step, bound in
        try tell(
          "minibatch \(step)", state, bound * Double(trained.count), speed,
          EpochReport(epoch: state.epoch + 1, bound: bound), isPart: true)
      }
      let values = try numbers()
      let isFinite = values.values.allSatisfy { $0.allSatisfy(\.isFinite) }
      guard let sums = result.sums, isFinite, let report = try watch(state.epoch, sums) else {
        let fault = try fault(state, at: result.step)
        failures += 1
        try restore(state)
        guard failures <= 5 else {
          throw TrainingFailed(state: state, fault: fault.text, cell: fault.cell)
        }
        state.slow(by: 0.5)
        program.state = state.trainer
        if state.clip == 0 { state.clip = try usualGradient(state) }
        if failures == 1 {
          state.warnings.append(.trainingDiverged(fault: fault.text, cell: fault.cell))
        }
        continue
      }
      state.values = values
      state.trainer = program.state
      state.locals = locals.mapValues(\.state)
      state.trace.append(report.bound * Double(trained.count))
      state.epochs.append(report)
      state.epoch += 1
      if let judged = report.judged {
        if state.best.map({ judged > $0.bound }) ?? true {
          state.best = .init(bound: judged, values: state.values)
          state.sinceBest = 0
        } else if !training.splits || state.epoch > settings.warmup {
          // While the divergence has little weight guides narrow, and the bound falls as it should.
          state.sinceBest += 1
        }
        if let patience = settings.patience, state.sinceBest >= patience {
          stoppedEarly = true
          break
        }
      }
      try tell("epoch", state, state.trace.last ?? .nan, speed, report)
    }
    return try ending(state, stoppedEarly: stoppedEarly)
  }

  private func startingState() throws -> TrainingState {
    if let resumed = options.resume {
      try restore(resumed)
      return resumed
    }
    return TrainingState(
      epoch: 0, values: try numbers(), trainer: program.state,
      locals: locals.mapValues(\.state))
  }

  private func ending(_ state: TrainingState, stoppedEarly: Bool) throws -> Estimate {
    if let best = state.best { try restore(best.values) }
    try settleAverages()
    let parameters = try values()
    let (bound, error, draws) = try evaluate()
    let outlook = TrainingOutlook(
      bounds: state.epochs.map(\.bound), warmup: settings.warmup, planned: settings.epochs)
    let converged = stoppedEarly || outlook.hasSettled
    var warnings = state.warnings
    if !converged { warnings.append(outlook.warning(epochs: state.epoch)) }
    warnings += try TrainingDiagnosis(self).warnings()
    return Estimate(
      parameters: parameters, objective: bound, iterations: state.trace.count,
      converged: converged, restarts: 1, trace: state.trace, warnings: warnings,
      draws: draws.map { ($0, error) }, epochs: state.epochs)
  }

  /// Tells the caller how it goes; `state` is what it can go on from.
  private func tell(
    _ stage: String, _ state: TrainingState, _ bound: Double, _ speed: Double,
    _ report: EpochReport, isPart: Bool = false
  ) throws {
    let decision = progress(
      FitProgress(
        stage: stage, iteration: state.epoch, maximumIterations: settings.epochs,
        objective: bound, rate: speed, epoch: report, isPart: isPart,
        objectiveName: objective))
    if decision == .stop || Task.isCancelled { throw TrainingStopped(state: state) }
  }

  /// What an epoch says of itself: the bound's shares as they were maximised, and units in use now;
  /// nil where it ended far below its start, so that its end is no state to go on from.
  private func watch(_ epoch: Int, _ sums: EpochSums) throws -> EpochReport? {
    let usage = try LatentUsage(training.latents, program.evaluator, Array(trained.prefix(512)))
    let start = -(sums.first ?? 0)
    guard usage.bound > start - Self.fall * (Swift.abs(start) + 1) else { return nil }
    let n = Double(Swift.max(1, trained.count))
    let weight = training.splits ? settings.weight(epoch: epoch) : 1
    // The loss has the weighted divergence in it; the bound never is weighted.
    let bound = (-sums.loss + (weight - 1) * sums.divergence) / n
    var report = EpochReport(epoch: epoch + 1, bound: bound)
    if training.splits {
      report.divergence = sums.divergence / n
      report.reconstruction = bound + sums.divergence / n
    }
    if !training.latents.isEmpty {
      report.active = usage.active
      report.units = usage.units
    }
    if !held.isEmpty {
      (report.heldOut, report.judged) = try heldOutBounds()
    }
    return report
  }

  /// The bound of rows held out, a row, as it will be once training is over: nothing is dropped, and batches are
  /// normalised by averages; and the same with the divergence's full weight, which is what training
  /// maximises once it is warm.
  private func heldOutBounds() throws -> (bound: Double, judged: Double) {
    var own = program.evaluator
    if let afterwards {
      own = afterwards.program
      for (name, value) in try batchAverages() { try own.set(name, value) }
    }
    var total = 0.0
    var divergence = 0.0
    try own.sweep(held, epoch: settings.epochs + 1) { _, out in
      total += out[TrainingProgram.bound]?.values.first ?? .nan
      divergence += out[TrainingProgram.divergence]?.values.first ?? 0
    }
    let n = Double(held.count)
    let judged = (total + (1 - settings.kl) * divergence) / n
    return (total / n, judged.isNaN ? -.infinity : judged)
  }

  private func seconds(_ d: Duration) -> Double {
    Swift.max(1e-9, Double(d.components.seconds) + Double(d.components.attoseconds) * 1e-18)
  }
}
