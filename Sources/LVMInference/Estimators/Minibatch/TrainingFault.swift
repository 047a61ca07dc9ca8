import LVMCompute
import LVMModel

/// Where the bound lost its value, in words: the variable with its line, and the rows.
struct TrainingFault {
  var text: String
  /// A cell of the table that is far from all others, where there is one in those rows.
  var cell: String?
}

extension Trainer {
  /// Found by going over the epoch again from its good start.
  ///
  /// - Parameter step: the minibatch whose loss was not finite; nil where the epoch ended too low.
  func fault(_ state: TrainingState, at step: Int?) throws -> TrainingFault {
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
    let place = try place(of: step.map { Array(batches[$0]) } ?? Array(trained.prefix(512)), state)
    text += place.text
    if let first = lost.first {
      let name =
        training.space.blocks.first { $0.inputName == first }?.name ?? first
      let others = lost.count - 1
      text += "; by then `\(name)`"
      text +=
        others > 0 ? " and \(others) more array\(others == 1 ? "" : "s") were lost" : " was lost"
    }
    return TrainingFault(
      text: ([text] + earlier.map(\.description)).joined(separator: "; "), cell: place.cell)
  }

  /// The rows whose bound is lost, and the variables whose share of it is.
  private func place(of rows: [Int], _ state: TrainingState) throws -> TrainingFault {
    let words = TrainingDiagnosis(self)
    var values: [String: [Double]] = [:]
    let outputs = [TrainingProgram.rowBounds] + training.terms.map(\.output)
    try program.evaluator.sweep(rows, epoch: state.epoch) { _, out in
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
    var cell: String?
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
      if isObserved { cell = cell ?? oddCell(of: v, in: own) }
    }
    return TrainingFault(text: text, cell: cell)
  }

  /// The cell of a variable in some rows that is farthest from the rest of its column, where that is more than
  /// ten thousand times as far as cells usually are.
  private func oddCell(of v: Variable, in suspects: [Int]) -> String? {
    guard let column = data.columns.columns[v.name] else { return nil }
    let mask = data.columns.columns[ModelColumn.mask(v)]
    let width = Swift.max(1, column.width)
    func cells(_ row: Int) -> [Double?] {
      let values = column.numbers(of: row..<(row + 1))
      let shown = mask?.numbers(of: row..<(row + 1))
      return values.indices.map { shown?[$0] == 0 ? nil : values[$0] }
    }
    let sample = trained.prefix(2048).map(cells)
    let own = suspects.prefix(2048).map { ($0, cells($0)) }
    var odd: (row: Int, entry: Int, ratio: Double)?
    for j in 0..<width {
      let known = sample.compactMap { $0[j] }
      guard known.count > 2 else { continue }
      let middle = Self.median(known)
      let distances = known.map { Swift.abs($0 - middle) }
      // Where most cells are the same number, as zeros of a picture or of a count, the mean distance counts.
      let most = Self.median(distances)
      let usual = most > 0 ? most : distances.reduce(0, +) / Double(distances.count)
      guard usual > 0 else { continue }
      for (row, values) in own {
        guard let x = values[j] else { continue }
        let ratio = Swift.abs(x - middle) / usual
        if ratio > Swift.max(1e4, odd?.ratio ?? 0) { odd = (row, j, ratio) }
      }
    }
    guard let odd else { return nil }
    let name = TrainingDiagnosis.entry(v.name, odd.entry, v.type.dims ?? [])
    return "`\(name)` in \(TrainingDiagnosis(self).rowText([odd.row])) is "
      + "\(Warning.twoDigits(odd.ratio)) times as far from the middle of its column as cells usually are"
  }

  private static func median(_ values: [Double]) -> Double {
    values.sorted()[values.count / 2]
  }
}
