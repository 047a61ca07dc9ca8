import LVMCompute
import LVMModel
import LVMSyntax

/// How parameters are estimated, once latents are dealt with.
extension Planner {
  /// Lowers the plan, which is the proof that it can be carried out, and takes the first estimator that offers.
  ///
  /// False where either fails; findings then say why.
  mutating func planEstimation(_ plan: inout Plan) -> Bool {
    do {
      let inquiry = try Inquiry(plan.inference, structure, facts) { fork in
        try ParameterPlanner(structure: structure, lowered: fork).updates()
      }
      let estimation = try Estimation.chosen(for: inquiry, from: registry.estimators)
      for entry in estimation.estimator.entries {
        if let id = model.variable(named: entry.variable)?.id { entries[id] = entry }
      }
      if estimation.estimator.compressesRows {
        plan.inference.program.steps.insert(.compressRows, at: 0)
      }
      plan.estimation = estimation
      plan.inference.proof = PlanProof(inquiry.lowered)
      return true
    } catch let failure as LoweringFailure {
      findings.append(finding(of: failure))
    } catch let refusal as Refusal {
      guard let first = model.variables.first else { return false }
      findings.append(
        PlanError.noEstimator(model.name, reason: refusal.reason).at(first.nameSpan))
    } catch {}
    return false
  }

  /// What a failed lowering says of the variable that it stands in.
  func finding(of failure: LoweringFailure) -> Diagnostic {
    let at = failure.span
    let owner =
      model.variables.first { $0.span.lower <= at.lower && at.upper <= $0.span.upper }?.name
      ?? model.name
    return PlanError.lowering(variable: owner, reason: failure.reason).at(at)
  }
}
