import LVM

/// A fit that signals may stop: training then leaves a checkpoint beside where its fit would be, and says how
/// to go on.
struct InterruptibleFit {
  let input: ModelInput
  let table: Table
  let bound: BoundModel
  let plan: Plan
  let checkpoint: String
  let terminal: Terminal

  /// A fit, or how the command ends without one.
  enum Outcome {
    case fit(Fit)
    case ended(ExitCode)
  }

  /// - Parameter resumes: whether it goes on from the checkpoint.
  /// - Throws: errors of reading the checkpoint, of writing one, and of the fit itself.
  func run(_ options: FitOptions, resumes: Bool, isQuiet: Bool) throws -> Outcome {
    let key = try Checkpoint.Key(
      plan: plan, model: bound.graph, table: table, seed: options.seed)
    var options = options
    if resumes { options.resume = try Checkpoint.read(checkpoint, key: key) }
    if plan.estimation.isByMinibatches { Interruption.request() }
    let progress = Progress(terminal, isQuiet: isQuiet)
    defer { progress.finish() }
    do {
      return .fit(
        try input.model.fit(
          table, bound: bound, facts: input.options.facts(of: bound), options: options
        ) {
          progress.show($0)
          return Interruption.isRequested ? .stop : .continue
        })
    } catch let stop as TrainingStopped {
      progress.finish()
      Interruption.hold()
      try Checkpoint.write(stop.state, key: key, to: checkpoint)
      terminal.complain(
        "lvmc: interrupted after \(stop.state.epoch) epochs; `--resume` goes on from \(checkpoint)")
      return .ended(Interruption.isTermination ? .numerics : .interrupted)
    } catch let failure as TrainingFailed {
      progress.finish()
      try explain(failure, key)
      return .ended(.numerics)
    }
  }

  /// Says where training was lost, and keeps the state before, if there is one.
  private func explain(_ failure: TrainingFailed, _ key: Checkpoint.Key) throws {
    terminal.complain("lvmc: error: \(failure.description); no fit was written [fit-failed]")
    if failure.state.epoch > 0 {
      Interruption.hold()
      try Checkpoint.write(failure.state, key: key, to: checkpoint)
      if let cell = failure.cell { terminal.complain("  help: look at the table: \(cell)") }
      terminal.complain(
        "  help: the state after \(failure.state.epoch) epochs is kept: `--resume` with a smaller step size, "
          + "`--fit optimizer=Adam(0.0001)`, goes on from \(checkpoint)")
    } else if let cell = failure.cell {
      terminal.complain("  help: look at the table: \(cell)")
    } else {
      terminal.complain("  help: a smaller step size, `--fit optimizer=Adam(0.0001)`, may serve")
    }
  }
}
