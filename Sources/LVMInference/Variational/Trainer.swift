import LVMCompute
import LVMModel

/// Trains a planned model on minibatches: shuffled epochs, validation with the best state kept, and a last
/// good state to fall back on.
final class Trainer {
  private let plan: Plan
  private let data: ModelData
  private let options: FitOptions
  private let settings: TrainingSettings
  private let progress: @Sendable (FitProgress) -> FitDecision
  private let training: TrainingProgram
  private let program: StepProgram
  private var constants: [String: Tensor] = [:]
  /// Rows that are trained on, and those held out to tell when to stop.
  private let trained: [Int]
  private let held: [Int]

  init(
    _ plan: Plan, data: ModelData, options: FitOptions,
    progress: @escaping @Sendable (FitProgress) -> FitDecision
  ) throws {
    self.plan = plan
    self.data = data
    self.options = options
    self.progress = progress
    settings = TrainingSettings(plan.model, overrides: options.training, rows: data.rows)
    training = try TrainingProgram(
      plan, masked: data.masked, mode: .training, rows: data.rows, binarized: options.binarized)
    program = try StepProgram(
      training.graph, loss: TrainingProgram.loss, parameters: training.trainedNames,
      batch: settings.batch * settings.samples, threads: options.threads)
    (trained, held) = Self.divided(data.rows, settings, seed: options.seed)
  }

  /// A tenth of the rows is held out where training may stop early.
  private static func divided(_ rows: Int, _ settings: TrainingSettings, seed: UInt64) -> (
    [Int], [Int]
  ) {
    let all = Array(0..<rows)
    guard settings.patience != nil, rows >= 20 else { return (all, []) }
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

  private func restore(_ values: [String: [Float]]) throws {
    for (name, own) in values { try program.parameters.set(name, own) }
  }

  private func begin() throws {
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    let start = TrainingStart(plan: plan, data: data, seed: options.seed)
    let used = Set((training.weights + training.kept).map(\.name))
    let weights = start.weights(used)
    var values = StartingValues(structure: structure, data: data).values(
      seed: options.seed, restart: 0)
    values.merge(start.priorParameters(structure)) { $1 }
    if let initial = options.initial { values.merge(initial) { $1 } }
    for p in training.parameters {
      let free = Transform.free(values[p.name] ?? Tensor(repeating: 0, p.dims), p.kind)
      try program.parameters.set(
        Maximization.freeName(p.name), free.values.map { Float($0) })
    }
    for w in training.weights {
      try program.parameters.set(w.name, (weights[w.name]?.values ?? []).map { Float($0) })
    }
    for w in training.kept { constants[w.name] = weights[w.name] }
    try feed(program, training)
  }

  /// Connects a program's inputs with the data and with noise, and sets what is not trained.
  private func feed(_ program: StepProgram, _ own: TrainingProgram) throws {
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
      } else if let column = data.columns.columns[name] {
        try program.set(
          name, .rows(RepeatedRows(base: ColumnRows.source(column), copies: settings.samples)))
      }
    }
  }

  // MARK: Epochs

  /// Trains, from the beginning or from where it was stopped, and returns what was best.
  ///
  /// - Throws: `TrainingStopped` when the caller says so; `FitError` where the bound stays without a
  ///   finite value; `StepError`.
  func estimate() throws -> Estimate {
    try begin()
    let clock = ContinuousClock()
    let began = clock.now
    var state: TrainingState
    if let resumed = options.resume {
      state = resumed
      try restore(state.values)
      program.optimizerState = state.optimizer
    } else {
      state = TrainingState(
        epoch: 0, values: try numbers(), optimizer: program.optimizerState, caution: 1, best: nil,
        sinceBest: 0, trace: [], warnings: [])
    }
    var failures = 0
    let first = state.epoch
    var stoppedEarly = false
    while state.epoch < settings.epochs {
      let epoch = state.epoch
      let rate = settings.rate(epoch: epoch) * state.caution
      if training.splits {
        try program.set(TrainingProgram.klWeight, Tensor(settings.weight(epoch: epoch)))
      }
      let speed = Double(epoch - first) / seconds(clock.now - began)
      guard let loss = try pass(state, rate, speed) else {
        failures += 1
        guard failures <= 5 else {
          throw FitError.notFinite(
            stage: "in epoch \(epoch + 1), after five returns to the last good state",
            parameter: nil)
        }
        try restore(state.values)
        program.optimizerState = state.optimizer
        state.caution *= 0.5
        if failures == 1 {
          state.warnings.append(
            "training-diverged: the bound was not a finite number in epoch \(epoch + 1); training went back "
              + "to the state before it with half the step size")
        }
        continue
      }
      let report = try watch(epoch, loss)
      state.values = try numbers()
      state.optimizer = program.optimizerState
      state.trace.append(report.bound)
      state.epoch += 1
      if !held.isEmpty {
        if state.best.map({ report.held > $0.bound }) ?? true {
          state.best = .init(bound: report.held, values: state.values)
          state.sinceBest = 0
        } else {
          state.sinceBest += 1
        }
        if let patience = settings.patience, state.sinceBest >= patience {
          stoppedEarly = true
          break
        }
      }
      try tell(report.text, state, report.bound, speed)
    }
    if let best = state.best { try restore(best.values) }
    try settleAverages()
    let parameters = try values()
    let (bound, error, draws) = try evaluate()
    return Estimate(
      parameters: parameters, objective: bound, iterations: state.trace.count,
      converged: stoppedEarly || Self.hasSettled(state.trace), restarts: 1, trace: state.trace,
      warnings: state.warnings + (try collapse()), draws: draws.map { ($0, error) })
  }

  /// Tells the caller how it goes; `state` is what it can go on from.
  private func tell(_ stage: String, _ state: TrainingState, _ bound: Double, _ speed: Double)
    throws
  {
    let decision = progress(
      FitProgress(
        stage: stage, iteration: state.epoch, maximumIterations: settings.epochs,
        objective: bound, rate: speed))
    if decision == .stop || Task.isCancelled { throw TrainingStopped(state: state) }
  }

  /// One epoch; the summed loss, or nil once it is not finite.
  private func pass(_ state: TrainingState, _ rate: Double, _ speed: Double) throws -> Double? {
    let epoch = state.epoch
    let order = epochOrder(count: trained.count, seed: options.seed, epoch: epoch).map {
      trained[$0]
    }
    let optimizer: Optimizer =
      settings.optimizer == "SGD"
      ? .momentum(.init(rate: rate)) : .adam(.init(rate: rate))
    var total = 0.0
    var steps = 0
    for start in stride(from: 0, to: order.count, by: settings.batch) {
      let own = order[start..<Swift.min(start + settings.batch, order.count)]
      let loss: Double
      if settings.samples > 1 {
        loss = try program.step(rows: repeated(own)[...], epoch: epoch, optimizer)
      } else {
        loss = try program.step(rows: own, epoch: epoch, optimizer)
      }
      guard loss.isFinite else { return nil }
      total += loss / Double(settings.samples)
      steps += 1
      // Whoever wants to stop need not wait for the end of a long epoch.
      if steps % 64 == 0 {
        try tell(
          "epoch \(epoch + 1)", state, -total / Double(start + own.count) * Double(trained.count),
          speed)
      }
    }
    return total
  }

  private func repeated(_ rows: ArraySlice<Int>) -> [Int] {
    guard settings.samples > 1 else { return Array(rows) }
    return rows.flatMap { row in (0..<settings.samples).map { row + $0 * data.rows } }
  }

  /// What an epoch says of itself, from rows held out or a few of those trained on.
  private func watch(_ epoch: Int, _ loss: Double) throws -> (
    bound: Double, held: Double, text: String
  ) {
    let rows = Array((held.isEmpty ? trained : held).prefix(held.isEmpty ? 512 : held.count))
    var bound = 0.0
    var divergence = 0.0
    var means: [[Double]] = training.latents.map { _ in [] }
    for start in stride(from: 0, to: rows.count, by: program.batch) {
      let own = rows[start..<Swift.min(start + program.batch, rows.count)]
      let out = try program.evaluate(rows: own, epoch: settings.epochs + 1)
      bound += out[TrainingProgram.bound]?.values.first ?? .nan
      divergence += out[TrainingProgram.divergence]?.values.first ?? 0
      for (i, latent) in training.latents.enumerated() {
        means[i] += out[latent.output]?.values ?? []
      }
    }
    let n = Double(Swift.max(1, rows.count))
    var parts = ["epoch \(epoch + 1)"]
    if training.splits {
      parts.append("reconstruction \(rounded((bound + divergence) / n))")
      parts.append("KL \(rounded(divergence / n))")
      parts.append("\(activeUnits(means)) active")
    }
    if !held.isEmpty { parts.append("held out \(rounded(bound / n)) a row") }
    let isPlain = settings.weight(epoch: epoch) == 1
    let whole = isPlain ? -loss : bound / n * Double(trained.count)
    return (whole, bound, parts.joined(separator: ", "))
  }

  private func rounded(_ x: Double) -> String { "\((x * 100).rounded() / 100)" }

  /// Units whose posterior mean varies by more than 0.01 over rows (Burda et al. 2016).
  private func activeUnits(_ means: [[Double]]) -> Int {
    zip(training.latents, means).reduce(0) { total, entry in
      let width = Swift.max(1, entry.0.dims.reduce(1, *))
      let n = entry.1.count / width
      guard n > 1 else { return total }
      return total
        + (0..<width).filter { j in
          var mean = 0.0
          for i in 0..<n { mean += entry.1[i * width + j] / Double(n) }
          var variance = 0.0
          for i in 0..<n {
            let r = entry.1[i * width + j] - mean
            variance += r * r / Double(n)
          }
          return variance > 0.01
        }.count
    }
  }

  /// A warning where no unit of a latent says anything about the rows.
  private func collapse() throws -> [String] {
    guard training.splits else { return [] }
    let rows = Array(trained.prefix(2048))
    var means: [[Double]] = training.latents.map { _ in [] }
    for start in stride(from: 0, to: rows.count, by: program.batch) {
      let out = try program.evaluate(
        rows: rows[start..<Swift.min(start + program.batch, rows.count)], epoch: 0)
      for (i, latent) in training.latents.enumerated() {
        means[i] += out[latent.output]?.values ?? []
      }
    }
    guard activeUnits(means) == 0 else { return [] }
    let names = training.latents.map { "`\($0.name)`" }.joined(separator: ", ")
    return [
      "posterior-collapse: the guide of \(names) says the same of every row, so nothing was learned through it; "
        + "try `fit { warmup = \(Swift.max(5, settings.epochs / 5)) }`, a weaker decoder or more epochs"
    ]
  }

  /// Averages of batch statistics over the data at the final weights.
  private func settleAverages() throws {
    guard !training.averages.isEmpty else { return }
    var sums: [String: Tensor] = [:]
    var count = 0.0
    for start in stride(
      from: 0, to: Swift.min(trained.count, 50 * settings.batch), by: settings.batch)
    {
      let rows = trained[start..<Swift.min(start + settings.batch, trained.count)]
      let out = try program.evaluate(rows: repeated(rows)[...], epoch: settings.epochs)
      count += 1
      for name in training.averages {
        guard let value = out[TrainingProgram.average(name)] else { continue }
        var sum = sums[name] ?? Tensor(repeating: 0, value.dims)
        for i in sum.values.indices { sum.values[i] += value.values[i] }
        sums[name] = sum
      }
    }
    for (name, sum) in sums { constants[name] = Tensor(sum.dims, sum.values.map { $0 / count }) }
  }

  /// Parameters in their own units, and weights.
  private func values() throws -> [String: Tensor] {
    var result = constants
    for p in training.parameters {
      let free = try program.parameters.values(Maximization.freeName(p.name)).map { Double($0) }
      result[p.name] = try Constrained.value(Tensor(p.dims, free), p.kind)
    }
    for w in training.weights {
      result[w.name] = Tensor(w.dims, try program.parameters.values(w.name).map { Double($0) })
    }
    return result
  }

  /// The bound of all rows with networks as they are used afterwards, averaged over several draws a row.
  private func evaluate() throws -> (bound: Double, error: Double, draws: Int?) {
    let own = try TrainingProgram(
      plan, masked: data.masked, mode: .evaluation, rows: data.rows, binarized: options.binarized)
    let program = try StepProgram(
      own.graph, loss: TrainingProgram.loss, parameters: own.trainedNames,
      batch: Swift.max(settings.batch, 256), threads: options.threads)
    for name in own.trainedNames {
      try program.parameters.set(name, try self.program.parameters.values(name))
    }
    try feed(program, own)
    let draws =
      own.noise.isEmpty ? 1 : Swift.max(2, Swift.min(1000, 200_000 / Swift.max(1, data.rows)))
    let rows = Array(0..<data.rows)
    var totals: [Double] = []
    for draw in 0..<draws {
      var total = 0.0
      for start in stride(from: 0, to: rows.count, by: program.batch) {
        let part = rows[start..<Swift.min(start + program.batch, rows.count)]
        let out = try program.evaluate(rows: part, epoch: -1 - draw)
        total += out[TrainingProgram.bound]?.values.first ?? .nan
      }
      totals.append(total)
    }
    let bound = totals.reduce(0, +) / Double(draws)
    guard bound.isFinite else {
      throw FitError.notFinite(stage: "at the end of training", parameter: nil)
    }
    let variance =
      totals.reduce(0) { $0 + ($1 - bound) * ($1 - bound) } / Double(Swift.max(1, draws - 1))
    return (
      bound, (variance / Double(draws)).squareRoot(), own.noise.isEmpty ? nil : draws
    )
  }

  /// Whether the last tenth of the epochs gained less than a thousandth over the tenth before.
  private static func hasSettled(_ trace: [Double]) -> Bool {
    let k = Swift.max(1, trace.count / 10)
    guard trace.count >= 2 * k else { return false }
    let last = trace.suffix(k).reduce(0, +) / Double(k)
    let before = trace.dropLast(k).suffix(k).reduce(0, +) / Double(k)
    return last - before <= 1e-3 * (Swift.abs(last) + 1)
  }

  private func seconds(_ d: Duration) -> Double {
    Swift.max(1e-9, Double(d.components.seconds) + Double(d.components.attoseconds) * 1e-18)
  }
}
