import LVMCompute
import LVMModel

/// Where the bound lost its value, in words: the variable with its line, and the rows.
extension Trainer {
  /// Found by going over the epoch again from its good start.
  ///
  /// - Parameter step: the minibatch whose loss was not finite; nil where the epoch ended too low.
  func fault(_ state: TrainingState, at step: Int?) throws -> String {
    // What was wrong already at the good state is told from there.
    try restore(state)
    let earlier = try TrainingDiagnosis(self).observedScales()
    let batches = minibatches(state.epoch)
    let last = step ?? batches.count
    _ = try pass(state, limit: last)
    let lost = try training.trainedNames.filter { name in
      try !program.parameters.values(name).allSatisfy(\.isFinite)
    }
    var text = "in epoch \(state.epoch + 1)"
    if let step {
      text += ", minibatch \(step + 1) of \(batches.count), the bound is not a finite number"
    } else {
      text += " a step was so long that the bound fell out of all proportion"
    }
    text += try place(of: step.map { Array(batches[$0]) } ?? Array(trained.prefix(512)), state)
    if let first = lost.first {
      let name =
        training.parameters.first { Maximization.freeName($0.name) == first }?.name ?? first
      let others = lost.count - 1
      text += "; by then `\(name)`"
      text +=
        others > 0 ? " and \(others) more array\(others == 1 ? "" : "s") were lost" : " was lost"
    }
    return ([text] + earlier).joined(separator: "; ")
  }

  /// The rows whose bound is lost, and the variables whose share of it is.
  private func place(of rows: [Int], _ state: TrainingState) throws -> String {
    let words = TrainingDiagnosis(self)
    var values: [String: [Double]] = [:]
    let outputs = [TrainingProgram.rowBounds] + training.terms.map(\.output)
    try program.sweep(rows, epoch: state.epoch) { _, out in
      for name in outputs { values[name, default: []] += out[name]?.values ?? [] }
    }
    let least = -Self.fall * (Swift.abs(state.epochs.last?.bound ?? 0) + 1)
    func bad(_ output: String, least: Double) -> [Int] {
      let own = values[output] ?? []
      return own.indices.filter { !own[$0].isFinite || own[$0] < least }.map { rows[$0] }
    }
    var text = ""
    let all = bad(TrainingProgram.rowBounds, least: least)
    if !all.isEmpty { text += " in \(words.rowText(all))" }
    var isFirst = true
    for term in training.terms {
      let v = plan.model[term.variable]
      // A divergence that is lost is large, a density small.
      let isObserved = v.role == .observe
      let own =
        isObserved
        ? bad(term.output, least: least)
        : (values[term.output] ?? []).indices.filter {
          let x = values[term.output]?[$0] ?? 0
          return !x.isFinite || x > -least
        }
      guard !own.isEmpty else { continue }
      let what = isObserved ? "the log density of" : "the divergence of the guide of"
      text +=
        "\(isFirst ? ":" : " and") \(what) `\(v.name)` (\(TrainingDiagnosis.line(v, plan.model)))"
      isFirst = false
    }
    return text
  }
}
