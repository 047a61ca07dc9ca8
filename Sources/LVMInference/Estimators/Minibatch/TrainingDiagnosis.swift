import LVMCompute
import LVMModel

/// What training that ended has to say about its end: latents that are not used, scales that ran off. Each
/// warning begins with its name in docs/warnings.md.
struct TrainingDiagnosis {
  private let trainer: Trainer
  private var model: ModelGraph { trainer.plan.model }
  private var rows: [Int] { Array(trainer.trained.prefix(2048)) }

  /// A scale below this share of the data's own deviation, or above as many times it, ran off.
  static let share = VarianceFloor.share

  init(_ trainer: Trainer) { self.trainer = trainer }

  func warnings() throws -> [String] {
    var result: [String] = []
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

  private func collapse(_ entry: LatentUsage.Entry) -> [String] {
    let idle = entry.shares.indices.filter { entry.shares[$0] <= LatentUsage.least }
    guard !idle.isEmpty else { return [] }
    let v = model[entry.latent.id]
    let place = "`\(v.name)` (\(Self.line(v, model)))"
    let settings = trainer.settings
    let epochs = Swift.max(5, settings.epochs / 5)
    let isWarm = settings.warmup >= epochs
    let advice = "`warmup = \(epochs)` in the fit block, or `--fit warmup=\(epochs)`"
    let isPoint = trainer.plan.strategy != .vi
    if idle.count == entry.shares.count {
      return [
        "posterior-collapse: the guide of \(place) says the same of every row, so nothing was learned through it; "
          + (isPoint
            ? "try more epochs or another seed"
            : isWarm
              ? "try a weaker decoder or more epochs"
              : "try \(advice), a weaker decoder or more epochs")
      ]
    }
    let names = idle.prefix(5).map { Self.entry(v.name, $0, entry.latent.dims) }
    let more = idle.count > 5 ? " and \(idle.count - 5) more" : ""
    return [
      "posterior-collapse: \(idle.count) of the \(entry.shares.count) numbers of \(place) are the same for every row: "
        + names.joined(separator: ", ") + more
        + "; the model does as well without them"
        + (isPoint || isWarm ? "" : ", or try \(advice)")
    ]
  }

  /// A guide whose scale is nothing, or everything, beside how the latent varies.
  private func guideScale(_ entry: LatentUsage.Entry) -> [String] {
    let width = entry.shares.count
    guard !entry.spreads.isEmpty else { return [] }
    let v = model[entry.latent.id]
    var result: [String] = []
    for (isSmall, word) in [(true, "fell to"), (false, "rose to")] {
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
        "exploding-scale: the scale of the guide of `\(Self.entry(v.name, unit, entry.latent.dims))` "
          + "(\(Self.line(v, model))) \(word) \(Self.short(extreme)) in \(rowText(found.map { rows[$0] }))"
      )
    }
    return result
  }

  // MARK: Observed variables

  func observedScales() throws -> [String] {
    guard !trainer.training.scales.isEmpty else { return [] }
    let start = TrainingStart(plan: trainer.plan, data: trainer.data, seed: 0)
    var values: [String: [Double]] = [:]
    try trainer.program.evaluator.sweep(rows, epoch: 0) { _, out in
      for scale in trainer.training.scales {
        values[scale.output, default: []] += out[scale.output]?.values ?? []
      }
    }
    return trainer.training.scales.flatMap { scale -> [String] in
      let v = model[scale.variable]
      guard let all = values[scale.output], let data = start.deviations(v.name) else { return [] }
      return off(all, scale, v, data)
    }
  }

  /// Where a scale is far from how far the data themselves spread; `data` has one deviation for each cell.
  private func off(
    _ all: [Double], _ scale: TrainingProgram.Scale, _ v: Variable, _ data: [Double]
  ) -> [String] {
    let width = Swift.max(1, all.count / Swift.max(1, rows.count))
    // One scale for all cells is compared with the cell that spreads least.
    let own = (0..<width).map { width == data.count ? data[$0] : data.min() ?? 1 }
    var result: [String] = []
    for (isSmall, word) in [(true, "fell to"), (false, "rose to")] {
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
      let place = scale.isShared ? "" : " in \(rowText(found.map { rows[$0] }))"
      result.append(
        "exploding-scale: the scale of `\(name)` (\(Self.line(v, model))) \(word) "
          + "\(Self.short(extreme * own[unit]))\(place), \(Self.short(extreme)) of the data's own spread"
          + (isSmall ? "; the bound grows for ever as it shrinks: \(remedy(scale))" : ""))
    }
    return result
  }

  private func remedy(_ scale: TrainingProgram.Scale) -> String {
    if trainer.data.rows == 1 { return "one row tells of no scale; a prior on it prevents that" }
    return scale.isShared
      ? "a prior on it prevents that" : "one scale for all rows, or a prior, prevents that"
  }

  // MARK: Words

  /// `row 17`, or `3 rows (4, 17, 203)`.
  func rowText(_ rows: [Int]) -> String {
    let order = trainer.data.moved
    let own = Set(rows.map { (order?[$0] ?? $0) + 1 }).sorted()
    if own.count == 1 { return "row \(own[0])" }
    let shown = own.prefix(4).map(String.init).joined(separator: ", ")
    return "\(own.count) rows (\(shown)\(own.count > 4 ? ", …" : ""))"
  }

  static func line(_ v: Variable, _ model: ModelGraph) -> String {
    "line \(model.source.position(v.nameSpan.lower).line)"
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

  /// Two significant digits.
  static func short(_ x: Double) -> String {
    guard x.isFinite, x != 0 else { return "\(x)" }
    let power = Int((Swift.abs(x).logarithm / (10.0).logarithm).rounded(.down))
    func written(_ number: Double) -> String {
      number == number.rounded() ? "\(Int(number))" : "\(number)"
    }
    guard (-3...4).contains(power) else {
      return "\(written((x / (10.0).raised(to: Double(power)) * 10).rounded() / 10))e\(power)"
    }
    let scale = (10.0).raised(to: Double(Swift.max(0, 1 - power)))
    return written((x * scale).rounded() / scale)
  }
}

extension TrainingOutlook {
  /// That training has not settled, and how many more epochs would help.
  func warning(epochs: Int) -> String {
    let rising = "not-converged: the bound was still rising when the \(epochs) epochs were over: "
    guard gain.isFinite else {
      return "not-converged: one epoch does not tell whether the bound has settled; more would help"
    }
    let text = "twice as many would gain about \(TrainingDiagnosis.short(gain)) nats a row"
    guard let sufficient else { return rising + text }
    return rising + text
      + ", and about \(sufficient) would settle it (`epochs = \(sufficient)` in the fit block, or "
      + "`--fit epochs=\(sufficient)`)"
  }
}
