import LVMCompute

/// Sums over the rows of an epoch.
struct EpochSums {
  var loss = 0.0
  var divergence = 0.0
  /// The loss a row in the first minibatch, before any step.
  var first: Double?
}

/// One pass over the rows in minibatches.
extension Trainer {
  private var stepsBetweenReports: Int { 64 }

  /// One epoch from a state: its sums, or the minibatch whose loss was not finite.
  ///
  /// - Parameters:
  ///   - limit: minibatches to take at most, for going over an epoch again.
  ///   - tell: told now and then of the minibatches done and the bound a row so far.
  func pass(
    _ state: TrainingState, limit: Int = .max, _ tell: (Int, Double) throws -> Void = { _, _ in }
  ) throws -> (sums: EpochSums?, step: Int?) {
    let epoch = state.epoch
    let rate = settings.rate(epoch: epoch)
    let optimizer: Optimizer =
      settings.optimizer == "SGD" ? .momentum(.init(rate: rate)) : .adam(.init(rate: rate))
    let localRate = settings.localRate(epoch: epoch) * state.caution
    let copies = Double(settings.samples)
    var sums = EpochSums()
    var seen = 0
    for (step, own) in minibatches(epoch).enumerated().prefix(limit) {
      let rows = repeated(own)
      let loss = try program.step(
        rows: rows, epoch: epoch, optimizer, clip: state.clip > 0 ? state.clip : nil)
      guard loss.isFinite else { return (nil, step) }
      for entry in training.locals {
        guard let slope = program.followed(TrainingProgram.slope(entry)) else { continue }
        guard slope.values.allSatisfy(\.isFinite) else { return (nil, step) }
        locals[entry.name]?.update(rows, gradient: slope.values, rate: localRate)
      }
      if sums.first == nil { sums.first = loss / Double(rows.count) }
      sums.loss += loss / copies
      if training.splits {
        sums.divergence +=
          (program.followed(TrainingProgram.divergence)?.values.first ?? .nan) / copies
      }
      seen += own.count
      // Whoever wants to stop need not wait for the end of a long epoch.
      if (step + 1) % stepsBetweenReports == 0 { try tell(step + 1, -sums.loss / Double(seen)) }
    }
    return (sums, nil)
  }

  /// The rows of each minibatch of an epoch, in order.
  func minibatches(_ epoch: Int) -> [ArraySlice<Int>] {
    let order = epochOrder(count: trained.count, seed: options.seed, epoch: epoch).map {
      trained[$0]
    }
    return stride(from: 0, to: order.count, by: settings.batch).map {
      order[$0..<Swift.min($0 + settings.batch, order.count)]
    }
  }

  /// Rows once for each draw: number i + k·count is row i with noise of its own.
  func repeated(_ rows: ArraySlice<Int>) -> ArraySlice<Int> {
    guard settings.samples > 1 else { return rows }
    return rows.flatMap { row in (0..<settings.samples).map { row + $0 * data.rows } }[...]
  }

  /// Five times the middle length of a step's gradient at a good state: what is longer after a failure is
  /// shortened.
  func usualGradient(_ state: TrainingState) throws -> Double {
    var norms: [Double] = []
    for own in minibatches(state.epoch).prefix(16) {
      let rows = repeated(own)
      _ = try program.differentiate(rows: rows, epoch: state.epoch)
      let norm = program.gradientNorm() / Double(Swift.max(1, rows.count))
      if norm.isFinite { norms.append(norm) }
    }
    guard !norms.isEmpty else { return 1 }
    return 5 * norms.sorted()[norms.count / 2]
  }
}
