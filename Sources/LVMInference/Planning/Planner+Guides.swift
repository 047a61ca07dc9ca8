import LVMCompute
import LVMModel
import LVMSyntax

/// Guides of latents that are drawn.
extension Planner {
  /// Writes the guides that the model does not give.
  mutating func completeGuides() {
    guard !sampled.isEmpty else { return }
    if facts.guide != .encoder { writeLocalGuides() }
    let latents = sampled.map { model[$0] }
    do {
      let completed = try AutomaticGuide(
        structure: structure, indicated: facts.indicated, opened: opened
      ).completed(latents)
      structure = ModelStructure(model: completed, nesting: structure.nesting)
    } catch let failure as LoweringFailure {
      findings.append(
        PlanError.lowering(variable: latents[0].name, reason: failure.reason).at(failure.span))
    } catch {
      findings.append(
        PlanError.lowering(variable: latents[0].name, reason: "\(error)").at(latents[0].span))
    }
  }

  /// The step that draws latents from their guides, if any are.
  var guides: [FactorProgram.Step] {
    guard !sampled.isEmpty else { return [] }
    let sampled = sampled.sorted()
    let read = model.guides.filter { sampled.contains($0.variable) }.flatMap { structure.reads($0) }
    let rule = GuideSubstitution(sampled: sampled, opened: opened, reads: Set(read))
    return [.substitute(Substitution(replaced: sampled, rule: rule))]
  }

  /// Guides of each row's own: where the model gives none, and for points in place of those it draws from.
  private mutating func writeLocalGuides() {
    var guide = LocalGuide(model)
    let isPoint = facts.guide == .point
    for id in sampled.sorted() {
      let written = model.guides.first { $0.variable == id }
      if case .equal? = written?.definition { continue }
      guard written == nil || isPoint else { continue }
      guide.add(model[id], isPoint: isPoint)
    }
    locals = guide.columns
    structure = ModelStructure(model: guide.model, nesting: structure.nesting)
  }
}
