import LVMCompute
import LVMModel

/// What training that ended has to say about its end: latents that are not used, scales that ran off.
struct TrainingDiagnosis {
  private let trainer: Trainer
  private var model: ModelGraph { trainer.plan.model }
  private var rows: [Int] { Array(trainer.trained.prefix(2048)) }

  /// A scale below this share of the data's own deviation, or above as many times it, ran off.
  static let share = VarianceFloor.share

  init(_ trainer: Trainer) { self.trainer = trainer }

  func warnings() throws -> [Warning] {
    var result: [Warning] = []
    if !trainer.training.latents.isEmpty {
      let usage = try LatentUsage(
        trainer.training.latents, trainer.program.evaluator, rows)
      for entry in usage.entries {
        result += collapse(entry)
        result += guideScale(entry)
      }
    }
    result += try observedScales()
    return result
  }

  // MARK: Latents

  private func collapse(_ entry: LatentUsage.Entry) -> [Warning] {
    let idle = entry.shares.indices.filter { entry.shares[$0] <= LatentUsage.least }
    guard !idle.isEmpty else { return [] }
    let v = model[entry.latent.id]
    let settings = trainer.settings
    let epochs = Swift.max(5, settings.epochs / 5)
    let advice: Warning.Advice =
      trainer.objective != .elbo
      ? .pointsHaveNone : settings.warmup >= epochs ? .weakerDecoder : .warmup(epochs)
    return [
      .posteriorCollapse(
        .init(name: v.name, line: Self.lineNumber(v, model)),
        unused: idle.map { Self.entry(v.name, $0, entry.latent.dims) },
        count: entry.shares.count, advice)
    ]
  }

  /// A guide whose scale is nothing, or everything, beside how the latent varies.
  private func guideScale(_ entry: LatentUsage.Entry) -> [Warning] {
    let width = entry.shares.count
    guard !entry.spreads.isEmpty else { return [] }
    let v = model[entry.latent.id]
    var result: [Warning] = []
    for isSmall in [true, false] {
      var found: [Int] = []
      var extreme = isSmall ? Double.infinity : 0
      var unit = 0
      for (i, spread) in entry.spreads.enumerated() {
        let own = entry.deviations[i % width]
        let isOff = isSmall ? spread < Self.share * own : spread > 1 / Self.share
        guard isOff || !spread.isFinite else { continue }
        if found.last != i / width { found.append(i / width) }
        if isSmall ? spread < extreme : spread > extreme { (extreme, unit) = (spread, i % width) }
      }
      guard !found.isEmpty else { continue }
      result.append(
        .explodingScale(
          .init(
            entry: Self.entry(v.name, unit, entry.latent.dims), isGuide: true,
            line: Self.lineNumber(v, model), fell: isSmall, value: extreme,
            rows: tableRows(found.map { rows[$0] }))))
    }
    return result
  }

  // MARK: Observed variables

  func observedScales() throws -> [Warning] {
    guard !trainer.training.scales.isEmpty else { return [] }
    let start = TrainingStart(plan: trainer.plan, data: trainer.data, seed: 0)
    var values: [String: [Double]] = [:]
    try trainer.program.evaluator.sweep(rows, epoch: 0) { _, out in
      for scale in trainer.training.scales {
        values[scale.output, default: []] += out[scale.output]?.values ?? []
      }
    }
    return trainer.training.scales.flatMap { scale -> [Warning] in
      let v = model[scale.variable]
      guard let all = values[scale.output], let data = start.deviations(v.name) else { return [] }
      return off(all, scale, v, data)
    }
  }

  /// Where a scale is far from how far the data themselves spread; `data` has one deviation for each cell.
  private func off(
    _ all: [Double], _ scale: TrainingProgram.Scale, _ v: Variable, _ data: [Double]
  ) -> [Warning] {
    let width = Swift.max(1, all.count / Swift.max(1, rows.count))
    // One scale for all cells is compared with the cell that spreads least.
    let own = (0..<width).map { width == data.count ? data[$0] : data.min() ?? 1 }
    var result: [Warning] = []
    for isSmall in [true, false] {
      var found: [Int] = []
      var (extreme, unit) = (1.0, 0)
      for (i, value) in all.enumerated() {
        let ratio = value / own[i % width]
        let isOff = isSmall ? ratio < Self.share : ratio > 1 / Self.share
        guard isOff || !ratio.isFinite else { continue }
        if found.last != i / width { found.append(i / width) }
        if isSmall ? ratio < extreme : !(ratio <= extreme) { (extreme, unit) = (ratio, i % width) }
      }
      guard !found.isEmpty else { continue }
      let name = width > 1 ? Self.entry(v.name, unit, v.type.dims ?? []) : v.name
      result.append(
        .explodingScale(
          .init(
            entry: name, isGuide: false, line: Self.lineNumber(v, model), fell: isSmall,
            value: extreme * own[unit], share: extreme,
            rows: scale.isShared ? nil : tableRows(found.map { rows[$0] }),
            remedy: isSmall ? remedy(scale) : nil)))
    }
    return result
  }

  private func remedy(_ scale: TrainingProgram.Scale) -> Warning.ExplodingScale.Remedy {
    if trainer.data.rows == 1 { return .priorForOneRow }
    return scale.isShared ? .prior : .sharedScale
  }

  // MARK: Words

  /// `row 17`, or `3 rows (4, 17, 203)`.
  func rowText(_ rows: [Int]) -> String { Warning.words(forRows: tableRows(rows)) }

  /// Rows as the table has them, from 1.
  private func tableRows(_ rows: [Int]) -> [Int] {
    let order = trainer.data.moved
    return Set(rows.map { (order?[$0] ?? $0) + 1 }).sorted()
  }

  static func line(_ v: Variable, _ model: ModelGraph) -> String {
    "line \(lineNumber(v, model))"
  }

  private static func lineNumber(_ v: Variable, _ model: ModelGraph) -> Int {
    model.source.position(v.nameSpan.lower).line
  }

  /// `z[3]` or `x[2, 1]`, counted from 1.
  static func entry(_ name: String, _ flat: Int, _ dims: [Int]) -> String {
    guard dims.reduce(1, *) > 1 else { return name }
    var rest = flat
    var index: [String] = []
    for size in dims.reversed() {
      index.insert(String(rest % Swift.max(1, size) + 1), at: 0)
      rest /= Swift.max(1, size)
    }
    return "\(name)[\(index.joined(separator: ", "))]"
  }
}

extension TrainingOutlook {
  /// That training has not settled, and how many more epochs would help.
  func warning(epochs: Int) -> Warning {
    .stillRising(epochs: epochs, gain: gain, sufficient: sufficient)
  }
}
