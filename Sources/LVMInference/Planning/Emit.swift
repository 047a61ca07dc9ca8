import LVMCompute
import LVMModel
import LVMSyntax

/// The tensor program of a plan as text, a node a line: number, operation, inputs, shape, arithmetic and bytes.
///
/// Of an exact plan it is the program of the log likelihood, log p(data | parameters), before any
/// gradient is taken; of one that is trained the compiled step: phases, fused passes, the place of
/// every buffer.
///
/// - Parameters:
///   - rows: rows of the table, if it is known: a minibatch is never larger.
///   - training: settings that come before those of the model's `fit` block.
/// - Throws: `Diagnostics` where the plan cannot be lowered.
public func emitCompute(
  plan: Plan, masked: Set<String> = [], rows: Int? = nil,
  training: [FitEntry.Key: FitEntry.Setting] = [:]
) throws -> String {
  do {
    guard !plan.isTrained else {
      let settings = TrainingSettings(plan.model, overrides: training, rows: rows ?? .max / 2)
      let program = try TrainingProgram(
        plan.inference, masked: masked, mode: .training, rows: rows ?? settings.batch)
      let loss = TrainedLoss(TrainingProgram.loss, parameters: program.trainedNames)
      return try Runtime.serial.trainer(
        program.graph, losses: [loss], batch: settings.batch * settings.samples
      ).listing
    }
    let lowered = try plan.inference.lowered(masked: masked).fork()
    lowered.builder.setOutput("log p", lowered.root)
    return lowered.builder.finish().listing
  } catch let failure as LoweringFailure {
    throw Diagnostics(
      source: plan.model.source,
      items: [
        PlanError.lowering(variable: plan.model.name, reason: failure.reason).at(failure.span)
      ])
  }
}
