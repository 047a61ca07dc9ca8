import Foundation
import LVMCompute
import LVMModel

/// Fits common factors by Newton's method in the logarithms of the noise variances, from several starts.
///
/// The first start is 1 − L/2D of what each entry has beside all the others (Jöreskog 1967); others are
/// random shares of the variances. Without rotations and means two runs that go to the same maximum are
/// seen to do so, and one is given up. Variances stay above a small share of the data's own, where a
/// Heywood case ends.
struct UniquenessAscent: Estimator {
  static let name = MethodName.gradient

  let factors: CommonFactors
  let reason: String
  let entries: [Plan.Entry]
  var compressesRows: Bool { true }

  static func offer(_ inquiry: Inquiry) throws(Refusal) -> UniquenessAscent {
    guard let form = CommonFactors(inquiry.structure) else {
      throw Refusal(
        "what is observed is not a sum of free linear maps of the same white latents, a free mean and free noise"
      )
    }
    guard form.entries.count <= CommonFactors.limit else {
      throw Refusal("eigenvectors of \(form.entries.count) columns cost more than many steps")
    }
    guard inquiry.facts.masked.isEmpty else { throw Refusal("cells are missing") }
    let ascent = try CompressedAscent.offer(inquiry)
    let model = inquiry.model
    let scales = form.scales.map { "`\(model[$0].name)`" }.joined(separator: " and ")
    var reasons: [String: String] = [:]
    for block in form.blocks {
      for id in block.maps + [block.mean].compactMap({ $0 }) {
        reasons[model[id].name] = "known from the eigenvectors of the scatter, given \(scales)"
      }
      reasons[model[block.scale].name] =
        "Newton's method on the exact likelihood, all else at its maximum"
    }
    return UniquenessAscent(
      factors: form,
      reason:
        "given \(scales), the eigenvectors of the scatter give all else: Newton's method climbs the exact "
        + "likelihood in \(form.scales.count == 1 ? "it" : "them") alone",
      entries: ascent.entries.map { entry in
        var entry = entry
        entry.reason = reasons[entry.variable] ?? entry.reason
        return entry
      })
  }

  var steps: [EstimationStep] {
    [
      EstimationStep(
        "uniquenesses", .maximise, .logLikelihood, over: entries.map(\.variable), by: .newton,
        .passes(most: nil))
    ]
  }

  private static let starts = 4
  /// Iterations of a further start before it must promise to overtake.
  private static let trial = 12
  /// log ψ at most so far apart count as on the way to the same maximum.
  private static let near = 0.1

  private struct Run {
    var point: ConcentratedLikelihood.Point
    var trace: [Double]
    var converged = false
  }

  func run(_ task: FitTask) throws -> Estimate {
    let (model, data, options) = (task.plan.model, task.data, task.options)
    let observed = factors.blocks.map { model[$0.observed] }
    let deviations = Deviations(observed, data, centred: factors.blocks[0].mean != nil)
    var groups: [Int] = []
    var names: [Group: Int] = [:]
    for e in factors.entries {
      let key = Group(scale: e.scale, index: e.index)
      let next = names.count
      groups.append(names[key, default: next])
      names[key] = groups[groups.count - 1]
    }
    let likelihood = ConcentratedLikelihood(deviations, factors: factors.factors, groups: groups)
    let variances = likelihood.variances
    guard variances.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
      throw FitError.notFinite(stage: "where the scatter of the rows is taken", parameter: nil)
    }
    let share = VarianceFloor.share
    let own = likelihood.pooled { deviations.scale(of: $0) * deviations.scale(of: $0) }.mean
    let floor = own.map { log(share * share * $0) }
    let count = Swift.max(1, options.restarts ?? (options.initial == nil ? Self.starts : 1))
    var best: Run?
    for restart in 0..<count {
      let logs = start(task, restart, likelihood, variances, names)
      guard let first = likelihood.point(at: zip(logs, floor).map { Swift.max($0, $1) }) else {
        continue
      }
      let stage = best == nil ? "fitting" : "start \(restart + 1) of \(count)"
      var run = Run(point: first, trace: [])
      guard let leader = best else {
        try climb(task, &run, likelihood, floor, options.maximumIterations, stage)
        best = run
        continue
      }
      try climb(task, &run, likelihood, floor, Self.trial, stage, beside: leader.point)
      let margin = 1e-9 * (Swift.abs(leader.point.value) + 1)
      while !run.converged, run.trace.count < options.maximumIterations,
        run.point.value - gained(run) < leader.point.value - margin,
        !isNear(run.point, leader.point)
      {
        let before = run.trace.count
        try climb(task, &run, likelihood, floor, Self.trial, stage, beside: leader.point)
        if run.trace.count == before { break }
      }
      if run.point.value < leader.point.value - margin { best = run }
    }
    guard var kept = best else {
      throw FitError.noStart("the likelihood is not finite at any of \(count) starting points")
    }
    if !kept.converged {
      try climb(task, &kept, likelihood, floor, options.maximumIterations, "fitting")
    }
    return try estimate(task, kept, deviations, likelihood, groups, names, floor, count)
  }

  private struct Group: Hashable {
    var scale: VariableID
    var index: Int
  }

  /// What a run gained in the later half of its iterations, in units of f.
  private func gained(_ run: Run) -> Double {
    guard run.trace.count > 1 else { return .infinity }
    return run.trace[run.trace.count / 2 - (run.trace.count == 2 ? 1 : 0)] - run.point.value
  }

  private func isNear(
    _ a: ConcentratedLikelihood.Point, _ b: ConcentratedLikelihood.Point
  ) -> Bool {
    zip(a.logs, b.logs).allSatisfy { Swift.abs($0 - $1) < Self.near }
  }

  // MARK: Starts

  private func start(
    _ task: FitTask, _ restart: Int, _ likelihood: ConcentratedLikelihood, _ variances: [Double],
    _ names: [Group: Int]
  ) -> [Double] {
    let (model, options) = (task.plan.model, task.options)
    let d = likelihood.groups.count
    if restart > 0 {
      var random = RandomStream(
        seed: options.seed, purpose: "start", site: factors.scales[0].index, row: 0, step: 0,
        sample: restart)
      return variances.map { log(Swift.max($0, 1e-300) * (0.05 + 0.9 * random.uniform())) }
    }
    if let initial = options.initial {
      var logs = variances.map { log(Swift.max(0.5 * $0, 1e-300)) }
      for (group, place) in names {
        if let value = initial[model[group.scale].name], group.index < value.count {
          logs[place] = 2 * log(Swift.max(value.values[group.index], 1e-150))
        }
      }
      return logs
    }
    // What is left of an entry given all others: 1 / S⁻¹ᵢᵢ, from the eigenvectors of the correlation.
    let share = 1 - 0.5 * Double(factors.factors) / Double(d)
    let sd = (0..<d).map { likelihood.covariance[$0 * d + $0].squareRoot() }
    var correlation = likelihood.covariance
    for i in 0..<d {
      for j in 0..<d { correlation[i * d + j] /= Swift.max(sd[i] * sd[j], 1e-300) }
    }
    var own = [Double](repeating: 0.5, count: d)
    if let (values, vectors) = symmetricEigen(correlation, d), values[0] > 1e-8 * values[d - 1] {
      for i in 0..<d {
        var inverse = 0.0
        for m in 0..<d { inverse += vectors[m * d + i] * vectors[m * d + i] / values[m] }
        own[i] = share / inverse
      }
    }
    return likelihood.pooled { Swift.max(own[$0] * sd[$0] * sd[$0], 1e-300) }.mean.map { log($0) }
  }

  // MARK: Newton's method

  /// Lowers f above the floor; `beside` ends the run where it comes near to that point.
  private func climb(
    _ task: FitTask, _ run: inout Run, _ likelihood: ConcentratedLikelihood, _ floor: [Double],
    _ limit: Int,
    _ stage: String, beside leader: ConcentratedLikelihood.Point? = nil
  ) throws {
    let n = floor.count
    for _ in 0..<limit {
      let p = run.point
      if let leader, isNear(p, leader) { return }
      // Scales on their floor that would sink further are held.
      let free = (0..<n).filter { p.logs[$0] > floor[$0] || p.gradient[$0] < 0 }
      guard !free.isEmpty, let step = step(p, free, likelihood) else {
        run.converged = free.isEmpty
        return
      }
      let slope = -free.reduce(0) { $0 + p.gradient[$1] * step[$1] }
      if 0.5 * slope <= 1e-14 * (Swift.abs(p.value) + 1) {
        run.converged = true
        return
      }
      var size = 1.0
      var next: ConcentratedLikelihood.Point?
      for _ in 0..<30 {
        var logs = p.logs
        for i in free { logs[i] = Swift.max(logs[i] + size * step[i], floor[i]) }
        let predicted = -free.reduce(0) { $0 + p.gradient[$1] * (logs[$1] - p.logs[$1]) }
        if let found = likelihood.point(at: logs), found.value <= p.value - 1e-4 * predicted {
          next = found
          break
        }
        size *= 0.4
      }
      guard let next else {
        // Nothing gains: at the precision of f that is the end if no more than rounding was promised.
        run.converged = 0.5 * slope <= 1e-11 * (Swift.abs(p.value) + 1)
        return
      }
      run.point = next
      run.trace.append(next.value)
      try task.reporter.report(
        stage, run.trace.count, of: limit, objective: likelihood.likelihood(next.value))
    }
  }

  /// −|H|⁻¹ ∇f in the free scales, no longer than 3 in any of them; zero in the others.
  private func step(
    _ p: ConcentratedLikelihood.Point, _ free: [Int], _ likelihood: ConcentratedLikelihood
  ) -> [Double]? {
    let n = p.logs.count
    let curvature = likelihood.curvature(p)
    let k = free.count
    var h = [Double](repeating: 0, count: k * k)
    for (a, i) in free.enumerated() {
      for (b, j) in free.enumerated() { h[a * k + b] = curvature[i * n + j] }
    }
    var uphill = free.map { p.gradient[$0] }
    if solvePositive(h, &uphill) {
      var step = [Double](repeating: 0, count: n)
      for (a, i) in free.enumerated() { step[i] = -uphill[a] }
      return Self.shortened(step)
    }
    guard let (values, vectors) = symmetricEigen(h, k), let top = values.last else { return nil }
    let least = Swift.max(1e-6 * Swift.abs(top), 1e-12)
    var step = [Double](repeating: 0, count: n)
    for m in 0..<k {
      var along = 0.0
      for (a, i) in free.enumerated() { along += vectors[m * k + a] * p.gradient[i] }
      along /= Swift.max(Swift.abs(values[m]), least)
      for (a, i) in free.enumerated() { step[i] -= along * vectors[m * k + a] }
    }
    return Self.shortened(step)
  }

  private static func shortened(_ step: [Double]) -> [Double]? {
    let longest = step.reduce(0) { Swift.max($0, Swift.abs($1)) }
    guard longest.isFinite else { return nil }
    return longest > 3 ? step.map { $0 * 3 / longest } : step
  }

  // MARK: What comes out

  private func estimate(
    _ task: FitTask, _ run: Run, _ deviations: Deviations, _ likelihood: ConcentratedLikelihood,
    _ groups: [Int],
    _ names: [Group: Int], _ floor: [Double], _ count: Int
  ) throws -> Estimate {
    let model = task.plan.model
    let d = groups.count
    let p = run.point
    var parameters: [String: Tensor] = [:]
    var floored: Set<String> = []
    for id in factors.scales {
      let dims = model[id].type.dims ?? []
      var value = Tensor(repeating: 1, dims)
      for (group, place) in names where group.scale == id {
        value.values[group.index] = exp(0.5 * p.logs[place])
        if p.logs[place] <= floor[place] { floored.insert(model[id].name) }
      }
      parameters[model[id].name] = value
    }
    var first = 0
    for block in factors.blocks {
      if let mean = block.mean {
        parameters[model[mean].name] = Tensor(
          model[mean].type.dims ?? [], Array(deviations.mean[first..<(first + block.count)]))
      }
      var factor = 0
      for (map, width) in zip(block.maps, factors.widths) {
        var w = [Double](repeating: 0, count: block.count * width)
        for c in 0..<width where factor + c < p.kept {
          let size = (p.roots[factor + c] - 1).squareRoot()
          for i in 0..<block.count {
            let e = first + i
            w[i * width + c] =
              exp(0.5 * p.logs[groups[e]]) * size * p.vectors[(factor + c) * d + e]
          }
        }
        parameters[model[map].name] = Tensor(model[map].type.dims ?? [], w)
        factor += width
      }
      first += block.count
    }
    let objective = try MarginalLikelihood(
      task.plan, data: task.data, runtime: task.options.runtime
    ).value(
      parameters)
    let trace = run.trace.dropLast().map { likelihood.likelihood($0) } + [objective]
    return Estimate(
      parameters: parameters, objective: objective, iterations: trace.count,
      converged: run.converged, restarts: count, trace: trace, warnings: [], floored: floored)
  }
}
